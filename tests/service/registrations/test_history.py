"""What a registration remembers: who changed it and why, how often, and what can no longer be taken back."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg
import pytest

from service.db import Database
from service.errors import Gone
from service.registrations import actions
from tests.service.mail.neighbors import VAULT, Date, Town, make_resident, make_session, make_town
from tests.waiting import until_blocked


@pytest.fixture
async def town(admin: asyncpg.Connection, now: datetime) -> Town:
    return await make_town(admin, now=now)


@pytest.fixture
async def date(admin: asyncpg.Connection, town: Town, now: datetime) -> Date:
    return await make_session(admin, town, now=now, capacity=5)


@pytest.fixture
async def neighbor(admin: asyncpg.Connection, town: Town, now: datetime) -> UUID:
    return await make_resident(admin, town, now=now, email="neighbor@example.org")


async def step(db: Database, name: str, date: Date, who: UUID, now: datetime, **more: object) -> None:
    async with db.transaction(resident_id=who) as conn:
        await getattr(actions, name)(conn, session_id=date.id, resident_id=who, now=now, **more)


async def changes(admin: asyncpg.Connection) -> list[tuple[str, str, str]]:
    rows = await admin.fetch("SELECT state, actor, reason FROM registration_change ORDER BY at, id")
    return [tuple(row) for row in rows]


async def test_each_change_raises_the_sequence_and_says_who_made_it_and_why(
    admin: asyncpg.Connection, db: Database, date: Date, neighbor: UUID, now: datetime
) -> None:
    minute = timedelta(minutes=1)
    await step(db, "accept", date, neighbor, now)
    await step(db, "cancel", date, neighbor, now + minute, actor="staff", reason="asked by telephone")
    await step(db, "accept", date, neighbor, now + 2 * minute)
    await step(db, "decline", date, neighbor, now + 3 * minute)
    assert await changes(admin) == [
        ("confirmed", "resident", "yes"),
        ("cancelled", "staff", "asked by telephone"),
        ("confirmed", "resident", "yes"),
        ("declined", "resident", "no"),
    ]
    row = await admin.fetchrow("SELECT sequence, created_at, changed_at FROM registration")
    assert row is not None
    assert tuple(row) == (3, now, now + 3 * minute), "a calendar takes an update only under a higher SEQUENCE"


@pytest.mark.parametrize("name", ["decline", "undo", "cancel"])
async def test_a_seat_given_back_by_two_presses_at_once_is_given_back_once(
    admin: asyncpg.Connection, db: Database, date: Date, neighbor: UUID, now: datetime, name: str
) -> None:
    """The second press comes while the first has given the seat back and not yet committed."""
    await step(db, "accept", date, neighbor, now)
    async with db.transaction(resident_id=neighbor) as first:
        await getattr(actions, name)(first, session_id=date.id, resident_id=neighbor, now=now)
        second = asyncio.create_task(step(db, name, date, neighbor, now))
        await until_blocked(admin, second)
    await second
    assert len(await changes(admin)) == 2
    assert await admin.fetchval("SELECT sequence FROM registration") == 1
    assert await admin.fetchval("SELECT taken FROM seats") == 0


@pytest.mark.parametrize("state", ["attended", "missed"])
@pytest.mark.parametrize("name", ["decline", "undo", "cancel"])
async def test_a_visit_that_was_is_never_taken_back(
    admin: asyncpg.Connection, db: Database, date: Date, neighbor: UUID, now: datetime, state: str, name: str
) -> None:
    await step(db, "accept", date, neighbor, now)
    await admin.execute("UPDATE registration SET state = $1", state)
    await admin.execute("UPDATE answer SET answer = $1", state)
    await step(db, name, date, neighbor, now)
    assert await admin.fetchval("SELECT state FROM registration") == state
    assert await admin.fetchval("SELECT answer FROM answer") == state
    assert await admin.fetchval("SELECT taken FROM seats") == 1


async def test_what_was_said_last_counts_and_taking_it_back_leaves_nothing(
    admin: asyncpg.Connection, db: Database, date: Date, neighbor: UUID, now: datetime
) -> None:
    said = "SELECT answer FROM answer"
    await step(db, "accept", date, neighbor, now)
    assert await admin.fetchval(said) == "yes"
    await step(db, "decline", date, neighbor, now)
    assert await admin.fetchval(said) == "no"
    await step(db, "undo", date, neighbor, now)
    assert await admin.fetchval(said) is None


async def test_the_door_closes_when_the_session_begins_to_the_second(
    admin: asyncpg.Connection, town: Town, db: Database, neighbor: UUID, now: datetime
) -> None:
    date = await make_session(admin, town, now=now, starts_in=timedelta(hours=1))
    begins = now + timedelta(hours=1)
    for late in (begins, begins + timedelta(minutes=30), begins + timedelta(days=1)):
        with pytest.raises(Gone):
            await step(db, "accept", date, neighbor, late)
    await step(db, "accept", date, neighbor, begins - timedelta(seconds=1))


async def test_calling_off_raises_the_sequence_of_the_date_once(
    admin: asyncpg.Connection, town: Town, db: Database, date: Date, neighbor: UUID, now: datetime
) -> None:
    await step(db, "accept", date, neighbor, now)
    letters = []
    for _ in range(2):
        async with db.transaction(organization_id=town.center_id) as conn:
            letters.append(await actions.cancel_session(conn, session_id=date.id, vault=VAULT, now=now))
    assert letters == [1, 0]
    assert await admin.fetchval("SELECT sequence FROM session") == 1
    assert (await changes(admin))[-1] == ("cancelled", "staff", "session_cancelled")
    with pytest.raises(Gone):
        await step(db, "accept", date, neighbor, now)
