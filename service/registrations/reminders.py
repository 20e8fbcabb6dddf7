"""Reminders of a seat: when one is written, and writing it."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from service.db import Conn, Database
from service.mail.letter_context import LetterContext
from service.mail.model import Content
from service.registrations import store
from service.registrations.due_letters import DueLetter, write_due
from service.registrations.model import SeatToRemind
from service.registrations.receipts import BATCH
from service.registrations.seat_letters import SeatLetter, reminder

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
    """Queue a reminder for every seat whose time for it has come. How many (`due_letters.write_due`)."""
    return await write_due(database, context, REMINDER, now=now, batch=batch)


async def _seats(conn: Conn, *, after: tuple[UUID, UUID], now: datetime, batch: int) -> list[SeatToRemind]:
    return await store.seats_to_remind(conn, after=after, now=now, ahead=now + AHEAD, fresh=FRESH, batch=batch)


def _content(letter: SeatLetter, now: datetime) -> Content:
    place = ZoneInfo(letter.session.zone)
    return reminder(letter, is_today=letter.session.starts_at.astimezone(place).date() == now.astimezone(place).date())


REMINDER = DueLetter(kind="reminder", seats=_seats, window=lambda starts_at, zone, _: window(starts_at, zone), content=_content)
