"""An activity (a series with its words and limits) and its sessions (dates)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Literal
from uuid import UUID

import msgspec

from service.activities.recurrence import MovedOccurrence, Series
from service.web.i18n import Translator, mark

Status = Literal["draft", "published", "cancelled"]
Line = Annotated[str, msgspec.Meta(max_length=300, pattern=r"^[^\x00-\x1f\x7f]*\Z")]


class MovedDate(msgspec.Struct, frozen=True):
    """Wall-clock times of the activity's zone; no duration: as long as the others."""

    original: datetime
    start: datetime
    duration_min: int | None = None


class VisitNotes(msgspec.Struct, frozen=True, kw_only=True):
    """What whoever comes has to know, in a center's words. Pages and letters show every field of it, under the label of `NOTE_LABELS`."""

    getting_there: Line = ""
    meeting_point: Line = ""
    bring: Line = ""


NOTE_LABELS = {"getting_there": mark("Getting there"), "meeting_point": mark("Meet here"), "bring": mark("Bring")}
# What stands under the field of the form.
NOTE_HINTS = {
    "getting_there": mark("Bus lines, parking, the way from the stop."),
    "meeting_point": mark("The blue door, the desk on the ground floor …"),
}


def labeled_notes(notes: VisitNotes, say: Translator) -> list[tuple[str, str]]:
    """Label and text of every note that is not empty, in the order of the fields."""
    return [(say(label), text) for name, label in NOTE_LABELS.items() if (text := getattr(notes, name))]


def place_to_meet(notes: VisitNotes, place: str) -> str:
    """Where people find each other: what the center says of it, else the place itself."""
    return notes.meeting_point or place


class ActivitySummary(VisitNotes, frozen=True, kw_only=True):
    """What letters and lists show of an activity. cost_cents: None where the center did not say.

    near_place: the town of the ZIP, or the home of the calendar, whose point stands in; empty: the point is the place's own.
    """

    title: str
    text_language: str = "en"
    place_name: str = ""
    address: str = ""
    near_place: str = ""
    cost_cents: int | None = None
    currency: str = "USD"


class ActivityFacts(ActivitySummary, frozen=True, kw_only=True):
    """Everything a center says about an activity; the columns of the same names. Degrees, minutes; None: not said."""

    description: str = ""
    topics: tuple[str, ...] = ()
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
    languages: tuple[str, ...] = ()
    access_yes: int = 0
    access_no: int = 0
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
