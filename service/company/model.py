"""People who are new at a date, as far as pairing them needs it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec


class Newcomer(msgspec.Struct, frozen=True, kw_only=True):
    """A seat of `newcomer_seat` whose person was told of nobody yet. name: sealed, place "resident.name"; none: it is not to be told."""

    session_id: UUID
    resident_id: UUID
    starts_at: datetime
    sequence: int
    language: str
    zone: str
    link_epoch: int
    name: bytes | None


class Apart(msgspec.Struct, frozen=True, kw_only=True):
    """Two newcomers at one date who must not be told of each other."""

    first: UUID
    second: UUID
