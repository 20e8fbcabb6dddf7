"""What a weekly letter is made of."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from service.activities.model import ActivitySummary
from service.matches.reason_types import Reason


class Match(ActivitySummary, frozen=True, kw_only=True):
    """One match with its session and activity. km: as the crow flies from where the resident lives, told only without a `near_place`.

    description, topics: of the activity; they say whether its title may stand in a subject.
    """

    id: UUID
    matcher_id: UUID
    session_id: UUID
    rank: int
    km: float
    reasons: list[Reason]
    starts_at: datetime
    ends_at: datetime
    zone: str
    center_name: str
    description: str
    topics: list[str]


class Reader(msgspec.Struct, frozen=True, kw_only=True):
    """Whom a letter is for. The partner's name and postal address stand at its foot.

    every_weeks: how often they want it: 1, 2 or 4. any_time: they ticked no times. confirmed_at: when they pressed the button.
    name: sealed; none where they gave none.
    """

    resident_id: UUID
    matcher_id: UUID
    name: bytes | None
    language: str
    zone: str
    link_epoch: int
    every_weeks: int
    confirmed_at: datetime
    any_time: bool
    partner_name: str | None
    partner_address: str | None


class LetterLinks(msgspec.Struct, frozen=True):
    """Addresses of the pages a letter leads to, by match: answer with both answers, why with the reasons. me: asks for one's own link.
    change: makes a small change.
    """

    answer: dict[UUID, str]
    why: dict[UUID, str]
    stop: str
    me: str
    change: str


class DigestRun(msgspec.Struct, frozen=True, kw_only=True):
    """weekly: the week's run for everybody, whose letters leave on Tuesday."""

    id: UUID
    region: str
    zone: str
    weekly: bool


class Composed(msgspec.Struct, kw_only=True):
    """What composing a week did.

    too_late: whoever had nothing left that lies ahead. failed: letters, and whole regions, that a fault kept back.
    """

    week: str
    queued: int = 0
    already: int = 0
    too_late: int = 0
    failed: int = 0
