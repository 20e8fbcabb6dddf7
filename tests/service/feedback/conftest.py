"""A person who had a seat at a date that is over, and the morning after."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg
import pytest

from service.db import Database
from service.feedback.asking import ask_after_visits
from service.mail.actions import open_content
from service.mail.letter_context import LetterContext
from service.mail.model import Content
from service.registrations import actions, attendance
from service.tokens import Purpose, Tokens
from tests.service.mail.conftest import maildir, send
from tests.service.mail.neighbors import SECRET, VAULT, Date, Town, make_resident, make_session, make_town
from tests.service.visitor import HOME, Browser, Hands, browser

__all__ = ["maildir", "send"]
TOKENS = Tokens([SECRET])
CONTEXT = LetterContext(vault=VAULT, tokens=TOKENS, base_url=HOME)
HERE = ZoneInfo("America/New_York")
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


def local(day: int, hour: int, minute: int = 0) -> datetime:
    """A moment of November 2026 in New York. The tests' now is Monday, the 23rd, at ten."""
    return datetime(2026, 11, day, hour, minute, tzinfo=HERE)


class Asked:
    """A person with a yes for dates of this week, and the looks of the worker."""

    def __init__(self, admin: asyncpg.Connection, worker_db: Database, db: Database, town: Town, person: UUID, now: datetime) -> None:
        self.admin, self.worker_db, self.db, self.town, self.person, self.now = admin, worker_db, db, town, person, now

    async def seat(self, starts_at: datetime, *, slug: str = "garden-morning", **facts: object) -> Date:
        date = await make_session(self.admin, self.town, now=self.now, starts_in=starts_at - self.now, slug=slug, **facts)  # type: ignore[arg-type]
        await self.accept(date, self.person)
        return date

    async def accept(self, date: Date, person: UUID) -> None:
        async with self.worker_db.transaction() as conn:
            await actions.accept(conn, session_id=date.id, resident_id=person, now=min(self.now, await self._begins(date) - MINUTE))

    async def _begins(self, date: Date) -> datetime:
        begins: datetime = await self.admin.fetchval("SELECT starts_at FROM session WHERE id = $1", date.id)
        return begins

    async def look(self, at: datetime) -> int:
        return await ask_after_visits(self.worker_db, CONTEXT, now=at)

    async def all_day_and_night(self, first: datetime, last: datetime) -> list[datetime]:
        """The moments at which a look every half hour wrote a letter."""
        written, at = [], first
        while at <= last:
            written += [at] * await self.look(at)
            at += HOUR / 2
        return written

    async def letters(self) -> list[Content]:
        rows = await self.admin.fetch("SELECT id, content FROM letter ORDER BY queued_at, id")
        return [open_content(VAULT, row["content"], letter_id=row["id"], language="en") for row in rows]

    async def tick(self, date: Date, state: str) -> None:
        """What the center notes of this person's seat: attended, missed, or taken back (confirmed)."""
        handle = await self.admin.fetchval(
            "SELECT handle FROM registration WHERE session_id = $1 AND resident_id = $2", date.id, self.person
        )
        mark = {"attended": attendance.mark_attended, "missed": attendance.mark_missed, "confirmed": attendance.take_back}[state]
        async with self.db.transaction(organization_id=self.town.center_id) as conn:
            await mark(conn, session_id=date.id, handle=handle, now=await self._begins(date) + HOUR)

    async def learned(self, date: Date) -> tuple[str, str | None, int | None]:
        """What the matcher learns of the visit: answer, by whose word, and the rating."""
        row = await self.admin.fetchrow("SELECT answer, visit_by, rating FROM answer WHERE session_id = $1", date.id)
        assert row
        return row["answer"], row["visit_by"], row["rating"]

    def path(self, date: Date, *, until: datetime | None = None) -> str:
        expires_at = until or self.now + timedelta(days=40)
        return "/feedback/" + TOKENS.mint(Purpose.FEEDBACK, resident_id=self.person, epoch=0, subject_id=date.id, expires_at=expires_at)


@pytest.fixture
async def town(admin: asyncpg.Connection, now: datetime) -> Town:
    return await make_town(admin, now=now)


@pytest.fixture
async def person(admin: asyncpg.Connection, town: Town, now: datetime) -> UUID:
    return await make_resident(admin, town, now=now, email="ada@example.org")


@pytest.fixture
def asked(admin: asyncpg.Connection, worker_db: Database, db: Database, town: Town, person: UUID, now: datetime) -> Asked:
    return Asked(admin, worker_db, db, town, person, now)


@pytest.fixture
async def date(asked: Asked) -> Date:
    """Tuesday at ten; asked about on Wednesday at nine."""
    date = await asked.seat(local(24, 10), topics=("gardening", "crafts"))
    assert await asked.look(local(25, 9)) == 1
    return date


@pytest.fixture
async def visitor(database_url: str, tmp_path: Path) -> AsyncIterator[Browser]:
    async with browser(database_url, Hands(local(25, 12)), tmp_path) as opened:
        yield opened
