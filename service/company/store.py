"""Rows of people who may be told of each other, and of whom they were told."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from service import sql
from service.company.model import Apart, CompanySeat
from service.db import Conn, all_of, run

_Q = sql.load(__file__)


class _Date(msgspec.Struct, frozen=True):
    session_id: UUID


async def dates_to_pair(conn: Conn, *, earliest: datetime, latest: datetime, now: datetime) -> list[UUID]:
    """Dates that begin after `earliest`, and at `latest` at the latest."""
    dates = await all_of(conn, _Q.dates_to_pair, _Date, earliest=earliest, latest=latest, now=now)
    return [date.session_id for date in dates]


async def seats(conn: Conn, *, session_id: UUID, now: datetime) -> list[CompanySeat]:
    return await all_of(conn, _Q.seats, CompanySeat, session_id=session_id, now=now)


async def apart(conn: Conn, *, session_id: UUID) -> set[frozenset[UUID]]:
    pairs = await all_of(conn, _Q.apart, Apart, session_id=session_id)
    return {frozenset((pair.first, pair.second)) for pair in pairs}


async def put_companion(conn: Conn, reader: CompanySeat, other: CompanySeat, *, names: bool, letter_id: UUID, now: datetime) -> None:
    host = next((seat for seat in (reader, other) if seat.is_welcome_host), None)
    await run(
        conn,
        _Q.put_companion,
        session_id=reader.session_id,
        resident_id=reader.resident_id,
        starts_at=reader.starts_at,
        other_id=other.resident_id,
        sequence=reader.sequence,
        names=names,
        letter_id=letter_id,
        now=now,
        welcome_host_id=host and host.resident_id,
    )
