"""Which dates of an activity stay, move, or go, when it should have other ones. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Sequence
from datetime import datetime
from typing import TypeVar
from uuid import UUID

import msgspec

from service.sessions.model import TOLERANCE, DateMove, StoredDate, WantedDate


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """renamed: the new wall-clock name of dates that stay the same appointment. unwanted: ids of dates that no longer take place."""

    moved: list[DateMove]
    renamed: dict[UUID, datetime]
    unwanted: list[UUID]


def compare(stored: Sequence[StoredDate], wanted: Sequence[WantedDate], relocated: Collection[UUID]) -> Comparison:
    """A date is known by its name. What has lost its name may be the same appointment as a new date of its activity: people keep their
    seats when a group moves to another hour or day (`_successors`).

    relocated: ids of activities whose dates all count as moved.
    """
    stored_of, wanted_of = _by_activity(stored), _by_activity(wanted)
    moved: list[DateMove] = []
    renamed: dict[UUID, datetime] = {}
    unwanted: list[UUID] = []
    for activity_id, dates in stored_of.items():
        same, successors, lost = _matched(dates, wanted_of.get(activity_id, []))
        moved += [_moved(date) for date, wish in [*same, *successors] if activity_id in relocated or _differs(date, wish)]
        renamed |= {date.session_id: wish.original_local for date, wish in successors}
        unwanted += [date.session_id for date in lost]
    return Comparison(moved=moved, renamed=renamed, unwanted=unwanted)


def _matched(stored: Sequence[StoredDate], wanted: Sequence[WantedDate]) -> tuple[list[Pair], list[Pair], list[StoredDate]]:
    """Of one activity: dates that keep their name, dates that get another one, and dates that are gone."""
    by_name = {date.original_local: date for date in wanted}
    names = {date.original_local for date in stored}
    scheduled = [date for date in stored if date.state == "scheduled"]
    same = [(date, by_name[date.original_local]) for date in scheduled if date.original_local in by_name]
    lost = [date for date in scheduled if date.original_local not in by_name]
    new = [date for date in wanted if date.original_local not in names]
    if len(scheduled) == len(wanted) == len(lost) == len(new) == 1:
        return [], [(lost[0], new[0])], []
    successors = _successors(lost, new, last=max((date.original_local for date in stored), default=None))
    followed = {date.session_id for date, _ in successors}
    return same, successors, [date for date in lost if date.session_id not in followed]


def _successors(lost: Sequence[StoredDate], new: Sequence[WantedDate], *, last: datetime | None) -> list[Pair]:
    """The new date of the same day, else of the same week, where each side has one.

    last: the last date there was. A later day is new because time went on, and follows nothing.
    """
    pairs = _paired(lost, new, _day)
    used = {id(date) for pair in pairs for date in pair}
    rest = [date for date in lost if id(date) not in used]
    free = [date for date in new if id(date) not in used and last is not None and date.original_local.date() <= last.date()]
    return pairs + _paired(rest, free, _week)


def _paired(lost: Sequence[StoredDate], new: Sequence[WantedDate], key: Callable[[Dated], Hashable]) -> list[Pair]:
    of_lost, of_new = _only(lost, key), _only(new, key)
    return [(of_lost[name], of_new[name]) for name in of_lost if name in of_new]


Dated = StoredDate | WantedDate
D = TypeVar("D", StoredDate, WantedDate)
Pair = tuple[StoredDate, WantedDate]


def _only(dates: Iterable[D], key: Callable[[Dated], Hashable]) -> dict[Hashable, D]:
    """Dates that are the only one of their key; where there are several nobody can say which became which."""
    groups: dict[Hashable, list[D]] = defaultdict(list)
    for date in dates:
        groups[key(date)].append(date)
    return {name: group[0] for name, group in groups.items() if len(group) == 1}


def _day(date: Dated) -> Hashable:
    return date.original_local.date()


def _week(date: Dated) -> Hashable:
    return date.original_local.isocalendar()[:2]


def _by_activity(dates: Iterable[D]) -> dict[UUID, list[D]]:
    groups: dict[UUID, list[D]] = defaultdict(list)
    for date in dates:
        groups[date.activity_id].append(date)
    return groups


def _differs(before: StoredDate, after: WantedDate) -> bool:
    return max(abs(after.starts_at - before.starts_at), abs(after.ends_at - before.ends_at)) > TOLERANCE


def _moved(date: StoredDate) -> DateMove:
    return DateMove(
        session_id=date.session_id, activity_id=date.activity_id, starts_at=date.starts_at, ends_at=date.ends_at, zone=date.zone
    )
