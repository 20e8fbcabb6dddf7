"""The waiting list on the roster: who waits, and the form with which staff put somebody first."""

from __future__ import annotations

from datetime import datetime, timedelta
from html import unescape
from uuid import UUID

import asyncpg
import httpx
import pytest

from service.centers import store
from service.db import Database
from tests.service.centers.arrivals import Neighborhood
from tests.service.centers.conftest import enter
from tests.service.mail.neighbors import Date, Town, make_session
from tests.service.visitor import Browser

BASE = "/center/riverton-center"
CLEAR = "Please say why, in 3 to 300 characters."


@pytest.fixture
async def full(admin: asyncpg.Connection, town: Town, neighborhood: Neighborhood, now: datetime) -> Date:
    """A date in four days with one seat, which is taken."""
    date = await make_session(admin, town, now=now, capacity=1)
    await neighborhood.guest(date, "seat@example.org", name="Sam Seat")
    return date


@pytest.fixture
async def waits(full: Date, neighborhood: Neighborhood, admin: asyncpg.Connection) -> list[UUID]:
    handles = [await neighborhood.guest(full, f"{name}@example.org", name=name) for name in ("Maria Lopez", "", "Bo Ek")]
    for n, handle in enumerate(handles):
        await admin.execute("UPDATE registration SET waiting_since = waiting_since + $2 WHERE handle = $1", handle, timedelta(minutes=n))
    return handles


async def press(visitor: Browser, date: Date, **fields: str) -> httpx.Response:
    token = (await page(visitor, date)).partition('data-token="')[2].partition('"')[0]  # hosts see no form before the hour
    return await visitor.post(f"{BASE}/dates/{date.id}/waiting", data={"form_token": token, **fields}, follow_redirects=False)


async def page(visitor: Browser, date: Date) -> str:
    return unescape((await visitor.get(f"{BASE}/dates/{date.id}/roster")).text)


async def test_the_list_shows_names_in_order_as_the_roster_does(
    staff: Browser, full: Date, waits: list[UUID], admin: asyncpg.Connection
) -> None:
    text = await page(staff, full)
    assert text.index("Maria L.") < text.index("A guest without a name") < text.index("Bo E.")
    assert "Lopez" not in text
    await admin.execute("UPDATE registration SET shows_name = false")
    assert "Maria" not in await page(staff, full)


async def test_names_of_who_waits_open_for_the_center_of_the_date_alone(
    db: Database, full: Date, waits: list[UUID], town: Town, elsewhere: Town
) -> None:
    for center in (elsewhere.center_id, town.partner_id, None):
        async with db.transaction(organization_id=center) as conn:
            assert await store.sealed_names_of_waiting(conn, session_id=full.id) == []
    async with db.transaction(organization_id=town.center_id) as conn:
        assert {sealed.handle for sealed in await store.sealed_names_of_waiting(conn, session_id=full.id)} == {waits[0], waits[2]}


async def test_a_reason_puts_somebody_first_and_is_kept(staff: Browser, full: Date, waits: list[UUID], admin: asyncpg.Connection) -> None:
    answer = await press(staff, full, waiting=str(waits[2]), reason="  Carer of the host ")
    assert answer.status_code == 303
    text = await page(staff, full)
    assert text.index("Bo E.") < text.index("Maria L.")
    assert "You wrote: “Carer of the host”" in text
    changes = await admin.fetch("SELECT actor, reason FROM registration_change WHERE actor = 'staff'")
    assert [tuple(row) for row in changes] == [("staff", "Carer of the host")]


@pytest.mark.parametrize("reason", ["", " ", "ab", "x" * 301])
async def test_without_a_reason_the_page_comes_back_with_a_clear_sentence(
    staff: Browser, full: Date, waits: list[UUID], admin: asyncpg.Connection, reason: str
) -> None:
    answer = await press(staff, full, waiting=str(waits[2]), reason=reason)
    assert answer.status_code == 422
    assert CLEAR in answer.text
    assert f'value="{waits[2]}" selected' in answer.text, "what was chosen stays chosen"
    assert await admin.fetchval("SELECT count(*) FROM registration WHERE put_first_at IS NOT NULL") == 0


async def test_hosts_see_the_list_and_cannot_change_the_order(
    visitor: Browser, db: Database, full: Date, waits: list[UUID], now: datetime, admin: asyncpg.Connection
) -> None:
    await enter(visitor, db, role="host", now=now)
    text = await page(visitor, full)
    assert "Maria L." in text
    assert "Offer a seat out of order" not in text
    assert (await press(visitor, full, waiting=str(waits[2]), reason="because")).status_code == 403
    assert await admin.fetchval("SELECT count(*) FROM registration WHERE put_first_at IS NOT NULL") == 0


async def test_who_does_not_wait_any_more_is_refused_with_a_sentence(
    staff: Browser, full: Date, waits: list[UUID], admin: asyncpg.Connection
) -> None:
    await admin.execute("UPDATE registration SET state = 'cancelled' WHERE handle = $1", waits[2])
    answer = await press(staff, full, waiting=str(waits[2]), reason="because")
    assert answer.status_code == 409
    assert "This person does not wait any more." in answer.text
