"""An invented metro as arrays: the hardest shape for a matcher, because half of its people can reach most of its sessions.

A resident may go to some 430 of 10,000 sessions and 870 of 20,000: by limits alone, before any score.
"""

from __future__ import annotations

import numpy as np

from matching import BUS, CAR, F32, F64, HALF_HOURS, OLDEST, U64, WALK, WEEK_WORDS, Activities, Never, Pairs, Residents, Sessions, World
from service.places.distance import REACH_KM

TOPICS, WORDS = 120, 64  # 184 numbers for each person and activity
ACROSS_KM = 50.0
KNOWN = 5  # activities that a person has been to, on average
DATES = 0.6  # activities for each session: some have two or three dates a week


def metro(residents: int, sessions: int, seed: int) -> World:
    """Denser in the middle; interests, needs and prices as in the sample neighborhood, six of the 21 parts of the week free."""
    rng = np.random.default_rng(seed)
    activities = max(int(sessions * DATES), 1)
    groups, dates = _groups(rng, activities), _dates(rng, sessions, activities)
    room = groups.size[dates.activity]
    dates = Sessions(**{name: getattr(dates, name) for name in ("key", "activity", "start_min", "end_min", "week_from", "week_to")},
                     seats=room, attend_factor=np.ones(sessions, np.float32))  # fmt: skip
    nobody = np.zeros(0, np.int32)
    return World(_people(rng, residents), dates, groups, _pairs(rng, residents, activities), Never(nobody, nobody))


def _places(rng: np.random.Generator, k: int) -> tuple[F64, F64]:
    radius, angle = ACROSS_KM / 2 * np.sqrt(rng.random(k) * rng.random(k) ** 0.5), rng.uniform(0, 2 * np.pi, k)
    return 40 + radius * np.sin(angle) / 111.2, -83 + radius * np.cos(angle) / (111.2 * np.cos(np.radians(40)))


def _directions(rng: np.random.Generator, k: int) -> F32:
    rows = rng.normal(size=(k, WORDS)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return rows


def _liked(rng: np.random.Generator, k: int, each: int) -> F32:
    table = np.zeros((k, TOPICS), np.float32)
    for _ in range(each):
        table[np.arange(k), rng.integers(0, TOPICS, k)] = 1
    return table


def _bits(rng: np.random.Generator, k: int, share: float) -> np.ndarray:
    bits = np.zeros(k, np.uint32)
    for bit in range(6):
        bits |= (rng.random(k) < share).astype(np.uint32) << np.uint32(bit)
    return bits


def _free(rng: np.random.Generator, k: int) -> U64:
    """Mornings, afternoons and evenings, each free with a chance of 0.3."""
    bits = np.zeros((k, WEEK_WORDS * 64), bool)
    for day in range(7):
        for first, last in ((8, 12), (12, 17), (17, 21)):
            bits[:, 48 * day + 2 * first : 48 * day + 2 * last] = (rng.random(k) < 0.3)[:, None]
    bits[:, HALF_HOURS:] = False
    return np.packbits(bits, axis=1, bitorder="little").view(np.uint64)


def _people(rng: np.random.Generator, n: int) -> Residents:
    lat, lon = _places(rng, n)
    mode = rng.choice(np.array([WALK, BUS, CAR], np.uint8), n, p=[0.25, 0.35, 0.4])
    reach = np.array([REACH_KM["walk"], REACH_KM["bus"], REACH_KM["car"]], np.float32)[mode]
    age = rng.integers(18, 90, n).astype(np.int16)
    return Residents(
        key=rng.permutation(n).astype(np.uint64) + np.uint64(1),
        lat=lat,
        lon=lon,
        reach_km=reach * rng.uniform(0.8, 1.2, n).astype(np.float32),
        mode=mode,
        age_low=age,
        age_high=age,
        needs=_bits(rng, n, 0.06),
        cost_cents=rng.choice(np.array([0, 500, 2000, 100_000], np.int32), n, p=[0.3, 0.3, 0.2, 0.2]),
        languages=rng.choice(np.array([1, 2, 3], np.uint32), n, p=[0.8, 0.1, 0.1]),
        available=_free(rng, n),
        party=rng.choice(np.array([1, 2], np.uint8), n, p=[0.9, 0.1]),
        household=np.full(n, -1, np.int32),
        topics=_liked(rng, n, 4),
        text=_directions(rng, n),
        credit=np.zeros(n, np.float32),
        cohorts=np.zeros(n, np.bool_),
    )


def _groups(rng: np.random.Generator, a: int) -> Activities:
    lat, lon = _places(rng, a)
    topics = _liked(rng, a, 2)
    return Activities(
        key=np.arange(a, dtype=np.uint64) + np.uint64(1),
        center=rng.integers(0, max(a // 8, 1), a).astype(np.int32),
        family=(np.argmax(topics, axis=1) // 10).astype(np.int32),
        lat=lat,
        lon=lon,
        age_min=rng.choice(np.array([18, 18, 18, 55, 60], np.int16), a),
        age_max=np.full(a, OLDEST, np.int16),
        provides=_bits(rng, a, 0.8),
        cost_cents=rng.choice(np.array([0, 0, 0, 500, 1500], np.int32), a),
        languages=rng.choice(np.array([1, 1, 1, 1, 3, 2], np.uint32), a),
        topics=topics,
        text=_directions(rng, a),
        size=rng.choice(np.array([8, 12, 16, 25, 40], np.float32), a),
        age_weeks=rng.uniform(0, 200, a).astype(np.float32),
        helped=np.full(a, np.nan, np.float32),
    )


def _dates(rng: np.random.Generator, m: int, a: int) -> Sessions:
    activity = np.concatenate((np.arange(min(a, m)), rng.integers(0, a, max(m - a, 0)))).astype(np.int32)
    start = rng.integers(0, 7, m) * 48 + rng.integers(16, 40, m)
    length = rng.integers(2, 5, m)
    none = np.zeros(m, np.float32)
    return Sessions(
        key=np.arange(m, dtype=np.uint64) + np.uint64(1),
        activity=activity,
        start_min=start * 30,
        end_min=(start + length) * 30,
        week_from=start.astype(np.int16),
        week_to=(start + length).astype(np.int16),
        seats=none,
        attend_factor=none,
    )


def _pairs(rng: np.random.Generator, n: int, a: int) -> Pairs:
    row = np.unique(rng.integers(0, n, n * KNOWN) * a + rng.integers(0, a, n * KNOWN))
    counts = {
        name: rng.poisson(mean, len(row)).astype(np.float32)
        for name, mean in (("said_yes", 0.5), ("said_no", 0.1), ("attended", 0.4), ("missed", 0.1), ("invited", 1.0), ("faces", 0.3))
    }
    return Pairs((row // a).astype(np.int32), (row % a).astype(np.int32), rating=np.zeros(len(row), np.float32), **counts)
