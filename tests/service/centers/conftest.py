from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from pathlib import Path

import asyncpg
import pytest

from service.db import Database
from service.organizations import sessions
from tests.service.centers.arrivals import Neighborhood
from tests.service.mail.neighbors import VAULT, Date, Town, make_session, make_town
from tests.service.visitor import HOME, Browser, Hands, browser

TOKEN = re.compile(r'name="form_token" value="([^"]+)"')
Entered = Callable[..., object]


@pytest.fixture
async def town(admin: asyncpg.Connection, now: datetime) -> Town:
    return await make_town(admin, now=now)


@pytest.fixture
async def elsewhere(admin: asyncpg.Connection, now: datetime) -> Town:
    """Another town with a center of its own."""
    return await make_town(admin, now=now, slug="hillside")


@pytest.fixture
def hands(now: datetime) -> Hands:
    return Hands(now)


@pytest.fixture
async def visitor(database_url: str, hands: Hands, tmp_path: Path) -> AsyncIterator[Browser]:
    async with browser(database_url, hands, tmp_path) as opened:
        yield opened


@pytest.fixture
def neighborhood(db: Database, admin: asyncpg.Connection, town: Town, now: datetime) -> Neighborhood:
    return Neighborhood(db, admin, town, now)


@pytest.fixture
async def date(admin: asyncpg.Connection, town: Town, now: datetime) -> Date:
    """Begins in half an hour."""
    return await make_session(admin, town, now=now, starts_in=timedelta(minutes=30))


async def enter(visitor: Browser, db: Database, *, center: str = "riverton-center", role: str = "staff", now: datetime) -> None:
    """Sign somebody in with a role at a center."""
    visitor.cookies.clear()
    async with db.transaction() as conn:
        url = await sessions.invite(
            conn,
            vault=VAULT,
            email=f"{role}@{center}.example.org",
            organization=center,
            role=role,  # type: ignore[arg-type]
            base_url=HOME,
            language="en",
            now=now,
        )
    assert (await visitor.post(url, follow_redirects=False)).status_code == 303


async def token_on(visitor: Browser, path: str) -> str:
    found = TOKEN.search((await visitor.get(path)).text)
    assert found, path
    return found[1]


@pytest.fixture
async def staff(visitor: Browser, db: Database, town: Town, now: datetime) -> Browser:
    """A browser signed in as staff of the Riverton center."""
    await enter(visitor, db, now=now)
    return visitor
