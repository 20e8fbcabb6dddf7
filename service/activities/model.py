"""What a center offers: a series with its dates."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec

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


class Activity(msgspec.Struct, frozen=True, kw_only=True):
    organization_id: UUID
    id: UUID
    slug: str
    reference: str | None
    status: str
    title: str
    description: str
    topics: list[str]
    place_name: str
    address: str
    zip: str | None
    lat: float
    lon: float
    zone: str
    starts_at_local: datetime
    duration_min: int
    rrule: str | None
    excluded: list[datetime]
    extra: list[datetime]
    moved: list[dict[str, Any]]
    capacity: int | None
    minimum: int | None
    age_min: int | None
    age_max: int | None
    cost_cents: int | None
    languages: list[str]
    access_yes: int
    access_no: int
    bring: str
    meeting_point: str
    getting_there: str
    url: str | None
    sequence: int


class Written(msgspec.Struct, frozen=True):
    """added: it was not there before; else it was changed. Nothing written means that nothing differed."""

    id: UUID
    added: bool
