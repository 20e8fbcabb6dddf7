"""The hard limits: which pairs of a person and a session may exist at all, and what each limit takes away.

No score can buy a pair back. What a center has not said counts as a no.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce

import numpy as np

from matching.world.arrays import F32, F64, HALF_HOURS, I32, I64, U32, U64, WEEK_WORDS, Bool, World
from matching.world.households import Units, units_of

# Names the limits and the way of allocating together: another version gives another week from the same arrays, so a replay refuses it.
# rules-5 has no column for company in its arrays.
VERSION = "rules-5"
FILTERS = ("answered", "sensitive", "time", "reach", "age", "needs", "cost", "language", "full")
EARTH_KM = 6371.0088
Row = I32 | np.int32  # one resident for each session asked about, or one for all
Column = I32 | slice


@dataclass(frozen=True, slots=True)
class Limits:
    """A world laid out for asking "may they?", with what activities say copied to their m sessions."""

    world: World
    units: Units
    home: F64  # [n, 3] km from the center of the earth
    place: F64  # [m, 3]
    touched: U64  # [m, WEEK_WORDS] half hours a session needs
    provides: U32  # [m]
    sensitive: U32  # [m] bits of topics that are only for who asked for one of them
    languages: U32
    age_min: I32
    age_max: I32
    cost_cents: I32
    seats_needed: I32  # [n] by the person's whole unit
    by_start: I32  # [m] sessions in the order of the local week
    never: I64  # sorted resident * m + session; an answer of one member binds the household through the unit
    never_start: I64  # [n + 1] slices of `never` by resident


def prepare(world: World) -> Limits:
    """Work that is shared by every question about one world."""
    sessions, activities = world.sessions, world.activities
    of = sessions.activity
    units = units_of(world.residents)
    n, m = len(world.residents.key), len(sessions.key)
    never = np.unique(world.never.resident.astype(np.int64) * m + world.never.session)
    return Limits(
        world=world,
        units=units,
        home=on_the_globe(world.residents.lat, world.residents.lon),
        place=on_the_globe(activities.lat, activities.lon)[of],
        touched=half_hours(sessions.week_from, sessions.week_to),
        provides=activities.provides[of],
        sensitive=activities.sensitive[of],
        languages=activities.languages[of],
        age_min=activities.age_min[of].astype(np.int32),
        age_max=activities.age_max[of].astype(np.int32),
        cost_cents=activities.cost_cents[of],
        seats_needed=units.seats[units.of],
        by_start=np.argsort(sessions.week_from, kind="stable").astype(np.int32),
        never=never,
        never_start=np.searchsorted(never, np.arange(n + 1, dtype=np.int64) * m),
    )


def on_the_globe(lat: F64, lon: F64) -> F64:
    """[k, 3] km; straight distances between such points differ from great circles by less than 1 m below 100 km."""
    phi, lam = np.radians(lat), np.radians(lon)
    return EARTH_KM * np.stack((np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)), axis=1)


def half_hours(week_from: np.ndarray, week_to: np.ndarray) -> U64:
    """[m, WEEK_WORDS] bits from..to, running over Sunday's midnight when they must."""
    length = np.clip(week_to.astype(np.int64) - week_from, 1, HALF_HOURS)
    bits = np.zeros((len(week_from), WEEK_WORDS), np.uint64)
    row = np.repeat(np.arange(len(length)), length)
    hour = np.arange(len(row)) - np.repeat(np.cumsum(length) - length, length) + np.repeat(week_from.astype(np.int64), length)
    hour %= HALF_HOURS
    np.bitwise_or.at(bits, (row, hour // 64), np.uint64(1) << (hour % 64).astype(np.uint64))
    return bits


def distance_km(limits: Limits, resident: Row, session: Column) -> F32:
    """[k] the distance that every limit, term and reason speaks of."""
    x, y, z = (limits.home[resident] - limits.place[session]).T
    return np.asarray(np.sqrt(x * x + y * y + z * z), np.float32)


def verdicts(limits: Limits, resident: Row, session: Column) -> Bool:
    """[9, k] in the order of FILTERS: True where that limit alone lets the pair through. The definition of every limit."""
    return np.stack([PASSES[name](limits, resident, session) for name in FILTERS])


def allowed_pairs(limits: Limits, resident: Row, session: I32) -> Bool:
    """[k] for each pair by itself; a household needs this of all its members."""
    left = np.arange(len(session))
    for name in CHEAPEST_FIRST:
        left = left[PASSES[name](limits, resident[left] if isinstance(resident, np.ndarray) else resident, session[left])]
    allowed = np.zeros(len(session), bool)
    allowed[left] = True
    return allowed


def _answered(limits: Limits, resident: Row, session: Column) -> Bool:
    """By binary search in the sorted list: it may hold millions, and is asked for a few thousand pairs at a time."""
    m = len(limits.world.sessions.key)
    code = np.asarray(resident, np.int64) * m + (np.arange(m)[session] if isinstance(session, slice) else session)
    if not len(limits.never):
        return np.ones(len(code), np.bool_)
    at = np.minimum(np.searchsorted(limits.never, code), len(limits.never) - 1)
    return np.asarray(limits.never[at] != code)


def _sensitive(limits: Limits, resident: Row, session: Column) -> Bool:
    """Nobody is invited to a circle of mourners, say, who did not ask for one."""
    about = limits.sensitive[session]
    return np.asarray((about == 0) | (about & limits.world.residents.asked[resident] != 0))


def _time(limits: Limits, resident: Row, session: Column) -> Bool:
    busy = limits.touched[session] & ~limits.world.residents.available[resident]
    return np.asarray(reduce(np.bitwise_or, busy.T) == 0)  # word by word: five times faster than along rows of six


def _reach(limits: Limits, resident: Row, session: Column) -> Bool:
    return np.asarray(distance_km(limits, resident, session) <= limits.world.residents.reach_km[resident])


def _age(limits: Limits, resident: Row, session: Column) -> Bool:
    who = limits.world.residents
    return np.asarray((who.age_low[resident] >= limits.age_min[session]) & (who.age_high[resident] <= limits.age_max[session]))


def _needs(limits: Limits, resident: Row, session: Column) -> Bool:
    return np.asarray(limits.world.residents.needs[resident] & ~limits.provides[session] == 0)


def _cost(limits: Limits, resident: Row, session: Column) -> Bool:
    return np.asarray(limits.cost_cents[session] <= limits.world.residents.cost_cents[resident])


def _language(limits: Limits, resident: Row, session: Column) -> Bool:
    return np.asarray(limits.world.residents.languages[resident] & limits.languages[session] != 0)


def _full(limits: Limits, resident: Row, session: Column) -> Bool:
    return np.asarray(limits.seats_needed[resident] <= limits.world.sessions.seats[session])


PASSES: dict[str, Callable[[Limits, Row, Column], Bool]] = {
    "answered": _answered,
    "sensitive": _sensitive,
    "time": _time,
    "reach": _reach,
    "age": _age,
    "needs": _needs,
    "cost": _cost,
    "language": _language,
    "full": _full,
}
# What costs little enough to be asked of every session of a region, and what of those that are left.
AT_ONCE = ("cost", "sensitive", "language", "needs", "age", "full")
ONE_BY_ONE = ("reach", "time", "answered")
CHEAPEST_FIRST = (*AT_ONCE, *ONE_BY_ONE)


def why_not(limits: Limits, residents: I32) -> tuple[I32, I32]:
    """([k, 10], [k, 9]) sessions each limit took first, in the order of FILTERS, then those that passed them all;
    and sessions that only this one limit took, the fact worth correcting. A limit of one member counts for the household."""
    m = len(limits.world.sessions.key)
    first = np.zeros((len(residents), len(FILTERS) + 1), np.int32)
    alone = np.zeros((len(residents), len(FILTERS)), np.int32)
    for row, resident in enumerate(residents):
        unit = limits.units.of[resident]
        together = limits.units.members[limits.units.start[unit] : limits.units.start[unit + 1]]
        passed = np.logical_and.reduce([verdicts(limits, member, slice(None)) for member in together])
        standing = np.ones(m, bool)
        for rank, verdict in enumerate(passed):
            first[row, rank] = np.count_nonzero(standing & ~verdict)
            standing &= verdict
        first[row, -1] = np.count_nonzero(standing)
        lost = (~passed).sum(axis=0) == 1
        alone[row] = (~passed & lost).sum(axis=1)
    return first, alone
