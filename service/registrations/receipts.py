"""Letters that follow a yes, and a seat given back: what is not written yet is written.

Postgres is the list of what there is to do: a registration that is not as `seat_letter` says is a letter to write.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from service.db import Conn, Database
from service.faults import contained
from service.mail import actions as mail
from service.mail.letter_context import LetterContext
from service.mail.model import Content
from service.registrations import store
from service.registrations.calendar import with_event
from service.registrations.model import SeatToWrite, SessionFacts
from service.registrations.seat_letters import SeatLetter, given_back, receipt
from service.tokens import NOBODY, Purpose

BATCH = 200
SETTLE = timedelta(minutes=1)  # a yes and an undo within it are nothing to write about
SOON = timedelta(hours=2)  # to a date that is this near the receipt leaves at once
LOOK_BACK = timedelta(days=3)  # what changed before that is no news after an outage


async def write_receipts(database: Database, context: LetterContext, *, now: datetime, batch: int = BATCH) -> int:
    """Queue a letter for every seat that was taken or given back and is not written of yet. How many.

    Run again, or by two workers at once, it adds nothing. A letter that a fault keeps back is logged; the others get theirs.
    """
    written, after = 0, (NOBODY, NOBODY)
    while True:
        async with database.transaction() as conn:
            seats = await store.seats_to_write(
                conn, after=after, settled=now - SETTLE, soon=now + SOON, since=now - LOOK_BACK, now=now, batch=batch
            )
        for seat in seats:
            with contained("receipt_not_written", organization=str(seat.organization_id)):
                async with database.transaction() as conn:
                    written += await _write(conn, context, seat, now=now)
        if len(seats) < batch:
            return written
        after = (seats[-1].session_id, seats[-1].resident_id)


async def _write(conn: Conn, context: LetterContext, seat: SeatToWrite, *, now: datetime) -> bool:
    """Letter and note of it in one transaction. False where the seat changed meanwhile, or another worker was first."""
    if not await store.lock_registration(conn, seat) or not await store.claim_seat_letter(conn, seat, now=now):
        return False
    session = await store.session(conn, session_id=seat.session_id)
    link = await answer_link(conn, context, seat, session)
    letter = SeatLetter(session=session, language=seat.language, party=seat.party, link=link)
    going = seat.takes_seats
    contents: dict[str, Content] = {seat.language: receipt(letter) if going else given_back(letter)}
    await mail.queue(
        conn,
        kind="notice",
        contents=with_event(contents, session, sequence=session.sequence + seat.sequence, going=going, now=now),
        vault=context.vault,
        resident_id=seat.resident_id,
        give_up_at=session.starts_at,
        now=now,
    )
    return True


async def answer_link(conn: Conn, context: LetterContext, seat: SeatToWrite, session: SessionFacts) -> str:
    """The page of the match that led to this seat; "" where none did."""
    match_id = await store.newest_match(conn, seat)
    if match_id is None:
        return ""
    token = context.tokens.mint(
        Purpose.ANSWER, resident_id=seat.resident_id, epoch=seat.link_epoch, subject_id=match_id, expires_at=session.ends_at
    )
    return f"{context.base_url}/r/{token}"
