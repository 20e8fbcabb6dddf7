"""The question whether a person with a seat still comes, two days before a date where somebody waits for one."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from service.db import Conn, Database
from service.mail.hours import WAKING
from service.mail.letter_context import LetterContext
from service.registrations import store
from service.registrations.due_letters import DueLetter, write_due
from service.registrations.model import SeatToRemind
from service.registrations.receipts import BATCH
from service.registrations.seat_letters import still_coming

ASKED_BEFORE = timedelta(hours=48)  # the start: whoever gets a seat that is given back can still make plans
TOO_LATE = timedelta(hours=24)  # before the start: then the reminder is near, which gives a seat back, too
FRESH = timedelta(hours=24)  # a yes that is younger is an answer already


def window(starts_at: datetime, zone: str, now: datetime) -> tuple[datetime, datetime]:
    """From when until when a date may be asked about on the day that it is now, by the clock of the reader.

    On each day between two days and one day before the date, while people are awake; empty (its end is not after its begin) on others.
    """
    here = ZoneInfo(zone)
    today = now.astimezone(here).date()
    morning, evening = (datetime.combine(today, hour, here) for hour in WAKING)
    return max(morning, starts_at - ASKED_BEFORE), min(evening, starts_at - TOO_LATE)


async def ask_still_coming(database: Database, context: LetterContext, *, now: datetime, batch: int = BATCH) -> int:
    """Queue the question for every seat whose time for it has come. How many (`due_letters.write_due`)."""
    return await write_due(database, context, QUESTION, now=now, batch=batch)


async def _seats(conn: Conn, *, after: tuple[UUID, UUID], now: datetime, batch: int) -> list[SeatToRemind]:
    return await store.seats_to_ask(conn, after=after, earliest=now + TOO_LATE, latest=now + ASKED_BEFORE, settled=now - FRESH, batch=batch)


QUESTION = DueLetter(kind="question", seats=_seats, window=window, content=lambda letter, _: still_coming(letter))
