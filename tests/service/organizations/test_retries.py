"""First answers are forgotten when their day is over, and not before."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import asyncpg
import pytest

from service.db import Database
from service.errors import Invalid
from service.jobs import Silence
from service.organizations import retries
from service.organizations.retries import Answer, fingerprints
from service.settings import ServiceSettings
from service.tokens import Tokens
from tests.service.mail.neighbors import SECRET, VAULT, make_town
from workers.context import Context
from workers.tidy import tidy

ASKED = fingerprints([SECRET], method="POST", path="/x", body=b"{}")


def context(database: Database, now: datetime) -> Context:
    return Context(
        settings=ServiceSettings(),
        clock=lambda: now,
        database=database,
        vault=VAULT,
        tokens=Tokens([SECRET]),
        bell=Silence(),
        stop=asyncio.Event(),
    )


async def test_an_answer_is_kept_for_a_day_and_then_forgotten(
    admin: asyncpg.Connection, db: Database, worker_db: Database, now: datetime
) -> None:
    center = (await make_town(admin, now=now)).center_id
    async with db.transaction(organization_id=center) as conn:
        assert await retries.first(conn, organization_id=center, key="k", asked=ASKED, now=now) is None
        await retries.keep(conn, Answer(201, {"ETag": '"0"'}, b"{}"), organization_id=center, key="k")
    left = []
    for later in (retries.KEPT - timedelta(seconds=1), retries.KEPT):
        await tidy(context(worker_db, now + later))
        left.append(await admin.fetchval("SELECT count(*) FROM first_answer"))
    assert left == [1, 0]


async def test_a_new_secret_still_knows_what_was_asked_under_the_old_one(admin: asyncpg.Connection, db: Database, now: datetime) -> None:
    center = (await make_town(admin, now=now)).center_id
    answer = Answer(202, {}, b"{}")
    both = fingerprints([b"a new secret that signs from now on", SECRET], method="POST", path="/x", body=b"{}")
    async with db.transaction(organization_id=center) as conn:
        assert await retries.first(conn, organization_id=center, key="k", asked=ASKED, now=now) is None
        await retries.keep(conn, answer, organization_id=center, key="k")
        assert await retries.first(conn, organization_id=center, key="k", asked=both, now=now) == answer
        with pytest.raises(Invalid):
            await retries.first(conn, organization_id=center, key="k", asked=both[:1], now=now)


async def test_no_other_organization_meets_the_answer(admin: asyncpg.Connection, db: Database, now: datetime) -> None:
    town = await make_town(admin, now=now)
    async with db.transaction(organization_id=town.center_id) as conn:
        await retries.first(conn, organization_id=town.center_id, key="k", asked=ASKED, now=now)
        await retries.keep(conn, Answer(201, {}, b"ours"), organization_id=town.center_id, key="k")
    async with db.transaction(organization_id=town.partner_id) as conn:
        assert await conn.fetchval("SELECT count(*) FROM first_answer") == 0
        assert await retries.first(conn, organization_id=town.partner_id, key="k", asked=ASKED, now=now) is None
