"""Links and sessions of staff to the second, by the actions themselves; the pages are in test_sign_in.py."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg
import pytest

from service.db import Database
from service.errors import Conflict, Gone, Missing, Refusal, TooMany, Unauthenticated
from service.organizations import actions, sessions
from service.organizations.model import INVITATION_LIFE, SESSION_LIFE, SIGN_IN_LIFE, SIGN_INS_PER_HOUR, StaffSession
from tests.service.mail.neighbors import VAULT, Town, make_staff, make_town
from tests.waiting import until_blocked

EMAIL = "rosa.invented@centers.example.org"
HOME = "https://doorstep.example.org"
SECOND = timedelta(seconds=1)


@pytest.fixture
async def town(admin: asyncpg.Connection, now: datetime) -> Town:
    return await make_town(admin, now=now)


@pytest.fixture
async def staff_id(admin: asyncpg.Connection, town: Town, now: datetime) -> UUID:
    return await make_staff(admin, town, now=now, email=EMAIL)


async def invite(db: Database, town: Town, now: datetime, email: str = EMAIL) -> str:
    """The secret of the link."""
    async with db.transaction(organization_id=town.center_id) as conn:
        url = await sessions.invite(
            conn, vault=VAULT, email=email, organization="riverton-center", role="staff", base_url=HOME, language="en", now=now
        )
    return url.rsplit("/", 1)[1]


async def ask(db: Database, now: datetime, email: str = EMAIL) -> None:
    async with db.transaction() as conn:
        await sessions.ask(conn, vault=VAULT, email=email, base_url=HOME, language="en", now=now)


async def enter(db: Database, secret: str, now: datetime) -> StaffSession:
    async with db.transaction() as conn:
        return await sessions.enter(conn, secret=secret, now=now)


async def is_open(db: Database, secret: str, now: datetime) -> bool:
    try:
        async with db.transaction() as conn:
            await sessions.who(conn, secret=secret, now=now)
    except Unauthenticated:
        return False
    return True


async def letters(admin: asyncpg.Connection) -> int:
    return int(await admin.fetchval("SELECT count(*) FROM letter"))


async def test_a_link_opens_until_its_last_second(db: Database, town: Town, staff_id: UUID, now: datetime) -> None:
    for late in (now + INVITATION_LIFE, now + INVITATION_LIFE + SECOND):
        secret = await invite(db, town, now)
        async with db.transaction() as conn:
            with pytest.raises(Gone):
                await sessions.look(conn, secret=secret, now=late)
        with pytest.raises(Gone):
            await enter(db, secret, late)
    assert await enter(db, await invite(db, town, now), now + INVITATION_LIFE - SECOND)


async def test_of_two_presses_at_once_one_gets_in(
    db: Database, admin: asyncpg.Connection, town: Town, staff_id: UUID, now: datetime
) -> None:
    """The second looks at the link while the first has used it and not yet committed."""
    secret = await invite(db, town, now)
    async with db.transaction() as first:
        await sessions.enter(first, secret=secret, now=now)
        second = asyncio.create_task(enter(db, secret, now))
        await until_blocked(admin, second)
    with pytest.raises(Gone):
        await second
    assert await admin.fetchval("SELECT count(*) FROM staff_session") == 1


async def test_a_used_link_is_over_for_looking_too(db: Database, town: Town, staff_id: UUID, now: datetime) -> None:
    secret = await invite(db, town, now)
    await enter(db, secret, now)
    async with db.transaction() as conn:
        with pytest.raises(Gone):
            await sessions.look(conn, secret=secret, now=now)


async def test_a_session_lives_twelve_hours_to_the_second(db: Database, town: Town, staff_id: UUID, now: datetime) -> None:
    session = await enter(db, await invite(db, town, now), now)
    assert session.expires_at == now + SESSION_LIFE
    assert await is_open(db, session.secret, now + SESSION_LIFE - SECOND)
    for late in (now + SESSION_LIFE, now + SESSION_LIFE + SECOND):
        assert not await is_open(db, session.secret, late)


async def test_signing_out_ends_this_session_and_no_other(db: Database, town: Town, staff_id: UUID, now: datetime) -> None:
    first, second = [await enter(db, await invite(db, town, now), now) for _ in range(2)]
    for _ in range(2):
        async with db.transaction() as conn:
            await sessions.leave(conn, secret=first.secret)
    assert (await is_open(db, first.secret, now), await is_open(db, second.secret, now)) == (False, True)


async def test_nobody_is_mailed_more_than_five_links_an_hour(
    db: Database, admin: asyncpg.Connection, town: Town, staff_id: UUID, now: datetime
) -> None:
    """Each person for themselves: a colleague's links do not count, and an hour later there is room again."""
    await make_staff(admin, town, now=now, email="second@centers.example.org")
    for _ in range(SIGN_INS_PER_HOUR + 3):
        await ask(db, now)
    assert await letters(admin) == SIGN_INS_PER_HOUR
    with pytest.raises(TooMany):
        await invite(db, town, now)
    await ask(db, now, "second@centers.example.org")
    assert await letters(admin) == SIGN_INS_PER_HOUR + 1
    await ask(db, now + timedelta(hours=1) - SECOND)
    assert await letters(admin) == SIGN_INS_PER_HOUR + 1
    await ask(db, now + timedelta(hours=1))
    assert await letters(admin) == SIGN_INS_PER_HOUR + 2


async def test_a_mailed_link_is_given_up_when_it_no_longer_opens(
    db: Database, admin: asyncpg.Connection, town: Town, staff_id: UUID, now: datetime
) -> None:
    await ask(db, now)
    assert await admin.fetchval("SELECT give_up_at FROM letter") == now + SIGN_IN_LIFE
    assert await admin.fetchval("SELECT expires_at FROM sign_in") == now + SIGN_IN_LIFE


async def test_who_was_removed_gets_in_by_nothing(
    db: Database, admin: asyncpg.Connection, town: Town, staff_id: UUID, now: datetime
) -> None:
    """No new link, no link they still hold, no session that is open; and coming back needs an invitation."""
    waiting = await invite(db, town, now)
    session = await enter(db, await invite(db, town, now), now)
    await admin.execute("UPDATE staff SET removed_at = $1", now)
    sent = await letters(admin)
    await ask(db, now)
    assert await letters(admin) == sent
    with pytest.raises(Missing):
        await enter(db, waiting, now)
    assert not await is_open(db, session.secret, now)
    await invite(db, town, now)
    assert await enter(db, waiting, now)


async def test_a_place_that_is_closed_lets_nobody_in(
    db: Database, admin: asyncpg.Connection, town: Town, staff_id: UUID, now: datetime
) -> None:
    waiting = await invite(db, town, now)
    session = await enter(db, await invite(db, town, now), now)
    await admin.execute("UPDATE organization SET closed_at = $1", now)
    with pytest.raises(Missing):
        await enter(db, waiting, now)
    assert not await is_open(db, session.secret, now)


async def test_nobody_goes_over_to_a_place_where_they_do_not_work(
    db: Database, admin: asyncpg.Connection, town: Town, staff_id: UUID, now: datetime
) -> None:
    other = await make_town(admin, now=now, slug="hillside")
    session = await enter(db, await invite(db, town, now), now)

    async def switch(organization_id: UUID) -> StaffSession:
        async with db.transaction() as conn:
            return await sessions.switch(conn, staff=session.staff, old_secret=session.secret, organization_id=organization_id, now=now)

    for stranger in (other.center_id, town.partner_id):
        with pytest.raises(Missing):
            await switch(stranger)
    assert await is_open(db, session.secret, now), "a step that was refused ends nothing"
    await make_staff(admin, other, now=now, email=EMAIL)
    there = await switch(other.center_id)
    assert there.staff.organization_id == other.center_id
    assert (await is_open(db, session.secret, now), await is_open(db, there.secret, now)) == (False, True)


@pytest.mark.parametrize("other_is_removed", [True, False])
async def test_the_last_owner_stays(
    db: Database, admin: asyncpg.Connection, town: Town, staff_id: UUID, now: datetime, other_is_removed: bool
) -> None:
    """An owner who was removed is no other owner."""
    other = await make_staff(admin, town, now=now, email="second@centers.example.org")
    await admin.execute("UPDATE staff SET role = 'owner'")
    if other_is_removed:
        await admin.execute("UPDATE staff SET removed_at = $1 WHERE id = $2", now, other)
    refusals = []
    async with db.transaction(organization_id=town.center_id) as conn:
        try:
            await actions.remove_staff(conn, organization_id=town.center_id, staff_id=staff_id, now=now)
        except Refusal as refusal:
            refusals.append(type(refusal))
    assert refusals == ([Conflict] if other_is_removed else [])
    assert (await admin.fetchval("SELECT removed_at FROM staff WHERE id = $1", staff_id) is None) == other_is_removed
