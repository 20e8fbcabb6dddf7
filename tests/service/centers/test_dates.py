"""Single dates on a center's pages: why one is called off, and who reads it."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import asyncpg
import pytest

from service.activities import store as activities
from service.db import Database
from service.mail.actions import open_content
from service.mail.model import Content
from service.registrations import actions as registrations
from service.registrations import schedule
from tests.service.centers.conftest import token_on
from tests.service.mail.neighbors import VAULT, Date, Town, make_resident, make_session
from tests.service.visitor import Browser, Hands

BASE = "/center/riverton-center"
BOILER = "The boiler <b>broke</b> & the room is cold"


@pytest.fixture
async def tuesday(admin: asyncpg.Connection, town: Town, now: datetime) -> Date:
    """In four days."""
    return await make_session(admin, town, now=now, starts_in=timedelta(days=4))


@pytest.fixture
async def ada(admin: asyncpg.Connection, db: Database, town: Town, tuesday: Date, now: datetime) -> UUID:
    """Has a seat."""
    resident = await make_resident(admin, town, now=now, email="ada@residents.example.org")
    async with db.transaction(resident_id=resident) as conn:
        await registrations.accept(conn, session_id=tuesday.id, resident_id=resident, now=now)
    return resident


async def press(staff: Browser, path: str, page: str = "", *, status: int = 303, **fields: str) -> str:
    """Where the press leads, or the page that came back."""
    answer = await staff.post(path, data={"form_token": await token_on(staff, page or path), **fields}, follow_redirects=False)
    assert answer.status_code == status, answer.text
    return str(answer.headers.get("location", answer.text))


async def letters_in(admin: asyncpg.Connection, language: str = "en") -> list[Content]:
    rows = await admin.fetch("SELECT id, content FROM letter WHERE kind = 'notice' ORDER BY queued_at")
    return [open_content(VAULT, row["content"], letter_id=row["id"], language=language) for row in rows]


@pytest.mark.usefixtures("ada")
async def test_why_a_date_is_called_off_stands_in_the_letter_and_on_its_pages(
    staff: Browser, tuesday: Date, admin: asyncpg.Connection
) -> None:
    page = f"{BASE}/sessions/{tuesday.id}"
    await press(staff, f"{page}/cancel", reason=f"  {BOILER} ")
    [letter] = await letters_in(admin)
    assert f"They wrote: “{BOILER}”\n" in letter.text
    assert "broke" not in letter.subject
    for html in (letter.html, (await staff.get(page)).text, (await staff.get(f"/sessions/{tuesday.id}")).text):
        assert "They wrote: “The boiler &lt;b&gt;broke&lt;/b&gt; &amp; the room is cold”" in html


@pytest.mark.usefixtures("ada")
async def test_without_a_reason_none_is_made_up(staff: Browser, tuesday: Date, admin: asyncpg.Connection) -> None:
    page = f"{BASE}/sessions/{tuesday.id}"
    await press(staff, f"{page}/cancel")
    [letter] = await letters_in(admin)
    assert "They wrote" not in letter.text + letter.html + (await staff.get(f"/sessions/{tuesday.id}")).text


async def test_a_reason_of_two_lines_or_too_many_words_comes_back(staff: Browser, tuesday: Date, admin: asyncpg.Connection) -> None:
    page = f"{BASE}/sessions/{tuesday.id}/cancel"
    for reason in ("The boiler broke.\nBcc: all@residents.example.org", "b" * 201):
        assert 'id="reason-wrong"' in await press(staff, page, status=422, reason=reason)
    assert await admin.fetchval("SELECT state FROM session") == "scheduled"


async def test_the_page_of_a_date_takes_a_call_off_back_for_ten_minutes(
    staff: Browser, tuesday: Date, ada: UUID, hands: Hands, admin: asyncpg.Connection
) -> None:
    page = f"{BASE}/sessions/{tuesday.id}"
    assert (
        "1 person has a seat or waits for one, and will be written to ten minutes after you press."
        in (await staff.get(f"{page}/cancel")).text
    )
    await press(staff, f"{page}/cancel", reason=BOILER)
    assert "Take it back" in (await staff.get(page)).text
    hands.pass_by(timedelta(minutes=9))
    done = await press(staff, f"{page}/restore", page)
    assert "It takes place after all." in (await staff.get(done)).text
    assert await admin.fetchval("SELECT state FROM registration WHERE resident_id = $1", ada) == "confirmed"
    assert await admin.fetchval("SELECT count(*) FROM letter WHERE kind = 'notice'") == 0
    assert await admin.fetchval("SELECT cancel_reason FROM session") == ""
    await press(staff, f"{page}/cancel")
    token = await token_on(staff, page)
    hands.pass_by(timedelta(minutes=10))
    late = (await staff.get(page)).text
    assert "Whoever had a seat or waited for one has been written to." in late
    assert "Take it back" not in late
    refused = await staff.post(f"{page}/restore", data={"form_token": token}, follow_redirects=False)
    assert refused.status_code == 410
    assert "This cannot be taken back any more" in refused.text


@pytest.mark.usefixtures("ada")
async def test_a_date_within_two_hours_says_before_the_press_that_letters_leave_at_once(
    staff: Browser, tuesday: Date, admin: asyncpg.Connection
) -> None:
    await admin.execute("UPDATE session SET starts_at = starts_at - interval '95 hours', ends_at = ends_at - interval '95 hours'")
    asked = (await staff.get(f"{BASE}/sessions/{tuesday.id}/cancel")).text
    assert "will be written to at once." in asked
    assert "It begins within two hours, so this cannot be taken back." in asked


@pytest.mark.usefixtures("ada")
async def test_one_date_of_a_series_moves_and_the_others_stay(
    staff: Browser, tuesday: Date, db: Database, town: Town, admin: asyncpg.Connection, now: datetime
) -> None:
    await admin.execute("UPDATE activity SET rrule = 'FREQ=WEEKLY;COUNT=3'")
    async with db.transaction(organization_id=town.center_id) as conn:
        activity = await activities.by_id(conn, tuesday.activity_id)
        assert activity
        await schedule.edit(conn, before=activity, facts=activity, sequence=activity.sequence, vault=VAULT, now=now - timedelta(days=1))
    await admin.execute("DELETE FROM letter")
    others = "SELECT id, starts_at, ends_at FROM session WHERE id <> $1 ORDER BY 1"
    before = await admin.fetch(others, tuesday.id)
    page = f"{BASE}/sessions/{tuesday.id}"
    done = await press(staff, f"{page}/move", day="2026-11-28", begins="14:00", ends="15:30")
    assert "told=1" in done
    assert await admin.fetchval("SELECT starts_at_local FROM session WHERE id = $1", tuesday.id) == datetime(2026, 11, 28, 14)  # noqa: DTZ001
    assert await admin.fetch(others, tuesday.id) == before
    assert len(before) == 2
    [letter] = await letters_in(admin)
    assert "It is now on Saturday, November 28, 2:00" in letter.text
    assert await admin.fetchval("SELECT state FROM registration") == "confirmed"


async def test_a_date_moves_to_no_time_that_is_over_or_far_or_ends_before_it_begins(
    staff: Browser, tuesday: Date, admin: asyncpg.Connection
) -> None:
    page = f"{BASE}/sessions/{tuesday.id}/move"
    before = await admin.fetchrow("SELECT * FROM session")
    for day, ends, field in (("2026-11-20", "15:00", "day"), ("2027-03-01", "15:00", "day"), ("2026-11-28", "14:03", "ends")):
        assert f'id="{field}-wrong"' in await press(staff, page, status=422, day=day, begins="14:00", ends=ends)
    assert await admin.fetchrow("SELECT * FROM session") == before


async def test_what_a_calendar_tells_moves_in_the_calendar(staff: Browser, tuesday: Date, town: Town, admin: asyncpg.Connection) -> None:
    feed = "INSERT INTO feed (organization_id, source, format, created_at) VALUES ($1, 'x.ics', 'ics', now()) RETURNING id"
    await admin.execute("UPDATE activity SET feed_id = $1, uid = 'tuesday'", await admin.fetchval(feed, town.center_id))
    page = f"{BASE}/sessions/{tuesday.id}/move"
    assert "Please change it there." in await press(staff, page, status=409, day="2026-11-28", begins="14:00", ends="15:00")
