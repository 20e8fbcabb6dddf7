"""What Doorstep writes, read by programs that know nothing of it."""

from __future__ import annotations

import email
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg
import pytest
from icalendar import Calendar

from service.db import Database
from service.mail.mime import build
from service.mail.model import Content
from service.registrations import actions as seats
from service.registrations import store
from service.registrations.calendar import calendar_part
from service.tokens import Purpose, Tokens
from service.web.i18n import say_in
from tests.conformance.conftest import Peer
from tests.service.digests.test_compose_week import WEEK, pair
from tests.service.mail.conftest import FROM
from tests.service.mail.neighbors import SECRET, Town, make_resident, make_session, make_town
from tests.service.visitor import Browser

pytestmark = pytest.mark.conformance
ZONE = ZoneInfo("America/New_York")
OPENAPI_BROKEN = '{"openapi": "3.1.0", "info": {"title": "x"}, "paths": {}}'
PAGE_BROKEN = "<!doctype html><html><head><title>x</title></head><body><p><div>x</div></p></body></html>"
PATHS = ("/", "/privacy", "/help", "/accessibility", "/sign-in", "/f/riverton", "/activities/garden-morning", "/nowhere")


@pytest.fixture
async def town(admin: asyncpg.Connection, now: datetime) -> Town:
    return await make_town(admin, now=now)


@pytest.fixture
async def run_id(admin: asyncpg.Connection, town: Town, now: datetime) -> UUID:
    run: UUID = await admin.fetchval(
        "INSERT INTO match_run (region_id, week, state, seed, result_hash, snapshot, opened_at, closed_at)"
        " VALUES ($1, $2, 'closed', 1, 'x', 'x', $3, $3) RETURNING id",
        town.region_id, WEEK, now,
    )  # fmt: skip
    return run


@pytest.mark.parametrize("day", [(2026, 11, 28), (2027, 3, 13), (2027, 3, 14), (2027, 7, 1)])
async def test_the_calendar_of_an_answer_is_read_as_the_same_hour(
    peer: Peer, visitor: Browser, admin: asyncpg.Connection, town: Town, run_id: UUID, now: datetime, day: tuple[int, int, int]
) -> None:
    """Before and after the clocks change: a reader that got the zone wrong would send a person an hour too late."""
    begins = datetime(*day, 10, tzinfo=ZONE).astimezone(UTC)
    date = await make_session(admin, town, now=now, starts_in=begins - now, title="Soup, company; and more")
    resident_id = await make_resident(admin, town, now=now, email="ada@example.org")
    match_id = await pair(admin, run_id, resident_id, date)
    link = Tokens([SECRET]).mint(Purpose.ANSWER, resident_id=resident_id, epoch=0, subject_id=match_id, expires_at=begins)
    await visitor.post(f"/r/{link}", data={"answer": "yes"})
    calendar = await peer("calendar.mjs", (await visitor.get(f"/r/{link}/calendar.ics")).text)
    [event] = calendar["events"]
    assert event["zone"] == "UTC", "a floating hour is another hour for each reader"
    assert event["starts_at"] == f"{begins:%Y-%m-%dT%H:%M:%SZ}"
    assert event["ends_at"] == f"{begins + timedelta(minutes=90):%Y-%m-%dT%H:%M:%SZ}"
    assert event["summary"] == "Soup, company; and more"
    assert event["status"] == "CONFIRMED"


@pytest.mark.parametrize(("going", "status"), [(True, "CONFIRMED"), (False, "CANCELLED")])
async def test_the_event_in_a_letter_is_read_as_an_invitation_and_as_its_end(
    peer: Peer, worker_db: Database, admin: asyncpg.Connection, town: Town, now: datetime, going: bool, status: str
) -> None:
    """By two programs that know nothing of each other: one of Python, one of JavaScript."""
    date = await make_session(admin, town, now=now, title="Soup, company; and more", bring="A cup: big, or small; clean")
    async with worker_db.transaction() as conn:
        session = await store.session(conn, session_id=date.id)
    part = calendar_part(session, say_in("en"), sequence=7, going=going, now=now)
    content = Content(subject="Hello", text="Hello.\n", html="<p>Hello.</p>", calendar=part)
    raw = build(content, to="ada@example.org", mail_from=FROM, message_id="1", language="en", at=now)
    [written] = [part for part in email.message_from_bytes(raw, policy=SMTP).walk() if part.get_content_type() == "text/calendar"]
    assert isinstance(written, EmailMessage)
    calendar = await peer("calendar.mjs", written.get_content())
    assert calendar["method"] == written["content-type"].params["method"] == ("REQUEST" if going else "CANCEL")
    other: Any = Calendar.from_ical(written.get_content()).walk("VEVENT")[0]
    [event] = calendar["events"]
    assert event["attendees"] == [{"address": "mailto:ada@example.org", "status": "ACCEPTED"}]
    assert event["organizer"] == str(other["ORGANIZER"]) == "mailto:hello@doorstep.example.org"
    assert (event["uid"], event["sequence"], event["status"]) == (f"{date.id}@doorstep", 7, status)
    assert (str(other["UID"]), other["SEQUENCE"], str(other["STATUS"])) == (f"{date.id}@doorstep", 7, status)
    assert event["starts_at"] == f"{now + timedelta(days=4):%Y-%m-%dT%H:%M:%SZ}"
    assert other["DTSTART"].dt == now + timedelta(days=4)
    assert event["description"] == str(other["DESCRIPTION"]) == "Bring: A cup: big, or small; clean"


async def test_ones_own_calendar_is_read_alike_by_both(
    peer: Peer, visitor: Browser, db: Database, admin: asyncpg.Connection, town: Town, now: datetime
) -> None:
    """Two seats, one of them given back, behind an address that a program reads again and again."""
    resident_id = await make_resident(admin, town, now=now, email="ada@example.org")
    dates = [await make_session(admin, town, now=now, title="Soup, company; and more", slug=f"soup-{number}") for number in range(2)]
    async with db.transaction(resident_id=resident_id) as conn:
        for date in dates:
            await seats.accept(conn, session_id=date.id, resident_id=resident_id, now=now)
        await seats.cancel(conn, session_id=dates[1].id, resident_id=resident_id, now=now)
    own = Tokens([SECRET]).mint(Purpose.ME, resident_id=resident_id, epoch=0, expires_at=now + timedelta(hours=1))
    page = (await visitor.post(f"/me/{own}/calendar", data={"do": "make"}, follow_redirects=True)).text
    text = (await visitor.get("/calendar/" + page.partition("/calendar/")[2].partition(".ics")[0] + ".ics")).text
    states = {f"{dates[0].id}@doorstep": "CONFIRMED", f"{dates[1].id}@doorstep": "CANCELLED"}
    read = (await peer("calendar.mjs", text))["events"]
    assert {event["uid"]: event["status"] for event in read} == states
    assert {event["summary"] for event in read} == {"Soup, company; and more"}
    assert {event["starts_at"] for event in read} == {f"{now + timedelta(days=4):%Y-%m-%dT%H:%M:%SZ}"}
    assert {str(event["UID"]): str(event["STATUS"]) for event in Calendar.from_ical(text).walk("VEVENT")} == states


async def test_the_description_of_the_machine_doors_is_openapi(peer: Peer, visitor: Browser) -> None:
    assert (await peer("openapi.mjs", OPENAPI_BROKEN))["valid"] is False, "a peer that finds no fault proves nothing"
    checked = await peer("openapi.mjs", (await visitor.get("/api/v1/openapi.json")).text)
    assert checked == {"valid": True, "version": "3.1", "errors": []}


@pytest.mark.parametrize("path", PATHS)
async def test_pages_are_html_in_every_language(
    peer: Peer, visitor: Browser, admin: asyncpg.Connection, town: Town, now: datetime, path: str
) -> None:
    assert await peer("page.mjs", PAGE_BROKEN), "a peer that finds no fault proves nothing"
    await make_session(admin, town, now=now)
    for language in ("en", "es", "ar"):
        page = await visitor.get(f"{path}?lang={language}")
        assert page.headers["content-type"].startswith("text/html")
        assert await peer("page.mjs", page.text) == [], language
