"""A second look at every match, from the rows and by other means than the matcher's: slow, plain, and the last word."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise
from math import asin, cos, radians, sin, sqrt
from uuid import UUID

import msgspec

from matching.week import Week
from service.matches.model import ActivityRow, ResidentRow, SessionRow, Snapshot
from service.matches.rows import CAREFUL_SEATS, OPEN_CEILING

SLACK = 1.001  # float32 sums against exact ones
METERS = 0.02  # the matcher measures in float32


class Fault(msgspec.Struct, frozen=True):
    resident: UUID
    session: UUID
    rule: str


def violations(snapshot: Snapshot, found: Week) -> list[Fault]:
    """Every broken limit: of one pair, of one mail, and of one session's seats."""
    series = {row.id: row for row in snapshot.activities}
    never = {(row.matcher_id, row.session_id) for row in snapshot.never}
    faults: list[Fault] = []
    mails: dict[UUID, list[SessionRow]] = defaultdict(list)
    expected: dict[UUID, float] = defaultdict(float)
    for i, j, p in zip(found.picks.resident, found.picks.session, found.picks.p, strict=True):
        person, date = snapshot.residents[i], snapshot.sessions[j]
        activity = series[date.activity_id]
        faults += [Fault(person.matcher_id, date.id, rule) for rule in _broken(person, date, activity)]
        if (person.matcher_id, date.id) in never:
            faults.append(Fault(person.matcher_id, date.id, "answered"))
        mails[person.matcher_id].append(date)
        expected[date.id] += float(p) * person.party
    return [*faults, *_broken_mails(mails), *_broken_seats(snapshot, series, expected)]


def _broken(person: ResidentRow, date: SessionRow, activity: ActivityRow) -> Iterator[str]:
    if not _free(person.available, date):
        yield "time"
    if _km(person.lat, person.lon, activity.lat, activity.lon) > person.reach_km + METERS:
        yield "reach"
    low, high = _ages(activity)
    if person.age_low < low or person.age_high > high:
        yield "age"
    if any(person.needs >> bit & 1 and not activity.access_yes >> bit & 1 for bit in range(31)):
        yield "needs"
    if person.cost_cents < OPEN_CEILING and (activity.cost_cents is None or activity.cost_cents > person.cost_cents):
        yield "cost"
    if not set(person.languages) & set(activity.languages or [activity.text_language]):
        yield "language"
    if person.party > _seats(date):
        yield "full"


def _free(available: bytes, date: SessionRow) -> bool:
    """Whether every half hour from start to end is ticked, walked through minute by minute of the wall clock."""
    begins = date.starts_at_local.weekday() * 1440 + date.starts_at_local.hour * 60 + date.starts_at_local.minute
    lasts = int((date.ends_at - date.starts_at).total_seconds() // 60)
    touched = {(minute // 30) % 336 for minute in range(begins, begins + max(lasts, 1))}
    return all(available[half // 8] >> (half % 8) & 1 for half in touched)


def _ages(activity: ActivityRow) -> tuple[int, int]:
    if activity.age_min is None and activity.age_max is None:
        return 18, 130
    high = 130 if activity.age_max is None else activity.age_max
    if activity.age_min is not None:
        return activity.age_min, high
    return (18 if high >= 18 else 0), high


def _seats(date: SessionRow) -> int:
    return (CAREFUL_SEATS if date.capacity is None else date.capacity) - date.taken


def _km(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    a, b = radians(lat1), radians(lat2)
    half = sin((b - a) / 2) ** 2 + cos(a) * cos(b) * sin(radians(lon2 - lon1) / 2) ** 2
    return 2 * 6371.0088 * asin(sqrt(half))


def _broken_mails(mails: dict[UUID, list[SessionRow]]) -> Iterator[Fault]:
    for person, dates in mails.items():
        dates.sort(key=lambda date: date.starts_at)
        if len({date.activity_id for date in dates}) < len(dates):
            yield Fault(person, dates[0].id, "one date of a series")
        for earlier, later in pairwise(dates):
            if later.starts_at < earlier.ends_at:
                yield Fault(person, later.id, "overlap")


def _broken_seats(snapshot: Snapshot, series: dict[UUID, ActivityRow], expected: dict[UUID, float]) -> Iterator[Fault]:
    for date in snapshot.sessions:
        limit = _seats(date) * series[date.activity_id].attend_factor
        if expected[date.id] > limit * SLACK:
            yield Fault(UUID(int=0), date.id, "expected attendance")
