"""Rows of dates and seats."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from service import db
from service.db import Conn
from service.errors import Missing
from service.sessions.model import NEAR, UNDO, Seats, Session, StoredDate, WantedDate
from service.sql import load

queries = load(__file__)


class _Id(msgspec.Struct, frozen=True):
    id: UUID


async def by_id(conn: Conn, id: UUID) -> Session | None:
    return await db.one(conn, queries.by_id, Session, id=id)


async def of_activity(conn: Conn, *, activity_id: UUID, after: datetime, limit: int = 100) -> list[Session]:
    """Dates from `after` on, cancelled ones too."""
    return await db.all_of(conn, queries.of_activity, Session, activity_id=activity_id, after=after, limit=limit)


async def lock_dates(conn: Conn, *, organization_id: UUID, activity_ids: Sequence[UUID], now: datetime) -> list[StoredDate]:
    return await db.all_of(conn, queries.lock_dates, StoredDate, organization_id=organization_id, activity_ids=list(activity_ids), now=now)


async def give_names(conn: Conn, *, names: Mapping[UUID, datetime]) -> None:
    """New wall-clock names, by session id."""
    await db.run(conn, queries.give_names, session_ids=list(names), originals=list(names.values()))


async def put_dates(conn: Conn, *, organization_id: UUID, dates: Sequence[WantedDate], now: datetime) -> int:
    """How many are new."""
    return int(
        await db.value(
            conn,
            queries.put_dates,
            organization_id=organization_id,
            activity_ids=[date.activity_id for date in dates],
            originals=[date.original_local for date in dates],
            locals=[date.starts_at_local for date in dates],
            zones=[date.zone for date in dates],
            starts=[date.starts_at for date in dates],
            ends=[date.ends_at for date in dates],
            now=now,
        )
    )


async def cancel_dates(conn: Conn, *, session_ids: Sequence[UUID], now: datetime, undo: timedelta = UNDO) -> list[UUID]:
    """Ids of those that took place until now. undo: how long it may be taken back."""
    rows = await db.all_of(conn, queries.cancel_dates, _Id, session_ids=list(session_ids), now=now, near=NEAR, undo=undo)
    return [row.id for row in rows]


async def raise_sequences(conn: Conn, *, session_ids: Sequence[UUID], now: datetime) -> None:
    await db.run(conn, queries.raise_sequences, session_ids=list(session_ids), now=now)


async def put_seats(conn: Conn, *, organization_id: UUID, activity_ids: Sequence[UUID], now: datetime) -> None:
    """Lock the seats of all coming dates of these activities, and give them their activity's capacity, unless they have their own."""
    await db.run(conn, queries.put_seats, organization_id=organization_id, activity_ids=list(activity_ids), now=now)


async def rename_dates(
    conn: Conn, *, organization_id: UUID, activity_id: UUID, zone: str, hour: datetime | None, moved_by: timedelta
) -> None:
    """Dates at the time of `hour` (UTC) are named `moved_by` later, others by the instant they are in `zone`."""
    await db.run(
        conn,
        queries.rename_dates,
        organization_id=organization_id,
        activity_id=activity_id,
        zone=zone,
        hour=hour.time() if hour else None,
        moved_by=moved_by,
    )


async def lock_seats(conn: Conn, *, session_id: UUID) -> Seats:
    """Held until the transaction ends. Raises Missing, for another center's date too."""
    seats = await db.one(conn, queries.lock_seats, Seats, session_id=session_id)
    if seats is None:
        raise Missing
    return seats


async def set_capacity(conn: Conn, *, session_id: UUID, capacity: int | None) -> None:
    await db.run(conn, queries.set_capacity, session_id=session_id, capacity=capacity)


async def set_cancel_reason(conn: Conn, *, session_id: UUID, reason: str) -> None:
    await db.run(conn, queries.set_cancel_reason, session_id=session_id, reason=reason)


async def make_room(conn: Conn, *, session_id: UUID, more: int) -> None:
    """Raise the capacity where it does not hold `more` seats; the seats are locked."""
    await db.run(conn, queries.make_room, session_id=session_id, more=more)
