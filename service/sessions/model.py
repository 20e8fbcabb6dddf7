"""A date of an activity, its seats, and what a change of an activity does to its dates."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Literal
from uuid import UUID

import msgspec

from service.web.kinds import ONE_LINE

HORIZON = timedelta(weeks=8)  # dates are kept ready this far ahead
# A date that begins or ends later or earlier by less than this is the same appointment to the people who come.
TOLERANCE = timedelta(minutes=5)
UNDO = timedelta(minutes=10)  # letters about a change wait so long, and a call-off may be taken back
NEAR = timedelta(hours=2)  # people may be on their way to a date that begins this soon: nothing waits

# Why a date is called off, in the words of its center.
CancelReason = Annotated[str, msgspec.Meta(max_length=200, pattern=ONE_LINE)]


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """original_local: the wall-clock time by which its series names it; it stays when the date moves."""

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


class Seats(msgspec.Struct, frozen=True, kw_only=True):
    """The locked row of a session. capacity: None when the center did not say."""

    capacity: int | None
    taken: int

    def fit(self, party: int) -> bool:
        return self.capacity is None or self.taken + party <= self.capacity

    def could_fit(self, party: int) -> bool:
        """Were nobody else there."""
        return self.capacity is None or party <= self.capacity


class WantedDate(msgspec.Struct, frozen=True, kw_only=True):
    """A date that an activity should have; starts_at_local is the wall-clock time of `zone`, where it takes place."""

    activity_id: UUID
    original_local: datetime
    starts_at_local: datetime
    zone: str
    starts_at: datetime
    ends_at: datetime


class StoredDate(msgspec.Struct, frozen=True, kw_only=True):
    """A coming date as it is before a change."""

    session_id: UUID
    activity_id: UUID
    original_local: datetime
    starts_at: datetime
    ends_at: datetime
    zone: str
    state: Literal["scheduled", "cancelled"]


class DateMove(msgspec.Struct, frozen=True, kw_only=True):
    """A date that stays, at another hour or in another place. The instants and the zone are those it had before."""

    session_id: UUID
    activity_id: UUID
    starts_at: datetime
    ends_at: datetime
    zone: str


class DateChanges(msgspec.Struct, frozen=True, kw_only=True):
    """What a change came to. wanted: how many dates there are now; cancelled: ids of dates that no longer take place.

    restored: ids of dates that had been called off and take place again.
    """

    wanted: int = 0
    added: int = 0
    moved: tuple[DateMove, ...] = ()
    cancelled: tuple[UUID, ...] = ()
    restored: tuple[UUID, ...] = ()

    @property
    def touched(self) -> list[UUID]:
        """Ids of dates that somebody may have to be told of."""
        return sorted({*self.cancelled, *self.restored, *(date.session_id for date in self.moved)})
