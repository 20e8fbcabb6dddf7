"""The pages of today as staff and hosts use them, without scripts: who comes, who came, who came without a seat."""

from __future__ import annotations

import asyncio
import re
from datetime import datetime, timedelta
from html import unescape
from uuid import uuid4

import asyncpg
import httpx
import pytest

from service.db import Database
from tests.service.centers.arrivals import Neighborhood
from tests.service.centers.conftest import enter, token_on
from tests.service.mail.neighbors import Date, Town, make_session
from tests.service.visitor import Browser, Hands

BASE = "/center/riverton-center"
KEY = re.compile(r'name="key" value="([0-9a-f-]{36})"')


def page_of(date: Date) -> str:
    return f"{BASE}/dates/{date.id}/roster"


async def press(visitor: Browser, date: Date, *, action: str | None = None, **fields: str) -> httpx.Response:
    token = await token_on(visitor, page_of(date))
    return await visitor.post(action or page_of(date), data={"form_token": token, **fields}, follow_redirects=False)


async def states(admin: asyncpg.Connection) -> list[str]:
    return [row["state"] for row in await admin.fetch("SELECT state FROM registration ORDER BY created_at, handle")]


@pytest.mark.parametrize("role", ["owner", "staff", "host"])
async def test_everybody_of_the_center_notes_who_came(
    visitor: Browser, db: Database, neighborhood: Neighborhood, admin: asyncpg.Connection, date: Date, now: datetime, role: str
) -> None:
    handle = await neighborhood.guest(date, "n1@example.org", name="Maria Lopez")
    await enter(visitor, db, role=role, now=now)
    for mark, state in (("came", "attended"), ("back", "confirmed"), ("missed", "missed"), ("back", "confirmed")):
        answer = await press(visitor, date, guest=str(handle), mark=mark)
        assert answer.status_code == 303
        assert answer.headers["location"] == f"{page_of(date)}#guest-{handle}"
        assert await states(admin) == [state]
        assert f'id="guest-{handle}" data-state="{state}"' in (await visitor.get(page_of(date))).text


async def test_only_the_buttons_that_fit_are_seen(staff: Browser, neighborhood: Neighborhood, date: Date) -> None:
    handle = await neighborhood.guest(date, "n1@example.org", name="Maria Lopez")

    async def seen() -> set[str]:
        buttons = re.findall(r'<button[^>]*name="mark" value="(\w+)"[^>]*>', (await staff.get(page_of(date))).text)
        hidden = re.findall(r'<button[^>]*name="mark" value="(\w+)"[^>]* hidden>', (await staff.get(page_of(date))).text)
        return set(buttons) - set(hidden)

    assert await seen() == {"came", "missed"}
    for mark in ("came", "missed"):
        await press(staff, date, guest=str(handle), mark=mark)
        assert await seen() == {"back"}
        await press(staff, date, guest=str(handle), mark="back")


async def test_the_same_press_twenty_times_ticks_once(
    staff: Browser, neighborhood: Neighborhood, admin: asyncpg.Connection, date: Date
) -> None:
    handle, key = await neighborhood.guest(date, "n1@example.org", name="Maria Lopez"), str(uuid4())
    token = await token_on(staff, page_of(date))
    mark = {"form_token": token, "guest": str(handle), "mark": "came"}
    walk_in = {"form_token": token, "key": key, "first_name": "Rosa", "people": "2"}
    for _ in range(5):
        answers = await asyncio.gather(
            *(staff.post(page_of(date), data=mark, follow_redirects=False) for _ in range(4)),
            *(staff.post(f"{BASE}/dates/{date.id}/walk-ins", data=walk_in, follow_redirects=False) for _ in range(4)),
        )
        assert {answer.status_code for answer in answers} == {303}
    assert await admin.fetchval("SELECT count(*) FROM registration_change WHERE state = 'attended'") == 1
    assert await admin.fetchval("SELECT count(*) FROM walk_in") == 1
    text = (await staff.get(page_of(date))).text
    assert "3 people came so far." in text


async def test_the_contrary_mark_is_refused_with_a_sentence(
    staff: Browser, neighborhood: Neighborhood, admin: asyncpg.Connection, date: Date
) -> None:
    handle = await neighborhood.guest(date, "n1@example.org")
    await press(staff, date, guest=str(handle), mark="came")
    answer = await press(staff, date, guest=str(handle), mark="missed")
    assert answer.status_code == 409
    assert "Somebody noted the contrary before." in answer.text
    assert await states(admin) == ["attended"]


async def test_before_the_hour_the_page_has_no_buttons_and_says_when(
    staff: Browser, hands: Hands, neighborhood: Neighborhood, admin: asyncpg.Connection, town: Town, now: datetime
) -> None:
    date = await make_session(admin, town, now=now, starts_in=timedelta(hours=1, minutes=30))
    handle = await neighborhood.guest(date, "n1@example.org", name="Maria Lopez")
    text = unescape((await staff.get(page_of(date))).text)
    assert "You can note who came from 10:30\xa0AM on." in text
    assert "Maria L." in text
    assert not re.search(r"<(form|script)\b", text)
    token = await token_on(staff, f"{BASE}/activities/new")
    for action, fields in (
        (page_of(date), {"guest": str(handle), "mark": "came"}),
        (f"{BASE}/dates/{date.id}/walk-ins", {"key": str(uuid4())}),
    ):
        answer = await staff.post(action, data={"form_token": token, **fields})
        assert answer.status_code == 409
        assert "It is too early." in answer.text
    hands.pass_by(timedelta(minutes=30))
    assert (await press(staff, date, guest=str(handle), mark="came")).status_code == 303


async def test_a_date_that_was_called_off_shows_that_and_no_button(
    staff: Browser, neighborhood: Neighborhood, admin: asyncpg.Connection, date: Date
) -> None:
    await neighborhood.guest(date, "n1@example.org")
    await admin.execute("UPDATE session SET state = 'cancelled'")
    text = (await staff.get(page_of(date))).text
    assert "This was called off by the center." in text
    assert "<form" not in text


async def test_walk_ins_are_noted_by_name_or_by_number_and_taken_back(staff: Browser, admin: asyncpg.Connection, date: Date) -> None:
    add, remove = f"{BASE}/dates/{date.id}/walk-ins", f"{BASE}/dates/{date.id}/walk-ins/remove"
    keys = [str(uuid4()), str(uuid4())]
    assert (await press(staff, date, action=add, key=keys[0], first_name=" Rosa ", people="1")).headers["location"].endswith("#walk-ins")
    await press(staff, date, action=add, key=keys[1], first_name="", people="4")
    text = (await staff.get(page_of(date))).text
    assert "<bdi>Rosa</bdi>" in text
    assert "<bdi>4 people</bdi>" in text
    assert "5 people came so far." in text
    assert (await press(staff, date, action=remove, key=keys[1])).status_code == 303
    rows = await admin.fetch("SELECT first_name, people FROM walk_in")
    assert [tuple(row) for row in rows] == [("Rosa", 1)]


@pytest.mark.parametrize(
    ("wrong", "named"),
    [({"people": "0"}, "people"), ({"people": "21"}, "people"), ({"people": "many"}, "people"), ({"first_name": "R" * 41}, "first_name")],
)
async def test_a_walk_in_that_cannot_be_comes_back_with_what_was_typed(
    staff: Browser, admin: asyncpg.Connection, date: Date, wrong: dict[str, str], named: str
) -> None:
    key = str(uuid4())
    answer = await press(
        staff, date, action=f"{BASE}/dates/{date.id}/walk-ins", **({"key": key, "first_name": "Rosa", "people": "1"} | wrong)
    )
    assert answer.status_code == 422
    assert f'id="{named}-wrong"' in answer.text
    assert f'value="{wrong[named]}"' in answer.text
    assert KEY.findall(answer.text) == [key]
    assert await admin.fetchval("SELECT count(*) FROM walk_in") == 0


async def test_every_opening_of_the_page_has_a_key_of_its_own(staff: Browser, date: Date) -> None:
    keys = [KEY.findall((await staff.get(page_of(date))).text) for _ in range(2)]
    assert len({key for found in keys for key in found}) == 2


@pytest.mark.parametrize("fields", [{"mark": "came", "guest": "x"}, {"mark": "eaten"}, {}])
async def test_what_is_no_mark_or_no_guest_is_not_there(
    staff: Browser, neighborhood: Neighborhood, date: Date, fields: dict[str, str]
) -> None:
    handle = await neighborhood.guest(date, "n1@example.org")
    answer = await press(staff, date, **({"guest": str(handle)} | fields))
    assert answer.status_code == 404


async def test_another_centers_date_is_not_there_whatever_is_sent(
    visitor: Browser, db: Database, neighborhood: Neighborhood, admin: asyncpg.Connection, date: Date, elsewhere: Town, now: datetime
) -> None:
    handle, key = await neighborhood.guest(date, "n1@example.org", name="Maria Lopez"), str(uuid4())
    await enter(visitor, db, center="hillside-center", now=now)
    token = await token_on(visitor, "/center/hillside-center/activities/new")
    for base in (BASE, "/center/hillside-center"):
        roster = f"{base}/dates/{date.id}/roster"
        assert (await visitor.get(roster)).status_code == 404
        answers = [
            await visitor.post(roster, data={"form_token": token, "guest": str(handle), "mark": "came"}),
            await visitor.post(f"{base}/dates/{date.id}/walk-ins", data={"form_token": token, "key": key}),
            await visitor.post(f"{base}/dates/{date.id}/walk-ins/remove", data={"form_token": token, "key": key}),
        ]
        assert {answer.status_code for answer in answers} == {404}
        assert "Maria" not in "".join(answer.text for answer in answers)
    assert (await visitor.get(f"{BASE}/today")).status_code == 404
    assert await states(admin) == ["confirmed"]
    assert await admin.fetchval("SELECT count(*) FROM walk_in") == 0


async def test_a_post_without_this_sessions_token_marks_nobody(
    staff: Browser, neighborhood: Neighborhood, admin: asyncpg.Connection, date: Date
) -> None:
    handle = await neighborhood.guest(date, "n1@example.org")
    paths = [(page_of(date), {"guest": str(handle), "mark": "came"})]
    paths += [(f"{BASE}/dates/{date.id}/walk-ins{more}", {"key": str(uuid4())}) for more in ("", "/remove")]
    for path, fields in paths:
        answer = await staff.post(path, data={"form_token": "abc.def", **fields})
        assert answer.status_code == 422
    assert await states(admin) == ["confirmed"]
    assert await admin.fetchval("SELECT count(*) FROM walk_in") == 0


async def test_who_is_signed_out_is_led_to_the_sign_in_and_marks_nobody(
    staff: Browser, neighborhood: Neighborhood, admin: asyncpg.Connection, date: Date
) -> None:
    handle = await neighborhood.guest(date, "n1@example.org")
    staff.cookies.clear()
    assert (await staff.get(page_of(date), follow_redirects=False)).headers["location"] == "/sign-in"
    assert (await staff.post(page_of(date), data={"guest": str(handle), "mark": "came"})).status_code == 401
    assert await states(admin) == ["confirmed"]


async def test_the_pages_hold_nothing_that_nobody_agreed_to(
    staff: Browser, neighborhood: Neighborhood, admin: asyncpg.Connection, date: Date
) -> None:
    """No last name, no address of any kind, no wish, no need beside a person, and no number that names a person elsewhere."""
    for n, need in enumerate(("step_free", "quiet", "quiet")):
        await neighborhood.guest(date, f"secret{n}@residents.example.org", name=f"Guest{'abc'[n]} Confidential", needs=(need,))
    ids = await admin.fetch("SELECT r.id, n.matcher_id FROM resident AS r JOIN pseudonym AS n ON n.resident_id = r.id")
    pages = "".join([(await staff.get(path)).text for path in (page_of(date), f"{BASE}/today", f"{BASE}/", f"{BASE}/sessions/{date.id}")])
    for text in ("Guesta C.", "Guestb C.", "Guestc C.", "No steps: for 1 person", "Quiet place: for 2 people"):
        assert text in pages
    for secret in ("onfidential", "secret0", "residents.example", "43604", "I am lonely", "gardening"):
        assert secret not in pages
    assert not [row for row in ids if str(row["id"]) in pages or str(row["matcher_id"]) in pages]
    for row in re.findall(r'<li id="guest-.*?</li>', pages, re.DOTALL):
        assert not re.search(r"No steps|Quiet|ready", row)


async def test_a_single_guests_need_is_a_request_without_a_number(staff: Browser, neighborhood: Neighborhood, date: Date) -> None:
    await neighborhood.guest(date, "n1@example.org", name="Maria Lopez", needs=("step_free",))
    text = (await staff.get(page_of(date))).text
    assert "Please have the way without steps ready." in text
    assert "No steps" not in text
    assert "for 1 person" not in text


async def test_today_leads_to_the_roster_and_to_calling_off(
    staff: Browser, neighborhood: Neighborhood, admin: asyncpg.Connection, town: Town, date: Date, now: datetime
) -> None:
    begun = await make_session(admin, town, now=now, slug="begun", title="Begun", starts_in=-timedelta(minutes=5))
    tomorrow = await make_session(admin, town, now=now, slug="tomorrow", title="Choir", starts_in=timedelta(days=1))
    await neighborhood.guest(date, "n1@example.org", party=2)
    text = (await staff.get(f"{BASE}/today")).text
    for each in (begun, date, tomorrow):
        assert f'href="{page_of(each)}"' in text
    assert [f'href="{BASE}/sessions/{each.id}/cancel"' in text for each in (begun, date, tomorrow)] == [False, True, True]
    assert "2 people come." in text
    assert "1 guest is new here. Please greet them." in text
    for link in set(re.findall(rf'href="({BASE}/[^"]*)"', text)):
        assert (await staff.get(link)).status_code == 200, link


async def test_hosts_see_today_and_may_not_call_off(visitor: Browser, db: Database, date: Date, now: datetime) -> None:
    await enter(visitor, db, role="host", now=now)
    text = (await visitor.get(f"{BASE}/today")).text
    assert f'href="{page_of(date)}"' in text
    assert "/cancel" not in text


async def test_the_home_begins_with_today_and_its_counts(staff: Browser, neighborhood: Neighborhood, date: Date) -> None:
    await neighborhood.guest(date, "n1@example.org", party=2)
    text = (await staff.get(f"{BASE}/")).text
    main = text[text.index("<main") :]
    assert "Today: 1 date, 2 people" in main
    assert re.search(rf'href="({BASE}/[^"]*)"', main)[1] == f"{BASE}/today"  # type: ignore[index]


async def test_a_day_without_dates_says_so(staff: Browser, admin: asyncpg.Connection, town: Town) -> None:
    assert (await staff.get(f"{BASE}/today")).text.count("Nothing takes place.") == 2


async def test_the_chosen_language_stays_through_a_press(staff: Browser, neighborhood: Neighborhood, date: Date) -> None:
    handle = await neighborhood.guest(date, "n1@example.org")
    answer = await press(staff, date, action=f"{page_of(date)}?lang=es", guest=str(handle), mark="came")
    assert answer.headers["location"] == f"{page_of(date)}?lang=es#guest-{handle}"
    assert "Deshacer" in (await staff.get(f"{page_of(date)}?lang=es")).text
