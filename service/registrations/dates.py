"""What a change of dates means to the people who hold a seat or wait for one: seats, history and letters, in one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from service.crypto import Vault
from service.db import Conn
from service.mail import actions as mail
from service.mail.model import Content
from service.registrations import notices, store
from service.registrations.calendar import with_event
from service.registrations.model import Actor, Registration
from service.sessions.model import DateChanges


async def tell(
    conn: Conn,
    changes: DateChanges,
    *,
    organization_id: UUID,
    vault: Vault,
    actor: Actor,
    now: datetime,
    places_before: Mapping[UUID, str] | None = None,
) -> int:
    """Free the seats of dates that were called off and write one letter to everybody who is concerned. How many letters.

    The dates are changed already and their seats are locked: a yes that came first is read here, one that comes later sees the change.
    places_before: where activities that moved took place until now, by activity id.
    """
    if not changes.touched:
        return 0
    moved = {date.session_id: date for date in changes.moved}
    shown = {session.id: session for session in await store.sessions(conn, session_ids=changes.touched)}
    registrations = await store.expecting(conn, session_ids=changes.touched)
    for registration in registrations:
        session = shown[registration.session_id]
        date = moved.get(session.id)
        after = registration
        if date is None:
            after = await _call_off(conn, registration, actor=actor, now=now)
            contents = notices.called_off(session)
        else:
            await _note_move(conn, registration, actor=actor, now=now)
            place_before = (places_before or {}).get(date.activity_id, "")
            contents = notices.moved(session, date, place_before=place_before, has_seat=registration.takes_seats)
        if registration.takes_seats:
            contents = with_event(contents, session, sequence=session.sequence + after.sequence, going=after.takes_seats, now=now)
        await _write(conn, registration, contents, organization_id=organization_id, vault=vault, now=now)
    return len(registrations)


async def _call_off(conn: Conn, registration: Registration, *, actor: Actor, now: datetime) -> Registration:
    """Returns it as it is now."""
    after = await store.put(
        conn,
        session_id=registration.session_id,
        resident_id=registration.resident_id,
        organization_id=registration.organization_id,
        state="cancelled",
        party=registration.party,
        actor=actor,
        reason="session_cancelled",
        now=now,
    )
    await store.note_call_off(conn, registration, now=now)
    return after


async def _note_move(conn: Conn, registration: Registration, *, actor: Actor, now: datetime) -> None:
    await store.note_change(conn, registration, actor=actor, reason="session_moved", now=now)


async def _write(
    conn: Conn,
    registration: Registration,
    contents: Mapping[str, Content],
    *,
    organization_id: UUID,
    vault: Vault,
    now: datetime,
) -> None:
    await mail.queue(
        conn,
        kind="notice",
        contents=contents,
        vault=vault,
        resident_id=registration.resident_id,
        organization_id=organization_id,
        now=now,
    )
