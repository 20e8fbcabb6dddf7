"""A partner's page shows its own forms to its own people."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import asyncpg
import pytest

from service.db import Database
from tests.service.centers.conftest import enter
from tests.service.mail.neighbors import Town, make_resident, make_town
from tests.service.visitor import Browser, Hands, browser


@pytest.fixture
async def town(admin: asyncpg.Connection, now: datetime) -> Town:
    return await make_town(admin, now=now)


@pytest.fixture
async def visitor(database_url: str, now: datetime, tmp_path: Path) -> AsyncIterator[Browser]:
    async with browser(database_url, Hands(now), tmp_path) as opened:
        yield opened


async def test_a_partner_sees_its_forms_and_nobody_who_signed_up(
    visitor: Browser, db: Database, admin: asyncpg.Connection, town: Town, now: datetime
) -> None:
    other = await make_town(admin, now=now, slug="hillside")
    await admin.execute("UPDATE form SET title = 'Their form' WHERE id = $1", other.form_id)
    await enter(visitor, db, center="riverton-partner", role="host", now=now)
    before = (await visitor.get("/partner/riverton-partner/")).text
    assert "http://doorstep.local/f/riverton" in before
    assert "Their form" not in before
    await make_resident(admin, town, now=now, email="quiet@residents.example.org")
    assert (await visitor.get("/partner/riverton-partner/")).text == before


async def test_a_foreign_partner_looks_like_one_that_is_not_there(visitor: Browser, db: Database, town: Town, now: datetime) -> None:
    await enter(visitor, db, now=now)
    answers = [await visitor.get(f"/partner/{slug}/") for slug in ("riverton-partner", "riverton-center", "never-was-here")]
    assert {answer.status_code for answer in answers} == {404}


async def test_whoever_is_not_signed_in_is_led_to_the_door(visitor: Browser, town: Town) -> None:
    answer = await visitor.get("/partner/riverton-partner/", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")
