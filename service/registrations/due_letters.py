"""Letters about a seat that are due at an hour before its date: each is written once of a seat and hour, whoever looks."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime

import msgspec

from service.db import Conn, Database
from service.faults import contained
from service.mail import actions as mail
from service.mail.letter_context import LetterContext
from service.mail.model import Content
from service.registrations import store
from service.registrations.links import seat_link
from service.registrations.model import DueKind, SeatToRemind, SessionFacts
from service.registrations.seat_letters import SeatLetter
from service.tokens import NOBODY


class DueLetter(msgspec.Struct, frozen=True, kw_only=True):
    """What is written, of which seats, and when.

    seats: a page of seats that it may be due for, after the last pair of the page before. window: from when until when it may leave,
    for a date's start, its reader's zone and now. content: the letter as it stands now.
    """

    kind: DueKind
    seats: Callable[..., Awaitable[list[SeatToRemind]]]
    window: Callable[[datetime, str, datetime], tuple[datetime, datetime]]
    content: Callable[[SeatLetter, datetime], Content]


async def write_due(database: Database, context: LetterContext, due: DueLetter, *, now: datetime, batch: int) -> int:
    """Queue it for every seat whose time for it has come. How many.

    Run again, or by two workers at once, it adds nothing. A letter that a fault keeps back is logged; the others get theirs.
    """
    written, after = 0, (NOBODY, NOBODY)
    while True:
        async with database.transaction() as conn:
            seats = await due.seats(conn, after=after, now=now, batch=batch)
        for seat in seats:
            with contained(f"{due.kind}_not_written", organization=str(seat.organization_id)):
                written += await _write(database, context, due, seat, now=now)
        if len(seats) < batch:
            return written
        after = (seats[-1].session_id, seats[-1].resident_id)


async def _write(database: Database, context: LetterContext, due: DueLetter, seat: SeatToRemind, *, now: datetime) -> bool:
    """False where it is too early or too late, the seat or its date changed meanwhile, or another worker was first."""
    opens_at, closes_at = due.window(seat.starts_at, seat.person_zone, now)
    if not opens_at <= now < closes_at:
        return False
    async with database.transaction() as conn:
        if not await store.lock_registration(conn, seat):
            return False
        session = await store.session(conn, session_id=seat.session_id)
        is_same_date = session.state == "scheduled" and session.starts_at == seat.starts_at
        if not is_same_date or not await store.claim_reminder(conn, seat, kind=due.kind, now=now):
            return False
        await _queue(conn, context, due, seat, session, closes_at=closes_at, now=now)
    return True


async def _queue(
    conn: Conn, context: LetterContext, due: DueLetter, seat: SeatToRemind, session: SessionFacts, *, closes_at: datetime, now: datetime
) -> None:
    link = seat_link(context, session, resident_id=seat.resident_id, epoch=seat.link_epoch)
    letter = SeatLetter(session=session, language=seat.language, party=seat.party, link=link)
    await mail.queue(
        conn,
        kind="notice",
        contents={seat.language: due.content(letter, now)},
        vault=context.vault,
        resident_id=seat.resident_id,
        give_up_at=closes_at,
        now=now,
    )
