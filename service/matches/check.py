"""A second look at every match, from the rows and by other means than the matcher's: plain, and the last word."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple
from uuid import UUID

import msgspec
import numpy as np
from numpy.typing import NDArray

from matching import F64, I32, I64, Bool, Week
from service.interests.sensitive import needs_asking
from service.matches.model import SessionRow, Snapshot
from service.matches.packed import PackedResidents, Table, packed_ids, uuids
from service.matches.rows import CAREFUL_SEATS, OPEN_CEILING, people_of
from service.places.distance import distances_km

SLACK = 1.001  # float32 sums against exact ones
METERS = 0.02  # the matcher measures in float32
SUNDAYS_END = 336  # half hours
NOBODY = UUID(int=0)


class Violation(msgspec.Struct, frozen=True):
    resident: UUID
    session: UUID
    rule: str


class CheckedPicks(NamedTuple):
    """The picks, line by line, beside what the database said. i, j: rows of people and sessions; a: rows of activities."""

    snapshot: Snapshot
    people: PackedResidents
    i: I32
    j: I32
    a: I64
    p: F64


def violations(snapshot: Snapshot, result: Week) -> list[Violation]:
    """Every broken limit: of one pair, of one mail, and of one session's seats."""
    if not len(result.picks.session):
        return []  # who is offered nothing is offered nothing wrong
    row_of = {row.id: at for at, row in enumerate(snapshot.activities)}
    activity = np.array([row_of[date.activity_id] for date in snapshot.sessions], np.int64)
    j = result.picks.session
    seen = CheckedPicks(snapshot, people_of(snapshot.residents), result.picks.resident, j, activity[j], result.picks.p.astype(np.float64))
    faults = [fault for rule, broken in _pairs(seen) for fault in _violations(seen, np.flatnonzero(broken), rule)]
    return [*faults, *_mails(seen), *_households(seen), *_apart(seen), *_seats(seen)]


def _violations(seen: CheckedPicks, lines: I64, rule: str) -> list[Violation]:
    people = uuids(seen.people.row["id"][seen.i[lines]])
    return [
        Violation(resident_id, seen.snapshot.sessions[j].id, rule) for resident_id, j in zip(people, seen.j[lines].tolist(), strict=True)
    ]


def _pairs(seen: CheckedPicks) -> Iterator[tuple[str, Bool]]:
    """Each rule with [k] whether a match breaks it."""
    row, series = seen.people.row[seen.i], seen.snapshot.activities
    columns = {name: np.array([getattr(activity, name) for activity in series]) for name in ("lat", "lon", "access_yes")}
    yield "time", ~_free(seen)
    yield "reach", distances_km(row["lat"], row["lon"], columns["lat"][seen.a], columns["lon"][seen.a]) > row["reach_km"] + METERS
    low, high = np.array([_ages(activity.age_min, activity.age_max) for activity in series]).reshape(-1, 2)[seen.a].T
    yield "age", (row["age_low"] < low) | (row["age_high"] > high)
    yield "needs", (row["needs"] | columns["access_yes"][seen.a]) != columns["access_yes"][seen.a]
    asked = np.array([np.inf if activity.cost_cents is None else activity.cost_cents for activity in series])[seen.a]
    yield "cost", (row["cost_cents"] < OPEN_CEILING) & (asked > row["cost_cents"])
    yield "language", ~_understood(seen)
    yield "full", row["party"] > np.array([_left(date) for date in seen.snapshot.sessions])[seen.j]
    ids = packed_ids([date.id for date in seen.snapshot.sessions])[seen.j]
    yield "refused", _refused(seen)
    yield "sensitive", _unasked(seen)
    yield "answered", np.isin(_texts(row["id"], ids), _texts(seen.snapshot.never["person"], seen.snapshot.never["session"]))


def _refused(seen: CheckedPicks) -> Bool:
    """[k] whether the activity is about a topic that the person turned down; most turn down none."""
    return np.array(
        [bool(text) and not set(text.split()).isdisjoint(seen.snapshot.activities[a].topics)
         for text, a in zip((seen.people.disliked[i] for i in seen.i.tolist()), seen.a.tolist(), strict=True)], bool
    )  # fmt: skip


def _unasked(seen: CheckedPicks) -> Bool:
    """[k] whether the activity is for those alone who asked for one of its topics, and the person asked for none."""
    about = [needs_asking(row.topics, row.title, row.description) for row in seen.snapshot.activities]
    lines = np.flatnonzero(np.array([bool(codes) for codes in about], bool)[seen.a])
    broken = np.zeros(len(seen.i), bool)
    broken[lines] = [about[seen.a[k]].isdisjoint(seen.people.topics[seen.i[k]].split()) for k in lines]
    return broken


def _texts(*ids: Table) -> NDArray[np.bytes_]:
    """Ids side by side as one text each, compared byte by byte; the last letter keeps numpy from cutting zeros off."""
    parts = [np.ascontiguousarray(column).view("u1").reshape(len(column), 16) for column in ids]
    end = np.full((len(ids[0]), 1), 1, np.uint8)
    return np.ascontiguousarray(np.concatenate([*parts, end], axis=1)).view(f"S{16 * len(ids) + 1}").ravel()


def _free(seen: CheckedPicks) -> Bool:
    """[k] whether every half hour from start to end is ticked: counted from the left, a gap is missing in the count."""
    ticked = np.unpackbits(np.ascontiguousarray(seen.people.row["available"]), axis=1, bitorder="little")
    counted = np.concatenate((np.zeros((len(ticked), 1), np.int32), np.cumsum(np.tile(ticked, 2), axis=1, dtype=np.int32)), axis=1)
    first, end = np.array([_half_hours(date) for date in seen.snapshot.sessions], np.int64).reshape(-1, 2)[seen.j].T
    return np.asarray(counted[seen.i, end] - counted[seen.i, first] == end - first)


def _half_hours(date: SessionRow) -> tuple[int, int]:
    """From the one it begins in to the one after it ends, by the wall clock."""
    begins = date.starts_at_local.weekday() * 1440 + date.starts_at_local.hour * 60 + date.starts_at_local.minute
    lasts = max(int((date.ends_at - date.starts_at).total_seconds() // 60), 1)
    return begins // 30, min((begins + lasts - 1) // 30 + 1, begins // 30 + SUNDAYS_END)


def _understood(seen: CheckedPicks) -> Bool:
    """[k] asked of the few different ways to speak on both sides."""
    people, spoken = np.unique(np.array(seen.people.languages, dtype=np.str_), return_inverse=True)
    there, row_there = np.unique(
        np.array([" ".join(a.languages or [a.text_language]) for a in seen.snapshot.activities]), return_inverse=True
    )
    shared = np.array([[bool(set(own_languages.split()) & set(other.split())) for other in there] for own_languages in people]).reshape(
        len(people), -1
    )
    return np.asarray(shared[spoken[seen.i], row_there[seen.a]], np.bool_)


def _ages(low: int | None, high: int | None) -> tuple[int, int]:
    if low is None and high is None:
        return 18, 130
    top = 130 if high is None else high
    if low is not None:
        return low, top
    return (18 if top >= 18 else 0), top


def _left(date: SessionRow) -> int:
    return (CAREFUL_SEATS if date.capacity is None else date.capacity) - date.taken


def _mails(seen: CheckedPicks) -> Iterator[Violation]:
    """Two dates of one series, or two at once, in one mail: looked for among neighbors in the order of person and time."""
    begins, ends = (_instants(seen.snapshot.sessions, name)[seen.j] for name in ("starts_at", "ends_at"))
    for keys, rule in (((begins, seen.a, seen.i), "one date of a series"), ((ends, begins, seen.i), "overlap")):
        line = np.lexsort(keys)
        first, second = line[:-1], line[1:]
        clash = seen.a[first] == seen.a[second] if rule != "overlap" else begins[second] < ends[first]
        yield from _violations(seen, second[(seen.i[first] == seen.i[second]) & clash], rule)


def _instants(dates: Sequence[SessionRow], name: str) -> F64:
    return np.array([getattr(date, name).timestamp() for date in dates], np.float64)


def _households(seen: CheckedPicks) -> Iterator[Violation]:
    """People of one household who do not all get the same sessions."""
    ids = seen.people.row["household"]
    together = (ids["hi"] != 0) | (ids["lo"] != 0)
    if not together.any():
        return
    number, size = np.unique(_texts(ids), return_inverse=True, return_counts=True)[1:]
    lines = np.flatnonzero(together[seen.i])
    house = number[seen.i[lines]]
    which, invited = np.unique(house * len(seen.snapshot.sessions) + seen.j[lines], return_inverse=True, return_counts=True)[1:]
    yield from _violations(seen, lines[invited[which] != size[house]], "household")


def _apart(seen: CheckedPicks) -> Iterator[Violation]:
    """Two who must not meet, invited to one session."""
    if not len(seen.snapshot.apart):
        return
    invited: dict[UUID, set[int]] = {}
    for resident_id, j in zip(uuids(seen.people.row["id"][seen.i]), seen.j.tolist(), strict=True):
        invited.setdefault(resident_id, set()).add(j)
    for first, other in zip(*(uuids(seen.snapshot.apart[end]) for end in ("one", "other")), strict=True):
        both = invited.get(first, set()) & invited.get(other, set())
        yield from (Violation(first, seen.snapshot.sessions[j].id, "apart") for j in sorted(both))


def _seats(seen: CheckedPicks) -> Iterator[Violation]:
    dates = seen.snapshot.sessions
    coming = np.bincount(seen.j, seen.p * seen.people.row["party"][seen.i], len(dates))
    factor = {activity.id: activity.attend_factor for activity in seen.snapshot.activities}
    limit = np.array([max(0.0, _left(date) * factor[date.activity_id] - date.promised) for date in dates])
    for at in np.flatnonzero(coming > limit * SLACK).tolist():
        yield Violation(NOBODY, dates[at].id, "expected attendance")
