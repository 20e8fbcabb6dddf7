"""The lists are exact: nothing feasible and better is missing, nothing forbidden is in."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.allocate import candidates
from matching.limits import rules
from matching.limits.constraint_bits import constraint_bits
from matching.limits.feasible_pairs import Scratch, feasible_tiles
from matching.score import protocol
from matching.score.calibration import Calibration
from matching.score.scorer import Scorer
from matching.world.arrays import World
from matching.world.canonical import canonical
from matching.world.households import per_unit
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
    tiles = list(feasible_tiles(limits, constraint_bits(limits), rows, limits.by_start, Scratch(), None))
    pairs = (
        np.concatenate([rows[tile.who][tile.row] for tile in tiles]),
        np.concatenate([limits.by_start[tile.at][tile.column] for tile in tiles]),
    )
    km = np.concatenate([tile.km for tile in tiles])
    wanted = passed.all(axis=0)
    assert sorted((pairs[0] * m + pairs[1]).tolist()) == np.flatnonzero(wanted).tolist()
    np.testing.assert_allclose(km, rules.distance_km(limits, *pairs), atol=2e-3)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 12))
def test_lists_equal_brute_force(seed: int, keep: int) -> None:
    the_lists_are_the_best(a_random_world(seed, 300), PlainScore(), seed, keep)


@pytest.mark.parametrize("scorer", [PlainScore(), Scorer()], ids=["plain", "production"])
def test_the_best_of_a_thousand_sessions_are_found(scorer: protocol.PairScorer) -> None:
    """More than one tile of sessions, and far more than a list keeps; with a past, and with some people who must look again."""
    for seed, sessions in ((1, 1300), (2, 1300), (3, 513)):
        world = canonical(a_world(np.random.default_rng(seed), residents=80, sessions=sessions, easy=0.95))[0]
        the_lists_are_the_best(world, scorer, seed, 6)
    crowded = replace(world, sessions=replace(world.sessions, activity=world.sessions.activity % 3))
    the_lists_are_the_best(crowded, scorer, seed, 12)


def the_lists_are_the_best(world: World, scorer: protocol.PairScorer, seed: int, keep: int) -> None:
    limits, n, m = rules.prepare(world), len(world.residents.key), len(world.sessions.key)
    weight, rng = np.ones(n, np.float32), np.random.default_rng(seed)
    price, boost = (rng.random(m) / 4).astype(np.float32), rng.choice(np.array([1, 1.25], np.float32), m)
    taste = candidates.RankingWeights(per_unit(limits.units, weight), price, boost)
    lists = candidates.find(
        candidates.CandidateQuery(limits, constraint_bits(limits), scorer, Calibration(scorer.probability), taste), keep=keep, threads=2
    )
    for unit in range(limits.units.count):
        every = brute_force(limits, scorer, taste, unit)
        wanted = at_most_of_each(world, every)[:keep]
        got = lists.session[unit][lists.session[unit] >= 0]
        ranks = {s: rank for rank, s in every}
        assert np.bincount(world.sessions.activity[got]).max(initial=0) <= candidates.DATES
        assert len(got) == len(wanted)
        np.testing.assert_allclose([ranks.get(int(s), np.nan) for s in got], [rank for rank, _ in wanted], atol=1e-5)


def brute_force(limits: rules.Limits, scorer: protocol.PairScorer, taste: candidates.RankingWeights, unit: int) -> list[tuple[float, int]]:
    """(rank, session) of everything the unit may go to, best first."""
    world, members = limits.world, limits.units.members[limits.units.start[unit] : limits.units.start[unit + 1]]
    every = np.arange(len(world.sessions.key), dtype=np.int32)
    fine, p = np.ones(len(every), bool), np.zeros(len(every))
    for member in members:
        who = np.full(len(every), member, np.int32)
        fine &= rules.allowed_pairs(limits, who, every)
        p += scorer.probability(scorer.pair_logits(world, who, every, rules.distance_km(limits, who, every))) / len(members)
    rank = taste.slope[unit] * -np.log1p(-p) * taste.boost - taste.price * p * world.residents.party[members].sum()
    return sorted(((float(rank[s]), int(s)) for s in every[fine]), reverse=True)


def at_most_of_each(world: World, ranked: list[tuple[float, int]]) -> list[tuple[float, int]]:
    """The same without what comes after DATES sessions of its activity."""
    before: Counter[int] = Counter()
    pairs = []
    for rank, s in ranked:
        before[int(world.sessions.activity[s])] += 1
        if before[int(world.sessions.activity[s])] <= candidates.DATES:
            pairs.append((rank, s))
    return pairs
