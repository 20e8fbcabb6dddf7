"""Invented regions of any size for the tests and benchmarks of the matcher, and a plain score for them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from matching.world.arrays import (
    BUS,
    CAR,
    F32,
    HALF_HOURS,
    I32,
    OLDEST,
    U32,
    WALK,
    WEEK_PARTS,
    WEEK_WORDS,
    Activities,
    Never,
    Pairs,
    Residents,
    Sessions,
    World,
)

NEEDS = 9
LANGUAGES = 4
SENSITIVE = 4


def a_world(
    rng: np.random.Generator,
    *,
    residents: int = 60,
    sessions: int = 30,
    topics: int = 12,
    text: int = 8,
    km: float = 8.0,
    seats: tuple[int, int] = (1, 12),
    easy: float = 0.7,
) -> World:
    """A metro of about `km` radius. `easy` is the share of residents with no special limit of each sort."""
    groups = max(sessions * 2 // 3, 1)
    people = _residents(rng, residents, topics, text, km, easy)
    return World(
        residents=people,
        sessions=_sessions(rng, sessions, groups, seats),
        activities=_activities(rng, groups, topics, text, km),
        pairs=_pairs(rng, residents, groups),
        never=_never(rng, residents, sessions),
        apart=_couples(rng, residents),
        met=_couples(rng, residents),
        week_start_min=29_000_000,
    )


def open_to_all(world: World) -> World:
    """The same town with every limit taken away but seats, times and the party's size; sessions do not overlap."""
    n, m, a = len(world.residents.key), len(world.sessions.key), len(world.activities.key)
    people = replace(
        world.residents,
        reach_km=np.full(n, 500, np.float32),
        age_low=np.full(n, 50, np.int16),
        age_high=np.full(n, 50, np.int16),
        needs=np.zeros(n, np.uint32),
        cost_cents=np.full(n, 100_000, np.int32),
        languages=np.ones(n, np.uint32),
        available=np.full((n, WEEK_WORDS), np.iinfo(np.uint64).max, np.uint64),
        household=np.full(n, -1, np.int32),
    )
    start = world.week_start_min + 180 * np.arange(m, dtype=np.int64)
    sessions = replace(
        world.sessions,
        start_min=start,
        end_min=start + 60,
        week_from=(6 * np.arange(m) % HALF_HOURS).astype(np.int16),
        week_to=(6 * np.arange(m) % HALF_HOURS + 2).astype(np.int16),
    )
    groups = replace(
        world.activities,
        age_min=np.full(a, 18, np.int16),
        age_max=np.full(a, OLDEST, np.int16),
        languages=np.ones(a, np.uint32),
        cost_cents=np.zeros(a, np.int32),
        sensitive=np.zeros(a, np.uint32),
    )
    never = Never(np.zeros(0, np.int32), np.zeros(0, np.int32))
    return replace(world, residents=people, sessions=sessions, activities=groups, never=never, apart=np.zeros((0, 2), np.int32))


def _residents(rng: np.random.Generator, n: int, topics: int, text: int, km: float, easy: float) -> Residents:
    lat, lon = _around(rng, n, km)
    household = np.where(rng.random(n) < 0.25, rng.integers(0, max(n // 6, 1), n), -1).astype(np.int32)
    head = np.unique(household, return_index=True)[1][np.unique(household, return_inverse=True)[1]] if n else np.zeros(0, np.int64)
    near = (household >= 0) & (rng.random(n) < 0.9)  # most live at one address
    lat, lon = np.where(near, lat[head], lat), np.where(near, lon[head], lon)
    age_stated = rng.random(n) < 0.6
    low = np.where(age_stated, rng.integers(16, 90, n), 18).astype(np.int16)
    return Residents(
        key=rng.permutation(n * 3)[:n].astype(np.uint64),
        lat=lat,
        lon=lon,
        reach_km=rng.choice(np.array([1.5, 4, 9, 25], np.float32), n),
        mode=rng.choice(np.array([WALK, BUS, CAR], np.uint8), n),
        age_low=low,
        age_high=np.where(age_stated, low + rng.integers(0, 5, n), OLDEST).astype(np.int16),
        needs=_bits(rng, n, NEEDS, 0.4) * (rng.random(n) > easy),
        cost_cents=rng.choice(np.array([0, 300, 500, 2000], np.int32), n),
        languages=(_bits(rng, n, LANGUAGES, 0.2) | np.uint32(1)) << (rng.random(n) > easy).astype(np.uint32),
        available=_free_hours(rng, n, easy),
        party=rng.choice(np.array([1, 1, 1, 2, 3], np.uint8), n),
        household=household,
        topics=np.maximum(rng.normal(0, 0.5, (n, topics)), -1).clip(-1, 1).astype(np.float32),
        text=_unit(rng, n, text),
        credit=rng.choice(np.array([0, 1, 2], np.float32), n, p=[0.9, 0.08, 0.02]),
        cohorts=rng.random(n) < 0.5,
        habits=np.random.default_rng(n).gamma(0.2, 4, (n, WEEK_PARTS)).astype(np.float32),
        asked=_bits(np.random.default_rng([n, 1]), n, SENSITIVE, 0.2),
    )


def _sessions(rng: np.random.Generator, m: int, groups: int, seats: tuple[int, int]) -> Sessions:
    week_from = rng.integers(0, HALF_HOURS, m)
    length = rng.integers(1, 8, m)
    free = rng.integers(seats[0], seats[1] + 1, m).astype(np.float32)
    free[rng.random(m) < 0.08] = 0
    free[rng.random(m) < 0.08] = np.inf
    start = 29_000_000 + week_from * 30
    return Sessions(
        key=rng.permutation(m * 3)[:m].astype(np.uint64),
        activity=rng.integers(0, groups, m).astype(np.int32),
        start_min=start.astype(np.int64),
        end_min=(start + length * 30).astype(np.int64),
        week_from=week_from.astype(np.int16),
        week_to=(week_from + length).astype(np.int16),
        seats=free,
        attend_factor=rng.choice(np.array([1, 1, 1.2, 2], np.float32), m),
        going=(np.arange(m) % 9).astype(np.float32),
    )


def _activities(rng: np.random.Generator, a: int, topics: int, text: int, km: float) -> Activities:
    lat, lon = _around(rng, a, km)
    low = rng.choice(np.array([18, 18, 18, 55, 0], np.int16), a)
    return Activities(
        key=rng.permutation(a * 3)[:a].astype(np.uint64),
        center=rng.integers(0, max(a // 4, 1), a).astype(np.int32),
        family=rng.integers(0, max(a // 5, 1), a).astype(np.int32),
        lat=lat,
        lon=lon,
        age_min=low,
        age_max=np.where(rng.random(a) < 0.15, low + 20, OLDEST).astype(np.int16),
        provides=_bits(rng, a, NEEDS, 0.7),
        cost_cents=rng.choice(np.array([0, 0, 300, 1000], np.int32), a),
        languages=_bits(rng, a, LANGUAGES, 0.3) | np.uint32(1),
        topics=(rng.random((a, topics)) * (rng.random((a, topics)) < 0.25)).astype(np.float32),
        text=_unit(rng, a, text),
        size=rng.integers(2, 30, a).astype(np.float32),
        age_weeks=rng.integers(0, 60, a).astype(np.float32),
        helped=np.where(rng.random(a) < 0.3, np.nan, rng.random(a)).astype(np.float32),
        sensitive=_bits(np.random.default_rng([a, 2]), a, SENSITIVE, 0.05),
    )


def _pairs(rng: np.random.Generator, n: int, a: int) -> Pairs:
    code = np.unique(rng.integers(0, max(n * a, 1), n // 2 if n and a else 0))
    said_yes, said_no, attended, missed, invited = (rng.integers(0, 4, len(code)).astype(np.float32) for _ in range(5))
    rating = rng.choice(np.array([-1, 0, 0, 1], np.float32), len(code))
    faces = rng.integers(0, 3, len(code)).astype(np.float32)
    resident, activity = (code // a).astype(np.int32), (code % a).astype(np.int32)
    return Pairs(resident, activity, said_yes, said_no, attended, missed, invited, rating, faces)


def _around(rng: np.random.Generator, k: int, km: float) -> tuple[np.ndarray, np.ndarray]:
    """Points in a city of normal density, rounded to about 100 m."""
    lat = 41.8 + rng.normal(0, km / 2, k) / 111.2
    lon = -87.7 + rng.normal(0, km / 2, k) / (111.2 * np.cos(np.radians(41.8)))
    return lat.round(3), lon.round(3)


def _bits(rng: np.random.Generator, k: int, width: int, share: float) -> U32:
    bits: U32 = ((rng.random((k, width)) < share) * (1 << np.arange(width))).sum(axis=1).astype(np.uint32)
    return bits


def _free_hours(rng: np.random.Generator, n: int, easy: float) -> np.ndarray:
    """Whole parts of days, as the form asks for them: 7 days of 6 parts, each 8 half hours."""
    parts = (rng.random((n, 42)) < 0.5) | (rng.random(n) < easy)[:, None]
    bits = np.repeat(parts, HALF_HOURS // 42, axis=1)
    padded = np.zeros((n, WEEK_WORDS * 64), bool)
    padded[:, :HALF_HOURS] = bits
    return np.packbits(padded, axis=1, bitorder="little").view(np.uint64).reshape(n, WEEK_WORDS)


def _unit(rng: np.random.Generator, k: int, width: int) -> F32:
    rows = rng.normal(0, 1, (k, width)).astype(np.float32)
    rows /= np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-6)
    rows[rng.random(k) < 0.2] = 0
    return rows


def _never(rng: np.random.Generator, n: int, m: int) -> Never:
    k = n // 5 if m else 0
    return Never(rng.integers(0, max(n, 1), k).astype(np.int32), rng.integers(0, max(m, 1), k).astype(np.int32))


def _couples(rng: np.random.Generator, n: int) -> I32:
    couples: I32 = rng.integers(0, max(n, 1), (n // 10, 2)).astype(np.int32)
    two: I32 = couples[couples[:, 0] != couples[:, 1]]
    return two


class PlainScore:
    """Topics, words and nearness, and a bonus for people who came before; nothing learned."""

    version = "plain-1"

    def __init__(self, at_zero: float = -2.2) -> None:
        self.at_zero = np.float32(at_zero)

    def prepare(self, world: World) -> None:
        """It remembers nothing."""

    def for_strangers(self, world: World) -> PlainScore:
        return self

    def opened(self, world: World, residents: I32, sessions: I32) -> PlainBlock:
        return PlainBlock(self, world, residents, sessions)

    def pair_logits(self, world: World, resident: I32, session: I32, km: F32) -> F32:
        logits: F32 = self.terms(world, resident, session, km)[1].sum(axis=1) + self.at_zero
        return logits

    def probability(self, logits: F32) -> F32:
        chance: F32 = np.float32(1) / (np.float32(1) + np.exp(-logits))
        return chance

    def terms(self, world: World, resident: I32, session: I32, km: F32) -> tuple[tuple[str, ...], F32]:
        activity = world.sessions.activity[session]
        shared = (world.residents.topics[resident] * world.activities.topics[activity]).sum(axis=1)
        words = (world.residents.text[resident] * world.activities.text[activity]).sum(axis=1)
        return ("topics", "text", "near"), np.stack((shared, words, -km / world.residents.reach_km[resident]), axis=1)


@dataclass(frozen=True)
class PlainBlock:
    """Some people and sessions before `PlainScore`."""

    score: PlainScore
    world: World
    residents: I32
    sessions: I32

    def cells(self, who: np.ndarray, at: slice, row: I32, column: I32, km: F32) -> F32:
        return self.score.pair_logits(self.world, self.residents[who][row], self.sessions[at][column], km)
