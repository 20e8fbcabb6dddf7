"""The lists are exact: nothing feasible and better is missing, nothing forbidden is in."""

from __future__ import annotations

from collections import Counter

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from matching import candidates, rules
from matching.barriers import barriers
from matching.chance import Chance
from matching.inputs import World
from matching.survivors import Scratch, survivors
from matching.units import per_unit
from tests.matching import oracle
from tests.matching.worlds import PlainScore, a_world


def a_random_world(seed: int, size: int = 60) -> World:
    return a_world(np.random.default_rng(seed), residents=size, sessions=25, easy=0.8)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_every_limit_agrees_with_plain_python(seed: int) -> None:
    world = a_random_world(seed, 20)
    limits = rules.prepare(world)
    n, m = len(world.residents.key), len(world.sessions.key)
    resident, session = (grid.ravel().astype(np.int32) for grid in np.meshgrid(np.arange(n), np.arange(m), indexing="ij"))
    passed = rules.verdicts(limits, resident, session)
    for k, (r, s) in enumerate(zip(resident.tolist(), session.tolist(), strict=True)):
        assert {name for name, fine in zip(rules.FILTERS, passed[:, k], strict=True) if not fine} == oracle.why_not(world, r, s)
    rows = np.arange(n, dtype=np.int32)
    row, column, km = survivors(limits, barriers(limits), rows, limits.by_start, Scratch(), None)
    found = rows[row], limits.by_start[column]
    wanted = passed.all(axis=0)
    assert sorted((found[0] * m + found[1]).tolist()) == np.flatnonzero(wanted).tolist()
    np.testing.assert_allclose(km, rules.distance_km(limits, *found), atol=2e-3)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 12))
def test_lists_equal_brute_force(seed: int, keep: int) -> None:
    world = a_random_world(seed, 300)
    limits, scorer = rules.prepare(world), PlainScore()
    weight = np.ones(300, np.float32)
    rng = np.random.default_rng(seed)
    price, boost = rng.random(25).astype(np.float32) / 4, rng.choice(np.array([1, 1.25], np.float32), 25)
    taste = candidates.Taste(per_unit(limits.units, weight), price, boost, weight)
    found = candidates.find(candidates.Asked(limits, barriers(limits), scorer, Chance(scorer.probability), taste), keep=keep, threads=2)
    for unit in range(limits.units.count):
        every = brute_force(limits, scorer, taste, unit)
        wanted = at_most_of_each(world, every)[:keep]
        got = found.session[unit][found.session[unit] >= 0]
        ranks = {s: rank for rank, s in every}
        assert np.bincount(world.sessions.activity[got]).max(initial=0) <= candidates.DATES
        assert len(got) == len(wanted)
        np.testing.assert_allclose([ranks.get(int(s), np.nan) for s in got], [rank for rank, _ in wanted], atol=1e-5)


def brute_force(limits: rules.Limits, scorer: PlainScore, taste: candidates.Taste, unit: int) -> list[tuple[float, int]]:
    """(rank, session) of everything the unit may go to, best first."""
    world, members = limits.world, limits.units.members[limits.units.start[unit] : limits.units.start[unit + 1]]
    found = []
    for s in range(len(world.sessions.key)):
        who, where = members, np.full(len(members), s, np.int32)
        if not rules.allowed_pairs(limits, who, where).all():
            continue
        p = scorer.probability(scorer.pair_logits(world, who, where, rules.distance_km(limits, who, where)))
        load = float(p.mean() * world.residents.party[who].sum())
        found.append((float(taste.slope[unit] * -np.log1p(-p.mean()) * taste.boost[s] - taste.price[s] * load), s))
    return sorted(found, reverse=True)


def at_most_of_each(world: World, ranked: list[tuple[float, int]]) -> list[tuple[float, int]]:
    """The same without what comes after DATES sessions of its activity."""
    before: Counter[int] = Counter()
    kept = []
    for rank, s in ranked:
        before[int(world.sessions.activity[s])] += 1
        if before[int(world.sessions.activity[s])] <= candidates.DATES:
            kept.append((rank, s))
    return kept
