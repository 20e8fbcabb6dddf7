"""A center's pages as its staff use them."""

from __future__ import annotations

from datetime import datetime, timedelta
from html import unescape
from uuid import UUID

import asyncpg
import pytest

from service.access import NEEDS
from service.crypto import hash_secret
from service.db import Database
from service.registrations import actions as registrations
from service.web.form_token import QUICKEST, FormTokens
from tests.service.centers.conftest import enter, token_on
from tests.service.mail.neighbors import SECRET, Date, Town, make_resident, make_session
from tests.service.visitor import Browser, Hands

BASE = "/center/riverton-center"
CHAIR_YOGA = {
    "title": "Chair yoga",
    "description": "Slow and seated.",
    "first_on": "2026-11-24",
    "begins": "10:00",
    "ends": "11:15",
    "repeat": "weekly",
    "days": ["TU", "TH"],
    "capacity": "12",
    "cost": "2.50",
    "languages": ["en", "es"],
    "access_seated": "yes",
    "access_hearing_loop": "no",
    "access_quiet": "",
    "then": "publish",
}
Fields = dict[str, str | list[str]]


async def posted(staff: Browser, changes: Fields | None = None, *, status: int = 303) -> str:
    """The path of the new activity, or the page that came back."""
    token = await token_on(staff, f"{BASE}/activities/new")
    answer = await staff.post(f"{BASE}/activities/new", data={**CHAIR_YOGA, "form_token": token, **(changes or {})}, follow_redirects=False)
    assert answer.status_code == status, answer.text
    return str(answer.headers["location"]).partition("?")[0] if status == 303 else answer.text


async def act(staff: Browser, path: str, page: str | None = None, *, status: int = 303, **fields: str) -> str:
    answer = await staff.post(path, data={"form_token": await token_on(staff, page or path), **fields}, follow_redirects=False)
    assert answer.status_code == status, answer.text
    return str(answer.headers.get("location", answer.text))


async def seat(db: Database, admin: asyncpg.Connection, town: Town, session_id: UUID, *, now: datetime, email: str) -> UUID:
    resident = await make_resident(admin, town, now=now, email=email)
    async with db.transaction(resident_id=resident) as conn:
        await registrations.accept(conn, session_id=session_id, resident_id=resident, now=now)
    return resident


async def test_a_new_activity_in_plain_choices_is_public_with_its_dates(staff: Browser, admin: asyncpg.Connection) -> None:
    path = await posted(staff)
    row = await admin.fetchrow("SELECT * FROM activity")
    assert row
    assert (row["rrule"], row["duration_min"], row["cost_cents"], row["status"]) == ("FREQ=WEEKLY;BYDAY=TU,TH", 75, 250, "published")
    assert (row["access_yes"], row["access_no"]) == (NEEDS["seated"], NEEDS["hearing_loop"])
    assert row["languages"] == ["en", "es"]
    assert await admin.fetchval("SELECT count(*) FROM session") == 16
    page = (await staff.get(path)).text
    assert "Every week: Tuesday and Thursday" in page
    assert "0 of 12 seats taken" in page
    staff.cookies.clear()
    assert (await staff.get(f"/activities/{row['slug']}")).status_code == 200


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"repeat": "once"}, None),
        ({"repeat": "daily"}, "FREQ=DAILY"),
        ({"repeat": "weekly", "days": []}, "FREQ=WEEKLY;BYDAY=TU"),
        ({"repeat": "fortnightly", "days": "TU"}, "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU"),
        ({"repeat": "monthly"}, "FREQ=MONTHLY;BYDAY=4TU"),
        ({"repeat": "monthly", "first_on": "2026-12-29", "until": "2027-06-30"}, "FREQ=MONTHLY;BYDAY=-1TU;UNTIL=20270630"),
    ],
)
async def test_each_choice_is_a_rule_and_comes_back_as_the_same_choice(
    staff: Browser, admin: asyncpg.Connection, changes: Fields, rule: str | None
) -> None:
    path = await posted(staff, changes)
    assert await admin.fetchval("SELECT rrule FROM activity") == rule
    form = (await staff.get(f"{path}/edit")).text
    assert f'name="repeat" value="{changes["repeat"]}" checked' in form


async def test_every_wrong_field_is_named_at_once_and_nothing_typed_is_lost(staff: Browser, admin: asyncpg.Connection) -> None:
    wrong: Fields = {
        "title": "",
        "begins": "ten",
        "until": "2026-01-01",
        "zip": "99999",
        "capacity": "4",
        "minimum": "9",
        "age_min": "80",
        "age_max": "20",
        "cost": "cheap",
        "url": "javascript:alert(1)",
        "access_quiet": "maybe",
        "description": "Kept <as it is>",
    }
    text = unescape(await posted(staff, wrong, status=422))
    named = {name for name in (*CHAIR_YOGA, *wrong) if f'id="{name}-wrong"' in text}
    assert named == {"title", "begins", "until", "zip", "minimum", "age_max", "cost", "url", "access_quiet"}
    for kept in ("Kept <as it is>", 'value="ten"', 'value="99999"', 'value="cheap"', 'value="TH" checked', 'value="weekly" checked'):
        assert kept in text
    assert await admin.fetchval("SELECT count(*) FROM activity") == 0


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"ends": "10:00"}, "ends"),
        ({"ends": "09:00"}, "ends"),
        ({"first_on": "2026-11-25"}, "first_on"),
        ({"first_on": "2020-01-01", "repeat": "once"}, "first_on"),
        ({"repeat": "kept"}, "repeat"),
        ({"repeat": "hourly"}, "repeat"),
        ({"first_on": "2026-02-30"}, "first_on"),
        ({"capacity": "0"}, "capacity"),
        ({"cost": "-1"}, "cost"),
        ({"languages": ["e'; DROP"]}, "languages"),
        ({"title": "two\x00lines"}, "title"),
    ],
)
async def test_what_cannot_be_is_refused_beside_its_field(staff: Browser, admin: asyncpg.Connection, changes: Fields, field: str) -> None:
    assert f'id="{field}-wrong"' in await posted(staff, changes, status=422)
    assert await admin.fetchval("SELECT count(*) FROM activity") == 0


async def test_pressing_twice_posts_once(staff: Browser, admin: asyncpg.Connection) -> None:
    assert await posted(staff, {"once": "abc"}) == await posted(staff, {"once": "abc"})
    assert await admin.fetchval("SELECT count(*) FROM activity") == 1


async def test_a_draft_is_seen_by_its_center_alone_until_it_is_published(staff: Browser, admin: asyncpg.Connection) -> None:
    path = await posted(staff, {"then": "draft"})
    slug = await admin.fetchval("SELECT slug FROM activity")
    assert (await staff.get(f"/activities/{slug}")).status_code == 404
    assert "done=published" in await act(staff, f"{path}/status", path, to="published")
    assert (await staff.get(f"/activities/{slug}")).status_code == 200
    assert "done=taken_back" in await act(staff, f"{path}/status", path, to="draft")
    assert (await staff.get(f"/activities/{slug}")).status_code == 404


async def test_what_people_hold_seats_for_is_not_hidden_from_them(
    staff: Browser, admin: asyncpg.Connection, db: Database, town: Town, now: datetime
) -> None:
    path = await posted(staff)
    await seat(db, admin, town, await admin.fetchval("SELECT id FROM session LIMIT 1"), now=now, email="ada@residents.example.org")
    assert "Call off the dates instead" in await act(staff, f"{path}/status", path, to="draft", status=409)


async def test_the_overview_shows_seats_and_open_questions(staff: Browser, admin: asyncpg.Connection, town: Town, now: datetime) -> None:
    date = await make_session(admin, town, now=now, capacity=9, access_yes=sum(NEEDS.values()) - NEEDS["quiet"])
    await admin.execute("UPDATE seats SET taken = 4 WHERE session_id = $1", date.id)
    text = (await staff.get(f"{BASE}/")).text
    assert "4 of 9 seats taken" in text
    assert "Garden morning</a>: Quiet place</li>" in text


async def test_calling_off_a_date_asks_first_then_tells_everyone_and_stays_so(
    staff: Browser, admin: asyncpg.Connection, db: Database, town: Town, now: datetime
) -> None:
    path = await posted(staff)
    session_id = await admin.fetchval("SELECT id FROM session ORDER BY starts_at LIMIT 1")
    await seat(db, admin, town, session_id, now=now, email="ada@residents.example.org")
    await admin.execute("UPDATE seats SET capacity = 1, own_capacity = true WHERE session_id = $1", session_id)
    await seat(db, admin, town, session_id, now=now, email="ben@residents.example.org")
    assert "Full: 1 of 1 seats · 1 waiting for a seat" in (await staff.get(f"{BASE}/sessions/{session_id}")).text
    cancel = f"{BASE}/sessions/{session_id}/cancel"
    asked = (await staff.get(cancel)).text
    assert "2 people have a seat or wait for one, and will be written to" in asked
    assert await admin.fetchval("SELECT state FROM session WHERE id = $1", session_id) == "scheduled"
    letters = await admin.fetchval("SELECT count(*) FROM letter WHERE kind = 'notice'")
    done = await act(staff, cancel)
    assert "told=2" in done
    assert "2 people are written to." in (await staff.get(done)).text
    assert await admin.fetchval("SELECT count(*) FROM letter WHERE kind = 'notice'") == letters + 2
    assert await admin.fetchval("SELECT taken FROM seats WHERE session_id = $1", session_id) == 0
    # Changing the words later keeps every other date ready, and must not bring this one back.
    typed = await admin.fetchval("SELECT sequence FROM activity")
    await edited(staff, path, {"title": "Chair yoga with tea", "sequence": str(typed)})
    assert await admin.fetchval("SELECT state FROM session WHERE id = $1", session_id) == "cancelled"


async def edited(staff: Browser, path: str, changes: Fields, *, status: int = 303) -> str:
    token = await token_on(staff, f"{path}/edit")
    answer = await staff.post(f"{path}/edit", data={**CHAIR_YOGA, "sequence": "0", "form_token": token, **changes}, follow_redirects=False)
    assert answer.status_code == status, answer.text
    return str(answer.headers.get("location", answer.text))


async def test_a_change_that_drops_seats_asks_once_and_then_tells(
    staff: Browser, admin: asyncpg.Connection, db: Database, town: Town, now: datetime
) -> None:
    path = await posted(staff)
    thursday = await admin.fetchval("SELECT id FROM session WHERE extract(isodow FROM starts_at_local) = 4 ORDER BY starts_at LIMIT 1")
    await seat(db, admin, town, thursday, now=now, email="ada@residents.example.org")
    asked = await edited(staff, path, {"days": ["TU"]}, status=409)
    assert "1 person has a seat, or waits for one, on a date that would be no more" in asked
    assert await admin.fetchval("SELECT state FROM session WHERE id = $1", thursday) == "scheduled"
    assert "told=1" in await edited(staff, path, {"days": ["TU"], "sure": "yes"})
    assert await admin.fetchval("SELECT state FROM session WHERE id = $1", thursday) == "cancelled"
    assert await admin.fetchval("SELECT count(*) FROM registration WHERE state = 'cancelled'") == 1
    assert await admin.fetchval("SELECT count(*) FROM letter WHERE kind = 'notice'") == 1


async def test_of_two_who_change_at_once_the_second_is_told_and_keeps_the_words(staff: Browser) -> None:
    path = await posted(staff)
    await edited(staff, path, {"title": "First"})
    back = await edited(staff, path, {"title": "Second"}, status=409)
    assert "Somebody else changed this" in back
    assert 'value="Second"' in back
    assert 'name="sequence" value="1"' in back
    await edited(staff, path, {"title": "Second", "sequence": "1"})


async def test_calling_off_all_dates_tells_each_person(
    staff: Browser, admin: asyncpg.Connection, db: Database, town: Town, now: datetime
) -> None:
    path = await posted(staff)
    dates = [row["id"] for row in await admin.fetch("SELECT id FROM session ORDER BY starts_at LIMIT 2")]
    await seat(db, admin, town, dates[0], now=now, email="ada@residents.example.org")
    await seat(db, admin, town, dates[1], now=now, email="ben@residents.example.org")
    assert "2 people have a seat" in (await staff.get(f"{path}/end")).text
    assert "told=2" in await act(staff, f"{path}/end")
    assert await admin.fetchval("SELECT status FROM activity") == "cancelled"
    assert await admin.fetchval("SELECT count(*) FROM session WHERE state = 'scheduled' AND starts_at > $1", now) == 0
    assert "The letters leave at" in (await staff.get(path)).text
    assert "with all the dates of its activity" in (await staff.get(f"{BASE}/sessions/{dates[0]}")).text
    done = await act(staff, f"{path}/restore", path)
    assert "It takes place after all." in (await staff.get(done)).text
    assert [row["state"] for row in await admin.fetch("SELECT state FROM registration")] == ["confirmed", "confirmed"]
    assert await admin.fetchval("SELECT count(*) FROM letter WHERE kind = 'notice'") == 0


async def test_the_seats_of_one_date_change_but_never_below_those_taken(
    staff: Browser, admin: asyncpg.Connection, db: Database, town: Town, now: datetime
) -> None:
    path = await posted(staff)
    session_id = await admin.fetchval("SELECT id FROM session LIMIT 1")
    await seat(db, admin, town, session_id, now=now, email="ada@residents.example.org")
    page = f"{BASE}/sessions/{session_id}"
    back = await act(staff, f"{page}/capacity", page, capacity="0", status=409)
    assert "Nobody loses a seat by a number" in back
    assert 'id="capacity-wrong"' in await act(staff, f"{page}/capacity", page, capacity="many", status=422)
    await act(staff, f"{page}/capacity", page, capacity="3")
    assert "1 of 3 seats taken" in (await staff.get(page)).text
    # The other dates keep the activity's number, and so does this one keep its own when the words change.
    await edited(staff, path, {"title": "Chair yoga and tea"})
    assert await admin.fetchval("SELECT capacity FROM seats WHERE session_id = $1", session_id) == 3
    assert await admin.fetchval("SELECT count(*) FROM seats WHERE capacity = 12") == 15


async def test_what_has_begun_is_not_called_off(staff: Browser, admin: asyncpg.Connection, hands: Hands) -> None:
    await posted(staff)
    session_id = await admin.fetchval("SELECT id FROM session ORDER BY starts_at LIMIT 1")
    cancel = f"{BASE}/sessions/{session_id}/cancel"
    token = await token_on(staff, cancel)
    secret = staff.cookies["doorstep"]
    await admin.execute("UPDATE staff_session SET expires_at = expires_at + interval '2 days'")
    hands.pass_by(timedelta(days=1, minutes=1))
    headers = {"cookie": f"doorstep={secret}"}
    assert "This has begun or is over" in (await staff.get(cancel, headers=headers)).text
    fresh = FormTokens([SECRET]).mint("staff", nonce=hash_secret(secret).hex()[:24], now=hands.now - QUICKEST)
    for sent in (token, fresh):
        assert (await staff.post(cancel, data={"form_token": sent}, headers=headers)).status_code in (410, 422)
    assert await admin.fetchval("SELECT state FROM session WHERE id = $1", session_id) == "scheduled"


async def test_looking_changes_nothing(staff: Browser, admin: asyncpg.Connection, town: Town, now: datetime) -> None:
    path = await posted(staff)
    session_id = await admin.fetchval("SELECT id FROM session LIMIT 1")
    pages = ["", "/activities/new", f"/sessions/{session_id}", f"/sessions/{session_id}/cancel", f"/sessions/{session_id}/capacity"]
    paths = [BASE + page for page in pages] + [path + page for page in ("", "/edit", "/end", "/status")]
    before = await everything(admin)
    for method in ("GET", "HEAD", "OPTIONS"):
        for one in paths:
            assert (await staff.request(method, one)).status_code < 500
    assert await everything(admin) == before


async def everything(admin: asyncpg.Connection) -> list[object]:
    tables = ("activity", "session", "seats", "registration", "letter", "staff", "staff_session", "sign_in")
    return [await admin.fetch(f"SELECT * FROM {table} ORDER BY 1, 2") for table in tables]


async def test_whoever_is_not_signed_in_is_led_to_the_door_and_posts_nothing(visitor: Browser, town: Town) -> None:
    answer = await visitor.get(f"{BASE}/", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")
    assert (await visitor.post(f"{BASE}/activities/new", data=CHAIR_YOGA)).status_code == 401


async def test_a_form_of_a_calendar_keeps_what_the_calendar_tells(
    staff: Browser, admin: asyncpg.Connection, town: Town, now: datetime
) -> None:
    date = await make_feed_activity(admin, town, now)
    path = f"{BASE}/activities/{date.activity_id}"
    assert 'name="title"' not in (await staff.get(f"{path}/edit")).text
    await edited(staff, path, {"title": "Taken over", "bring": "Gloves", "access_quiet": "yes"})
    row = await admin.fetchrow("SELECT title, bring, access_yes, rrule, zone FROM activity")
    assert row
    assert tuple(row) == ("Garden morning", "Gloves", NEEDS["quiet"] | NEEDS["seated"], "FREQ=WEEKLY;INTERVAL=3", "America/New_York")


async def make_feed_activity(admin: asyncpg.Connection, town: Town, now: datetime) -> Date:
    feed = await admin.fetchval(
        "INSERT INTO feed (organization_id, source, format, created_at) VALUES ($1, 'https://calendar.example.org/a.ics', 'ics', $2)"
        " RETURNING id", town.center_id, now,
    )  # fmt: skip
    return await make_session(admin, town, now=now, feed_id=feed, uid="a", rrule="FREQ=WEEKLY;INTERVAL=3")


async def test_a_session_of_twelve_hours_ends_on_every_page(staff: Browser, hands: Hands) -> None:
    secret = staff.cookies["doorstep"]
    hands.pass_by(timedelta(hours=12))
    answer = await staff.get(f"{BASE}/", headers={"cookie": f"doorstep={secret}"}, follow_redirects=False)
    assert answer.headers["location"] == "/sign-in"


async def test_a_form_left_open_too_long_comes_back_with_all_that_was_typed(staff: Browser, hands: Hands) -> None:
    token = await token_on(staff, f"{BASE}/activities/new")
    hands.pass_by(timedelta(hours=3))
    answer = await staff.post(f"{BASE}/activities/new", data={**CHAIR_YOGA, "form_token": token})
    assert answer.status_code == 422
    assert "open for a long time" in answer.text
    assert 'value="Chair yoga"' in answer.text


async def test_an_owner_may_all_that_staff_may(visitor: Browser, db: Database, town: Town, now: datetime) -> None:
    await enter(visitor, db, role="owner", now=now)
    await posted(visitor)
