"""Reminders of a seat: when one is written, and writing it."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from service.db import Conn, Database
from service.faults import contained
from service.mail import actions as mail
from service.mail.letter_context import LetterContext
from service.registrations import store
from service.registrations.links import seat_link
from service.registrations.model import SeatToRemind, SessionFacts
from service.registrations.receipts import BATCH
from service.registrations.seat_letters import SeatLetter, reminder
from service.tokens import NOBODY

NOON = time(12)
DAY_BEFORE = (time(16), time(19))  # for a date of the morning: before it there is no hour at which a letter wakes nobody
SAME_MORNING = time(9)  # for a later one
LATEST = time(19)
ON_THE_WAY = timedelta(hours=1)  # a reminder that comes later finds people on their way
FRESH = timedelta(hours=24)  # a receipt that was written so shortly before the date has said it all
AHEAD = timedelta(hours=24)  # the windows of all dates that begin later are not open yet


def window(starts_at: datetime, zone: str) -> tuple[datetime, datetime]:
    """From when until when a reminder of a date may leave, by the clock of its reader."""
    here = ZoneInfo(zone)
    local = starts_at.astimezone(here)
    if local.time() < NOON:
        day = local.date() - timedelta(days=1)
        return datetime.combine(day, DAY_BEFORE[0], here), datetime.combine(day, DAY_BEFORE[1], here)
    latest = min(starts_at - ON_THE_WAY, datetime.combine(local.date(), LATEST, here))
    return datetime.combine(local.date(), SAME_MORNING, here), latest


async def remind(database: Database, context: LetterContext, *, now: datetime, batch: int = BATCH) -> int:
    """Queue a reminder for every seat whose time for it has come. How many.

    Run again, or by two workers at once, it adds nothing. A reminder that a fault keeps back is logged; the others get theirs.
    """
    written, after = 0, (NOBODY, NOBODY)
    while True:
        async with database.transaction() as conn:
            seats = await store.seats_to_remind(conn, after=after, now=now, ahead=now + AHEAD, fresh=FRESH, batch=batch)
        for seat in seats:
            with contained("reminder_not_written", organization=str(seat.organization_id)):
                written += await _remind(database, context, seat, now=now)
        if len(seats) < batch:
            return written
        after = (seats[-1].session_id, seats[-1].resident_id)


async def _remind(database: Database, context: LetterContext, seat: SeatToRemind, *, now: datetime) -> bool:
    """False where it is too early or too late, the seat or its date changed meanwhile, or another worker was first."""
    opens_at, closes_at = window(seat.starts_at, seat.person_zone)
    if not opens_at <= now < closes_at:
        return False
    async with database.transaction() as conn:
        if not await store.lock_registration(conn, seat):
            return False
        session = await store.session(conn, session_id=seat.session_id)
        if session.state != "scheduled" or session.starts_at != seat.starts_at or not await store.claim_reminder(conn, seat, now=now):
            return False
        await _queue(conn, context, seat, session, closes_at=closes_at, now=now)
    return True


async def _queue(
    conn: Conn, context: LetterContext, seat: SeatToRemind, session: SessionFacts, *, closes_at: datetime, now: datetime
) -> None:
    link = seat_link(context, session, resident_id=seat.resident_id, epoch=seat.link_epoch)
    letter = SeatLetter(session=session, language=seat.language, party=seat.party, link=link)
    place = ZoneInfo(session.zone)
    is_today = session.starts_at.astimezone(place).date() == now.astimezone(place).date()
    await mail.queue(
        conn,
        kind="notice",
        contents={seat.language: reminder(letter, is_today=is_today)},
        vault=context.vault,
        resident_id=seat.resident_id,
        give_up_at=closes_at,
        now=now,
    )
