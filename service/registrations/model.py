"""A resident's seat at a session."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from service.activities.model import ActivitySummary

# waiting -> offered -> confirmed -> attended | missed; expired, declined, cancelled. The database refuses every other way (0006).
State = Literal["waiting", "offered", "confirmed", "attended", "missed", "declined", "expired", "cancelled"]
Actor = Literal["resident", "staff", "system", "host"]
DueKind = Literal["reminder", "question"]  # letters before a date: it is near; does the person still come
SessionAnswer = Literal["yes", "no", "wanted", "attended", "missed"]

TAKES_SEATS: frozenset[State] = frozenset({"offered", "confirmed", "attended", "missed"})
GOING: frozenset[State] = frozenset({"confirmed", "attended", "missed"})


class Registration(msgspec.Struct, frozen=True, kw_only=True):
    """party: seats that this one yes takes, all or none. waiting_since: the place in the waiting order, for whoever waits or waited.

    offer_until: when the last offer made to them ends or ended. called_off_from: the state that a call-off of the date ended.
    put_first_reason: why the center wants this wait to be served before longer ones; None: it does not.
    """

    session_id: UUID
    resident_id: UUID
    organization_id: UUID
    state: State
    called_off_from: State | None = None
    party: int
    sequence: int
    waiting_since: datetime | None
    offer_until: datetime | None
    put_first_reason: str | None = None

    @property
    def takes_seats(self) -> bool:
        return self.state in TAKES_SEATS

    @property
    def is_pending(self) -> bool:
        """Whether it may still be given up: a wait, an offer, or a seat at a date that has not been."""
        return self.state in ("waiting", "offered", "confirmed")


class EarlierDate(msgspec.Struct, frozen=True, kw_only=True):
    """A date as its reader last heard of it. place: name and street."""

    starts_at: datetime
    ends_at: datetime
    zone: str
    place: str


class ChangeLetter(EarlierDate, frozen=True, kw_only=True):
    """The letter about a change of a date to one person. receipt_at: when the receipt of a seat was written that a call-off ended."""

    session_id: UUID
    resident_id: UUID
    letter_id: UUID
    receipt_at: datetime | None


class SeatToWrite(Registration, frozen=True, kw_only=True):
    """A seat that its person has to be written of, in their language."""

    language: str
    link_epoch: int


class SeatToRemind(SeatToWrite, frozen=True, kw_only=True):
    """A seat at a date that is near. person_zone: of the clock by which its person lives."""

    person_zone: str
    starts_at: datetime


class SessionFacts(ActivitySummary, frozen=True, kw_only=True):
    """A session with what is shown of its activity. cancel_reason: why it was called off; empty where the center gave none."""

    id: UUID
    organization_id: UUID
    activity_id: UUID
    state: Literal["scheduled", "cancelled"]
    cancel_reason: str = ""
    sequence: int
    starts_at: datetime
    ends_at: datetime
    zone: str
    description: str
    topics: list[str]
    center_name: str


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """Where a resident stands with a session: what was said, and the seat.

    asked: whether they still come, of the date as it stands; coming: what they said to that.
    """

    answer: SessionAnswer | None = None
    state: State | None = None
    party: int | None = None
    waiting_since: datetime | None = None
    offer_until: datetime | None = None
    asked: bool = False
    coming: Literal["yes", "no"] | None = None

    @property
    def going(self) -> bool:
        return self.state in GOING

    @property
    def is_unanswered(self) -> bool:
        """Whether they have a seat, were asked whether they still come, and have not said."""
        return self.asked and self.coming is None and self.state == "confirmed"


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """Who waits for the same date, and longer. smallest: seats of the smallest of these parties; None where nobody waits."""

    parties: int
    smallest: int | None


class SeatReader(msgspec.Struct, frozen=True, kw_only=True):
    """Whom a letter about a seat is for."""

    language: str
    zone: str
    link_epoch: int


class LinkedInvitation(msgspec.Struct, frozen=True, kw_only=True):
    """The date behind a link. km is shown in words only, and not at all where only a town is known (`near_place`).

    km: None where no invitation led to the seat.
    """

    session_id: UUID
    language: str
    link_epoch: int
    km: float | None


class WalkIn(msgspec.Struct, frozen=True, kw_only=True):
    """People who came without a seat. first_name None: only counted. key: the same again is the same note."""

    key: UUID
    first_name: str | None
    people: int


class MessageAudience(msgspec.Struct, frozen=True, kw_only=True):
    """Whom a center's message could go to, one for each yes. seated: with a seat that was said yes to; waiting: or with an offer."""

    seated: int
    waiting: int


class MessageReader(msgspec.Struct, frozen=True, kw_only=True):
    """zone: of the clock by which the person lives."""

    resident_id: UUID
    zone: str


class CenterMessage(msgspec.Struct, frozen=True, kw_only=True):
    """What a center wrote to everybody who comes to a date. text: sealed, bound to the key. people: as the center was shown."""

    key: UUID
    text: bytes
    with_waiting: bool
    people: int
    written_at: datetime
