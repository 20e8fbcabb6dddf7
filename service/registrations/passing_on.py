"""Free seats go to those who wait, one date at a time: by the worker, whoever freed them and however."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from service.db import Conn, Database
from service.faults import contained
from service.mail import actions as mail
from service.mail.letter_context import LetterContext
from service.registrations import notices, store
from service.registrations.change_letters import withdraw
from service.registrations.links import seat_link
from service.registrations.model import Registration, SessionFacts, State
from service.registrations.waiting import LAST_OFFER, answer_by, is_too_late, may_write
from service.sessions import store as sessions


async def pass_seats_on(database: Database, context: LetterContext, *, now: datetime) -> int:
    """Offer every free seat to the first in the order whose whole party it holds. How many offers.

    Offers that nobody answered pass on, and whoever waits for a date that begins within the hour waits no longer (worker role).
    Run again, or by two workers at once, it changes nothing more. A date at fault is logged; the others get theirs.
    """
    async with database.transaction() as conn:
        session_ids = await store.dates_to_pass_on(conn, now=now, too_late=now + LAST_OFFER)
    offers = 0
    for session_id in session_ids:
        with contained("seats_not_passed_on", session=str(session_id)):
            async with database.transaction() as conn:
                offers += await _pass_on(conn, context, session_id=session_id, now=now)
    return offers


async def _pass_on(conn: Conn, context: LetterContext, *, session_id: UUID, now: datetime) -> int:
    await sessions.lock_seats(conn, session_id=session_id)
    session = await store.session(conn, session_id=session_id)
    if session.state == "cancelled":
        return 0
    for registration in await store.silent_offers(conn, session_id=session_id, now=now):
        await withdraw(conn, session_ids=[session_id], resident_id=registration.resident_id)  # it would say that they still have it
        await _become(conn, registration, "expired", reason="no_answer", now=now)
    waiting = await store.waiting(conn, session_id=session_id)
    if is_too_late(session.starts_at, now):
        for registration in waiting:
            await _become(conn, registration, "expired", reason="date_begins", now=now)
            if session.starts_at > now:  # after an outage it may have begun: then a letter is of no use any more
                await _write(conn, context, session, registration, now=now)
        return 0
    return await _offer_free_seats(conn, context, session, waiting, now=now)


async def _offer_free_seats(
    conn: Conn, context: LetterContext, session: SessionFacts, waiting: list[Registration], *, now: datetime
) -> int:
    """A larger party that does not fit yet keeps its place; a smaller one behind it may go first. Who sleeps holds up those behind."""
    offers = 0
    for registration in waiting:
        seats = await sessions.lock_seats(conn, session_id=session.id)  # held already; each offer has changed what is free
        if not seats.fit(registration.party):
            continue
        reader = await store.seat_reader(conn, resident_id=registration.resident_id)
        if context.humane and not may_write(session.starts_at, reader.zone, now):
            break
        until = answer_by(session.starts_at, reader.zone, now)
        reason = registration.put_first_reason or "seat_free"
        offered = await _become(conn, registration, "offered", reason=reason, now=now, offer_until=until)
        await _write(conn, context, session, offered, now=now)
        offers += 1
    return offers


async def _become(
    conn: Conn, registration: Registration, state: State, *, reason: str, now: datetime, offer_until: datetime | None = None
) -> Registration:
    return await store.put(
        conn,
        session_id=registration.session_id,
        resident_id=registration.resident_id,
        organization_id=registration.organization_id,
        state=state,
        party=registration.party,
        actor="staff" if registration.put_first_reason and state == "offered" else "system",
        reason=reason,
        now=now,
        offer_until=offer_until,
    )


async def _write(conn: Conn, context: LetterContext, session: SessionFacts, registration: Registration, *, now: datetime) -> None:
    """The letter of an offer, or of a wait that is over."""
    reader = await store.seat_reader(conn, resident_id=registration.resident_id)
    link = seat_link(context, session, resident_id=registration.resident_id, epoch=reader.link_epoch)
    offered = registration.state == "offered"
    content = notices.offered(session, registration, reader, link=link) if offered else notices.none_free(session, reader)
    await mail.queue(
        conn,
        kind="notice",
        contents={reader.language: content},
        vault=context.vault,
        resident_id=registration.resident_id,
        give_up_at=registration.offer_until if offered else session.starts_at,
        now=now,
    )
