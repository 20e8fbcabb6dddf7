"""People with a seat at a date who may be told of each other, as far as pairing them needs it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec


class CompanySeat(msgspec.Struct, frozen=True, kw_only=True):
    """A seat of `company_seat` whose person was told of nobody yet: a host of welcome, or else a newcomer.

    may_meet_host: of a newcomer, whether what they agreed to covers a host. name: sealed, place "resident.name"; None: not to be told.
    """

    session_id: UUID
    resident_id: UUID
    starts_at: datetime
    sequence: int
    language: str
    zone: str
    link_epoch: int
    name: bytes | None
    may_meet_host: bool = False
    is_welcome_host: bool = False


class Apart(msgspec.Struct, frozen=True, kw_only=True):
    """Two people at one date who must not be told of each other."""

    first: UUID
    second: UUID
