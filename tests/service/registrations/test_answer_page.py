"""The page behind an answer link, asked by people and by machines that read mail."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest
from icalendar import Calendar
from litestar.testing import AsyncTestClient

from service.settings import ServiceSettings
from service.tokens import Purpose, Tokens
from tests.service.digests.test_compose_week import WEEK, pair
from tests.service.mail.neighbors import SECRET, Date, Town, make_resident, make_session, make_town
from tests.service.visitor import Browser, app_with

TOKENS = Tokens([SECRET])


@pytest.fixture
async def town(admin: asyncpg.Connection, now: datetime) -> Town:
    return await make_town(admin, now=now)


@pytest.fixture
async def date(admin: asyncpg.Connection, town: Town, now: datetime) -> Date:
    return await make_session(admin, town, now=now, capacity=1)


@pytest.fixture
async def run_id(admin: asyncpg.Connection, town: Town, now: datetime) -> UUID:
    run: UUID = await admin.fetchval(
        "INSERT INTO match_run (region_id, week, state, seed, result_hash, snapshot, opened_at, closed_at)"
        " VALUES ($1, $2, 'closed', 1, 'x', 'x', $3, $3) RETURNING id",
        town.region_id, WEEK, now,
    )  # fmt: skip
    return run


@pytest.fixture
async def client(database_url: str, now: datetime, tmp_path: Path) -> AsyncIterator[Browser]:
    settings = ServiceSettings(database_url=database_url, secret_keys=SECRET.decode(), mail_url=f"file:{tmp_path}/mail")
    with app_with(settings, lambda: now) as app:
        async with AsyncTestClient(app, base_url="http://doorstep.local") as running:
            yield running


@pytest.fixture
async def link(admin: asyncpg.Connection, town: Town, date: Date, run_id: UUID, now: datetime) -> str:
    return await link_for(admin, town, date, run_id, now, "ada@example.org")


async def link_for(admin: asyncpg.Connection, town: Town, date: Date, run_id: UUID, now: datetime, email: str) -> str:
    resident_id = await make_resident(admin, town, now=now, email=email)
    match_id = await pair(admin, run_id, resident_id, date)
    return TOKENS.mint(Purpose.ANSWER, resident_id=resident_id, epoch=0, subject_id=match_id, expires_at=now + timedelta(days=5))


async def everything(admin: asyncpg.Connection) -> list[object]:
    tables = ("registration", "registration_change", "answer", "seats", "resident", "consent", "suppression", "letter")
    return [await admin.fetch(f"SELECT * FROM {table}") for table in tables]


async def test_looking_changes_nothing(client: Browser, admin: asyncpg.Connection, link: str) -> None:
    before = await everything(admin)
    for path in (f"/r/{link}", f"/r/{link}?answer=yes", f"/r/{link}?answer=no", f"/r/{link}/calendar.ics"):
        for method in ("GET", "HEAD", "OPTIONS"):
            assert (await client.request(method, path)).status_code < 500
    assert await everything(admin) == before


async def test_yes_then_undo_then_not_for_me(client: Browser, admin: asyncpg.Connection, link: str, date: Date) -> None:
    taken = []
    for answer, words in (("yes", "You have a seat"), ("yes", "You have a seat"), ("undo", "Not for me"), ("no", "We will not offer you")):
        page = await client.post(f"/r/{link}", data={"answer": answer})
        assert page.status_code == 200
        assert words in page.text
        taken.append(await admin.fetchval("SELECT taken FROM seats"))
    assert taken == [1, 1, 0, 0]


async def test_whoever_finds_it_full_waits_and_may_give_up(
    client: Browser, admin: asyncpg.Connection, town: Town, date: Date, run_id: UUID, link: str, now: datetime
) -> None:
    second = await link_for(admin, town, date, run_id, now, "bo@example.org")
    third = await link_for(admin, town, date, run_id, now, "cy@example.org")
    await client.post(f"/r/{link}", data={"answer": "yes"})
    for waits, place in ((second, 1), (third, 2)):
        page = await client.post(f"/r/{waits}", data={"answer": "yes"})
        assert f"You are number {place} in line" in page.text
        await admin.execute("UPDATE registration SET waiting_since = waiting_since - interval '1 minute'")
    assert "Do you want to come?" in (await client.post(f"/r/{second}", data={"answer": "undo"})).text
    assert "You are number 1 in line" in (await client.get(f"/r/{third}")).text


async def offer(admin: asyncpg.Connection, date: Date, resident_id: UUID, until: datetime) -> str:
    await admin.execute(
        "INSERT INTO registration (session_id, resident_id, organization_id, state, party, offer_until, created_at, changed_at)"
        " VALUES ($1, $2, $3, 'offered', 1, $4, $4, $4)",
        date.id, resident_id, date.center_id, until,
    )  # fmt: skip
    return TOKENS.mint(Purpose.SEAT, resident_id=resident_id, epoch=0, subject_id=date.id)


async def test_an_offered_seat_is_taken_or_passed_on_by_its_link(
    client: Browser, admin: asyncpg.Connection, town: Town, date: Date, now: datetime
) -> None:
    for answer, words, state in (("yes", "You have a seat", "confirmed"), ("pass", "The seat is open to others again", "declined")):
        await admin.execute("DELETE FROM resident")
        ada = await make_resident(admin, town, now=now, email="ada@example.org")
        link = await offer(admin, date, ada, now + timedelta(hours=3))
        await admin.execute(
            "INSERT INTO answer SELECT matcher_id, $1, $2, 'wanted', NULL, $3 FROM pseudonym", date.id, date.activity_id, now
        )
        assert "A seat is free for you. Please answer by Monday, November 23, 1:00" in (await client.get(f"/o/{link}")).text
        page = await client.post(f"/o/{link}", data={"answer": answer})
        assert words in page.text
        assert await admin.fetchval("SELECT state FROM registration") == state


async def test_a_seat_link_opens_nothing_for_whom_it_is_not(
    client: Browser, admin: asyncpg.Connection, town: Town, date: Date, now: datetime
) -> None:
    ada, bo = [await make_resident(admin, town, now=now, email=f"{name}@example.org") for name in ("ada", "bo")]
    await offer(admin, date, ada, now + timedelta(hours=3))
    for resident_id, subject, epoch, status in ((bo, date.id, 0, 404), (ada, UUID(int=9), 0, 404), (ada, date.id, 1, 410)):
        link = TOKENS.mint(Purpose.SEAT, resident_id=resident_id, epoch=epoch, subject_id=subject)
        assert (await client.get(f"/o/{link}")).status_code == status
        assert (await client.post(f"/o/{link}", data={"answer": "yes"})).status_code == status


async def test_whoever_finds_it_full_within_the_hour_is_not_left_waiting(
    client: Browser, admin: asyncpg.Connection, town: Town, date: Date, run_id: UUID, link: str, now: datetime
) -> None:
    second = await link_for(admin, town, date, run_id, now, "bo@example.org")
    await client.post(f"/r/{link}", data={"answer": "yes"})
    await admin.execute("UPDATE session SET starts_at = $1, ends_at = $2", now + timedelta(minutes=50), now + timedelta(hours=2))
    page = await client.post(f"/r/{second}", data={"answer": "yes"})
    assert page.status_code == 409
    assert "All seats are taken and it begins soon" in page.text


async def test_a_group_larger_than_the_room_is_not_left_waiting(client: Browser, admin: asyncpg.Connection, date: Date, link: str) -> None:
    await admin.execute("UPDATE profile SET party = 2")
    page = await client.post(f"/r/{link}", data={"answer": "yes"})
    assert page.status_code == 409
    assert "fewer seats than people in your group" in page.text


async def test_a_link_for_something_else_or_nothing_opens_no_page(client: Browser, link: str, now: datetime) -> None:
    stop = TOKENS.mint(Purpose.STOP, resident_id=UUID(int=1), epoch=0)
    nobody = TOKENS.mint(Purpose.ANSWER, resident_id=UUID(int=1), epoch=0, subject_id=UUID(int=2))
    for wrong in (stop, nobody, link[:-1], "x"):
        assert (await client.get(f"/r/{wrong}")).status_code == 404
        assert (await client.post(f"/r/{wrong}", data={"answer": "yes"})).status_code == 404


async def test_a_friend_with_my_match_but_their_own_link_sees_nothing(
    client: Browser, admin: asyncpg.Connection, town: Town, link: str, now: datetime
) -> None:
    friend = await make_resident(admin, town, now=now, email="friend@example.org")
    match_id = await admin.fetchval("SELECT id FROM match")
    theirs = TOKENS.mint(Purpose.ANSWER, resident_id=friend, epoch=0, subject_id=match_id)
    assert (await client.get(f"/r/{theirs}")).status_code == 404


async def test_old_and_revoked_links_explain_themselves(client: Browser, admin: asyncpg.Connection, link: str, now: datetime) -> None:
    resident_id, match_id = await admin.fetchval("SELECT id FROM resident"), await admin.fetchval("SELECT id FROM match")
    old = TOKENS.mint(Purpose.ANSWER, resident_id=resident_id, epoch=0, subject_id=match_id, expires_at=now)
    page = await client.get(f"/r/{old}")
    assert page.status_code == 410
    assert "too old" in page.text
    await admin.execute("UPDATE resident SET link_epoch = 1")
    assert (await client.post(f"/r/{link}", data={"answer": "yes"})).status_code == 410


async def test_a_called_off_session_says_so_and_takes_no_yes(client: Browser, admin: asyncpg.Connection, link: str) -> None:
    await admin.execute("UPDATE session SET state = 'cancelled'")
    assert "called this off" in (await client.get(f"/r/{link}")).text
    assert (await client.post(f"/r/{link}", data={"answer": "yes"})).status_code == 410


async def test_the_calendar_file_follows_the_seat(client: Browser, admin: asyncpg.Connection, link: str, date: Date) -> None:
    seen = []
    for answer in ("yes", "undo", "yes"):
        await client.post(f"/r/{link}", data={"answer": answer})
        [event] = Calendar.from_ical((await client.get(f"/r/{link}/calendar.ics")).text).walk("VEVENT")
        seen.append((str(event["STATUS"]), int(str(event["SEQUENCE"])), str(event["UID"])))
    assert seen == [
        ("CONFIRMED", 0, f"{date.id}@doorstep"),
        ("CANCELLED", 1, f"{date.id}@doorstep"),
        ("CONFIRMED", 2, f"{date.id}@doorstep"),
    ]


@pytest.mark.parametrize(("language", "direction"), [("es", "ltr"), ("ar", "rtl")])
async def test_the_page_speaks_the_readers_language(
    client: Browser, admin: asyncpg.Connection, link: str, language: str, direction: str
) -> None:
    await admin.execute("UPDATE resident SET language = $1", language)
    page = await client.get(f"/r/{link}")
    assert f'<html lang="{language}" dir="{direction}"' in page.text
    assert "Not for me" not in page.text
