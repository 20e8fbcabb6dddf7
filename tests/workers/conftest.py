"""A worker whose clock a test sets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from service.db import Database
from service.settings import ServiceSettings
from tests.service.mail.neighbors import SECRET
from workers.context import Context, open_context

ZONE = "America/New_York"


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """day: 0 is the Monday of the week of November 23, 2026; 7 the next one."""
    return datetime(2026, 11, 23, hour, minute, tzinfo=ZoneInfo(ZONE)) + timedelta(days=day)


class Hand:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = at(0, 9)

    def __call__(self) -> datetime:
        return self.now.astimezone(UTC)


@pytest.fixture
def hand() -> Hand:
    return Hand()


@pytest.fixture
async def context(worker_db: Database, database_url: str, tmp_path: Path, hand: Hand) -> AsyncIterator[Context]:
    settings = ServiceSettings(database_url=database_url, secret_keys=SECRET.decode(), mail_url="smtp://127.0.0.1:1")
    async with open_context(settings, hand, asyncio.Event()) as opened:
        yield opened
