"""What a calendar of others told us, before we have decided about it."""

from datetime import datetime, timedelta

import msgspec


class EventOverride(msgspec.Struct, frozen=True):
    """One date held at another time; wall-clock times of the series. No duration: as long as the others."""

    original: datetime
    start: datetime
    duration: timedelta | None = None


class ParsedEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One activity as its source tells it.

    `start` and all dates are wall-clock times of `zone`; no zone: the clock of wherever the place is. No duration: not said.
    `rows` of the source made this one event: `cancelled_rows` of them only cancelled a date, the others beyond the first were joined to it.
    """

    row: int
    uid: str
    title: str
    start: datetime
    duration: timedelta | None = None
    zone: str | None = None
    all_day: bool = False
    description: str = ""
    place: str = ""
    address: str = ""
    zip: str | None = None
    lat: float | None = None
    lon: float | None = None
    url: str | None = None
    rrule: str | None = None
    exdates: tuple[datetime, ...] = ()
    rdates: tuple[datetime, ...] = ()
    overrides: tuple[EventOverride, ...] = ()
    cancelled: bool = False
    cost_cents: int | None = None
    age_min: int | None = None
    age_max: int | None = None
    capacity: int | None = None
    categories: tuple[str, ...] = ()
    sequence: int = 0
    modified_at: datetime | None = None
    rows: int = 1
    cancelled_rows: int = 0


class RefusedEvent(msgspec.Struct, frozen=True):
    """A row that was not taken, and why; `uid` and `title` as far as they could be read."""

    row: int
    code: str = msgspec.field(name="reason")
    params: dict[str, str | int] = {}
    uid: str | None = None
    title: str = ""


class ParsedCalendar(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a source told, each of its `rows` in exactly one of the two lists.

    noticed: how many rows were read although something in them is broken, by what it is.
    """

    rows: int
    events: list[ParsedEvent]
    refused: list[RefusedEvent]
    name: str = ""
    zone: str | None = None
    noticed: dict[str, int] = {}
