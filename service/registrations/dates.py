"""What a change of dates means to the people who hold a seat or wait for one: seats, history and letters, in one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from service.db import Conn
from service.registrations import notices, store
from service.registrations.calendar import with_event
from service.registrations.change_letters import Withdrawn, Writer, is_same, withdraw, write
from service.registrations.model import Actor, EarlierDate, Registration, SessionFacts
from service.registrations.place_words import place_text
from service.sessions import store as sessions
from service.sessions.model import DateChanges, DateMove


async def tell(conn: Conn, changes: DateChanges, *, writer: Writer, actor: Actor, places_before: Mapping[UUID, str] | None = None) -> int:
    """Free the seats of dates that were called off, give back those of dates that return, and write one letter to everybody concerned.

    Letters wait ten minutes (`Writer.leaves_at`). One that has not left is replaced: the new one says what changed since the person
    last heard of the date, and there is none where nothing did. How many letters.
    The dates are changed already and their seats are locked: a yes that came first is read here, one that comes later sees the change.
    places_before: where activities that moved took place until now, by activity id.
    """
    if not changes.touched:
        return 0
    shown = {session.id: session for session in await store.sessions(conn, session_ids=changes.touched)}
    moved = {date.session_id: date for date in changes.moved}
    withdrawn = await withdraw(conn, session_ids=changes.touched)
    await _return_seats(conn, changes, withdrawn, writer=writer, actor=actor)
    letters = 0
    for registration in await store.expecting(conn, session_ids=changes.touched):
        session = shown[registration.session_id]
        earlier = withdrawn.get((session.id, registration.resident_id)) or _earlier(session, moved.get(session.id), places_before or {})
        if session.id in changes.cancelled:
            await _call_off(conn, registration, session, earlier, writer=writer, actor=actor)
            letters += 1
        else:
            letters += await _move(conn, registration, session, earlier, writer=writer, actor=actor)
    return letters


def _earlier(session: SessionFacts, move: DateMove | None, places_before: Mapping[UUID, str]) -> EarlierDate:
    before = move or session
    place = places_before.get(session.activity_id) or place_text(session)
    return EarlierDate(starts_at=before.starts_at, ends_at=before.ends_at, zone=before.zone, place=place)


async def _call_off(
    conn: Conn, registration: Registration, session: SessionFacts, earlier: EarlierDate, *, writer: Writer, actor: Actor
) -> None:
    after = await store.put(
        conn,
        session_id=registration.session_id,
        resident_id=registration.resident_id,
        organization_id=registration.organization_id,
        state="cancelled",
        called_off_from=registration.state,
        party=registration.party,
        actor=actor,
        reason="session_cancelled",
        now=writer.now,
    )
    receipt_at = await store.note_call_off(conn, registration, now=writer.now)
    contents = notices.called_off(session, earlier)
    if registration.takes_seats:
        contents = with_event(contents, session, sequence=session.sequence + after.sequence, going=False, now=writer.now)
    await write(conn, registration, contents, earlier=earlier, session=session, writer=writer, receipt_at=receipt_at)


async def _move(
    conn: Conn, registration: Registration, session: SessionFacts, earlier: EarlierDate, *, writer: Writer, actor: Actor
) -> bool:
    """Whether there is something to write of."""
    await store.note_change(conn, registration, actor=actor, reason="session_moved", now=writer.now)
    if is_same(earlier, session):
        return False
    contents = notices.moved(session, earlier, has_seat=registration.takes_seats)
    if registration.takes_seats:
        contents = with_event(contents, session, sequence=session.sequence + registration.sequence, going=True, now=writer.now)
    await write(conn, registration, contents, earlier=earlier, session=session, writer=writer)
    return True


async def _return_seats(conn: Conn, changes: DateChanges, withdrawn: Withdrawn, *, writer: Writer, actor: Actor) -> None:
    """Whoever was not written to yet gets back what the call-off ended. The others were told that the date is off, and make other plans."""
    called_off = await store.called_off(conn, session_ids=changes.restored)
    returning = [registration for registration in called_off if (registration.session_id, registration.resident_id) in withdrawn]
    for session_id in changes.restored:
        parties = [each.party for each in returning if each.session_id == session_id and each.called_off_from != "waiting"]
        await sessions.make_room(conn, session_id=session_id, more=sum(parties))
    for registration in returning:
        await _return(conn, registration, writer=writer, actor=actor)
    for registration in called_off:
        await store.end_called_off(conn, registration, now=writer.now)
    for letter in withdrawn.values():
        if letter.session_id in changes.restored and letter.receipt_at:
            await store.note_restored(conn, letter, receipt_at=letter.receipt_at)


async def _return(conn: Conn, registration: Registration, *, writer: Writer, actor: Actor) -> None:
    assert registration.called_off_from is not None
    await store.put(
        conn,
        session_id=registration.session_id,
        resident_id=registration.resident_id,
        organization_id=registration.organization_id,
        state=registration.called_off_from,
        party=registration.party,
        actor=actor,
        reason="session_restored",
        now=writer.now,
        waiting_since=registration.waiting_since,
        offer_until=registration.offer_until,
    )
