from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import asyncpg
import pytest

from service.db import Database
from service.ids import new_id
from tests.service.centers.conftest import enter
from tests.service.mail.neighbors import Town, make_town
from tests.service.visitor import Browser, Hands, browser

OPERATOR = "/operator/riverton-operator"


@pytest.fixture
async def town(admin: asyncpg.Connection, now: datetime) -> Town:
    """Riverton, and the organization that runs Doorstep there."""
    town = await make_town(admin, now=now)
    await admin.execute(
        "INSERT INTO organization (id, kind, slug, name, region_id, postal_address, zip, lat, lon, zone, created_at)"
        " SELECT $1, 'operator', 'riverton-operator', 'Riverton Neighbors', id, '3 Mill Street', '10001', lat, lon, zone, $2 FROM region",
        new_id(now), now,
    )  # fmt: skip
    return town


@pytest.fixture
def hands(now: datetime) -> Hands:
    return Hands(now)


@pytest.fixture
async def visitor(database_url: str, hands: Hands, tmp_path: Path) -> AsyncIterator[Browser]:
    async with browser(database_url, hands, tmp_path) as opened:
        yield opened


@pytest.fixture
async def operator(visitor: Browser, db: Database, town: Town, now: datetime) -> Browser:
    await enter(visitor, db, center="riverton-operator", role="operator", now=now)
    return visitor
