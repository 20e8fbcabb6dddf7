"""A found event turned into what we keep of an activity, or the name of why we do not."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, datetime, timedelta
from uuid import UUID

import msgspec

from service.activities.model import ActivityFacts, MovedDate
from service.activities.recurrence import MovedOccurrence, Occurrence, Series, SeriesExpander
from service.feeds.ages import ages_in
from service.feeds.called_off import days_off
from service.feeds.model import ParsedEvent
from service.feeds.not_public import not_for_the_public
from service.feeds.places import FeedHome, PlacedEvent, placed
from service.feeds.prices import price_in
from service.feeds.vevent import Unreadable
from service.interests.words import topics_of_activity
from service.places.places import Places, currency_of

AHEAD = timedelta(days=399)
UNSAID_MIN = 60  # how long a date without an end is taken to last
DAY = timedelta(days=1)


def settled(
    event: ParsedEvent, *, home: FeedHome, places: Places, expand: SeriesExpander, now: datetime
) -> tuple[PlacedEvent, Occurrence | None]:
    """Its place and its next date, or None when all are past. Raises Unreadable, AskTheCenter."""
    if event.all_day:
        raise Unreadable("no_hour")
    if event.duration and event.duration > DAY:
        raise Unreadable("lasts_over_a_day")
    if reason := not_for_the_public(event.title):
        raise Unreadable(reason)
    where = placed(event, home=home, places=places)
    where = msgspec.structs.replace(where, event=_without_days_off(where.event, now))
    return where, next(iter(expand(series_of(where))), None)


def _without_days_off(event: ParsedEvent, now: datetime) -> ParsedEvent:
    """A title that calls off single days, "Yoga (no class 3/17)", means those of this year and the next."""
    days = {
        date(year, month, day) for month, day in days_off(event.title) for year in (now.year, now.year + 1) if _is_day(year, month, day)
    }
    exdates = {*event.exdates, *(datetime.combine(day, event.start.time()) for day in days)}
    return msgspec.structs.replace(event, exdates=tuple(sorted(exdates))) if days else event


def _is_day(year: int, month: int, day: int) -> bool:
    return 1 <= month <= 12 and 1 <= day <= monthrange(year, month)[1]


def series_of(where: PlacedEvent) -> Series:
    event = where.event
    return Series(
        start=event.start,
        duration=timedelta(minutes=_minutes(event.duration)),
        zone=where.zone,
        rule=event.rrule,
        exdates=event.exdates,
        rdates=event.rdates,
        moved=tuple(
            MovedOccurrence(
                override.original, override.start, timedelta(minutes=_minutes(override.duration)) if override.duration else None
            )
            for override in event.overrides
        ),
    )


def facts_of_event(where: PlacedEvent, region_id: UUID) -> ActivityFacts:
    """What is kept of an event whose place and dates are settled."""
    event = where.event
    low, high = ages(event)
    words = f"{event.description} {' '.join(event.categories)}"
    return ActivityFacts(
        title=event.title or event.uid[:200],
        description=event.description,
        topics=tuple(guess.code for guess in topics_of_activity(event.title, words)),
        place_name=where.name,
        address=event.address,
        zip=where.zip,
        place_key=where.key,
        near_place=where.near,
        lat=where.lat,
        lon=where.lon,
        region_id=region_id,
        zone=where.zone,
        starts_at_local=event.start,
        duration_min=_minutes(event.duration),
        rrule=event.rrule,
        excluded=event.exdates,
        extra=event.rdates,
        moved=tuple(
            MovedDate(override.original, override.start, _minutes(override.duration) if override.duration else None)
            for override in event.overrides
        ),
        capacity=event.capacity,
        age_min=low,
        age_max=high,
        cost_cents=price_in(event.title, event.description, event.categories) if event.cost_cents is None else event.cost_cents,
        currency=currency_of(where.zone),
        url=event.url,
    )


def ages(event: ParsedEvent) -> tuple[int | None, int | None]:
    """What a column said, else what the words say; of a program for children the words may add how old they are at most."""
    low, high = event.age_min, event.age_max
    if low is None and high is None:
        return ages_in(event.title, event.description, event.categories, f"{event.place} {event.address}") or (None, None)
    named = ages_in(event.title) if high is None else None
    if named and named[1] is not None and (low or 0) <= named[1]:
        return low, named[1]
    return low, high


def _minutes(length: timedelta | None) -> int:
    return UNSAID_MIN if length is None else min(1440, max(5, round(length.total_seconds() / 60)))
