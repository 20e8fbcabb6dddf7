"""A center with people who work there, and a clock by which the worker looks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import get_args
from uuid import UUID

import asyncpg
import pytest

from service.db import Database
from service.liveness.actions import watch
from service.liveness.model import Watched
from service.mail.actions import open_content
from service.mail.letter_context import LetterContext
from service.mail.model import Content
from service.matches import store as matches
from service.organizations.model import Role
from service.tokens import Tokens
from tests.service.mail.neighbors import SECRET, VAULT, Town, make_staff, make_town
from tests.service.visitor import HOME, Browser, Hands, browser

TOKENS = Tokens([SECRET])
CONTEXT = LetterContext(vault=VAULT, tokens=TOKENS, base_url=HOME)
DAY = timedelta(days=1)


class Riverton:
    """The center, and what is so there."""

    def __init__(self, admin: asyncpg.Connection, worker_db: Database, db: Database, town: Town, now: datetime) -> None:
        self.admin, self.worker_db, self.db, self.town, self.now = admin, worker_db, db, town, now
        self.staff = dict[Role, UUID]()

    async def look(self, after: timedelta = timedelta(0)) -> Watched:
        """What a look of the worker changes, so long after the tests' now."""
        return await watch(self.worker_db, CONTEXT, now=self.now + after)

    async def offered(self, after: timedelta = timedelta(0)) -> set[UUID]:
        """The activities that a match run of that moment may offer, in the two weeks from then."""
        at = self.now + after
        async with self.worker_db.transaction(isolation="repeatable_read") as conn:
            snapshot = await matches.read_snapshot(
                conn, region_id=self.town.region_id, week=self.now.date(), now=at, after=at, before=at + 14 * DAY
            )
        assert {row.id for row in snapshot.activities} == {row.activity_id for row in snapshot.sessions}
        return {row.id for row in snapshot.activities}

    async def letters(self) -> list[tuple[UUID, Content]]:
        """Reader and letter, of those to staff."""
        rows = await self.admin.fetch("SELECT id, staff_id, content FROM letter WHERE staff_id IS NOT NULL AND kind = 'notice' ORDER BY id")
        return [(row["staff_id"], open_content(VAULT, row["content"], letter_id=row["id"], language="en")) for row in rows]

    async def link(self, reader: Role = "staff") -> str:
        """The path of the page in the letter to somebody."""
        [content] = [content for staff_id, content in await self.letters() if staff_id == self.staff[reader]]
        address = next(word for word in content.text.split() if word.startswith(f"{HOME}/here/"))
        return address.removeprefix(HOME)

    async def rows(self) -> list[asyncpg.Record]:
        return await self.admin.fetch("SELECT * FROM activity_silence ORDER BY activity_id")


@pytest.fixture
async def town(admin: asyncpg.Connection, now: datetime) -> Town:
    return await make_town(admin, now=now)


@pytest.fixture
async def riverton(admin: asyncpg.Connection, worker_db: Database, db: Database, town: Town, now: datetime) -> Riverton:
    """With one person of each role."""
    center = Riverton(admin, worker_db, db, town, now)
    for role in get_args(Role)[:3]:
        center.staff[role] = await make_staff(admin, town, now=now, email=f"{role}@riverton.example.org")
        await admin.execute("UPDATE staff SET role = $1 WHERE id = $2", role, center.staff[role])
    return center


@pytest.fixture
def hands(now: datetime) -> Hands:
    return Hands(now)


@pytest.fixture
async def visitor(database_url: str, hands: Hands, tmp_path: Path) -> AsyncIterator[Browser]:
    async with browser(database_url, hands, tmp_path) as opened:
        yield opened
