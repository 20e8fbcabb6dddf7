"""What a person says of a date at which they had a seat."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from service.registrations.model import State

Came = Literal["yes", "could_not", "did_not_want"]
Rating = Literal["good", "fine", "not_for_me"]
Wants = Literal["more", "less"]


class Feedback(msgspec.Struct, frozen=True, kw_only=True):
    """The answers so far; None: not answered. topics_changed: topics that `wants` added to the profile, or took out of it."""

    came: Came | None = None
    rating: Rating | None = None
    wants: Wants | None = None
    topics_changed: list[str] = []

    @property
    def ratings(self) -> Sequence[Rating | None]:
        """What can be said of how it was. Who did not want to come may say that it is not for them."""
        by_word: dict[str, tuple[Rating | None, ...]] = {"yes": (None, "good", "fine", "not_for_me"), "did_not_want": (None, "not_for_me")}
        return by_word.get(self.came or "", (None,))


class Visit(Feedback, frozen=True, kw_only=True):
    """A seat at a date that its person was asked about. handle: of the seat (`registration.handle`)."""

    session_id: UUID
    resident_id: UUID
    handle: UUID
    seat: State


class ReaderToAsk(msgspec.Struct, frozen=True, kw_only=True):
    """A person with seats at dates that ended of late and were not asked about. ends_at: of each of `session_ids`."""

    resident_id: UUID
    language: str
    link_epoch: int
    zone: str
    session_ids: list[UUID]
    ends_at: list[datetime]


class AnsweredVisit(Feedback, frozen=True, kw_only=True):
    """One line of a person's own list of visits."""

    session_id: UUID
    title: str
    starts_at: datetime
    zone: str


class VisitWords(msgspec.Struct, frozen=True, kw_only=True):
    """Visits that people spoke of; of those, the ones that a center noted too, and the ones where the two say otherwise."""

    answered: int = 0
    with_both: int = 0
    differing: int = 0
