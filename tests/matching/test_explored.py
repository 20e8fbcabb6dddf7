"""The odds that are logged with a drawn session are those of the dice, and estimates made from them cover what would have happened."""

from __future__ import annotations

import os
from dataclasses import replace

import numpy as np
import pytest

from matching.evaluation import explored
from matching.evaluation.off_policy import snips
from matching.score.scorer import Scorer
from matching.week import Picks, match
from matching.world.arrays import World
from matching.world.settings import Settings
from tests.matching.small_town import town

RUNS = int(os.environ.get("DOORSTEP_RUNS", "100"))
DICE = Settings(explore_share=0.5)


def roomy(seed: int, residents: int = 60) -> World:
    """Seats enough for whatever dice draw; rows in no order of keys."""
    world, rng = town(seed, residents=residents), np.random.default_rng(seed)
    seats = np.full(len(world.sessions.key), 1000, np.float32)
    people = replace(world.residents, key=rng.permutation(world.residents.key))
    return replace(world, residents=people, sessions=replace(world.sessions, seats=seats, key=rng.permutation(world.sessions.key)))


def drawn(picks: Picks) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return picks.resident[picks.drawn], picks.session[picks.drawn], picks.propensity[picks.drawn].astype(np.float64)


def test_a_drawn_session_is_drawn_as_often_as_its_logged_odds_say() -> None:
    world, weeks = roomy(1, residents=120), 200
    times = np.zeros((len(world.residents.key), len(world.sessions.key)))
    odds = np.zeros_like(times)
    for seed in range(weeks):
        who, what, propensity = drawn(match(world, Scorer(), DICE, seed).picks)
        times[who, what] += 1
        odds[who, what] = propensity
    ever = odds > 0
    apart = (times[ever] - weeks * odds[ever]) / np.sqrt(weeks * odds[ever] * (1 - odds[ever]))
    assert ever.sum() > 600
    assert np.abs(apart).max() < 5
    assert 0.8 < (apart**2).mean() < 1.2
    somewhere_to_go = ever.any(axis=1).sum()
    assert times.sum() == pytest.approx(weeks * somewhere_to_go * DICE.explore_share, rel=0.05)


def test_the_lists_found_again_are_those_that_the_dice_saw() -> None:
    for seed in range(5):
        world = roomy(seed)
        who, what, propensity = drawn(match(world, Scorer(), DICE, seed).picks)
        listed, unit = explored.lists(world, Scorer(), DICE, seed, who)
        assert (listed == what[:, None]).any(axis=1).all()
        assert propensity == pytest.approx(DICE.explore_share / (listed >= 0).sum(axis=1), rel=1e-5)
        assert np.array_equal(unit, who)  # nobody here lives in a household


def test_estimates_from_a_weeks_own_log_cover_what_nearest_would_have_brought() -> None:
    """The truth is known here: who lives near comes, and the score in use believes something else."""
    covered = 0
    for seed in range(RUNS):
        world, rng = roomy(seed, residents=300), np.random.default_rng([seed, 5])
        who, what, propensity = drawn(match(world, Scorer(), DICE, seed).picks)
        listed, _ = explored.lists(world, Scorer(), DICE, seed, who)
        _, km = explored.chances(world, Scorer(), who, listed)
        truth = 0.7 * np.exp(-km / 8)
        place, line = np.argmax(listed == what[:, None], axis=1), np.arange(len(who))
        policy = explored.best_of(-km.astype(np.float64), listed, 5)
        came = rng.random(len(who)) < truth[line, place]
        estimate = snips(came, propensity / DICE.explore_share, policy[line, place], cluster=who)
        covered += estimate.low <= (policy * truth).sum(axis=1).mean() <= estimate.high
    assert covered >= 0.93 * RUNS
