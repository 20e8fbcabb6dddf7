"""Rows of calendar addresses, and of the seats that they show."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from service import sql
from service.activities.model import ActivitySummary
from service.calendars.model import SeatOfCalendar
from service.db import Conn, all_of, run, value

_Q = sql.load(__file__, {"summary": ActivitySummary})


async def feed_id(conn: Conn, *, resident_id: UUID) -> UUID | None:
    """None for somebody who has no address."""
    stored: UUID | None = await value(conn, _Q.feed_id, resident_id=resident_id)
    return stored


async def make(conn: Conn, *, resident_id: UUID, now: datetime) -> None:
    """Make an address, or another one in its place."""
    await value(conn, _Q.make, resident_id=resident_id, now=now)


async def switch_off(conn: Conn, *, resident_id: UUID) -> None:
    await run(conn, _Q.switch_off, resident_id=resident_id)


async def seats(conn: Conn, *, resident_id: UUID, since: datetime, now: datetime, most: int) -> list[SeatOfCalendar]:
    """Seats at dates that ended after `since`, and seats that were lost at dates that are not over; the earliest first."""
    return await all_of(conn, _Q.seats, SeatOfCalendar, resident_id=resident_id, since=since, now=now, most=most)
