"""Rows of seats and answers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

import msgspec

from service import sql
from service.activities.model import ActivitySummary
from service.db import Conn, all_of, one, run, value
from service.errors import Missing
from service.registrations.model import (
    Actor,
    CenterMessage,
    ChangeLetter,
    DueKind,
    EarlierDate,
    LinkedInvitation,
    MessageAudience,
    MessageReader,
    Registration,
    SeatReader,
    SeatToRemind,
    SeatToWrite,
    SessionAnswer,
    SessionFacts,
    Standing,
    State,
    Waiting,
    WalkIn,
)

_Q = sql.load(__file__, {"summary": ActivitySummary, "registration": Registration, "center_message": CenterMessage})


class _SessionId(msgspec.Struct, frozen=True):
    session_id: UUID


async def session(conn: Conn, *, session_id: UUID) -> SessionFacts:
    """Raises Missing."""
    facts = await one(conn, _Q.session, SessionFacts, session_id=session_id)
    if facts is None:
        raise Missing
    return facts


async def registration(conn: Conn, *, session_id: UUID, resident_id: UUID) -> Registration | None:
    return await one(conn, _Q.registration, Registration, session_id=session_id, resident_id=resident_id)


async def sessions(conn: Conn, *, session_ids: Sequence[UUID]) -> list[SessionFacts]:
    return await all_of(conn, _Q.sessions, SessionFacts, session_ids=list(session_ids))


async def expecting(conn: Conn, *, session_ids: Sequence[UUID]) -> list[Registration]:
    """Of everybody who has a seat at one of these dates or waits for one."""
    return await all_of(conn, _Q.expecting, Registration, session_ids=list(session_ids))


async def party(conn: Conn, *, resident_id: UUID) -> int:
    """How many come with one yes of this resident."""
    return int(await value(conn, _Q.party, resident_id=resident_id) or 1)


async def put(
    conn: Conn,
    *,
    session_id: UUID,
    resident_id: UUID,
    organization_id: UUID,
    state: State,
    party: int,
    actor: Actor,
    reason: str,
    now: datetime,
    waiting_since: datetime | None = None,
    offer_until: datetime | None = None,
    called_off_from: State | None = None,
    host_link_id: UUID | None = None,
) -> Registration:
    """Write the registration and the line that says who changed it and why. waiting_since, offer_until: as they were, unless given.

    called_off_from: the state before, where a call-off of the date ends it. host_link_id: given where the actor is a host.
    """
    key = {"session_id": session_id, "resident_id": resident_id}
    written = await one(
        conn,
        _Q.put,
        Registration,
        organization_id=organization_id,
        state=state,
        called_off_from=called_off_from,
        party=party,
        waiting_since=waiting_since,
        offer_until=offer_until,
        now=now,
        **key,
    )
    assert written is not None
    await run(conn, _Q.note_change, state=state, actor=actor, reason=reason, now=now, host_link_id=host_link_id, **key)
    return written


async def put_first(conn: Conn, registration: Registration, *, reason: str, now: datetime) -> bool:
    """Serve this wait before longer ones. False where it was put first before."""
    key = {"session_id": registration.session_id, "resident_id": registration.resident_id}
    return bool(await value(conn, _Q.put_first, reason=reason, now=now, **key))


async def note_change(conn: Conn, registration: Registration, *, actor: Actor, reason: str, now: datetime) -> None:
    """A line of history for something that left the registration as it was."""
    await run(
        conn,
        _Q.note_change,
        session_id=registration.session_id,
        resident_id=registration.resident_id,
        state=registration.state,
        actor=actor,
        reason=reason,
        now=now,
        host_link_id=None,
    )


async def record_answer(
    conn: Conn, *, session_id: UUID, activity_id: UUID, resident_id: UUID, answer: SessionAnswer, now: datetime
) -> None:
    await run(conn, _Q.record_answer, session_id=session_id, activity_id=activity_id, resident_id=resident_id, answer=answer, now=now)


async def withdraw_answer(conn: Conn, *, session_id: UUID, resident_id: UUID) -> None:
    await run(conn, _Q.withdraw_answer, session_id=session_id, resident_id=resident_id)


async def standing(conn: Conn, *, session_id: UUID, resident_id: UUID) -> Standing:
    row = await one(conn, _Q.standing, Standing, session_id=session_id, resident_id=resident_id)
    return row or Standing()


async def linked_invitation(conn: Conn, *, match_id: UUID, resident_id: UUID) -> LinkedInvitation | None:
    return await one(conn, _Q.linked_invitation, LinkedInvitation, match_id=match_id, resident_id=resident_id)


async def linked_seat(conn: Conn, *, session_id: UUID, resident_id: UUID) -> LinkedInvitation | None:
    return await one(conn, _Q.linked_seat, LinkedInvitation, session_id=session_id, resident_id=resident_id)


async def waiting_before(conn: Conn, *, session_id: UUID, since: datetime, resident_id: UUID) -> Waiting:
    """Who waits for this date since before `since`."""
    before = await one(conn, _Q.waiting_before, Waiting, session_id=session_id, since=since, resident_id=resident_id)
    assert before is not None
    return before


async def dates_to_pass_on(conn: Conn, *, now: datetime, too_late: datetime) -> list[UUID]:
    """Ids of dates whose seats or waiting order want a look; too_late: who waits for a date that begins by then waits no longer."""
    return [row.session_id for row in await all_of(conn, _Q.dates_to_pass_on, _SessionId, now=now, too_late=too_late)]


async def silent_offers(conn: Conn, *, session_id: UUID, now: datetime) -> list[Registration]:
    return await all_of(conn, _Q.silent_offers, Registration, session_id=session_id, now=now)


async def waiting(conn: Conn, *, session_id: UUID) -> list[Registration]:
    """In the order in which free seats are offered: first whom the center put first, then by their wishes."""
    return await all_of(conn, _Q.waiting, Registration, session_id=session_id)


async def seat_reader(conn: Conn, *, resident_id: UUID) -> SeatReader:
    reader = await one(conn, _Q.seat_reader, SeatReader, resident_id=resident_id)
    assert reader is not None  # a registration goes with its resident
    return reader


async def seat_by_handle(conn: Conn, *, session_id: UUID, handle: UUID) -> Registration | None:
    """None for a handle of another date, and of another center."""
    return await one(conn, _Q.seat_by_handle, Registration, session_id=session_id, handle=handle)


async def note_visit(conn: Conn, *, handle: UUID, now: datetime) -> None:
    """Make the answer that the matcher learns from what this seat's state says. Called on behalf of the center."""
    await value(conn, _Q.note_visit, handle=handle, now=now)


async def put_walk_in(
    conn: Conn, walk_in: WalkIn, *, organization_id: UUID, session_id: UUID, now: datetime, host_link_id: UUID | None
) -> None:
    """The same key again changes nothing."""
    await run(
        conn,
        _Q.put_walk_in,
        organization_id=organization_id,
        session_id=session_id,
        first_name=walk_in.first_name,
        people=walk_in.people,
        key=walk_in.key,
        now=now,
        host_link_id=host_link_id,
    )


async def walk_ins(conn: Conn, *, session_id: UUID) -> list[WalkIn]:
    """In the order in which they were noted."""
    return await all_of(conn, _Q.walk_ins, WalkIn, session_id=session_id)


async def remove_walk_in(conn: Conn, *, session_id: UUID, key: UUID) -> None:
    await run(conn, _Q.remove_walk_in, session_id=session_id, key=key)


async def seats_to_write(
    conn: Conn, *, after: tuple[UUID, UUID], settled: datetime, soon: datetime, since: datetime, now: datetime, batch: int
) -> list[SeatToWrite]:
    """Seats that are not as the last letter about them says, by session and resident; after: the last pair of the page before.

    Of changes since `since` until `settled`, or until now where the date begins before `soon`.
    """
    return await all_of(
        conn,
        _Q.seats_to_write,
        SeatToWrite,
        after_session=after[0],
        after_resident=after[1],
        settled=settled,
        soon=soon,
        since=since,
        now=now,
        batch=batch,
    )


async def lock_registration(conn: Conn, registration: Registration) -> bool:
    """False when it has changed since it was read."""
    key = {"session_id": registration.session_id, "resident_id": registration.resident_id}
    return bool(await value(conn, _Q.lock_registration, sequence=registration.sequence, **key))


async def claim_seat_letter(conn: Conn, registration: Registration, *, now: datetime) -> bool:
    """Note that the letter about this state is being written. False when it was written before."""
    return bool(
        await value(
            conn,
            _Q.claim_seat_letter,
            session_id=registration.session_id,
            resident_id=registration.resident_id,
            organization_id=registration.organization_id,
            state="confirmed" if registration.state == "confirmed" else "cancelled",
            party=registration.party,
            now=now,
        )
    )


async def note_call_off(conn: Conn, registration: Registration, *, now: datetime) -> datetime | None:
    """Note that the person is written to because the date is called off, where a letter about the seat came before.

    When the receipt was written that does not hold any more; None where there was none.
    """
    receipt_at: datetime | None = await value(
        conn, _Q.note_call_off, session_id=registration.session_id, resident_id=registration.resident_id, now=now
    )
    return receipt_at


async def note_restored(conn: Conn, letter: ChangeLetter, *, receipt_at: datetime) -> None:
    """Note that the receipt of `receipt_at` holds again: the letter of the call-off did not leave."""
    await run(conn, _Q.note_restored, session_id=letter.session_id, resident_id=letter.resident_id, receipt_at=receipt_at)


async def called_off(conn: Conn, *, session_ids: Sequence[UUID]) -> list[Registration]:
    """Of everybody who expected one of these dates until it was called off, and has not given it up since."""
    return await all_of(conn, _Q.called_off, Registration, session_ids=list(session_ids))


async def call_off_left(conn: Conn, *, session_id: UUID) -> bool:
    """Whether a letter about the call-off of this date has left."""
    return bool(await value(conn, _Q.call_off_left, session_id=session_id))


async def end_called_off(conn: Conn, registration: Registration, *, now: datetime) -> bool:
    """The registration no longer returns with its date. False where it would not have."""
    key = {"session_id": registration.session_id, "resident_id": registration.resident_id}
    return await run(conn, _Q.end_called_off, now=now, **key) > 0


async def change_letters(conn: Conn, *, session_ids: Sequence[UUID], resident_id: UUID | None) -> list[ChangeLetter]:
    """The last one to each person about each of these dates. resident_id: of one person only."""
    return await all_of(conn, _Q.change_letters, ChangeLetter, session_ids=list(session_ids), resident_id=resident_id)


async def put_change_letter(
    conn: Conn, registration: Registration, earlier: EarlierDate, *, letter_id: UUID, receipt_at: datetime | None
) -> None:
    await run(
        conn,
        _Q.put_change_letter,
        session_id=registration.session_id,
        resident_id=registration.resident_id,
        organization_id=registration.organization_id,
        letter_id=letter_id,
        starts_at=earlier.starts_at,
        ends_at=earlier.ends_at,
        zone=earlier.zone,
        place=earlier.place,
        receipt_at=receipt_at,
    )


async def seats_to_remind(
    conn: Conn, *, after: tuple[UUID, UUID], now: datetime, ahead: datetime, fresh: timedelta, batch: int
) -> list[SeatToRemind]:
    """Seats at dates until `ahead` that were not reminded of, by session and resident; after: the last pair of the page before.

    Without those whose receipt was written less than `fresh` before the date.
    """
    return await all_of(
        conn,
        _Q.seats_to_remind,
        SeatToRemind,
        after_session=after[0],
        after_resident=after[1],
        now=now,
        ahead=ahead,
        fresh=fresh,
        batch=batch,
    )


async def seats_to_ask(
    conn: Conn, *, after: tuple[UUID, UUID], earliest: datetime, latest: datetime, settled: datetime, batch: int
) -> list[SeatToRemind]:
    """Seats that were taken until `settled`, at dates between `earliest` and `latest` where somebody waits, and that were not asked about.

    By session and resident; after: the last pair of the page before.
    """
    return await all_of(
        conn,
        _Q.seats_to_ask,
        SeatToRemind,
        after_session=after[0],
        after_resident=after[1],
        earliest=earliest,
        latest=latest,
        settled=settled,
        batch=batch,
    )


async def claim_reminder(conn: Conn, seat: SeatToRemind, *, kind: DueKind, now: datetime) -> bool:
    """False when a letter of this kind was written of this date before."""
    key = {"session_id": seat.session_id, "resident_id": seat.resident_id}
    return bool(await value(conn, _Q.claim_reminder, starts_at=seat.starts_at, kind=kind, now=now, **key))


async def answer_question(conn: Conn, *, session_id: UUID, resident_id: UUID, answer: Literal["yes", "no"]) -> bool:
    """Whether the person still comes. False where the date was not asked about, or the answer is the same as before."""
    return bool(await value(conn, _Q.answer_question, session_id=session_id, resident_id=resident_id, answer=answer))


async def message_audience(conn: Conn, *, session_id: UUID) -> MessageAudience:
    """Called on behalf of the center; of another center's date nobody is counted."""
    audience = await one(conn, _Q.message_audience, MessageAudience, session_id=session_id)
    assert audience is not None  # a count always gives a row
    return audience


async def message_readers(conn: Conn, *, session_id: UUID, with_waiting: bool) -> list[MessageReader]:
    """Called on behalf of the center; for another center's date there is none."""
    return await all_of(conn, _Q.message_readers, MessageReader, session_id=session_id, with_waiting=with_waiting)


async def messages_since(conn: Conn, *, session_id: UUID, since: datetime) -> int:
    return int(await value(conn, _Q.messages_since, session_id=session_id, since=since))


async def center_message(conn: Conn, *, session_id: UUID, key: UUID) -> CenterMessage | None:
    return await one(conn, _Q.center_message, CenterMessage, session_id=session_id, key=key)


async def center_messages(conn: Conn, *, session_id: UUID) -> list[CenterMessage]:
    """Of this date, the newest first."""
    return await all_of(conn, _Q.center_messages, CenterMessage, session_id=session_id)


async def put_center_message(conn: Conn, message: CenterMessage, *, organization_id: UUID, session_id: UUID, staff_id: UUID) -> None:
    await run(
        conn,
        _Q.put_center_message,
        organization_id=organization_id,
        session_id=session_id,
        staff_id=staff_id,
        **msgspec.structs.asdict(message),
    )
