"""Rows of activities and their dates <-> Structs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from service import db, sql
from service.activities.model import Activity, Written
from service.activities.recurrence import Occurrence
from service.db import Conn

queries = sql.load(__file__)


async def write(conn: Conn, **columns: Any) -> Written | None:
    return await db.one(conn, queries.write, Written, **columns)


async def by_id(conn: Conn, activity_id: UUID) -> Activity | None:
    return await db.one(conn, queries.by_id, Activity, id=activity_id)


async def by_reference(conn: Conn, *, organization_id: UUID, reference: str) -> Activity | None:
    return await db.one(conn, queries.by_reference, Activity, organization_id=organization_id, reference=reference)


async def told_elsewhere(
    conn: Conn, *, title: str, place_key: str, starts_at: datetime, feed_id: UUID | None, uid: str | None
) -> UUID | None:
    found: UUID | None = await db.value(
        conn, queries.told_elsewhere, title=title, place_key=place_key, starts_at=starts_at, feed_id=feed_id, uid=uid
    )
    return found


async def write_sessions(
    conn: Conn, *, organization_id: UUID, activity_id: UUID, zone: str, dates: Sequence[Occurrence], now: datetime
) -> None:
    originals = [date.original for date in dates]
    await db.run(
        conn,
        queries.write_sessions,
        organization_id=organization_id,
        activity_id=activity_id,
        zone=zone,
        originals=originals,
        locals=[date.local_start for date in dates],
        starts=[date.starts_at for date in dates],
        ends=[date.ends_at for date in dates],
        now=now,
    )
    await db.run(conn, queries.write_seats, activity_id=activity_id)
    await db.run(conn, queries.cancel_other_sessions, activity_id=activity_id, originals=originals, now=now)


async def cancel(conn: Conn, *, organization_id: UUID, feed_id: UUID, uid: str, now: datetime) -> UUID | None:
    found: UUID | None = await db.value(conn, queries.cancel, organization_id=organization_id, feed_id=feed_id, uid=uid, now=now)
    return found
