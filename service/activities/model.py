"""An activity (a series with its words and limits) and its sessions (dates)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

import msgspec

from service.activities.recurrence import MovedOccurrence, Series

Status = Literal["draft", "published", "cancelled"]


class MovedDate(msgspec.Struct, frozen=True):
    """Wall-clock times of the activity's zone; no duration: as long as the others."""

    original: datetime
    start: datetime
    duration_min: int | None = None


class ActivityFacts(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a center says about an activity; the columns of the same names. Degrees, minutes, cents; None: not said.

    near_place: the town of the ZIP, or the home of the calendar, whose point stands in; empty: the point is the place's own.
    """

    title: str
    description: str = ""
    text_language: str = "en"
    topics: tuple[str, ...] = ()
    place_name: str = ""
    address: str = ""
    zip: str | None = None
    place_key: str
    near_place: str = ""
    lat: float
    lon: float
    region_id: UUID
    zone: str
    starts_at_local: datetime
    duration_min: int
    rrule: str | None = None
    excluded: tuple[datetime, ...] = ()
    extra: tuple[datetime, ...] = ()
    moved: tuple[MovedDate, ...] = ()
    capacity: int | None = None
    minimum: int | None = None
    age_min: int | None = None
    age_max: int | None = None
    cost_cents: int | None = None
    currency: str = "USD"
    languages: tuple[str, ...] = ()
    access_yes: int = 0
    access_no: int = 0
    bring: str = ""
    meeting_point: str = ""
    getting_there: str = ""
    url: str | None = None

    @property
    def series(self) -> Series:
        return Series(
            start=self.starts_at_local,
            duration=timedelta(minutes=self.duration_min),
            zone=self.zone,
            rule=self.rrule,
            exdates=self.excluded,
            rdates=self.extra,
            moved=tuple(
                MovedOccurrence(m.original, m.start, timedelta(minutes=m.duration_min) if m.duration_min else None) for m in self.moved
            ),
        )


class Activity(ActivityFacts, frozen=True, kw_only=True):
    """`merged_into`: the activity that this one, told by another calendar, is the same as; then it has no sessions of its own."""

    id: UUID
    organization_id: UUID
    slug: str
    reference: str | None = None
    feed_id: UUID | None = None
    uid: str | None = None
    merged_into: UUID | None = None
    status: Status
    sequence: int = 0
    created_at: datetime
    changed_at: datetime


FACT_FIELDS: tuple[str, ...] = ActivityFacts.__struct_fields__
