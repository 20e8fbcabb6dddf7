"""The rules of seats. Whatever changes a seat, by whomever, goes through here, with the session's row locked first."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from service.crypto import Vault
from service.db import Conn
from service.errors import Conflict, Full, Gone
from service.registrations import notices, store
from service.registrations.change_letters import Writer, withdraw
from service.registrations.dates import tell
from service.registrations.model import GOING, Actor, Registration, SessionAnswer, SessionFacts
from service.registrations.waiting import is_too_late
from service.sessions import actions as dates
from service.sessions import store as sessions
from service.sessions.model import Seats


async def accept(
    conn: Conn,
    *,
    session_id: UUID,
    resident_id: UUID,
    now: datetime,
    actor: Actor = "resident",
    reason: str = "yes",
    party: int | None = None,
) -> Registration:
    """Take a seat for a resident, and for whoever comes with them: all or none. Where none is free for all of them, they wait for one.

    Free seats belong to those who wait already, in the order of their wishes. Repeating it is harmless: links in mail are opened
    twice, by people and by scanners. party: as in the wishes, unless given.
    Raises Full where waiting is of no use, Gone when the session has begun or is cancelled, Missing for none at all.
    """
    async with conn.transaction():
        seats = await sessions.lock_seats(conn, session_id=session_id)  # a statement of its own: see queries.sql
        session = await _open_session(conn, session_id, now)
        before = await store.registration(conn, session_id=session_id, resident_id=resident_id)
        if before and before.state in GOING:
            return before
        waits = before is not None and before.state == "waiting"
        size = party or (before.party if before and before.is_pending else await store.party(conn, resident_id=resident_id))
        state = await _seat_for(conn, seats, session, before, resident_id, size, now)
        if before and waits and state == "waiting":
            return before
        await _record(conn, session, resident_id, "yes" if state == "confirmed" else "wanted", now)
        return await store.put(
            conn,
            session_id=session_id,
            resident_id=resident_id,
            organization_id=session.organization_id,
            state=state,
            party=size,
            actor=actor,
            reason=reason,
            now=now,
            waiting_since=now if state == "waiting" else None,
        )


async def _seat_for(
    conn: Conn, seats: Seats, session: SessionFacts, before: Registration | None, resident_id: UUID, size: int, now: datetime
) -> Literal["confirmed", "waiting"]:
    """A seat where one is free for all of them and nobody who waits longer could have it; else a place in the order."""
    if before and before.state == "offered":
        return "confirmed"
    since = before.waiting_since if before and before.state == "waiting" and before.waiting_since else now
    ahead = await store.waiting_before(conn, session_id=session.id, since=since, resident_id=resident_id)
    if seats.fit(size) and not (ahead.smallest and seats.fit(ahead.smallest)):
        return "confirmed"
    if not seats.could_fit(size):
        raise Full("party_too_large")
    if is_too_late(session.starts_at, now):
        raise Full
    return "waiting"


async def decline(conn: Conn, *, session_id: UUID, resident_id: UUID, now: datetime) -> None:
    """Say "not for me": ends a seat or a wait, if there was one, and is remembered for the weeks to come. Twice is the same as once."""
    async with conn.transaction():
        await sessions.lock_seats(conn, session_id=session_id)
        session = await store.session(conn, session_id=session_id)
        await _give_back(conn, session_id, resident_id, state="declined", actor="resident", reason="no", now=now)
        await _record(conn, session, resident_id, "no", now)


async def accept_offer(conn: Conn, *, session_id: UUID, resident_id: UUID, now: datetime) -> Registration | None:
    """Take a seat that is offered, and only that; twice is the same as once. How the seat stands then; None for who never asked."""
    async with conn.transaction():
        await sessions.lock_seats(conn, session_id=session_id)
        before = await store.registration(conn, session_id=session_id, resident_id=resident_id)
        if before is None or before.state != "offered":
            return before if before and before.state in GOING else None
        return await accept(conn, session_id=session_id, resident_id=resident_id, now=now)


async def decline_offer(conn: Conn, *, session_id: UUID, resident_id: UUID, now: datetime) -> Registration | None:
    """Let an offered seat pass on to the next. What was wished for stays known: this time did not suit, the activity still may.

    How the seat stands then; None where there was no offer to decline.
    """
    async with conn.transaction():
        await sessions.lock_seats(conn, session_id=session_id)
        before = await store.registration(conn, session_id=session_id, resident_id=resident_id)
        if before and before.state == "offered":
            await _give_back(conn, session_id, resident_id, state="declined", actor="resident", reason="offer_declined", now=now)
        elif before is None or before.state != "declined":
            return None
        return await store.registration(conn, session_id=session_id, resident_id=resident_id)


async def still_coming(conn: Conn, *, session_id: UUID, resident_id: UUID, now: datetime) -> None:
    """Note that whoever was asked still comes. The seat stays as it is; twice is the same as once. Raises Gone as `accept`."""
    async with conn.transaction():
        await sessions.lock_seats(conn, session_id=session_id)
        await _open_session(conn, session_id, now)
        seat = await store.registration(conn, session_id=session_id, resident_id=resident_id)
        if seat is None or seat.state != "confirmed":
            return
        if await store.answer_question(conn, session_id=session_id, resident_id=resident_id, answer="yes"):
            await store.note_change(conn, seat, actor="resident", reason="still_coming", now=now)


async def not_coming(conn: Conn, *, session_id: UUID, resident_id: UUID, now: datetime) -> None:
    """Give the seat back, because the person was asked and does not come; nothing where they have none. Raises Gone as `accept`."""
    async with conn.transaction():
        await sessions.lock_seats(conn, session_id=session_id)
        await _open_session(conn, session_id, now)
        seat = await store.registration(conn, session_id=session_id, resident_id=resident_id)
        if seat is None or seat.state != "confirmed":
            return
        await store.answer_question(conn, session_id=session_id, resident_id=resident_id, answer="no")
        await cancel(conn, session_id=session_id, resident_id=resident_id, now=now, reason="not_coming")


async def undo(conn: Conn, *, session_id: UUID, resident_id: UUID, now: datetime) -> None:
    """As if nothing had been said: the seat or the wait is given up, the answer is forgotten."""
    await cancel(conn, session_id=session_id, resident_id=resident_id, now=now, reason="undo")


async def cancel(
    conn: Conn, *, session_id: UUID, resident_id: UUID, now: datetime, actor: Actor = "resident", reason: str = "cancel"
) -> None:
    """Give back a seat, or a place in the waiting order; the answer goes with it, so the session may be offered again."""
    async with conn.transaction():
        await sessions.lock_seats(conn, session_id=session_id)
        await _give_back(conn, session_id, resident_id, state="cancelled", actor=actor, reason=reason, now=now)
        await store.withdraw_answer(conn, session_id=session_id, resident_id=resident_id)


async def cancel_session(conn: Conn, *, session_id: UUID, vault: Vault, now: datetime, actor: Actor = "staff") -> int:
    """Call a session off for good: every seat goes back and everyone who had one is written to at once, in one transaction.

    Returns how many letters are written; zero when it was called off before. Called on behalf of the center. Raises Missing.
    """
    async with conn.transaction():
        changes = await dates.cancel(conn, session_id=session_id, now=now)
        session = await store.session(conn, session_id=session_id)
        writer = Writer(organization_id=session.organization_id, vault=vault, now=now, at_once=True)
        return await tell(conn, changes, writer=writer, actor=actor)


async def change_capacity(conn: Conn, *, session_id: UUID, capacity: int | None) -> None:
    """Raises Conflict when more people have a seat than the new room holds: nobody loses one by a number."""
    async with conn.transaction():
        seats = await sessions.lock_seats(conn, session_id=session_id)
        if capacity is not None and capacity < seats.taken:
            raise Conflict("capacity_below_taken", taken=seats.taken)
        await sessions.set_capacity(conn, session_id=session_id, capacity=capacity)


async def _open_session(conn: Conn, session_id: UUID, now: datetime) -> SessionFacts:
    session = await store.session(conn, session_id=session_id)
    if session.state == "cancelled":
        raise Gone("session_cancelled")
    if session.starts_at <= now:
        raise Gone("session_begun")
    return session


async def _record(conn: Conn, session: SessionFacts, resident_id: UUID, answer: SessionAnswer, now: datetime) -> None:
    await store.record_answer(conn, session_id=session.id, activity_id=session.activity_id, resident_id=resident_id, answer=answer, now=now)


async def _give_back(
    conn: Conn, session_id: UUID, resident_id: UUID, *, state: notices.Ended, actor: Actor, reason: str, now: datetime
) -> None:
    """End a seat, an offer or a wait. The seats row is locked. What is over (attended, missed) stays as it was.

    Whoever gives up a date while it is called off does not get it back with the date.
    """
    before = await store.registration(conn, session_id=session_id, resident_id=resident_id)
    if before and before.called_off_from and await store.end_called_off(conn, before, now=now):
        await store.note_change(conn, before, actor=actor, reason=reason, now=now)
    if before is None or not before.is_pending:
        return
    await withdraw(conn, session_ids=[session_id], resident_id=resident_id)  # it would say that they still have it
    await store.put(
        conn,
        session_id=session_id,
        resident_id=resident_id,
        organization_id=before.organization_id,
        state=state,
        party=before.party,
        actor=actor,
        reason=reason,
        now=now,
    )
