"""Single dates on a center's pages: why one is called off, and who reads it."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import asyncpg
import pytest

from service.db import Database
from service.mail.actions import open_content
from service.mail.model import Content
from service.registrations import actions as registrations
from tests.service.centers.conftest import token_on
from tests.service.mail.neighbors import VAULT, Date, Town, make_resident, make_session
from tests.service.visitor import Browser

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
