"""The roster as a table for spreadsheets: what the page shows of who comes, for those who may see the page, and no formula."""

from __future__ import annotations

import csv
import io
import re
from datetime import datetime
from uuid import uuid4

import asyncpg
import httpx
import pytest

from service.db import Database
from tests.service.centers.arrivals import Neighborhood
from tests.service.centers.conftest import enter, token_on
from tests.service.centers.test_host_links import link_of
from tests.service.mail.neighbors import Date, Town
from tests.service.visitor import Browser

BASE = "/center/riverton-center"
HEADINGS = ["Name", "How many", "New here", "Attendance", "Who came without a seat"]


def file_of(date: Date, base: str = BASE) -> str:
    return f"{base}/dates/{date.id}/roster.csv"


def rows_of(answer: httpx.Response) -> list[list[str]]:
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))


async def press(visitor: Browser, date: Date, path: str, **fields: str) -> None:
    page = f"{BASE}/dates/{date.id}/roster"
    answer = await visitor.post(
        f"{BASE}/dates/{date.id}/{path}", data={"form_token": await token_on(visitor, page), **fields}, follow_redirects=False
    )
    assert answer.status_code == 303


@pytest.mark.parametrize("role", ["owner", "staff", "host"])
async def test_the_table_holds_what_the_page_shows(
    visitor: Browser, db: Database, neighborhood: Neighborhood, date: Date, now: datetime, role: str
) -> None:
    await neighborhood.guest(date, "n1@example.org", name="Zoe Quandt", party=3)
    came = await neighborhood.guest(date, "n2@example.org", name="Abel Quandt")
    missed = await neighborhood.guest(date, "n3@example.org")
    await enter(visitor, db, role=role, now=now)
    await press(visitor, date, "roster", guest=str(came), mark="came")
    await press(visitor, date, "roster", guest=str(missed), mark="missed")
    await press(visitor, date, "walk-ins", key=str(uuid4()), first_name="Rosa", people="2")
    answer = await visitor.get(file_of(date))
    assert answer.status_code == 200
    assert rows_of(answer) == [
        HEADINGS,
        ["Abel Q.", "1", "Yes", "Came", ""],
        ["Zoe Q.", "3", "Yes", "", ""],
        ["A guest without a name", "1", "Yes", "Did not come", ""],
        ["Rosa", "2", "", "Came", "Yes"],
    ]


async def test_it_is_a_file_that_nobody_on_the_way_keeps(staff: Browser, date: Date) -> None:
    headers = (await staff.get(file_of(date))).headers
    assert re.fullmatch(r'attachment; filename="roster-\d{4}-\d\d-\d\d-\d{4}\.csv"', headers["content-disposition"])
    assert headers["content-type"] == "text/csv; charset=utf-8"
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("name", ["=1+1", "@SUM(A1)", "＋cmd", "-2+3"])
async def test_a_name_that_somebody_typed_is_no_formula(staff: Browser, neighborhood: Neighborhood, date: Date, name: str) -> None:
    await neighborhood.guest(date, "n1@example.org", name=name)
    await press(staff, date, "walk-ins", key=str(uuid4()), first_name=name, people="1")
    fields = [field for row in rows_of(await staff.get(file_of(date))) for field in row]
    assert f"'{name}" in fields
    assert not [field for field in fields if re.match(r"\s*[=+\-@＝＋－＠]", field)]


async def test_it_speaks_the_language_of_its_page_and_holds_every_script(staff: Browser, neighborhood: Neighborhood, date: Date) -> None:
    await neighborhood.guest(date, "n1@example.org", name="محمد علي")
    answer = await staff.get(f"{file_of(date)}?lang=ar")
    assert answer.content.startswith(b"\xef\xbb\xbf")
    assert rows_of(answer)[0][3] == "الحضور"
    assert rows_of(answer)[1][0] == "محمد ع."


async def test_it_holds_nothing_that_nobody_agreed_to(
    staff: Browser, neighborhood: Neighborhood, admin: asyncpg.Connection, date: Date
) -> None:
    """No last name, no address, no need, no number of a person, and no name of somebody who takes it back."""
    handle = await neighborhood.guest(date, "secret@residents.example.org", name="Maria Confidential", needs=("step_free",))
    await neighborhood.guest(date, "hidden@residents.example.org", name="Rosa Withdrawn")
    await admin.execute("UPDATE registration SET shows_name = false WHERE handle <> $1", handle)
    ids = await admin.fetch("SELECT resident_id, handle FROM registration")
    text = (await staff.get(file_of(date))).text
    assert "Maria C." in text
    for secret in ("onfidential", "Rosa", "Withdrawn", "secret", "example.org", "43604", "step", "lonely"):
        assert secret not in text
    assert not [row for row in ids if str(row["resident_id"]) in text or str(row["handle"]) in text]


async def test_another_centers_table_is_not_there_and_a_signed_out_visitor_is_led_to_the_sign_in(
    visitor: Browser, db: Database, neighborhood: Neighborhood, date: Date, elsewhere: Town, now: datetime
) -> None:
    await neighborhood.guest(date, "n1@example.org", name="Maria Lopez")
    await enter(visitor, db, center="hillside-center", now=now)
    for base in (BASE, "/center/hillside-center"):
        answer = await visitor.get(file_of(date, base))
        assert answer.status_code == 404
        assert "Maria" not in answer.text
    visitor.cookies.clear()
    assert (await visitor.get(file_of(date), follow_redirects=False)).headers["location"] == "/sign-in"


async def test_a_link_for_hosts_gives_no_table(staff: Browser, neighborhood: Neighborhood, date: Date) -> None:
    await neighborhood.guest(date, "n1@example.org", name="Maria Lopez")
    link = await link_of(staff, date)
    assert f'href="{file_of(date)}"' in (await staff.get(f"{BASE}/dates/{date.id}/roster")).text
    staff.cookies.clear()
    assert ".csv" not in (await staff.get(link)).text
    for path in (f"{link}.csv", f"{link}/roster.csv"):
        assert (await staff.get(path)).status_code == 404
