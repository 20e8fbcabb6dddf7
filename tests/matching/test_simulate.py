"""The virtual city is fair to every policy, keeps the matcher's promises, and holds the truth that estimates are tested on."""

import json
import os
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from matching.evaluation.off_policy import snips
from matching.limits import rules
from matching.score.scorer import Scorer
from matching.simulate import POLICIES, run
from matching.simulate.city import Habits, a_city
from matching.simulate.past import Past, the_world
from matching.simulate.people import chance_of_coming
from matching.simulate.policies import options
from matching.week import match
from matching.world.arrays import World
from matching.world.settings import Settings

WEEKS, PEOPLE = 12, 240
RUNS = int(os.environ.get("DOORSTEP_RUNS", "100"))


@pytest.fixture(scope="module")
def reports() -> dict[str, dict[str, Any]]:
    return {policy: run(WEEKS, PEOPLE, 3, policy=policy) for policy in POLICIES}


def test_the_same_seed_tells_the_same_story(reports: dict[str, dict[str, Any]]) -> None:
    assert json.dumps(run(WEEKS, PEOPLE, 3), sort_keys=True) == json.dumps(reports["ours"], sort_keys=True)
    assert run(WEEKS, PEOPLE, 4)["visits_per_resident"] != reports["ours"]["visits_per_resident"]


def test_nobody_with_somewhere_to_go_is_empty_two_weeks_running_while_seats_last(reports: dict[str, dict[str, Any]]) -> None:
    assert reports["ours"]["empty_twice"] == 0
    assert reports["first-come"]["empty_twice"] > 0


def test_allocation_turns_fewer_people_away_at_the_door_where_there_is_much_to_choose_from() -> None:
    """In a small city five invitations are half of what one may go to, and doors are not crowded by anybody's choice."""
    turned = {policy: run(6, 2000, 1, policy=policy)["turned_away"] for policy in ("ours", "score")}
    assert turned["ours"] < 0.8 * turned["score"]


def test_progress_is_told_after_every_week() -> None:
    weeks_done: list[tuple[int, int]] = []
    run(3, 60, 0, policy="nearest", progress=lambda week, weeks: weeks_done.append((week, weeks)))
    assert weeks_done == [(1, 3), (2, 3), (3, 3)]


def test_an_unknown_policy_is_refused() -> None:
    with pytest.raises(KeyError):
        run(1, 60, 0, policy="horoscope")


@pytest.mark.parametrize("policy", list(POLICIES))
def test_every_policy_keeps_the_hard_limits_and_the_length_of_a_mail(policy: str) -> None:
    world, _ = a_week(5)
    invited = POLICIES[policy](world, options(world, Scorer()), Scorer(), Settings(threads=1), 9)
    assert rules.allowed_pairs(rules.prepare(world), invited.resident, invited.session).all()
    assert np.bincount(invited.resident).max() <= Settings().picks_max


def test_a_regular_keeps_a_seat_and_is_not_invited_to_it() -> None:
    habits = Habits()
    city = a_city(200, habits, np.random.default_rng(1))
    people, groups = len(city.liking), len(city.seats)
    holding = np.zeros((people, groups), bool)
    open_now = int(np.flatnonzero(city.opens <= 0)[0])
    holding[7, open_now] = True
    world, who, what = the_world(city, Past.blank(people, groups), 0, holding)
    row = int(np.flatnonzero(what == open_now)[0])
    assert world.sessions.seats[row] == city.seats[open_now] - 1
    assert (who[world.never.resident[0]], what[world.never.session[0]]) == (7, open_now)


def test_a_tired_person_comes_less() -> None:
    city, past = a_city(100, Habits(), np.random.default_rng(2)), Past.blank(100, 10)
    who, what, nothing = np.zeros(1, np.int32), np.zeros(1, np.int32), np.zeros(1, np.float32)
    fresh = chance_of_coming(city, Habits(), past, 0, who, what, nothing, nothing)
    past.tired[:] = 0.5
    assert chance_of_coming(city, Habits(), past, 0, who, what, nothing, nothing) == pytest.approx(fresh / 2)


def test_a_reminder_gives_back_only_what_absence_took_and_a_familiar_face_helps() -> None:
    city, past = a_city(100, Habits(), np.random.default_rng(2)), Past.blank(100, 10)
    who, what, nothing = np.zeros(1, np.int32), np.zeros(1, np.int32), np.zeros(1, np.float32)
    past.visits[0, 0], past.seen[0, 0] = 1, 0
    soon, late = (chance_of_coming(city, Habits(), past, week, who, what, nothing, nothing) for week in (1, 4))
    assert soon == 0 < late
    assert chance_of_coming(city, Habits(), past, 4, who, what, nothing, np.full(1, 3, np.float32)) > late


def a_week(seed: int) -> tuple[World, np.ndarray]:
    """The first week of a city with room for all, and the real chance [n, m] of every pair."""
    habits = Habits(base=-1.5)
    city = a_city(400, habits, np.random.default_rng([seed, 5]))
    past = Past.blank(*city.liking.shape)
    world, who, what = the_world(city, past, 0, np.zeros(city.liking.shape, bool))
    world = replace(world, sessions=replace(world.sessions, seats=np.full(len(what), np.inf, np.float32)))
    n, m = len(who), len(what)
    row, column = np.repeat(np.arange(n, dtype=np.int32), m), np.tile(np.arange(m, dtype=np.int32), n)
    near = rules.distance_km(rules.prepare(world), row, column) / world.residents.reach_km[row]
    truth = chance_of_coming(city, habits, past, 0, who[row], what[column], near, np.zeros(n * m, np.float32))
    return world, truth.reshape(n, m)


def test_what_the_dice_of_a_week_left_in_the_log_tells_the_truth_about_another_policy() -> None:
    """Every mail explores; the policy in question prefers near sessions, softly; its real worth is known here alone."""
    settings, covered = Settings(explore_share=1.0, candidates=60, threads=1), 0
    world, truth = a_week(11)
    open_to = options(world, Scorer())
    begin = np.searchsorted(open_to.resident, np.arange(len(truth) + 1))
    wish = np.exp(-0.35 * open_to.km)
    wish /= np.repeat(np.add.reduceat(wish, begin[:-1][np.diff(begin) > 0]), np.diff(begin)[np.diff(begin) > 0])
    wanted = np.zeros(truth.shape)
    wanted[open_to.resident, open_to.session] = wish
    real = (wanted * truth).sum(axis=1)[np.diff(begin) > 0].mean()
    for seed in range(RUNS):
        picks = match(world, Scorer(), settings, seed).picks
        who, what = picks.resident[picks.drawn], picks.session[picks.drawn]
        came = np.random.default_rng([seed, 6]).random(len(who)) < truth[who, what]
        estimate = snips(came, picks.propensity[picks.drawn], wanted[who, what], cluster=who)
        covered += estimate.low <= real <= estimate.high
    assert covered >= 0.93 * RUNS
