"""A household is one: the same sessions or none, its seats counted together, whatever stands between it and others."""

from __future__ import annotations

import os
from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.week import Week, match
from matching.world.arrays import Never, World
from matching.world.settings import Settings
from tests.matching import oracle
from tests.matching.worlds import PlainScore, a_world, open_to_all

WORLDS = int(os.environ.get("DOORSTEP_WORLDS", "40"))
seeds = st.integers(0, 2**32 - 1)


def a_street(seed: int) -> World:
    """Few limits, few seats, most people in households of two to five; some must be apart from a neighbor, some from their own kin."""
    rng = np.random.default_rng(seed)
    world = open_to_all(a_world(rng, residents=int(rng.integers(4, 50)), sessions=int(rng.integers(1, 12)), seats=(1, 8)))
    n, m = len(world.residents.key), len(world.sessions.key)
    apart = rng.integers(0, n, (n // 3, 2)).astype(np.int32)
    household = np.where(rng.random(n) < 0.8, rng.integers(0, max(n // 3, 1), n), -1).astype(np.int32)
    answered = rng.integers(0, n, n // 4).astype(np.int32), rng.integers(0, m, n // 4).astype(np.int32)
    return replace(
        world,
        residents=replace(world.residents, household=household),
        apart=apart[apart[:, 0] != apart[:, 1]],
        never=Never(*answered),
    )


def sessions_of(week: Week, person: int) -> set[int]:
    return set(week.picks.session[week.picks.resident == person].tolist())


@settings(max_examples=WORLDS * 2, deadline=None)
@given(seeds, st.sampled_from([-2.2, 0.0, 1.0, 3.0]), st.sampled_from([0.0, 0.03, 0.5]))
def test_a_household_is_invited_as_one_and_no_promise_to_it_or_to_others_breaks(seed: int, at_zero: float, explore: float) -> None:
    world, knobs = a_street(seed), Settings(explore_share=explore, threads=1)
    week = match(world, PlainScore(at_zero), knobs, seed)
    assert oracle.violations(world, week, knobs) == []
    invited_as_one(world, week)
    kin_of_people_who_must_be_apart_are_apart_too(world, week)
    all_seats_or_none(world, week)


def invited_as_one(world: World, week: Week) -> None:
    for person in range(len(world.residents.key)):
        kin = oracle.companions(world, person)
        assert all(sessions_of(week, other) == sessions_of(week, person) for other in kin)
        taken = {int(s) for one in kin for s in world.never.session[world.never.resident == one]}
        assert not sessions_of(week, person) & taken


def kin_of_people_who_must_be_apart_are_apart_too(world: World, week: Week) -> None:
    for one, other in world.apart.tolist():
        ours, theirs = oracle.companions(world, one), oracle.companions(world, other)
        if other in ours:
            assert not any(sessions_of(week, person) for person in ours)
        assert not any(sessions_of(week, a) & sessions_of(week, b) for a in ours for b in theirs)


def all_seats_or_none(world: World, week: Week) -> None:
    for person, session in zip(week.picks.resident.tolist(), week.picks.session.tolist(), strict=True):
        party = sum(int(world.residents.party[kin]) for kin in oracle.companions(world, person))
        assert party <= world.sessions.seats[session]


def test_one_member_s_answer_speaks_for_the_household() -> None:
    world = open_to_all(a_world(np.random.default_rng(2), residents=6, sessions=5, seats=(20, 30)))
    home = np.array([1, 1, 1, -1, -1, -1], np.int32)
    world = replace(world, residents=replace(world.residents, household=home))
    before = sessions_of(match(world, PlainScore(), Settings(threads=1), 1), 0)
    assert before
    refused = min(before)
    world = replace(world, never=Never(np.array([2], np.int32), np.array([refused], np.int32)))
    week = match(world, PlainScore(), Settings(threads=1), 1)
    assert all(refused not in sessions_of(week, person) for person in (0, 1, 2))
    assert any(refused in sessions_of(week, person) for person in (3, 4, 5))
