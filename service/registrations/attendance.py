"""Who came to a date, as its center notes it. A seat's row is locked first, as for every change of a seat (`actions`).

host_link_id: of the link through which a host notes it; None for a member or key of the center.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from service.db import Conn
from service.errors import Conflict, Missing
from service.registrations import store
from service.registrations.model import Registration, State, WalkIn
from service.sessions import store as sessions

MOST_WALK_INS = 200  # notes of one date, each of up to twenty people: whoever holds a host's link cannot fill the table
OPENS_BEFORE = timedelta(hours=1)  # the first guests come early; before that, nobody can have come
NOTED: frozenset[State] = frozenset({"attended", "missed"})


async def mark_attended(conn: Conn, *, session_id: UUID, handle: UUID, now: datetime, host_link_id: UUID | None = None) -> Registration:
    """The guest came. Twice is the same as once.

    handle: `registration.handle`, never a resident's id. Called on behalf of the center, like all of this module.
    Raises Missing for a seat of another date or center, Conflict where there is no seat, it is too early, or the contrary was noted.
    """
    return await _mark(conn, session_id, handle, state="attended", reason="came", now=now, host_link_id=host_link_id)


async def mark_missed(conn: Conn, *, session_id: UUID, handle: UUID, now: datetime, host_link_id: UUID | None = None) -> Registration:
    """The guest did not come. Raises as `mark_attended`."""
    return await _mark(conn, session_id, handle, state="missed", reason="did_not_come", now=now, host_link_id=host_link_id)


async def take_back(conn: Conn, *, session_id: UUID, handle: UUID, now: datetime, host_link_id: UUID | None = None) -> Registration:
    """What was noted was wrong: the seat is as it was before. Raises Missing and Conflict as `mark_attended`."""
    return await _mark(conn, session_id, handle, state="confirmed", reason="taken_back", now=now, host_link_id=host_link_id)


async def note_walk_in(conn: Conn, walk_in: WalkIn, *, session_id: UUID, now: datetime, host_link_id: UUID | None = None) -> None:
    """People came who have no seat. Raises Missing, Conflict where it is too early, the date was called off, or its list is full."""
    async with conn.transaction():
        organization_id = await _lock_open_date(conn, session_id, now)
        noted = await store.walk_ins(conn, session_id=session_id)
        if len(noted) >= MOST_WALK_INS and walk_in.key not in {each.key for each in noted}:
            raise Conflict("walk_ins_too_many")
        await store.put_walk_in(conn, walk_in, organization_id=organization_id, session_id=session_id, now=now, host_link_id=host_link_id)


async def remove_walk_in(conn: Conn, *, session_id: UUID, key: UUID, now: datetime) -> None:
    """Take a wrong note back. Raises Missing for another center's date, Conflict as `note_walk_in`."""
    async with conn.transaction():
        await _lock_open_date(conn, session_id, now)
        await store.remove_walk_in(conn, session_id=session_id, key=key)


async def _mark(
    conn: Conn, session_id: UUID, handle: UUID, *, state: State, reason: str, now: datetime, host_link_id: UUID | None
) -> Registration:
    async with conn.transaction():
        await _lock_open_date(conn, session_id, now)
        seat = await store.seat_by_handle(conn, session_id=session_id, handle=handle)
        if seat is None:
            raise Missing
        if seat.state == state:
            return seat
        _check_change(seat.state, state)
        written = await store.put(
            conn,
            session_id=session_id,
            resident_id=seat.resident_id,
            organization_id=seat.organization_id,
            state=state,
            party=seat.party,
            actor="host" if host_link_id else "staff",
            host_link_id=host_link_id,
            reason=reason,
            now=now,
        )
        await store.note_visit(conn, handle=handle, now=now)
        return written


def _check_change(before: State, after: State) -> None:
    """Only between confirmed and one of the two that a center notes; attended and missed never follow one another."""
    if before not in NOTED | {"confirmed"}:
        raise Conflict("no_seat_to_mark")
    if before in NOTED and after in NOTED:
        raise Conflict("marked_otherwise")


async def _lock_open_date(conn: Conn, session_id: UUID, now: datetime) -> UUID:
    """Hold the date's seats until the transaction ends. The center's id. Raises Missing, Conflict."""
    await sessions.lock_seats(conn, session_id=session_id)  # a statement of its own: see queries.sql
    session = await store.session(conn, session_id=session_id)
    if session.state == "cancelled":
        raise Conflict("session_cancelled")
    if now < session.starts_at - OPENS_BEFORE:
        raise Conflict("attendance_too_early")
    return session.organization_id
