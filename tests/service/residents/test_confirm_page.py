"""The button that confirms wakes the matcher, and its page says what happens now."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from uuid import UUID

import asyncpg
from litestar.testing import AsyncTestClient
from redis.asyncio import Redis

from service.app import create_app
from service.db import Database
from service.jobs import QUEUE
from service.residents import actions
from service.residents.model import Consented, SignUp, SignUpSource
from service.settings import ServiceSettings
from service.tokens import Purpose, Tokens
from tests.service.confirmed import CONTEXT
from tests.service.mail.neighbors import SECRET, make_town


async def sign_up(admin: asyncpg.Connection, db: Database, now: datetime) -> str:
    """The path of the page that confirms."""
    town = await make_town(admin, now=now)
    submission = SignUp(email="ada@example.org", zip="10001", consent=["digest"])
    source = SignUpSource(form_id=town.form_id, organization_id=town.partner_id, partner="Riverton Library", source="form")
    consents = [Consented(purpose="digest", version=1, language="en", wording="Yes, write to me.")]
    async with db.transaction() as conn:
        await actions.sign_up(conn, CONTEXT, submission=submission, source=source, consents=consents, now=now)
    row = await admin.fetchrow("SELECT resident_id, id FROM sign_up")
    assert row
    token = Tokens([SECRET]).mint(
        Purpose.CONFIRM, resident_id=row["resident_id"], epoch=0, subject_id=UUID(str(row["id"])), expires_at=now + actions.CONFIRM_LIFE
    )
    return f"/confirm/{token}"


async def test_the_button_wakes_the_matcher_and_looking_at_the_page_does_not(
    admin: asyncpg.Connection, db: Database, database_url: str, redis_url: str, tmp_path: Path, now: datetime
) -> None:
    path = await sign_up(admin, db, now)
    settings = ServiceSettings(
        database_url=database_url,
        redis_url=redis_url,
        secret_keys=SECRET.decode(),
        mail_url=f"file:{tmp_path}",
        base_url="http://doorstep.local",
    )
    async with (
        AsyncTestClient(create_app(settings, lambda: now), base_url="http://doorstep.local") as browser,
        Redis.from_url(redis_url) as redis,
    ):
        browser.headers["sec-fetch-site"] = "same-origin"
        assert (await browser.get(path)).status_code == 200
        assert await redis.zcard(QUEUE) == 0
        page = await browser.post(path)
        assert page.status_code == 200
        assert await redis.zcard(QUEUE) == 1
        assert "Your first letter may come within the hour." in page.text
