"""The question of the morning after: when it is written, and writing it."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from service.db import Database
from service.faults import contained
from service.feedback import store
from service.feedback.letter import AskedVisit, question
from service.feedback.links import feedback_link
from service.feedback.model import ReaderToAsk
from service.mail import actions as mail
from service.mail.hours import WAKING, is_waking
from service.mail.letter_context import LetterContext
from service.registrations import store as registrations
from service.tokens import NOBODY, Purpose

BATCH = 200
ASKED_WITHIN = timedelta(days=3)  # from the end of the date: later nobody remembers how it was
LETTER_GAP = timedelta(hours=18)  # at most one question a day, on the days of 23 hours too


def opens_at(ends_at: datetime, zone: str) -> datetime:
    """Nine in the morning after the day on which a date ended, by the clock of its reader."""
    here = ZoneInfo(zone)
    day = ends_at.astimezone(here).date() + timedelta(days=1)
    return datetime.combine(day, WAKING[0], here)


def closes_at(now: datetime, zone: str) -> datetime:
    """Until when a question of today may leave."""
    here = ZoneInfo(zone)
    return datetime.combine(now.astimezone(here).date(), WAKING[1], here)


async def ask_after_visits(database: Database, context: LetterContext, *, now: datetime, batch: int = BATCH) -> int:
    """Queue a letter for everybody who had a seat at a date of yesterday. How many letters.

    One letter asks about all dates of a person. Run again, or by two workers at once, it adds nothing. A letter that a fault keeps back
    is logged; the others get theirs.
    """
    written, after = 0, NOBODY
    while True:
        async with database.transaction() as conn:
            readers = await store.readers_to_ask(
                conn, after=after, since=now - ASKED_WITHIN, asked_before=now - LETTER_GAP, now=now, batch=batch
            )
        for reader in readers:
            with contained("question_not_written"):
                written += await _ask(database, context, reader, now=now)
        if len(readers) < batch:
            return written
        after = readers[-1].resident_id


def _due(reader: ReaderToAsk, now: datetime) -> list[UUID]:
    """The dates whose morning after has come; none at night."""
    if not is_waking(now, reader.zone):
        return []
    dates = zip(reader.session_ids, reader.ends_at, strict=True)
    return [session_id for session_id, ends_at in dates if now >= opens_at(ends_at, reader.zone)]


async def _ask(database: Database, context: LetterContext, reader: ReaderToAsk, *, now: datetime) -> bool:
    """False where it is too early or too late today, or another worker was first."""
    due = _due(reader, now)
    if not due:
        return False
    async with database.transaction() as conn:
        claimed = await store.claim(conn, resident_id=reader.resident_id, session_ids=due, now=now)
        if not claimed:
            return False
        sessions = sorted(await registrations.sessions(conn, session_ids=claimed), key=lambda session: (session.starts_at, session.id))
        visits = [AskedVisit(session=session, link=feedback_link(context, session, reader)) for session in sessions]
        stop = context.tokens.mint(Purpose.STOP, resident_id=reader.resident_id, epoch=reader.link_epoch)
        await mail.queue(
            conn,
            kind="question",
            contents={reader.language: question(visits, language=reader.language, stop_url=f"{context.base_url}/u/{stop}")},
            vault=context.vault,
            resident_id=reader.resident_id,
            give_up_at=closes_at(now, reader.zone),
            now=now,
        )
    return True
