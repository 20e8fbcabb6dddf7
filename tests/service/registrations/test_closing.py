"""A place closes: nobody loses a seat unasked or unwritten, and no door of it stays open."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import asyncpg
import pytest

from service.db import Database
from service.errors import Conflict, Gone
from service.feeds import store as feeds
from service.feeds.actions import import_source
from service.organizations import actions as organizations
from service.organizations import keys, sessions
from service.registrations import actions as registrations
from service.registrations.closing import Closed, close
from tests.service.api_clients import activity
from tests.service.mail.neighbors import VAULT, Date, Town, make_resident, make_session, make_staff, make_town
from tests.service.visitor import Browser, Hands, browser

CENTER, PARTNER = "riverton-center", "riverton-partner"
ANA = "ana@centers.example.org"


@pytest.fixture
async def town(admin: asyncpg.Connection, now: datetime) -> Town:
    return await make_town(admin, now=now)


@pytest.fixture
async def visitor(database_url: str, now: datetime, tmp_path: Path) -> AsyncIterator[Browser]:
    async with browser(database_url, Hands(now), tmp_path) as opened:
        yield opened


async def closed(database: Database, slug: str, now: datetime, *, call_off: bool = False) -> Closed:
    async with database.transaction() as conn:
        place = await organizations.find(conn, slug)
        return await close(conn, organization=place, vault=VAULT, now=now, call_off=call_off)


async def seated(admin: asyncpg.Connection, db: Database, town: Town, date: Date, now: datetime, count: int) -> None:
    for n in range(count):
        resident_id = await make_resident(admin, town, now=now, email=f"n{n}@example.org")
        async with db.transaction(resident_id=resident_id) as conn:
            await registrations.accept(conn, session_id=date.id, resident_id=resident_id, now=now)


async def everything(admin: asyncpg.Connection) -> list[object]:
    tables = ("organization", "activity", "session", "seats", "registration", "letter", "api_key", "staff_session")
    return [await admin.fetch(f"SELECT t::text FROM {table} AS t ORDER BY 1") for table in tables]


async def test_seats_are_not_lost_unasked(admin: asyncpg.Connection, db: Database, worker_db: Database, town: Town, now: datetime) -> None:
    date = await make_session(admin, town, now=now)
    await seated(admin, db, town, date, now, 3)
    before = await everything(admin)
    with pytest.raises(Conflict) as refused:
        await closed(worker_db, CENTER, now)
    assert (refused.value.code, refused.value.params["people"]) == ("seats_are_held", 3)
    assert await everything(admin) == before


async def test_whoever_has_a_seat_is_written_to_and_nobody_twice(
    admin: asyncpg.Connection, db: Database, worker_db: Database, town: Town, now: datetime
) -> None:
    date = await make_session(admin, town, now=now)
    await make_session(admin, town, now=now, slug="soup", title="Soup")
    past = await make_session(admin, town, now=now, slug="past", title="Past", starts_in=timedelta(hours=-3))
    await seated(admin, db, town, date, now, 3)
    assert await closed(worker_db, CENTER, now, call_off=True) == Closed(closed=True, dates=2, activities=3, letters=3)
    assert await closed(worker_db, CENTER, now, call_off=True) == Closed(closed=False)
    assert await admin.fetchval("SELECT count(*) FROM letter WHERE kind = 'notice'") == 3
    assert await admin.fetchval("SELECT sum(taken) FROM seats") == 0
    assert await admin.fetchval("SELECT state FROM session WHERE id = $1", past.id) == "scheduled"


async def test_an_empty_date_is_no_reason_to_ask(admin: asyncpg.Connection, worker_db: Database, town: Town, now: datetime) -> None:
    await make_session(admin, town, now=now)
    assert await closed(worker_db, CENTER, now) == Closed(closed=True, dates=1, activities=1)


async def test_its_activities_leave_the_catalog_and_the_matcher(
    admin: asyncpg.Connection, worker_db: Database, visitor: Browser, town: Town, now: datetime
) -> None:
    from service.matches.actions import match_week

    await make_session(admin, town, now=now)
    await make_resident(admin, town, now=now, email="n@example.org")
    listed = (await visitor.get("/api/v1/activities?near=10001&radius_km=50")).json()["activities"]
    assert [found["title"] for found in listed] == ["Garden morning"]
    await closed(worker_db, CENTER, now)
    assert (await visitor.get("/api/v1/activities?near=10001&radius_km=50")).json()["activities"] == []
    done = await match_week(worker_db, region="riverton", week=now.date(), now=now)
    assert (done.sessions, done.matches) == (0, 0)


async def test_its_keys_and_its_people_get_in_no_more(
    admin: asyncpg.Connection, db: Database, worker_db: Database, visitor: Browser, town: Town, now: datetime
) -> None:
    staff_id = await make_staff(admin, town, now=now, email=ANA)
    async with worker_db.transaction() as conn:
        place = await organizations.find(conn, CENTER)
        key, _ = await keys.issue(conn, organization=place, scopes=["activities:write"], now=now)
        link = await sessions.invite(
            conn, vault=VAULT, email=ANA, organization=CENTER, role="owner", base_url="http://doorstep.local", language="en", now=now
        )
    async with db.transaction() as conn:
        session = await sessions.enter(conn, secret=link.rpartition("/")[2], now=now)
    headers, cookie = {"Authorization": f"Bearer {key.key}"}, {"cookie": f"doorstep={session.secret}"}
    posting = f"/api/v1/centers/{CENTER}/activities"
    assert (await visitor.post(posting, json=activity(), headers=headers)).status_code == 201
    assert (await visitor.get(f"/center/{CENTER}/", headers=cookie)).status_code == 200

    await closed(worker_db, CENTER, now)
    assert (await visitor.post(posting, json=activity(reference="second"), headers=headers)).status_code == 401
    assert (await visitor.get(f"/center/{CENTER}/", headers=cookie, follow_redirects=False)).status_code == 303
    await visitor.post("/sign-in", data={"email": ANA})
    letters = await admin.fetchval("SELECT count(*) FROM sign_in WHERE staff_id = $1", staff_id)
    assert letters == 1, "only the invitation"
    async with worker_db.transaction() as conn:
        await organizations.reopen(conn, slug=CENTER)
    assert (await visitor.get(posting, headers=headers)).status_code == 401
    assert (await visitor.get(f"/center/{CENTER}/", headers=cookie, follow_redirects=False)).status_code == 303


async def test_a_form_of_a_closed_partner_says_so_also_in_a_frame(
    admin: asyncpg.Connection, worker_db: Database, visitor: Browser, town: Town, now: datetime
) -> None:
    await admin.execute("UPDATE form SET origins = '{https://library.example.org}'")
    assert (await visitor.get("/f/riverton")).status_code == 200
    await closed(worker_db, PARTNER, now)
    fields = {"email": "a@example.org", "zip": "10001", "consent": "digest"}
    for answer in (await visitor.get("/f/riverton"), await visitor.post("/f/riverton", data=fields)):
        assert (answer.status_code, "This form is closed." in answer.text) == (410, True)
        assert "frame-ancestors https://library.example.org" in answer.headers["content-security-policy"]
    assert (await visitor.get("/api/v1/forms/riverton")).status_code == 410
    assert await admin.fetchval("SELECT count(*) FROM resident") == 0


async def test_calendars_of_a_closed_center_are_not_read(
    admin: asyncpg.Connection, worker_db: Database, town: Town, now: datetime, tmp_path: Path
) -> None:
    await admin.execute(
        "INSERT INTO feed (organization_id, source, format, created_at, next_fetch_at)"
        " VALUES ($1, 'https://c.example.org/c.ics', 'ics', $2, $2)",
        town.center_id, now,
    )  # fmt: skip
    await closed(worker_db, CENTER, now)
    async with worker_db.transaction() as conn:
        assert await feeds.claim_due(conn, now=now, again_at=now + timedelta(hours=1)) is None
        await organizations.reopen(conn, slug=CENTER)
        assert await feeds.claim_due(conn, now=now, again_at=now + timedelta(hours=1))
    await closed(worker_db, CENTER, now)
    with pytest.raises(Gone):
        await import_source(worker_db, vault=VAULT, source=str(tmp_path / "c.ics"), center=CENTER, now=now)


async def test_the_database_refuses_what_is_posted_while_its_center_closes(
    admin: asyncpg.Connection, worker_db: Database, town: Town, now: datetime
) -> None:
    await closed(worker_db, CENTER, now)
    with pytest.raises(asyncpg.CheckViolationError):
        await make_session(admin, town, now=now)
    await make_session(admin, town, now=now, status="draft")
    with pytest.raises(asyncpg.CheckViolationError):
        await admin.execute("UPDATE activity SET status = 'published'")


async def test_a_closing_waits_for_a_post_under_way_and_calls_it_off(
    admin: asyncpg.Connection, worker_db: Database, town: Town, now: datetime, database_url: str
) -> None:
    posting = await asyncpg.connect(database_url)
    try:
        await posting.execute("SET ROLE doorstep_worker")
        async with posting.transaction():
            await make_session(posting, town, now=now)
            async with worker_db.transaction() as conn:
                await conn.execute("SET LOCAL lock_timeout = '100ms'")
                with pytest.raises(asyncpg.LockNotAvailableError):
                    await organizations.lock(conn, town.center_id)
    finally:
        await posting.close()
    assert (await closed(worker_db, CENTER, now)).activities == 1
