"""A found event turned into what we keep of an activity, or the name of why we do not."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from service.activities.model import MovedDate, Told
from service.activities.recurrence import Occurrence, expand
from service.feeds.model import FoundEvent
from service.feeds.places import Home, Placed, placed
from service.feeds.vevent import Unreadable
from service.interests.words import topics_of_activity
from service.places.places import Places

AHEAD = timedelta(days=399)
UNSAID_MIN = 60  # how long a date without an end is taken to last
DAY = timedelta(days=1)


def settled(event: FoundEvent, *, home: Home, places: Places, region_id: UUID, now: datetime) -> tuple[Told, Occurrence | None]:
    """With the next date, or None when all are past. Raises Unreadable, AskTheCenter."""
    if event.all_day:
        raise Unreadable("no_hour")
    if event.duration and event.duration > DAY:
        raise Unreadable("lasts_over_a_day")
    told = _told(placed(event, home=home, places=places), region_id)
    coming = expand(told.series, after=now, before=now + AHEAD)
    return told, coming[0] if coming else None


def _told(where: Placed, region_id: UUID) -> Told:
    event = where.event
    words = f"{event.description} {' '.join(event.categories)}"
    return Told(
        title=event.title or event.uid[:200],
        description=event.description,
        topics=tuple(guess.code for guess in topics_of_activity(event.title, words)),
        place_name=where.name,
        address=event.address,
        zip=where.zip,
        place_key=where.key,
        lat=where.lat,
        lon=where.lon,
        region_id=region_id,
        zone=where.zone,
        starts_at_local=event.start,
        duration_min=_minutes(event.duration),
        rrule=event.rrule,
        excluded=event.exdates,
        extra=event.rdates,
        moved=tuple(MovedDate(one.original, one.start, _minutes(one.duration) if one.duration else None) for one in event.overrides),
        capacity=event.capacity,
        age_min=event.age_min,
        age_max=event.age_max,
        cost_cents=event.cost_cents,
        url=event.url,
    )


def _minutes(length: timedelta | None) -> int:
    return UNSAID_MIN if length is None else min(1440, max(5, round(length.total_seconds() / 60)))
