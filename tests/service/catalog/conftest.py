from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import asyncpg
import pytest

from tests.service.mail.neighbors import Town, make_town
from tests.service.visitor import Browser, Hands, browser


@pytest.fixture
async def town(admin: asyncpg.Connection, now: datetime) -> Town:
    return await make_town(admin, now=now)


@pytest.fixture
async def visitor(database_url: str, now: datetime, tmp_path: Path) -> AsyncIterator[Browser]:
    async with browser(database_url, Hands(now), tmp_path) as opened:
        yield opened
