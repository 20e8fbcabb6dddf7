"""Who lives in the virtual city, what is on there, and what is true of both though nobody wrote it down."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from matching.world.arrays import BUS, CAR, F32, HALF_HOURS, I32, I64, OLDEST, U32, U64, WALK, WEEK_WORDS, Activities, Residents

TOPICS, WORDS, FAMILIES, NEEDS = 40, 16, 12, 4
CENTER_LAT, CENTER_LON, KM_PER_DEGREE = 41.8, -87.7, 111.2
PER_GROUP = (
    10  # residents for each weekly group, as in a region of 100,000 people and 10,000 sessions; 50 in a metro of a million and 20,000
)
FAME = np.geomspace(0.34, 0.03, TOPICS)  # share of people who like a topic, from the best to the least known


@dataclass(frozen=True, slots=True)
class Habits:
    """How people of the city behave; every number stands here and nowhere else, with the reason for it.

    Fixed from facts before any two ways of choosing were compared, and not to be changed because of what a comparison says.
    *Measured* (yes answers of a real town on a meeting site, November 2015 to August 2017, 861 groups, and of a real city with homes
    and venues): of first visits to weekly groups 29 % are followed by another within six weeks, after the fourth 57 %; of those
    returns 42 % come in the next week, the rest fall by 0.6 a week; groups differ in it by 0.77 of a logit; a doubling of familiar
    faces adds 0.09; the odds of joining a group of a stated interest are three times those of another; distance takes 1.6 logits
    at 6 km and 1.2 at 12; people's yes answers spread by 1.1 in the logarithm; the best liked topic is named by 34 %, the 40th by 3 to 9.
    *Published*: of older people invited to activity programs 9.2 % begin (Participation levels of physical activity programs for
    community-dwelling older adults, BMC Public Health 2014); distance does not predict who drops out (IJERPH 2022, 19, 3190).
    *Fitted* so that blind invitations give back these shares; tests/matching/test_simulate_facts.py holds them.
    *Assumed* where no number was found.
    """

    base: float = -4.8  # fitted: a first mail of five blind invitations brings 9 of 100 people somewhere
    liking: float = 2.8  # fitted: stated interests triple the odds of coming
    distance: float = -1.4  # measured, at the edge of the reach
    whim: float = 0.8  # assumed as wide as groups differ: what no taxonomy knows, fixed for each person and group
    quality: float = 0.77  # measured: how groups differ in who returns
    zeal: float = 1.1  # measured: how people differ in how easily they go out
    stale: float = 0.6  # assumed: what each e-fold of unanswered invitations to the same group takes away
    again: float = -3.6  # fitted: logit of returning next week after one visit
    habit: float = 0.1  # fitted: what each doubling of visits adds
    fit: float = 1.0  # assumed: what a topic fully liked adds to returning; the town's categories show none, but rivals hide it
    friend: float = 0.09  # measured: what each doubling of familiar faces adds to returning
    fading: float = 0.6  # measured: what a week of absence leaves of the chance to return unasked
    boredom: float = 0.02  # assumed: tiredness from each mail that led nowhere; half a year of them costs a third of all interest
    turned_away: float = 0.25  # assumed: tiredness from coming and finding no seat
    rest: float = 0.5  # assumed: share of the tiredness left after a good visit
    leaving: float = 0.01  # assumed: weekly chance to leave for good, when fully tired; newsletters lose some 0.2 % with each mail
    gathering: float = 0.5  # assumed: share of people who agree to be kept together with faces they know
    refusing: float = 0.12  # assumed: chance that an invitation of no interest gets a "not for me"


@dataclass(frozen=True, slots=True)
class City:
    """n residents, a weekly groups with one session each."""

    people: Residents
    groups: Activities
    starts: I32  # [a] half hour of the week
    lasts: I32  # [a] half hours
    seats: I32  # [a]
    opens: I32  # [a] first week of the group; below 0 it was there before
    liking: F32  # [n, a] true fit of person and group, 0 to 1
    whim: F32  # [n, a] logit
    zeal: F32  # [n]
    pleasant: F32  # [a]


def a_city(residents: int, habits: Habits, rng: np.random.Generator, per_group: int = PER_GROUP) -> City:
    """A city of uneven tastes: few topics liked by many, groups posted by what centers happen to offer."""
    groups = max(residents // per_group, 4)
    taste = _tastes(rng, residents)
    about = np.zeros((groups, TOPICS), np.float32)
    about[np.arange(groups), rng.integers(0, TOPICS, groups)] = 1
    second = rng.integers(0, TOPICS, groups)
    about[np.arange(groups), second] = np.maximum(about[np.arange(groups), second], (rng.random(groups) < 0.3) * np.float32(0.6))
    liking = taste @ (about / about.sum(axis=1, keepdims=True)).T
    stated = np.where(rng.random(taste.shape) < 0.75, taste > 0.55, rng.random(taste.shape) < 0.04).astype(np.float32)
    space = rng.normal(0, 1, (TOPICS, WORDS)).astype(np.float32)
    opens = np.where(rng.random(groups) < 0.25, rng.integers(0, 26, groups), -rng.integers(1, 150, groups)).astype(np.int32)
    city = City(
        people=_residents(rng, residents, stated, _unit(stated @ space)),
        groups=_groups(rng, groups, about, _unit(about @ space)),
        starts=_starts(rng, groups),
        lasts=rng.integers(2, 5, groups).astype(np.int32),
        seats=rng.integers(5, 13, groups).astype(np.int32),
        opens=opens,
        liking=liking.astype(np.float32),
        whim=rng.normal(0, habits.whim, liking.shape).astype(np.float32),
        zeal=rng.normal(0, habits.zeal, residents).astype(np.float32),
        pleasant=rng.normal(0, habits.quality, groups).astype(np.float32),
    )
    return replace(city, people=replace(city.people, cohorts=rng.random(residents) < habits.gathering))


def _tastes(rng: np.random.Generator, n: int) -> F32:
    """[n, TOPICS] 0 to 1; the first topics are liked by many, the last by few."""
    liked = rng.random((n, TOPICS)) < FAME
    return np.where(liked, rng.uniform(0.55, 1, (n, TOPICS)), rng.uniform(0, 0.35, (n, TOPICS))).astype(np.float32)


def _residents(rng: np.random.Generator, n: int, topics: F32, text: F32) -> Residents:
    lat, lon = _places(rng, n, 2.5)
    mode = rng.choice(np.array([WALK, BUS, CAR], np.uint8), n, p=[0.3, 0.3, 0.4])
    age = rng.integers(45, 92, n)
    return Residents(
        key=np.arange(1, n + 1, dtype=np.uint64),
        lat=lat,
        lon=lon,
        reach_km=np.array([2.5, 6, 12], np.float32)[mode],
        mode=mode,
        age_low=age.astype(np.int16),
        age_high=age.astype(np.int16),
        needs=_bits(rng, n, 0.06),
        cost_cents=rng.choice(np.array([0, 500, 2000], np.int32), n, p=[0.6, 0.25, 0.15]),
        languages=np.where(rng.random(n) < 0.2, 2, np.where(rng.random(n) < 0.25, 3, 1)).astype(np.uint32),
        available=_free(rng, n),
        party=np.ones(n, np.uint8),
        household=np.full(n, -1, np.int32),
        topics=topics,
        text=text,
        credit=np.zeros(n, np.float32),
        cohorts=np.zeros(n, bool),
    )


def _groups(rng: np.random.Generator, a: int, topics: F32, text: F32) -> Activities:
    lat, lon = _places(rng, a, 2.5)
    return Activities(
        key=np.arange(1, a + 1, dtype=np.uint64),
        center=rng.integers(0, max(a // 5, 1), a).astype(np.int32),
        family=(topics.argmax(axis=1) % FAMILIES).astype(np.int32),
        lat=lat,
        lon=lon,
        age_min=np.full(a, 18, np.int16),
        age_max=np.full(a, OLDEST, np.int16),
        provides=_bits(rng, a, 0.75),
        cost_cents=rng.choice(np.array([0, 500, 1000], np.int32), a, p=[0.75, 0.15, 0.1]),
        languages=np.where(rng.random(a) < 0.2, 3, np.where(rng.random(a) < 0.1, 2, 1)).astype(np.uint32),
        topics=topics,
        text=text,
        size=np.full(a, 8, np.float32),
        age_weeks=np.zeros(a, np.float32),
        helped=np.full(a, np.nan, np.float32),
    )


def _starts(rng: np.random.Generator, a: int) -> I32:
    """Half hours of the week between 9 in the morning and 8 in the evening, mostly on weekdays."""
    day = rng.choice(7, a, p=[0.17, 0.17, 0.17, 0.17, 0.16, 0.1, 0.06])
    return (day * 48 + rng.integers(18, 40, a)).astype(np.int32)


def _free(rng: np.random.Generator, n: int) -> U64:
    """Whole parts of days, as the form asks: 7 days of 6 parts, 8 half hours each."""
    parts = rng.random((n, 42)) < rng.uniform(0.4, 0.95, n)[:, None]
    padded = np.zeros((n, WEEK_WORDS * 64), bool)
    padded[:, :HALF_HOURS] = np.repeat(parts, HALF_HOURS // 42, axis=1)
    return np.asarray(np.packbits(padded, axis=1, bitorder="little").view(np.uint64).reshape(n, WEEK_WORDS), np.uint64)


def _places(rng: np.random.Generator, k: int, km: float) -> tuple[np.ndarray, np.ndarray]:
    lat = CENTER_LAT + rng.normal(0, km, k) / KM_PER_DEGREE
    lon = CENTER_LON + rng.normal(0, km, k) / (KM_PER_DEGREE * np.cos(np.radians(CENTER_LAT)))
    return lat.round(3), lon.round(3)


def _bits(rng: np.random.Generator, k: int, share: float) -> U32:
    return np.asarray(((rng.random((k, NEEDS)) < share) * (1 << np.arange(NEEDS))).sum(axis=1), np.uint32)


def _unit(rows: F32) -> F32:
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.maximum(length, 1e-6), np.float32)


def minutes(week: int, starts: I32) -> I64:
    """Minutes since the epoch of half hours in a virtual week; week 0 begins on a Monday."""
    return np.asarray(29_399_040 + week * 10_080 + starts.astype(np.int64) * 30, np.int64)
