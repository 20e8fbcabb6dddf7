"""A roster on paper: the sheet shows what the roster shows, and comes back in one form and one press."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from html import unescape
from uuid import UUID

import asyncpg
import httpx
import pytest

from service.centers import paper
from service.db import Database
from tests.service.centers.arrivals import Neighborhood
from tests.service.centers.conftest import enter
from tests.service.mail.neighbors import Date, Town, make_session
from tests.service.visitor import Browser, Hands

BASE = "/center/riverton-center"
HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')


def path_of(date: Date, page: str) -> str:
    return f"{BASE}/dates/{date.id}/{page}"


async def opened(staff: Browser, date: Date) -> dict[str, str]:
    """The hidden fields of the form."""
    return dict(HIDDEN.findall((await staff.get(path_of(date, "paper"))).text))


async def typed(staff: Browser, date: Date, fields: dict[str, str]) -> httpx.Response:
    return await staff.post(path_of(date, "paper"), data=fields, follow_redirects=False)


async def states(admin: asyncpg.Connection) -> dict[UUID, str]:
    return {row["handle"]: row["state"] for row in await admin.fetch("SELECT handle, state FROM registration")}


async def test_the_sheet_has_a_row_and_two_boxes_for_each_guest_in_any_script(
    staff: Browser, neighborhood: Neighborhood, date: Date
) -> None:
    for n, name in enumerate(("محمد علي", "王 小明", "Zoë Nguyễn", "")):
        await neighborhood.guest(date, f"n{n}@example.org", name=name, party=2)
    text = unescape((await staff.get(path_of(date, "sheet"))).text)
    for name in ("محمد ع.", "王 小.", "Zoë N.", "A guest without a name"):
        assert f"<bdi>{name}</bdi> <small>and 1 more person</small>" in text
    assert text.count('<span class="box">') == 8
    assert text.count('<tr class="empty">') == paper.WALK_IN_LINES
    assert paper.sheet_code(date.id) in text


async def test_the_sheet_shows_no_more_than_the_roster(
    staff: Browser, neighborhood: Neighborhood, admin: asyncpg.Connection, date: Date
) -> None:
    for n, need in enumerate(("step_free", "quiet", "quiet")):
        await neighborhood.guest(date, f"secret{n}@residents.example.org", name=f"Guest{'abc'[n]} Confidential", needs=(need,))
    ids = await admin.fetch("SELECT r.id, n.matcher_id FROM resident AS r JOIN pseudonym AS n ON n.resident_id = r.id")
    for page in ("sheet", "paper"):
        text = (await staff.get(path_of(date, page))).text
        assert "Guesta C." in text
        for secret in ("onfidential", "secret0", "residents.example", "43604", "I am lonely", "gardening"):
            assert secret not in text
        assert not [row for row in ids if str(row["id"]) in text or str(row["matcher_id"]) in text]
    text = (await staff.get(path_of(date, "sheet"))).text
    assert "Quiet place: for 2 people" in text
    assert not [row for row in re.findall(r"<tr>.*?</tr>", text, re.DOTALL) if re.search("No steps|Quiet", row)]


async def test_a_lone_guests_need_stands_on_the_sheet_without_a_number(staff: Browser, neighborhood: Neighborhood, date: Date) -> None:
    await neighborhood.guest(date, "n1@example.org", name="Maria Lopez", needs=("step_free",))
    text = (await staff.get(path_of(date, "sheet"))).text
    assert "Please have the way without steps ready." in text
    assert "No steps" not in text


@pytest.mark.parametrize("written", ["4F09-A2C1", "4f09a2c1", " 4F09 A2C1 ", "4FO9–A2C1"])
def test_a_code_is_read_however_it_is_typed(written: str) -> None:
    assert paper.code_in(written) == "4f09a2c1"
    assert paper.sheet_code(UUID("00000000-0000-7000-8000-00004f09a2c1")) == "4F09-A2C1"


@pytest.mark.parametrize("written", ["", "4F09", "4F09-A2C1-1", "4G09-A2C1", "x" * 5000])
def test_what_is_no_code_is_none(written: str) -> None:
    assert paper.code_in(written) == ""


async def test_the_code_leads_to_the_form_of_its_date_at_its_own_center_alone(
    visitor: Browser, staff: Browser, db: Database, hands: Hands, date: Date, elsewhere: Town, now: datetime
) -> None:
    assert f'href="{BASE}/sheets"' in (await staff.get(f"{BASE}/today")).text
    code = {"code": paper.sheet_code(date.id)}
    hands.pass_by(timedelta(days=8))
    await enter(visitor, db, now=now + timedelta(days=8))
    answer = await staff.get(f"{BASE}/sheets", params=code, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, path_of(date, "paper"))
    assert "We do not know this code" in (await staff.get(f"{BASE}/sheets", params={"code": "0000-0000"})).text
    assert "We do not know this code" not in (await staff.get(f"{BASE}/sheets")).text
    await enter(visitor, db, center="hillside-center", now=now + timedelta(days=8))
    assert "We do not know this code" in (await visitor.get("/center/hillside-center/sheets", params=code)).text
    for page in ("sheet", "paper"):
        assert (await visitor.get(f"/center/hillside-center/dates/{date.id}/{page}")).status_code == 404
    assert (await visitor.post(f"/center/hillside-center/dates/{date.id}/paper", data={})).status_code in (404, 422)


async def test_a_whole_sheet_is_noted_in_one_press_and_once(
    staff: Browser, neighborhood: Neighborhood, admin: asyncpg.Connection, date: Date
) -> None:
    came, missed, unknown = [await neighborhood.guest(date, f"n{n}@example.org", name=f"Guest{n} Quandt") for n in range(3)]
    fields = await opened(staff, date)
    fields |= {f"mark-{came}": "came", f"mark-{missed}": "missed", f"mark-{unknown}": "none"}
    fields |= {"first_name_1": " Rosa ", "people_1": "", "first_name_3": "", "people_3": "4"}
    for _ in range(3):
        assert (await typed(staff, date, fields)).status_code == 303
    assert await states(admin) == {came: "attended", missed: "missed", unknown: "confirmed"}
    rows = await admin.fetch("SELECT first_name, people FROM walk_in ORDER BY people")
    assert [tuple(row) for row in rows] == [("Rosa", 1), (None, 4)]
    assert await admin.fetchval("SELECT count(*) FROM registration_change WHERE actor = 'staff'") == 2


async def test_a_mark_that_was_wrong_is_typed_over(
    staff: Browser, neighborhood: Neighborhood, admin: asyncpg.Connection, date: Date
) -> None:
    handle = await neighborhood.guest(date, "n1@example.org")
    for mark, state in (("came", "attended"), ("missed", "missed"), ("none", "confirmed")):
        assert (await typed(staff, date, await opened(staff, date) | {f"mark-{handle}": mark})).status_code == 303
        assert await states(admin) == {handle: state}


async def test_what_somebody_noted_otherwise_meanwhile_is_not_typed_over(
    staff: Browser, neighborhood: Neighborhood, admin: asyncpg.Connection, date: Date
) -> None:
    handle, other = [await neighborhood.guest(date, f"n{n}@example.org") for n in range(2)]
    early = await opened(staff, date)
    await typed(staff, date, await opened(staff, date) | {f"mark-{handle}": "came"})
    sheet = early | {f"mark-{handle}": "missed", f"mark-{other}": "came", "people_1": "3"}
    answer = await typed(staff, date, sheet)
    assert answer.status_code == 409
    assert "Nothing of this sheet is saved yet" in answer.text
    assert await states(admin) == {handle: "attended", other: "confirmed"}
    assert await admin.fetchval("SELECT count(*) FROM walk_in") == 0
    untouched = early | {f"mark-{handle}": "none", f"mark-{other}": "came"}
    assert (await typed(staff, date, untouched)).status_code == 303
    assert await states(admin) == {handle: "attended", other: "attended"}


async def test_a_line_that_cannot_be_comes_back_and_saves_nothing(
    staff: Browser, neighborhood: Neighborhood, admin: asyncpg.Connection, date: Date
) -> None:
    handle = await neighborhood.guest(date, "n1@example.org")
    fields = await opened(staff, date) | {f"mark-{handle}": "came", "first_name_2": "Rosa", "people_2": "21"}
    answer = await typed(staff, date, fields)
    assert answer.status_code == 422
    assert 'id="people_2-wrong"' in answer.text
    assert 'value="Rosa"' in answer.text
    assert HIDDEN.findall(answer.text).count(("key_2", fields["key_2"])) == 1
    assert re.search(rf'name="mark-{handle}" value="came" checked', answer.text)
    assert await states(admin) == {handle: "confirmed"}


async def test_before_the_hour_and_after_a_call_off_nothing_is_typed(
    staff: Browser, neighborhood: Neighborhood, admin: asyncpg.Connection, town: Town, date: Date, now: datetime
) -> None:
    later = await make_session(admin, town, now=now, slug="later", starts_in=timedelta(hours=3))
    handle = await neighborhood.guest(later, "n1@example.org")
    token = (await opened(staff, date))["form_token"]
    assert "<form" not in (await staff.get(path_of(later, "paper"))).text
    fields = {"form_token": token, f"before-{handle}": "none", f"mark-{handle}": "came"}
    assert (await typed(staff, later, fields)).status_code == 409
    assert (await typed(staff, date, {f"before-{handle}": "none"})).status_code == 422
    assert await states(admin) == {handle: "confirmed"}
