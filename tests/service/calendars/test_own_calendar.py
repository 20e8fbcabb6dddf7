"""A person's own calendar: it follows their seats, and nobody reads it without the address of now."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from icalendar import Calendar

from service.db import Database
from service.registrations import actions as seats
from service.tokens import Purpose, Tokens
from tests.service.mail.neighbors import SECRET, VAULT, Date, Town, make_resident, make_session, make_town
from tests.service.visitor import Browser, Hands, browser

TOKENS = Tokens([SECRET])


@pytest.fixture
async def town(admin: asyncpg.Connection, now: datetime) -> Town:
    return await make_town(admin, now=now)


@pytest.fixture
async def date(admin: asyncpg.Connection, town: Town, now: datetime) -> Date:
    return await make_session(admin, town, now=now)


@pytest.fixture
async def ada(admin: asyncpg.Connection, town: Town, now: datetime) -> UUID:
    return await make_resident(admin, town, now=now, email="ada@example.org")


@pytest.fixture
def hands(now: datetime) -> Hands:
    return Hands(now)


@pytest.fixture
async def client(database_url: str, hands: Hands, tmp_path: Path) -> AsyncIterator[Browser]:
    async with browser(database_url, hands, tmp_path / "mail") as opened:
        yield opened


def own_page(resident_id: UUID, now: datetime, purpose: Purpose = Purpose.ME) -> str:
    token = TOKENS.mint(purpose, resident_id=resident_id, epoch=0, expires_at=now + timedelta(hours=1))
    return f"/me/{token}/calendar"


async def made(client: Browser, resident_id: UUID, now: datetime) -> str:
    """The path of a calendar that its person just made."""
    page = await client.post(own_page(resident_id, now), data={"do": "make"})
    assert page.status_code == 200
    return "/calendar/" + page.text.partition("/calendar/")[2].partition(".ics")[0] + ".ics"


async def events(client: Browser, path: str) -> list[Any]:
    answer = await client.get(path)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    return list(Calendar.from_ical(answer.content).walk("VEVENT"))


async def take(db: Database, date: Date, resident_id: UUID, now: datetime) -> None:
    async with db.transaction(resident_id=resident_id) as conn:
        await seats.accept(conn, session_id=date.id, resident_id=resident_id, now=now)


async def test_the_calendar_holds_every_seat_and_follows_its_changes(
    client: Browser, db: Database, worker_db: Database, ada: UUID, date: Date, now: datetime
) -> None:
    path = await made(client, ada, now)
    assert await events(client, path) == []
    await take(db, date, ada, now)
    [event] = await events(client, path)
    assert (event["SUMMARY"], event["STATUS"], event["UID"]) == ("Garden morning", "CONFIRMED", f"{date.id}@doorstep")
    assert event.decoded("DTSTART") == now + timedelta(days=4)
    async with worker_db.transaction() as conn:
        await seats.cancel_session(conn, session_id=date.id, vault=VAULT, now=now + timedelta(hours=1))
    [after] = await events(client, path)
    assert (after["STATUS"], after["UID"]) == ("CANCELLED", event["UID"])
    assert after["SEQUENCE"] > event["SEQUENCE"]


async def test_a_seat_given_back_is_shown_as_off_and_a_wait_not_at_all(
    client: Browser, db: Database, admin: asyncpg.Connection, town: Town, ada: UUID, now: datetime
) -> None:
    path = await made(client, ada, now)
    given_back = await make_session(admin, town, now=now, slug="given-back")
    full = await make_session(admin, town, now=now, slug="full", capacity=1)
    await take(db, full, await make_resident(admin, town, now=now, email="ben@example.org"), now)
    await take(db, full, ada, now)
    await take(db, given_back, ada, now)
    async with db.transaction(resident_id=ada) as conn:
        await seats.cancel(conn, session_id=given_back.id, resident_id=ada, now=now)
    assert [(str(event["UID"]), str(event["STATUS"])) for event in await events(client, path)] == [
        (f"{given_back.id}@doorstep", "CANCELLED")
    ]


async def test_a_sensitive_group_is_named_by_its_center_alone(
    client: Browser, db: Database, admin: asyncpg.Connection, town: Town, ada: UUID, now: datetime
) -> None:
    date = await make_session(admin, town, now=now, title="Grief circle", topics=("grief",))
    await take(db, date, ada, now)
    path = await made(client, ada, now)
    [event] = await events(client, path)
    assert event["SUMMARY"] == "Riverton Community Center"
    assert "grief" not in (await client.get(path)).text.lower()


@pytest.mark.parametrize("wish", ["make", "off"])
async def test_an_address_that_was_replaced_or_switched_off_shows_nothing(client: Browser, ada: UUID, now: datetime, wish: str) -> None:
    before = await made(client, ada, now)
    await client.post(own_page(ada, now), data={"do": wish})
    assert (await client.get(before)).status_code == 410


async def test_links_withdrawn_take_the_calendar_with_them(client: Browser, admin: asyncpg.Connection, ada: UUID, now: datetime) -> None:
    path = await made(client, ada, now)
    await admin.execute("UPDATE resident SET link_epoch = 1")
    assert (await client.get(path)).status_code == 410


async def test_nobody_reads_the_seats_of_another(
    client: Browser, db: Database, admin: asyncpg.Connection, town: Town, date: Date, ada: UUID, now: datetime
) -> None:
    ben = await make_resident(admin, town, now=now, email="ben@example.org")
    await take(db, date, ben, now)
    path = await made(client, ada, now)
    assert await events(client, path) == []
    of_ben = await made(client, ben, now)
    feed_of_ben = await admin.fetchval("SELECT id FROM calendar_feed WHERE resident_id = $1", ben)
    mixed = TOKENS.mint(Purpose.CALENDAR, resident_id=ada, epoch=0, subject_id=feed_of_ben)
    assert (await client.get(f"/calendar/{mixed}.ics")).status_code == 410
    assert len(await events(client, of_ben)) == 1


@pytest.mark.parametrize("purpose", [Purpose.SEAT, Purpose.ANSWER, Purpose.CALENDAR])
async def test_only_ones_own_page_makes_an_address(
    client: Browser, admin: asyncpg.Connection, ada: UUID, now: datetime, purpose: Purpose
) -> None:
    answer = await client.post(own_page(ada, now, purpose), data={"do": "make"})
    assert answer.status_code == 404
    assert await admin.fetchval("SELECT count(*) FROM calendar_feed") == 0


async def test_looking_changes_nothing_and_an_old_link_can_have_a_new_one_mailed(
    client: Browser, admin: asyncpg.Connection, hands: Hands, ada: UUID, now: datetime
) -> None:
    page = own_page(ada, now)
    assert "Make my address" in (await client.get(page)).text
    assert await admin.fetchval("SELECT count(*) FROM calendar_feed") == 0
    hands.pass_by(timedelta(hours=2))
    late = await client.get(page)
    assert late.status_code == 410
    assert "Send me a new link" in late.text


async def test_the_past_stays_for_a_while(client: Browser, db: Database, hands: Hands, ada: UUID, date: Date, now: datetime) -> None:
    path = await made(client, ada, now)
    await take(db, date, ada, now)
    hands.pass_by(timedelta(days=40))
    assert len(await events(client, path)) == 1
    hands.pass_by(timedelta(days=40))
    assert await events(client, path) == []
