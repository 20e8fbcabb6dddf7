"""A seat out of order: a center puts somebody who waits before those who wait longer, and says why."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from service.db import Conn
from service.errors import Conflict, Invalid, Missing
from service.registrations import store
from service.registrations.waiting import is_too_late
from service.sessions import store as sessions

SHORTEST_REASON, LONGEST_REASON = 3, 300  # characters; the table refuses all else


async def put_first(conn: Conn, *, session_id: UUID, handle: UUID, reason: str, now: datetime) -> None:
    """Offer the next seat that is free for this party to it, before those who wait longer; a free one within the minute.

    The offer is made where all offers are made (`passing_on`): the whole party or nobody, and never more seats than there are.
    Several are served in the order in which they were put first. Twice is the same as once. Called on behalf of the center.
    Raises Invalid without a reason, Missing for a wait at another date or center, Conflict where the wait or the waiting is over.
    """
    reason = reason.strip()
    if not SHORTEST_REASON <= len(reason) <= LONGEST_REASON:
        raise Invalid(fields={"reason": "order_reason"})
    async with conn.transaction():
        await sessions.lock_seats(conn, session_id=session_id)
        waiting = await store.seat_by_handle(conn, session_id=session_id, handle=handle)
        if waiting is None:
            raise Missing
        session = await store.session(conn, session_id=session_id)
        if session.state == "cancelled":
            raise Conflict("session_cancelled")
        if waiting.state != "waiting":
            raise Conflict("waits_no_longer")
        if is_too_late(session.starts_at, now):
            raise Conflict("too_late_for_offers")
        if await store.put_first(conn, waiting, reason=reason, now=now):
            await store.note_change(conn, waiting, actor="staff", reason=reason, now=now)
