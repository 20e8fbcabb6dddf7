"""What a weekly letter is made of."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from service.matches.model import Reason


class Match(msgspec.Struct, frozen=True, kw_only=True):
    """One match with the facts of its session. km: as the crow flies from where the resident lives, shown in words only.

    near_place: the town that stands in for a place no map knows; then no distance is told.
    """

    id: UUID
    matcher_id: UUID
    session_id: UUID
    rank: int
    km: float
    reasons: list[Reason]
    title: str
    text_language: str
    starts_at: datetime
    ends_at: datetime
    zone: str
    place_name: str
    address: str
    near_place: str
    cost_cents: int | None
    currency: str
    getting_there: str
    meeting_point: str
    bring: str
    center_name: str


class Reader(msgspec.Struct, frozen=True, kw_only=True):
    """Whom a letter is for. The partner's name and postal address stand at its foot.

    every_weeks: how often they want it: 1, 2 or 4. any_time: they ticked no times.
    """

    resident_id: UUID
    matcher_id: UUID
    language: str
    zone: str
    link_epoch: int
    every_weeks: int
    any_time: bool
    partner_name: str | None
    partner_address: str | None


class LetterLinks(msgspec.Struct, frozen=True):
    """Addresses of the pages a letter leads to, by match: answer with both answers, why with the reasons. me: asks for one's own link."""

    answer: dict[UUID, str]
    why: dict[UUID, str]
    stop: str
    me: str


class DigestRun(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    region: str
    zone: str


class Composed(msgspec.Struct, kw_only=True):
    """What composing a week did.

    too_late: whoever had nothing left that lies ahead. failed: letters, and whole regions, that a fault kept back.
    """

    week: str
    queued: int = 0
    already: int = 0
    too_late: int = 0
    failed: int = 0
