"""Company for a first visit: only of people who asked for it, and of nobody they must not meet."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import replace
from itertools import combinations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.allocate.companions import Companions, pair_up
from matching.week import match
from matching.world.arrays import World
from matching.world.settings import Settings
from tests.matching.test_week import shuffled
from tests.matching.worlds import PlainScore, a_world

WORLDS = int(os.environ.get("DOORSTEP_WORLDS", "40"))
seeds = st.integers(0, 2**32 - 1)


def a_town(seed: int) -> World:
    """Crowded, with many who ask for company, many apart, and many who know a place."""
    rng = np.random.default_rng(seed)
    world = a_world(rng, residents=int(rng.integers(0, 60)), sessions=int(rng.integers(1, 8)), seats=(5, 40), easy=0.9)
    n = len(world.residents.key)
    apart = rng.integers(0, max(n, 1), (n, 2)).astype(np.int32)
    return replace(
        world, residents=replace(world.residents, company=rng.random(n) < 0.6), apart=apart[apart[:, 0] != apart[:, 1]] if n else apart[:0]
    )


def invitations(world: World, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng([seed, 1])
    n, m = len(world.residents.key), len(world.sessions.key)
    who, what = np.nonzero(rng.random((n, m)) < 0.4)
    return who.astype(np.int32), what.astype(np.int32), rng.random(len(who)).round(1).astype(np.float32)


def rows(companions: Companions) -> list[tuple[int, int, int, bool]]:
    return list(
        zip(companions.session.tolist(), companions.newcomer.tolist(), companions.companion.tolist(), companions.host.tolist(), strict=True)
    )


def was_there(world: World, person: int, session: int) -> bool:
    """Whether the person attended the session's activity before."""
    activity = int(world.sessions.activity[session])
    pair = (world.pairs.resident == person) & (world.pairs.activity == activity)
    return bool((world.pairs.attended[pair] > 0).any())


def may_pair(world: World, one: int, other: int, session: int) -> bool:
    """The rule of one pair, once more, person by person."""
    people = world.residents
    adults = all(people.age_low[i] >= 18 and people.company[i] for i in (one, other))
    kin = people.household[one] >= 0 and people.household[one] == people.household[other]
    blocked = any({one, other} == set(couple) for couple in world.apart.tolist())
    first = not (was_there(world, one, session) and was_there(world, other, session))
    return bool(adults and not kin and not blocked and first)


@settings(max_examples=WORLDS * 2, deadline=None)
@given(seeds)
def test_pairs_respect_consent_blocks_ages_and_households(seed: int) -> None:
    world = a_town(seed)
    who, what, p = invitations(world, seed)
    pairs = rows(pair_up(world, who, what, p))
    invited = set(zip(who.tolist(), what.tolist(), strict=True))
    for session, one, other, host in pairs:
        assert (one, session) in invited
        assert (other, session) in invited
        assert may_pair(world, one, other, session)
        assert not was_there(world, one, session)
        assert host == was_there(world, other, session)


@settings(max_examples=WORLDS * 2, deadline=None)
@given(seeds)
def test_nobody_has_two_companions_in_a_week_nor_is_left_who_could_have_one(seed: int) -> None:
    world = a_town(seed)
    who, what, p = invitations(world, seed)
    pairs = rows(pair_up(world, who, what, p))
    turned = np.random.default_rng(seed).permutation(len(who))
    assert rows(pair_up(world, who[turned], what[turned], p[turned])) == pairs
    times = Counter(person for _, one, other, _ in pairs for person in (one, other))
    assert max(times.values(), default=1) == 1
    for session in range(len(world.sessions.key)):
        alone = [person for person in who[what == session].tolist() if person not in times]
        assert not any(may_pair(world, one, other, session) for one, other in combinations(alone, 2))


@settings(max_examples=WORLDS, deadline=None)
@given(seeds)
def test_companions_of_a_week_are_among_its_matches_and_do_not_depend_on_the_order_of_rows(seed: int) -> None:
    world = a_town(seed)
    other = shuffled(world, seed)
    pairs_by_key = []
    for town in (world, other):
        week = match(town, PlainScore(0.0), Settings(threads=1), seed)
        matched = set(zip(week.picks.resident.tolist(), week.picks.session.tolist(), strict=True))
        pairs = rows(week.companions)
        assert all((person, session) in matched for session, one, two, _ in pairs for person in (one, two))
        pairs_by_key.append(
            [(int(town.sessions.key[s]), int(town.residents.key[a]), int(town.residents.key[b]), h) for s, a, b, h in pairs]
        )
    assert pairs_by_key[0] == pairs_by_key[1]


def test_a_host_comes_before_another_newcomer() -> None:
    world = a_town(3)
    n = len(world.residents.key)
    people = replace(world.residents, company=np.ones(n, bool), household=np.full(n, -1, np.int32))
    adults = np.flatnonzero(people.age_low >= 18)[:3].astype(np.int32)
    pairs = replace(
        world.pairs,
        **{name: getattr(world.pairs, name)[:1].copy() for name in ("said_yes", "said_no", "missed", "invited", "rating", "faces")},
        resident=adults[2:3],
        activity=world.sessions.activity[:1],
        attended=np.ones(1, np.float32),
    )
    world = replace(world, residents=people, pairs=pairs, apart=np.zeros((0, 2), np.int32))
    companions = pair_up(world, adults, np.zeros(3, np.int32), np.array([0.2, 0.9, 0.1], np.float32))
    assert rows(companions)[0][1:3] in ((int(adults[0]), int(adults[1])), (int(adults[1]), int(adults[0])))
    companions = pair_up(world, adults, np.zeros(3, np.int32), np.array([0.2, 0.9, 0.95], np.float32))
    assert rows(companions) == [(0, int(adults[1]), int(adults[2]), True)]
