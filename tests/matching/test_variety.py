"""Over four weeks a person is offered two kinds and two centers where the neighborhood has them, and new groups are seen."""

from __future__ import annotations

import os
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.allocate import variety
from matching.allocate.state import CandidatePairs, SlateRules, open_state
from matching.week import match
from matching.world.arrays import Pairs, World
from matching.world.households import units_of
from matching.world.settings import Settings
from tests.matching import oracle
from tests.matching.test_cohorts import a_market
from tests.matching.worlds import PlainScore, a_world, open_to_all

WORLDS = int(os.environ.get("DOORSTEP_WORLDS", "40"))
seeds = st.integers(0, 2**32 - 1)
FADE, WINDOW = 0.95, 4


def a_town(seed: int, residents: int = 40) -> World:
    """Everything is open to all, there are seats for all, and one family at one center is what everybody likes best."""
    rng = np.random.default_rng(seed)
    world = open_to_all(a_world(rng, residents=residents, sessions=24, seats=(500, 600)))
    a = len(world.activities.key)
    family = np.where(np.arange(a) < a // 2, 0, rng.integers(1, 4, a)).astype(np.int32)
    center = np.where(np.arange(a) < a // 2 + 2, 0, rng.integers(1, 4, a)).astype(np.int32)
    topics = np.where(family == 0, 0.9, 0.1).astype(np.float32)[:, None] * np.ones((1, 12), np.float32)
    return replace(
        world,
        residents=replace(world.residents, topics=np.full((residents, 12), 0.3, np.float32), credit=np.zeros(residents, np.float32)),
        activities=replace(world.activities, family=family, center=center, topics=topics),
        pairs=no_pairs(),
    )


def no_pairs() -> Pairs:
    nobody, nothing = np.zeros(0, np.int32), np.zeros(0, np.float32)
    return Pairs(nobody, nobody, nothing, nothing, nothing, nothing, nothing, nothing, nothing)


def lived(world: World, knobs: Settings, weeks: int, fade: float) -> np.ndarray:
    """[weeks, n, a] what was offered, week after week, when nobody ever answers."""
    n, a = len(world.residents.key), len(world.activities.key)
    matched, offered = np.zeros((weeks, n, a), bool), np.zeros((n, a), np.float32)
    for week in range(weeks):
        picks = match(world, PlainScore(), knobs, week).picks
        matched[week, picks.resident, world.sessions.activity[picks.session]] = True
        offered = offered * np.float32(fade) + matched[week]
        who, what = np.nonzero(offered)
        zeros = np.zeros(len(who), np.float32)
        pairs = Pairs(who.astype(np.int32), what.astype(np.int32), zeros, zeros, zeros, zeros, offered[who, what], zeros, zeros)
        world = replace(world, pairs=pairs)
    return matched


def dull(matched: np.ndarray, label: np.ndarray) -> float:
    """Share of people and windows of four weeks in which all offers carried one label."""
    spans = [np.any(matched[at : at + WINDOW], axis=0) for at in range(len(matched) - WINDOW + 1)]
    return float(np.mean([[len(np.unique(label[row])) < 2 for row in span] for span in spans]))


@pytest.mark.parametrize("fade", [1.0, 0.95])
@pytest.mark.parametrize("picks", [1, 2])
def test_any_four_weeks_have_two_kinds_and_two_centers(picks: int, fade: float) -> None:
    world, knobs = a_town(1), Settings(picks_max=picks, explore_share=0.0, threads=1)
    matched, without = (lived(world, chosen, 12, fade) for chosen in (knobs, replace(knobs, variety=0.0)))
    for label in (world.activities.family, world.activities.center):
        assert dull(matched, label) == 0
        assert dull(without, label) > 0.5


@settings(max_examples=WORLDS, deadline=None)
@given(seeds, st.sampled_from([(0, 2), (1, 12)]), st.integers(1, 5))
def test_what_variety_owes_breaks_no_limit(seed: int, seats: tuple[int, int], picks: int) -> None:
    rng = np.random.default_rng(seed)
    world = a_world(rng, residents=50, sessions=20, seats=seats, easy=0.9)
    few = np.zeros(len(world.activities.key), np.int32)
    world = replace(
        world, activities=replace(world.activities, family=few + (rng.random(len(few)) < 0.3), center=few + (rng.random(len(few)) < 0.3))
    )
    knobs = Settings(picks_max=picks, explore_share=0.3, variety=0.9, threads=1)
    assert oracle.violations(world, match(world, PlainScore(), knobs, seed), knobs) == []


def test_nothing_is_owed_to_a_stranger_or_to_whoever_was_offered_a_mixture() -> None:
    world = a_town(2, residents=3)
    kinds = [int(np.flatnonzero(world.activities.family == 0)[0]), int(np.flatnonzero(world.activities.family > 0)[0])]
    columns = [np.zeros(3, np.float32) for _ in range(7)]
    columns[4] = np.array([2, 2, 1], np.float32)
    world = replace(world, pairs=Pairs(np.array([0, 1, 1], np.int32), np.array([kinds[0], *kinds], np.int32), *columns))
    assert variety.owed(world, units_of(world.residents), world.activities.family, 0.3).tolist() == [0, -1, -1]
    assert variety.owed(world, units_of(world.residents), world.activities.family, 0.0).tolist() == [-1, -1, -1]


def test_one_session_pays_both_debts_where_it_can() -> None:
    world = a_town(3, residents=20)
    home = int(np.flatnonzero((world.activities.family == 0) & (world.activities.center == 0))[0])
    columns = [np.zeros(20, np.float32) for _ in range(7)]
    columns[4] = np.ones(20, np.float32)
    world = replace(world, pairs=Pairs(np.arange(20, dtype=np.int32), np.full(20, home, np.int32), *columns))
    picks = match(world, PlainScore(), Settings(picks_max=1, explore_share=0.0, threads=1), 1).picks
    activity = world.sessions.activity[picks.session]
    assert len(activity) == 20
    assert (world.activities.family[activity] > 0).all()
    assert (world.activities.center[activity] > 0).all()


def test_a_debt_of_many_is_paid_only_while_seats_last() -> None:
    world = a_town(3, residents=40)
    market = a_market(world, np.random.default_rng(1), seats=0.6)
    center_of = world.activities.center[world.sessions.activity]
    variety.reserve(market, np.zeros(40, np.int32), np.zeros(40, np.int32), center_of, np.random.default_rng(2).random(40))
    assert market.held.any()
    assert (market.spare() >= 0).all()


def test_a_debt_is_paid_where_its_seats_cost_others_least() -> None:
    number, hour = np.arange(3, dtype=np.int32), np.arange(3) * 60
    mails = SlateRules(2, 2, number, np.array([0, 1, 1], np.int32), hour, hour + 60)
    hazard = np.array([[0.4, 0.3, 0.25]], np.float32)
    for price, chosen in ((0.0, 1), (0.9, 2)):
        market = open_state(mails, CandidatePairs(number[None], hazard, hazard), np.ones(1, np.float32), np.full(3, 9.0))
        market.price[1] = price
        variety.reserve(market, np.zeros(1, np.int32), np.full(1, -1, np.int32), number, np.zeros(1))
        assert np.flatnonzero(market.held[0]).tolist() == [chosen]


def exposure(world: World, bonus: float) -> float:
    """Seats that new and small groups expect to fill."""
    knobs = Settings(newcomer_bonus=bonus, explore_share=0.0, threads=1)
    groups = world.activities
    young = (groups.age_weeks < knobs.new_weeks) | (groups.size < knobs.small_size)
    picks = match(world, PlainScore(), knobs, 1).picks
    load = picks.p * world.residents.party[picks.resident]
    return float(load[young[world.sessions.activity[picks.session]]].sum())


def test_new_and_small_groups_are_seen_more_with_their_floor_than_without() -> None:
    towns = [open_to_all(a_world(np.random.default_rng(seed), residents=120, sessions=30, seats=(3, 10))) for seed in range(10)]
    with_floor, without = (np.array([exposure(world, bonus) for world in towns]) for bonus in (Settings().newcomer_bonus, 1.0))
    assert with_floor.sum() > 1.01 * without.sum()
    assert (with_floor >= 0.98 * without).all()
