"""What a transaction may do to seats, by the database's own rules: as doorstep_app with a resident's or a center's visibility."""

from __future__ import annotations

from datetime import datetime

import asyncpg
import pytest

from service.db import Database
from service.registrations import actions
from tests.service.mail.neighbors import Date, Town, make_resident, make_session, make_town


@pytest.fixture
async def town(admin: asyncpg.Connection, now: datetime) -> Town:
    return await make_town(admin, now=now)


@pytest.fixture
async def date(admin: asyncpg.Connection, town: Town, now: datetime) -> Date:
    return await make_session(admin, town, now=now, capacity=5)


async def seats(admin: asyncpg.Connection, date: Date) -> tuple[int, int]:
    row = await admin.fetchrow("SELECT capacity, taken FROM seats WHERE session_id = $1", date.id)
    assert row
    return row["capacity"], row["taken"]


@pytest.mark.parametrize(
    "change",
    [
        "capacity = 50",
        "capacity = NULL",
        "own_capacity = true",
        "session_id = uuidv7()",
        "taken = 5",
        "taken = taken + 1",
        "taken = 0",
        "taken = 2, capacity = 50",
    ],
)
@pytest.mark.parametrize("seated", [False, True])
async def test_a_resident_changes_nothing_of_a_dates_seats_by_hand(
    db: Database, admin: asyncpg.Connection, town: Town, date: Date, now: datetime, change: str, seated: bool
) -> None:
    """Also not with a seat of their own taken in the same transaction."""
    neighbor = await make_resident(admin, town, now=now, email="neighbor@example.org")
    stranger = await make_resident(admin, town, now=now, email="stranger@example.org")
    async with db.transaction(resident_id=neighbor) as conn:
        await actions.accept(conn, session_id=date.id, resident_id=neighbor, now=now)

    async def by_hand() -> None:
        async with db.transaction(resident_id=stranger) as conn:
            if seated:
                await actions.accept(conn, session_id=date.id, resident_id=stranger, now=now)
            await conn.execute(f"UPDATE seats SET {change} WHERE session_id = $1", date.id)

    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await by_hand()
    assert await seats(admin, date) == (5, 1)


async def test_a_seat_is_counted_with_the_registration_that_takes_it(
    db: Database, admin: asyncpg.Connection, town: Town, date: Date, now: datetime
) -> None:
    """However the row is written: a resident's transaction could write it by hand."""
    resident = await make_resident(admin, town, now=now, email="ada@example.org")
    other = await make_session(admin, town, now=now, capacity=3, slug="other-date")
    async with db.transaction(resident_id=resident) as conn:
        await conn.execute(
            "INSERT INTO registration (session_id, resident_id, organization_id, state, party, created_at, changed_at)"
            " VALUES ($1, $2, $3, 'confirmed', 2, $4, $4)",
            *(date.id, resident, town.center_id, now),
        )
    assert await seats(admin, date) == (5, 2)
    async with db.transaction(resident_id=resident) as conn:
        await conn.execute("UPDATE registration SET session_id = $1, party = 3", other.id)
    assert (await seats(admin, date), await seats(admin, other)) == ((5, 0), (3, 3))
    with pytest.raises(asyncpg.CheckViolationError):
        async with db.transaction(resident_id=resident) as conn:
            await conn.execute("UPDATE registration SET party = 4")
    async with db.transaction(resident_id=resident) as conn:
        await conn.execute("UPDATE registration SET state = 'declined'")
    assert await seats(admin, other) == (3, 0)


async def test_who_is_erased_gives_their_seats_back(db: Database, admin: asyncpg.Connection, town: Town, date: Date, now: datetime) -> None:
    resident = await make_resident(admin, town, now=now, email="ada@example.org", party=2)
    async with db.transaction(resident_id=resident) as conn:
        await actions.accept(conn, session_id=date.id, resident_id=resident, now=now)
    async with db.transaction(resident_id=resident) as conn:
        assert await conn.execute("DELETE FROM resident WHERE id = $1", resident) == "DELETE 1"
    assert await seats(admin, date) == (5, 0)


async def test_a_center_sets_the_capacity_of_its_own_dates_and_no_count(
    db: Database, admin: asyncpg.Connection, town: Town, date: Date, now: datetime
) -> None:
    async with db.transaction(organization_id=town.center_id) as conn:
        await actions.change_capacity(conn, session_id=date.id, capacity=7)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with db.transaction(organization_id=town.center_id) as conn:
            await conn.execute("UPDATE seats SET taken = 3 WHERE session_id = $1", date.id)
    assert await seats(admin, date) == (7, 0)


async def test_a_resident_with_another_centers_visibility_sets_no_capacity(
    db: Database, admin: asyncpg.Connection, town: Town, date: Date, now: datetime
) -> None:
    resident = await make_resident(admin, town, now=now, email="ada@example.org")
    elsewhere = await make_town(admin, now=now, slug="elsewhere")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with db.transaction(resident_id=resident, organization_id=elsewhere.center_id) as conn:
            await conn.execute("UPDATE seats SET capacity = 50 WHERE session_id = $1", date.id)
    assert await seats(admin, date) == (5, 0)
