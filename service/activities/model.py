"""An activity (a series with its words and limits) and its sessions (dates)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Literal
from uuid import UUID

import msgspec

from service.activities.recurrence import Moved, Series

Status = Literal["draft", "published", "cancelled"]
HORIZON = timedelta(weeks=8)  # sessions are kept ready this far ahead


Line = Annotated[str, msgspec.Meta(max_length=300, pattern=r"^[^\x00-\x1f\x7f]*\Z")]
Wall = Annotated[datetime, msgspec.Meta(tz=False)]


class NewActivity(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What a center says of an activity; the same rule for the page, the API and imports.

    starts_at_local and excluded: wall-clock times at the place. Left out: not said, and never assumed (no ages: adults).
    access_yes, access_no: codes of service.access. lat and lon go together; without them the ZIP is the place.
    """

    title: Annotated[str, msgspec.Meta(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*\Z")]
    starts_at_local: Wall
    duration_min: Annotated[int, msgspec.Meta(ge=5, le=1440)]
    description: Annotated[str, msgspec.Meta(max_length=10_000)] = ""
    rrule: Annotated[str, msgspec.Meta(max_length=300)] | None = None
    excluded: Annotated[list[Wall], msgspec.Meta(max_length=500)] = []
    reference: Annotated[str, msgspec.Meta(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*\Z")] | None = None
    place_name: Line = ""
    address: Line = ""
    zip: Annotated[str, msgspec.Meta(max_length=12, pattern=r"^[0-9A-Za-z -]*\Z")] | None = None
    lat: Annotated[float, msgspec.Meta(ge=-90, le=90)] | None = None
    lon: Annotated[float, msgspec.Meta(ge=-180, le=180)] | None = None
    capacity: Annotated[int, msgspec.Meta(ge=1, le=100_000)] | None = None
    minimum: Annotated[int, msgspec.Meta(ge=1, le=100_000)] | None = None
    age_min: Annotated[int, msgspec.Meta(ge=0, le=130)] | None = None
    age_max: Annotated[int, msgspec.Meta(ge=0, le=130)] | None = None
    cost_cents: Annotated[int, msgspec.Meta(ge=0, le=1_000_000)] | None = None
    languages: Annotated[list[Annotated[str, msgspec.Meta(pattern=r"^[a-z]{2,3}\Z")]], msgspec.Meta(max_length=10)] = []
    access_yes: Annotated[list[str], msgspec.Meta(max_length=20)] = []
    access_no: Annotated[list[str], msgspec.Meta(max_length=20)] = []
    bring: Line = ""
    meeting_point: Line = ""
    getting_there: Line = ""
    url: Annotated[str, msgspec.Meta(max_length=2000, pattern=r"^https?://[^\x00-\x20\x7f]+\Z")] | None = None


class MovedDate(msgspec.Struct, frozen=True):
    """Wall-clock times of the activity's zone; no duration: as long as the others."""

    original: datetime
    start: datetime
    duration_min: int | None = None


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a center says about an activity; the columns of the same names. Degrees, minutes, cents; None: not said."""

    title: str
    description: str = ""
    text_language: str = "en"
    topics: tuple[str, ...] = ()
    place_name: str = ""
    address: str = ""
    zip: str | None = None
    place_key: str
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
            moved=tuple(Moved(m.original, m.start, timedelta(minutes=m.duration_min) if m.duration_min else None) for m in self.moved),
        )


class Activity(Told, frozen=True, kw_only=True):
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


TOLD_FIELDS: tuple[str, ...] = Told.__struct_fields__


class Session(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    organization_id: UUID
    activity_id: UUID
    original_local: datetime
    starts_at_local: datetime
    zone: str
    starts_at: datetime
    ends_at: datetime
    state: Literal["scheduled", "cancelled"]
    sequence: int
