"""A made-up town as a World, for tests of the score: plain random arrays, no meaning intended."""

from __future__ import annotations

import numpy as np

from matching.world.arrays import CAR, F32, I32, OLDEST, WEEK_PARTS, Activities, Never, Pairs, Residents, Sessions, World


def town(
    seed: int, residents: int = 60, activities: int = 20, sessions: int = 30, topics: int = 12, words: int = 8, pairs: int = 80
) -> World:
    """Everybody may go everywhere; `known` pairs have a past."""
    rng = np.random.default_rng(seed)
    row = np.sort(rng.choice(residents * activities, pairs, replace=False)) if pairs else np.zeros(0, np.int64)
    people = Residents(
        key=np.arange(residents, dtype=np.uint64) + 1,
        lat=rng.uniform(36.0, 36.3, residents),
        lon=rng.uniform(-86.9, -86.6, residents),
        reach_km=rng.uniform(2, 30, residents).astype(np.float32),
        mode=np.full(residents, CAR, np.uint8),
        age_low=np.full(residents, 18, np.int16),
        age_high=np.full(residents, OLDEST, np.int16),
        needs=np.zeros(residents, np.uint32),
        cost_cents=np.full(residents, 5_000, np.int32),
        languages=np.ones(residents, np.uint32),
        available=np.full((residents, 6), ~np.uint64(0)),
        party=np.ones(residents, np.uint8),
        household=np.full(residents, -1, np.int32),
        topics=rng.uniform(-1, 1, (residents, topics)).astype(np.float32),
        text=unit_rows(rng.normal(size=(residents, words))),
        credit=np.zeros(residents, np.float32),
        cohorts=np.zeros(residents, np.bool_),
        habits=np.random.default_rng([seed, 1]).gamma(0.2, 4, (residents, WEEK_PARTS)).astype(np.float32) * (pairs > 0),
    )
    groups = Activities(
        key=np.arange(activities, dtype=np.uint64) + 1,
        center=rng.integers(0, 5, activities).astype(np.int32),
        family=rng.integers(0, 6, activities).astype(np.int32),
        lat=rng.uniform(36.0, 36.3, activities),
        lon=rng.uniform(-86.9, -86.6, activities),
        age_min=np.full(activities, 18, np.int16),
        age_max=np.full(activities, OLDEST, np.int16),
        provides=np.zeros(activities, np.uint32),
        cost_cents=rng.integers(0, 3_000, activities).astype(np.int32),
        languages=np.ones(activities, np.uint32),
        topics=(rng.random((activities, topics)) < 0.3).astype(np.float32),
        text=unit_rows(rng.normal(size=(activities, words))),
        size=rng.uniform(2, 60, activities).astype(np.float32),
        age_weeks=rng.uniform(0, 200, activities).astype(np.float32),
        helped=np.where(rng.random(activities) < 0.5, np.nan, rng.random(activities)).astype(np.float32),
    )
    start = rng.integers(0, 7 * 24 * 2, sessions).astype(np.int64)
    dates = Sessions(
        key=np.arange(sessions, dtype=np.uint64) + 1,
        activity=rng.integers(0, activities, sessions).astype(np.int32),
        start_min=start * 30,
        end_min=start * 30 + 60,
        week_from=start.astype(np.int16),
        week_to=(start + 2).astype(np.int16),
        seats=np.full(sessions, np.inf, np.float32),
        attend_factor=np.ones(sessions, np.float32),
        going=rng.integers(0, 30, sessions).astype(np.float32),
    )
    counts = {
        name: rng.poisson(0.8, pairs).astype(np.float32) for name in ("said_yes", "said_no", "attended", "missed", "invited", "faces")
    }
    between = Pairs(
        resident=(row // activities).astype(np.int32),
        activity=(row % activities).astype(np.int32),
        rating=rng.uniform(-1, 1, pairs).astype(np.float32),
        **counts,
    )
    nobody = np.zeros(0, np.int32)
    return World(residents=people, sessions=dates, activities=groups, pairs=between, never=Never(nobody, nobody))


def unit_rows(rows: np.ndarray) -> F32:
    """Rows of length 1."""
    unit: F32 = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return unit


def all_pairs(world: World, seed: int) -> tuple[I32, I32, F32]:
    """Every (resident, session), and invented distances [n, m] up to 40 km."""
    n, m = len(world.residents.key), len(world.sessions.key)
    km = np.random.default_rng(seed).uniform(0, 40, (n, m)).astype(np.float32)
    resident, session = np.divmod(np.arange(n * m), m)
    return resident.astype(np.int32), session.astype(np.int32), km
