"""The rules of seats, against a real Postgres."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.db import Database
from service.errors import Conflict, Full, Gone, Missing
from service.mail.actions import open_content
from service.registrations import actions, store
from service.web.i18n import NAMES
from tests.service.mail.neighbors import VAULT, Date, Town, make_resident, make_session, make_town

TAKEN_IS_TRUE = """
SELECT q.taken = coalesce((SELECT sum(g.party) FROM registration AS g
  WHERE g.session_id = q.session_id AND g.state IN ('offered', 'confirmed', 'attended', 'missed')), 0)
FROM seats AS q
"""


@pytest.fixture
async def town(admin: asyncpg.Connection, now: datetime) -> Town:
    return await make_town(admin, now=now)


async def people(admin: asyncpg.Connection, town: Town, now: datetime, count: int, party: int = 1) -> list[UUID]:
    return [await make_resident(admin, town, now=now, email=f"n{n}@example.org", party=party) for n in range(count)]


async def accept(db: Database, date: Date, who: UUID, now: datetime) -> str:
    async with db.transaction(resident_id=who) as conn:
        return (await actions.accept(conn, session_id=date.id, resident_id=who, now=now)).state


async def taken(admin: asyncpg.Connection, date: Date) -> int:
    return int(await admin.fetchval("SELECT taken FROM seats WHERE session_id = $1", date.id))


async def test_the_last_seat_goes_to_one_of_two_hundred(admin: asyncpg.Connection, town: Town, db: Database, now: datetime) -> None:
    date = await make_session(admin, town, now=now, capacity=1)
    crowd = await people(admin, town, now, 200)
    queue = asyncio.Semaphore(40)  # the pool is small; those who wait for a connection are not what is tested

    async def click(who: UUID) -> str:
        async with queue:
            for _ in range(20):
                try:
                    return await accept(db, date, who, now)
                except TimeoutError:
                    await asyncio.sleep(0.1)
        return "lost"

    assert Counter(await asyncio.gather(*(click(who) for who in crowd))) == {"confirmed": 1, "waiting": 199}
    assert await taken(admin, date) == 1


async def test_many_clicks_over_several_sessions_sell_every_seat_once(
    admin: asyncpg.Connection, town: Town, db: Database, now: datetime
) -> None:
    dates = [await make_session(admin, town, now=now, capacity=4, slug=f"walk-{n}") for n in range(5)]
    crowd = await people(admin, town, now, 30)
    clicks = [(who, date) for who in crowd for date in dates] * 2
    random.Random(7).shuffle(clicks)
    queue = asyncio.Semaphore(8)

    async def click(who: UUID, date: Date) -> None:
        async with queue:
            await accept(db, date, who, now)

    await asyncio.gather(*(click(who, date) for who, date in clicks))
    assert [await taken(admin, date) for date in dates] == [4] * 5
    assert await admin.fetchval("SELECT count(*) FROM registration WHERE state = 'confirmed'") == 20
    assert await admin.fetchval(TAKEN_IS_TRUE)


@pytest.mark.parametrize(("title", "topics"), [("Grief circle", ()), ("Letting go together", ("grief",)), ("Garden morning", ())])
async def test_no_subject_names_a_sensitive_group(
    admin: asyncpg.Connection, town: Town, db: Database, worker_db: Database, now: datetime, title: str, topics: tuple[str, ...]
) -> None:
    date = await make_session(admin, town, now=now, title=title, topics=topics)
    [who] = await people(admin, town, now, 1)
    await accept(db, date, who, now)
    async with worker_db.transaction() as conn:
        await actions.cancel_session(conn, session_id=date.id, vault=VAULT, now=now)
    letter = await admin.fetchrow("SELECT id, content FROM letter")
    assert letter
    for language in NAMES:
        content = open_content(VAULT, letter["content"], letter_id=letter["id"], language=language)
        assert (title in content.subject) == (title == "Garden morning")
        assert title in content.text


async def test_a_yes_twice_takes_one_seat(admin: asyncpg.Connection, town: Town, db: Database, now: datetime) -> None:
    date = await make_session(admin, town, now=now, capacity=1)
    [who] = await people(admin, town, now, 1)
    assert [await accept(db, date, who, now) for _ in range(3)] == ["confirmed"] * 3
    assert await taken(admin, date) == 1
    assert await admin.fetchval("SELECT count(*) FROM registration_change") == 1


async def test_a_household_gets_in_together_or_not_at_all(admin: asyncpg.Connection, town: Town, db: Database, now: datetime) -> None:
    date = await make_session(admin, town, now=now, capacity=4)
    families = await people(admin, town, now, 2, party=3)
    assert [await accept(db, date, who, now) for who in families] == ["confirmed", "waiting"]
    assert await taken(admin, date) == 3


async def test_yes_then_not_for_me_then_undo_leaves_nothing(admin: asyncpg.Connection, town: Town, db: Database, now: datetime) -> None:
    date = await make_session(admin, town, now=now)
    [who] = await people(admin, town, now, 1, party=2)
    steps = []
    for step in (actions.accept, actions.decline, actions.decline, actions.undo, actions.undo):
        async with db.transaction(resident_id=who) as conn:
            await step(conn, session_id=date.id, resident_id=who, now=now)
            standing = await store.standing(conn, session_id=date.id, resident_id=who)
        steps.append((standing.answer, standing.going, await taken(admin, date)))
    assert steps == [("yes", True, 2), ("no", False, 0), ("no", False, 0), (None, False, 0), (None, False, 0)]


async def test_nobody_gets_a_seat_at_what_began_or_was_called_off(
    admin: asyncpg.Connection, town: Town, db: Database, now: datetime
) -> None:
    begun = await make_session(admin, town, now=now, starts_in=timedelta(minutes=-5), slug="begun")
    off = await make_session(admin, town, now=now, slug="off")
    await admin.execute("UPDATE session SET state = 'cancelled' WHERE id = $1", off.id)
    [who] = await people(admin, town, now, 1)
    for date in (begun, off):
        with pytest.raises(Gone):
            await accept(db, date, who, now)
    with pytest.raises(Missing):
        await accept(db, Date(UUID(int=5), UUID(int=5), UUID(int=5)), who, now)


async def test_calling_off_gives_back_seats_and_writes_once_to_each(
    admin: asyncpg.Connection, town: Town, db: Database, now: datetime
) -> None:
    date = await make_session(admin, town, now=now)
    first, second, out = await people(admin, town, now, 3)
    for who in (first, second, out):
        await accept(db, date, who, now)
    async with db.transaction(resident_id=out) as conn:
        await actions.cancel(conn, session_id=date.id, resident_id=out, now=now)
    told = []
    for _ in range(2):
        async with db.transaction(organization_id=town.center_id) as conn:
            told.append(await actions.cancel_session(conn, session_id=date.id, vault=VAULT, now=now))
    assert told == [2, 0]
    assert await taken(admin, date) == 0
    rows = await admin.fetch("SELECT resident_id FROM letter WHERE kind = 'notice'")
    assert sorted(row["resident_id"] for row in rows) == sorted([first, second])


async def test_another_center_cannot_call_a_session_off(admin: asyncpg.Connection, town: Town, db: Database, now: datetime) -> None:
    date = await make_session(admin, town, now=now)
    other = await make_town(admin, now=now, slug="elsewhere")
    async with db.transaction(organization_id=other.center_id) as conn:
        with pytest.raises(Missing):
            await actions.cancel_session(conn, session_id=date.id, vault=VAULT, now=now)
    assert await admin.fetchval("SELECT state FROM session WHERE id = $1", date.id) == "scheduled"


async def test_a_smaller_room_takes_nobodys_seat(admin: asyncpg.Connection, town: Town, db: Database, now: datetime) -> None:
    date = await make_session(admin, town, now=now, capacity=5)
    for who in await people(admin, town, now, 3):
        await accept(db, date, who, now)
    async with db.transaction(organization_id=town.center_id) as conn:
        await actions.change_capacity(conn, session_id=date.id, capacity=3)
    with pytest.raises(Conflict):
        async with db.transaction(organization_id=town.center_id) as conn:
            await actions.change_capacity(conn, session_id=date.id, capacity=2)


STEP = st.tuples(st.sampled_from(["accept", "decline", "undo", "cancel"]), st.integers(0, 4), st.integers(1, 3))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEP, max_size=14), capacity=st.none() | st.integers(1, 6))
async def test_seats_taken_is_always_the_sum_of_the_parties(
    admin: asyncpg.Connection, worker_db: Database, now: datetime, steps: list[tuple[str, int, int]], capacity: int | None
) -> None:
    await admin.execute("TRUNCATE region, resident CASCADE")
    town = await make_town(admin, now=now)
    date = await make_session(admin, town, now=now, capacity=capacity)
    crowd = await people(admin, town, now, 5)
    for step, person, party in steps:
        extra = {"party": party} if step == "accept" else {}
        try:
            async with worker_db.transaction() as conn:
                await getattr(actions, step)(conn, session_id=date.id, resident_id=crowd[person], now=now, **extra)
        except Full:
            assert capacity is not None
        assert await admin.fetchval(TAKEN_IS_TRUE)
        assert capacity is None or await taken(admin, date) <= capacity


async def test_a_center_cannot_touch_the_dates_of_another(admin: asyncpg.Connection, town: Town, db: Database, now: datetime) -> None:
    """Neither action asks whose date it is: row-level security does."""
    date = await make_session(admin, town, now=now, capacity=5)
    other = await make_town(admin, now=now, slug="other")
    [who] = await people(admin, town, now, 1)
    await accept(db, date, who, now)
    for stranger in (other.center_id, None):
        async with db.transaction(organization_id=stranger) as conn:
            with pytest.raises(Missing):
                await actions.cancel_session(conn, session_id=date.id, vault=VAULT, now=now)
            with pytest.raises(Missing):
                await actions.change_capacity(conn, session_id=date.id, capacity=50)
            assert await conn.execute("UPDATE seats SET capacity = 50, taken = 0") == "UPDATE 0"
            assert await conn.execute("UPDATE session SET state = 'cancelled'") == "UPDATE 0"
    async with db.transaction(organization_id=town.center_id) as conn:
        await actions.change_capacity(conn, session_id=date.id, capacity=7)
    row = await admin.fetchrow("SELECT q.capacity, q.taken, s.state FROM seats AS q JOIN session AS s ON s.id = q.session_id")
    assert row
    assert tuple(row) == (7, 1, "scheduled")
