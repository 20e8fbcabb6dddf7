"""A resident's seat at a session."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from service.activities.model import ActivitySummary

State = Literal["waiting", "offered", "held", "confirmed", "attended", "missed", "declined", "expired", "cancelled"]
Actor = Literal["resident", "staff", "system"]
SessionAnswer = Literal["yes", "no", "attended", "missed"]

TAKES_SEATS: frozenset[State] = frozenset({"offered", "held", "confirmed", "attended", "missed"})


class Registration(msgspec.Struct, frozen=True, kw_only=True):
    """party: seats that this one yes takes, all or none."""

    session_id: UUID
    resident_id: UUID
    organization_id: UUID
    state: State
    party: int
    sequence: int

    @property
    def takes_seats(self) -> bool:
        return self.state in TAKES_SEATS


class SeatToWrite(Registration, frozen=True, kw_only=True):
    """A seat that its person has to be written of, in their language."""

    language: str
    link_epoch: int


class SeatToRemind(SeatToWrite, frozen=True, kw_only=True):
    """A seat at a date that is near. person_zone: of the clock by which its person lives."""

    person_zone: str
    starts_at: datetime


class SessionFacts(ActivitySummary, frozen=True, kw_only=True):
    """A session with what is shown of its activity."""

    id: UUID
    organization_id: UUID
    activity_id: UUID
    state: Literal["scheduled", "cancelled"]
    sequence: int
    starts_at: datetime
    ends_at: datetime
    zone: str
    description: str
    topics: list[str]
    center_name: str


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """Where a resident stands with a session: what was said, and the seat."""

    answer: SessionAnswer | None
    state: State | None
    party: int | None

    @property
    def going(self) -> bool:
        return self.state in TAKES_SEATS


class LinkedInvitation(msgspec.Struct, frozen=True, kw_only=True):
    """A match as its link shows it. km is shown in words only, and not at all where only a town is known (`near_place`)."""

    match_id: UUID
    session_id: UUID
    language: str
    link_epoch: int
    km: float
