"""What a center's machine sends and gets: the bodies of the center API."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Literal, get_type_hints
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from service.activities.model import Status, VisitNotes
from service.activities.posting import NewActivity, Wall
from service.sessions.model import CancelReason


class PostedActivity(NewActivity, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An activity to be posted. reference: the center's own name for it; the same one again returns the first.

    A draft is seen by nobody but the center.
    """

    status: Literal["draft", "published"] = "published"

    def plainly(self) -> NewActivity:
        """Without the status, as every other door says it."""
        return NewActivity(**{name: getattr(self, name) for name in NewActivity.__struct_fields__})


def _changes() -> dict[str, object]:
    """Every field of NewActivity but the reference, each of which may be left out, and the status."""
    fields = get_type_hints(NewActivity, include_extras=True)
    return {name: kind for name, kind in fields.items() if name != "reference"} | {"status": Status}


if TYPE_CHECKING:

    class ActivityChange(PostedActivity, frozen=True): ...

else:
    ActivityChange = msgspec.defstruct(
        "ActivityChange",
        [(name, kind | UnsetType, UNSET) for name, kind in _changes().items()],
        namespace={"__doc__": "What changes (RFC 7396): a field left out stays as it is, null takes back what was said."},
        module=__name__,
        kw_only=True,
        forbid_unknown_fields=True,
    )


class CenterSession(msgspec.Struct, kw_only=True):
    """One date; starts_at_local is the clock on the wall, the instants are in UTC. taken: of the seats; capacity null: not said."""

    id: UUID
    starts_at_local: Wall
    zone: str
    starts_at: datetime
    ends_at: datetime
    capacity: int | None
    taken: int


class CenterActivity(VisitNotes, frozen=True, kw_only=True):
    """An activity as its center sees it. null: not said. sequence: counts the changes; the ETag is made of it."""

    id: UUID
    slug: str
    page: str
    status: Status
    reference: str | None
    from_calendar: bool
    title: str
    description: str
    topics: list[str]
    starts_at_local: Wall
    duration_min: int
    rrule: str | None
    excluded: list[Wall]
    zone: str
    place_name: str
    address: str
    zip: str | None
    lat: float
    lon: float
    capacity: int | None
    minimum: int | None
    age_min: int | None
    age_max: int | None
    cost_cents: int | None
    currency: str
    languages: list[str]
    access_yes: list[str]
    access_no: list[str]
    url: str | None
    sequence: int
    created_at: datetime
    changed_at: datetime


class CenterActivityWithDates(CenterActivity, frozen=True, kw_only=True):
    """With its dates of the next eight weeks, without those that are called off."""

    sessions: list[CenterSession]


class CenterActivities(msgspec.Struct):
    """One page of a center's activities, oldest first; the Link header leads to the next."""

    activities: list[CenterActivity]


class CallOff(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """reason: in a sentence, for the people who are written to and for the public page; left out: none is given."""

    reason: CancelReason = ""


class CalledOff(msgspec.Struct, kw_only=True):
    """told: how many people had a seat and are written to; zero when it was called off before."""

    id: UUID
    state: Literal["cancelled"] = "cancelled"
    told: int
