"""Rows that share a UID folded into one event: later versions, moved dates, cancelled dates, further dates."""

from collections import defaultdict
from datetime import datetime

import msgspec

from service.feeds.called_off import says_none_of
from service.feeds.model import EventOverride, ParsedEvent
from service.feeds.vevent import Entry, Moment

MOST_DATES = 1000


def joined(entries: list[Entry]) -> list[ParsedEvent]:
    """Each entry ends in exactly one event: the `rows` of the events add up to the number of entries."""
    by_uid: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        by_uid[entry.event.uid].append(entry)
    return sorted((event for group in by_uid.values() for event in _events(group)), key=lambda event: event.row)


def _events(group: list[Entry]) -> list[ParsedEvent]:
    heads = _newest([entry.event for entry in group if entry.replaces is None])
    dates = [entry for entry in group if entry.replaces is not None]
    if not heads:
        return [_lone(entry) for entry in dates]
    events = _as_dates(heads)
    return [_with_moved(events[0], dates), *events[1:]] if dates else events


def _version(event: ParsedEvent) -> tuple[int, float, bool, int]:
    """Of two rows of one age, the one that calls off counts."""
    return event.sequence, event.modified_at.timestamp() if event.modified_at else 0.0, event.cancelled, event.row


def _newest(events: list[ParsedEvent]) -> list[ParsedEvent]:
    """Of rows with the same start only the newest version; it carries the row count of the others."""
    by_start: dict[tuple[datetime, str | None], ParsedEvent] = {}
    for event in sorted(events, key=_version, reverse=True):
        key = event.start, event.zone
        newest = by_start.get(key)
        by_start[key] = _with_rows(newest, event.rows) if newest else event
    return sorted(by_start.values(), key=lambda event: event.start)


def _with_rows(event: ParsedEvent, more: int, *, cancelled: int = 0) -> ParsedEvent:
    return msgspec.structs.replace(event, rows=event.rows + more, cancelled_rows=event.cancelled_rows + cancelled)


def _as_dates(heads: list[ParsedEvent]) -> list[ParsedEvent]:
    """One UID with several starts and no rule is one event with several dates, as far as the rows agree about the rest.

    The UID stays with what takes place: a first date called off in its title must not take the others with it.
    """
    kinds: dict[tuple[object, ...], list[ParsedEvent]] = defaultdict(list)
    for event in heads:
        kinds[_kind(event)].append(event)
    single_dates = []
    for place, alike in enumerate(sorted(kinds.values(), key=lambda alike: all(event.cancelled for event in alike))):
        first = alike[0]
        live = [event for event in alike if not event.cancelled]
        lead = (live or alike)[0]
        rows, gone = sum(event.rows for event in alike), len(alike) - len(live) if live else 0
        dates = {event.start for event in live if event.start != lead.start} | set(lead.rdates)
        uid = first.uid if place == 0 else f"{first.uid[:960]}#{first.start:%Y%m%dT%H%M}"
        single_dates.append(
            msgspec.structs.replace(lead, uid=uid, rdates=tuple(sorted(dates))[:MOST_DATES], rows=rows, cancelled_rows=gone)
        )
    return single_dates


def _kind(event: ParsedEvent) -> tuple[object, ...]:
    if event.rrule:
        return (event.row,)
    return event.title, event.place, event.zone, event.duration, event.all_day


def _lone(entry: Entry) -> ParsedEvent:
    """A date whose series is not told stands for itself."""
    event = entry.event
    assert entry.replaces is not None
    return msgspec.structs.replace(event, uid=f"{event.uid[:960]}#{entry.replaces.wall:%Y%m%dT%H%M}", rrule=None)


def _with_moved(head: ParsedEvent, dates: list[Entry]) -> ParsedEvent:
    moved: dict[datetime, EventOverride] = {}
    gone: set[datetime] = set()
    for entry in sorted(dates, key=lambda entry: _version(entry.event)):
        assert entry.replaces is not None
        original = entry.replaces.seen_in(head.zone, head.start.time())
        gone.discard(original)
        moved.pop(original, None)
        if entry.event.cancelled or says_none_of(entry.event.title, head.title):
            gone.add(original)
        else:
            moved[original] = _moved(original, entry.event, head)
    head = _with_rows(head, len(dates), cancelled=len(gone))
    exdates = tuple(sorted(set(head.exdates) - moved.keys() | gone))
    return msgspec.structs.replace(head, exdates=exdates, overrides=tuple(moved[original] for original in sorted(moved)))


def _moved(original: datetime, event: ParsedEvent, head: ParsedEvent) -> EventOverride:
    start = Moment(event.start, event.zone, event.all_day).seen_in(head.zone, head.start.time())
    return EventOverride(original, start, event.duration if event.duration != head.duration else None)
