"""A visitor of a partner's form in a town of its own, with a clock that the test turns."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import asyncpg
import pytest

from tests.service.mail.neighbors import Town, make_town
from tests.service.visitor import Browser, Hands, browser


@pytest.fixture
def hands(now: datetime) -> Hands:
    return Hands(now)


@pytest.fixture
async def visitor(database_url: str, hands: Hands, tmp_path: Path) -> AsyncIterator[Browser]:
    async with browser(database_url, hands, tmp_path) as opened:
        yield opened


@pytest.fixture
async def town(admin: asyncpg.Connection, now: datetime) -> Town:
    return await make_town(admin, now=now)
