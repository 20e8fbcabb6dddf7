"""The daily look at the dates of a series leaves their seats as the center gave them, however often it runs."""

from __future__ import annotations

from datetime import datetime

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.db import Database
from service.registrations import actions as registrations
from service.registrations import schedule
from tests.service.mail.neighbors import VAULT, Town, make_resident, make_session, make_town


@pytest.fixture
async def town(admin: asyncpg.Connection, now: datetime) -> Town:
    return await make_town(admin, now=now)


async def keep_ready(worker_db: Database, now: datetime) -> None:
    async with worker_db.transaction() as conn:
        assert await schedule.keep_all_ready(conn, vault=VAULT, now=now) > 0


async def seats(admin: asyncpg.Connection) -> list[tuple[int | None, int]]:
    return [tuple(row) for row in await admin.fetch("SELECT capacity, taken FROM seats ORDER BY session_id")]


async def test_a_date_without_a_limit_stays_open_to_everybody(
    admin: asyncpg.Connection, db: Database, worker_db: Database, town: Town, now: datetime
) -> None:
    date = await make_session(admin, town, now=now, capacity=None)
    for n in range(3):
        await keep_ready(worker_db, now)
        neighbor = await make_resident(admin, town, now=now, email=f"n{n}@example.org")
        async with db.transaction(resident_id=neighbor) as conn:
            await registrations.accept(conn, session_id=date.id, resident_id=neighbor, now=now)
    await keep_ready(worker_db, now)
    assert await seats(admin) == [(None, 3)]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=st.none() | st.integers(1, 4), after=st.none() | st.integers(1, 4), people=st.integers(0, 4))
async def test_a_new_capacity_of_the_activity_holds_for_its_dates_and_sends_nobody_away(
    admin: asyncpg.Connection, worker_db: Database, now: datetime, before: int | None, after: int | None, people: int
) -> None:
    await admin.execute("TRUNCATE region, resident CASCADE")
    town = await make_town(admin, now=now)
    date = await make_session(admin, town, now=now, capacity=before)
    inside = 0
    for n in range(people):
        neighbor = await make_resident(admin, town, now=now, email=f"n{n}@example.org")
        async with worker_db.transaction() as conn:
            registration = await registrations.accept(conn, session_id=date.id, resident_id=neighbor, now=now)
        inside += registration.state == "confirmed"
    await admin.execute("UPDATE activity SET capacity = $1", after)
    for _ in range(2):
        await keep_ready(worker_db, now)
        assert await seats(admin) == [(None if after is None else max(after, inside), inside)]
