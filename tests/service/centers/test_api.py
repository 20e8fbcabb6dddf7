"""The center API: a center's program sees and touches its own activities, and a retry makes nothing twice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from service.db import Database
from service.organizations import allowance, keys
from service.places.places import Places
from service.registrations import actions as registrations
from tests.service.api_clients import Machine, activity, api_client
from tests.service.mail.neighbors import Town, make_resident, make_town
from tests.service.visitor import Browser, Hands, browser


@pytest.fixture
def hands(now: datetime) -> Hands:
    return Hands(now)


@pytest.fixture
async def visitor(database_url: str, hands: Hands, tmp_path: Path) -> AsyncIterator[Browser]:
    async with browser(database_url, hands, tmp_path) as opened:
        yield opened


@pytest.fixture
async def town(admin: asyncpg.Connection, now: datetime) -> Town:
    return await make_town(admin, now=now)


@pytest.fixture
async def ours(worker_db: Database, visitor: Browser, town: Town, now: datetime) -> Machine:
    return await api_client(worker_db, visitor, organization_id=town.center_id, slug="riverton-center", now=now)


@pytest.fixture
async def theirs(admin: asyncpg.Connection, worker_db: Database, visitor: Browser, town: Town, now: datetime) -> Machine:
    elsewhere = await make_town(admin, now=now, slug="elsewhere")
    return await api_client(worker_db, visitor, organization_id=elsewhere.center_id, slug="elsewhere-center", now=now)


_JERSEY = Places().find("07302")
CENTER = (_JERSEY.code, _JERSEY.lat, _JERSEY.lon)


async def posted(who: Machine, **more: object) -> dict[str, Any]:
    answer = await who.post(activity(**more))
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_only_a_point_of_its_own_is_a_place_and_a_zip_is_its_town(ours: Machine, admin: asyncpg.Connection, town: Town) -> None:
    async def near(id: str) -> str:
        text: str = await admin.fetchval("SELECT near_place FROM activity WHERE id = $1::text::uuid", id)
        return text

    nothing = {"zip": None, "lat": None, "lon": None}
    by_zip = await posted(ours, **nothing | {"zip": "07302"})
    by_point = await posted(ours, **nothing | {"zip": "07302", "lat": 40.72, "lon": -74.05})
    assert (await near(by_zip["id"]), await near(by_point["id"])) == ("Jersey City, NJ", "")
    assert await near((await posted(ours, **nothing))["id"]) == ""  # the center has a point of its own
    await admin.execute("UPDATE organization SET zip = $1, lat = $2, lon = $3", *CENTER)
    assert await near((await posted(ours, **nothing))["id"]) == "Jersey City, NJ"
    path = f"/api/v1/centers/{ours.slug}/activities/{by_zip['id']}"
    assert (await ours.send("PATCH", path, {"title": "Garden evening"})).status_code == 200
    assert await near(by_zip["id"]) == "Jersey City, NJ"
    assert (await ours.send("PATCH", path, {"lat": 40.72, "lon": -74.05})).status_code == 200
    assert await near(by_zip["id"]) == ""


# Who may come in


async def test_without_a_key_that_we_know_nobody_comes_in_and_no_body_is_looked_at(ours: Machine, visitor: Browser) -> None:
    wrong = ours.key[:-1] + ("a" if ours.key[-1] != "a" else "b")
    for authorization in ("", "Bearer", f"Basic {ours.key}", f"Bearer {wrong}", "Bearer doorstep_abc", "Bearer \xe9"):
        answer = await visitor.post(
            f"/api/v1/centers/{ours.slug}/activities", json={"x": 1}, headers={b"Authorization": authorization.encode("latin-1")}
        )
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith("Bearer")
        assert answer.headers["content-type"] == "application/problem+json"
        assert "errors" not in answer.json()


async def test_a_key_that_was_revoked_or_ran_out_opens_nothing(
    ours: Machine, worker_db: Database, town: Town, hands: Hands, now: datetime
) -> None:
    assert (await ours.send("GET", f"/api/v1/centers/{ours.slug}/activities")).status_code == 200
    hands.pass_by(timedelta(days=366))
    assert (await ours.send("GET", f"/api/v1/centers/{ours.slug}/activities")).status_code == 401
    hands.pass_by(-timedelta(days=366))
    async with worker_db.transaction() as conn:
        await keys.revoke(conn, organization_id=town.center_id, key_id=ours.key.split("_")[1], now=now)
    assert (await ours.send("GET", f"/api/v1/centers/{ours.slug}/activities")).status_code == 401


async def test_a_key_does_only_what_it_was_made_for(worker_db: Database, visitor: Browser, town: Town, now: datetime) -> None:
    reader = await api_client(
        worker_db, visitor, organization_id=town.center_id, slug="riverton-center", now=now, scopes=["roster:read", "signups:write"]
    )
    answer = await reader.post(activity())
    assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")
    assert "activities:write" in answer.json()["detail"]


async def test_a_centers_key_neither_sees_nor_touches_what_belongs_to_another(
    ours: Machine, theirs: Machine, admin: asyncpg.Connection
) -> None:
    published, draft = await posted(theirs), await posted(theirs, status="draft")
    before = await admin.fetch("SELECT t::text FROM activity AS t UNION ALL SELECT t::text FROM session AS t ORDER BY 1")
    [date, *_] = published["sessions"]
    tries = [("GET", f"/api/v1/centers/{theirs.slug}/activities", None), ("POST", f"/api/v1/centers/{theirs.slug}/activities", activity())]
    for slug in (ours.slug, theirs.slug):
        for id in (published["id"], draft["id"]):
            tries += [
                ("GET", f"/api/v1/centers/{slug}/activities/{id}", None),
                ("PATCH", f"/api/v1/centers/{slug}/activities/{id}", {"title": "Taken over"}),
                ("PATCH", f"/api/v1/centers/{slug}/activities/{id}", {"status": "cancelled"}),
            ]
    tries.append(("POST", f"/api/v1/sessions/{date['id']}/cancel", None))
    for method, path, body in tries:
        answer = await ours.send(method, path, body)
        assert answer.status_code == 404, (method, path)
        assert answer.json()["code"] == "missing"
    assert before == await admin.fetch("SELECT t::text FROM activity AS t UNION ALL SELECT t::text FROM session AS t ORDER BY 1")
    assert (await ours.send("GET", f"/api/v1/centers/{ours.slug}/activities")).json() == {"activities": []}


async def test_a_partners_key_is_no_centers_key(worker_db: Database, visitor: Browser, town: Town, now: datetime) -> None:
    partner = await api_client(worker_db, visitor, organization_id=town.partner_id, slug="riverton-partner", now=now)
    assert (await partner.post(activity())).status_code == 404


# Posting


async def test_what_is_posted_is_kept_with_its_dates_and_can_be_read_again(ours: Machine) -> None:
    answer = await ours.post(activity(reference="our-7", cost_cents=None))
    body = answer.json()
    assert answer.status_code == 201
    assert (body["status"], body["reference"], body["cost_cents"], body["sequence"]) == ("published", "our-7", None, 0)
    assert [date["starts_at_local"] for date in body["sessions"]][:2] == ["2026-11-24T10:00:00", "2026-12-01T10:00:00"]
    assert (body["sessions"][0]["starts_at"], body["sessions"][0]["capacity"]) == ("2026-11-24T15:00:00Z", 8)
    again = await ours.send("GET", answer.headers["location"])
    assert (again.json(), again.headers["etag"]) == (body, answer.headers["etag"])
    unchanged = await ours.send("GET", answer.headers["location"], If_None_Match=again.headers["etag"])
    assert (unchanged.status_code, unchanged.content) == (304, b"")


async def test_a_draft_is_seen_by_nobody_else(ours: Machine, visitor: Browser) -> None:
    draft = await posted(ours, status="draft")
    assert (await visitor.get(f"/activities/{draft['slug']}")).status_code == 404
    await ours.send("PATCH", f"/api/v1/centers/{ours.slug}/activities/{draft['id']}", {"status": "published"})
    assert (await visitor.get(f"/activities/{draft['slug']}")).status_code == 200


@pytest.mark.parametrize(
    ("wrong", "status", "fields"),
    [
        (
            {"title": "", "capacity": 0, "cost_cents": "free", "starts_at_local": "2026-11-24T10:00:00Z", "is_admin": True},
            400,
            {"#/title", "#/capacity", "#/cost_cents", "#/starts_at_local", "#/is_admin"},
        ),
        (
            {"starts_at_local": "2020-01-01T10:00:00", "rrule": None, "age_min": 60, "age_max": 20, "minimum": 9, "zip": "00000", "lat": 1},
            422,
            {"#/starts_at_local", "#/age_max", "#/minimum", "#/zip", "#/lon"},
        ),
        ({"access_yes": ["step_free", "a_lift"], "access_no": ["step_free"], "rrule": "FREQ=SECONDLY"}, 422, None),
    ],
)
async def test_every_wrong_field_is_named_at_once(
    ours: Machine, admin: asyncpg.Connection, wrong: dict[str, object], status: int, fields: set[str] | None
) -> None:
    answer = await ours.post(activity(**wrong))
    named = {error["pointer"] for error in answer.json()["errors"]}
    assert (answer.status_code, named) == (status, fields or {"#/access_yes", "#/access_no", "#/rrule"})
    assert await admin.fetchval("SELECT count(*) FROM activity") == 0


async def test_the_same_reference_again_gives_the_first(ours: Machine, theirs: Machine) -> None:
    first = await posted(ours, reference="tea")
    again = await ours.post(activity(reference="tea", title="Another name"))
    assert (again.status_code, again.json()) == (200, first)
    assert (await posted(theirs, reference="tea"))["id"] != first["id"]


# Asking again


async def test_a_retry_gets_the_first_answer_and_posts_nothing(ours: Machine, admin: asyncpg.Connection, hands: Hands) -> None:
    first = await ours.post(activity(), Idempotency_Key="k-1")
    hands.pass_by(timedelta(hours=23))
    again = await ours.post(activity(), Idempotency_Key="k-1")
    assert (again.status_code, again.content) == (201, first.content)
    assert [again.headers[name] for name in ("location", "etag")] == [first.headers[name] for name in ("location", "etag")]
    assert (again.headers["idempotency-replayed"], "idempotency-replayed" in first.headers) == ("true", False)
    assert await admin.fetchval("SELECT count(*) FROM activity") == 1
    hands.pass_by(timedelta(hours=2))
    assert (await ours.post(activity(), Idempotency_Key="k-1")).json()["id"] != first.json()["id"]


async def test_twelve_retries_at_once_post_one_activity(ours: Machine, admin: asyncpg.Connection) -> None:
    answers = await asyncio.gather(*(ours.post(activity(), Idempotency_Key="same") for _ in range(12)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert await admin.fetchval("SELECT count(*) FROM activity") == 1


async def test_a_used_key_with_other_words_is_refused_and_does_nothing(ours: Machine, admin: asyncpg.Connection) -> None:
    await ours.post(activity(), Idempotency_Key="k-1")
    [id] = [row["id"] for row in await admin.fetch("SELECT id FROM session ORDER BY starts_at LIMIT 1")]
    for path, body in ((f"/api/v1/centers/{ours.slug}/activities", activity(title="Other")), (f"/api/v1/sessions/{id}/cancel", None)):
        answer = await ours.send("POST", path, body, Idempotency_Key="k-1")
        assert (answer.status_code, answer.json()["code"]) == (422, "key_used_otherwise")
    assert await admin.fetchval("SELECT count(*) FROM activity") == 1
    assert await admin.fetchval("SELECT count(*) FROM session WHERE state = 'cancelled'") == 0


async def test_what_was_refused_may_be_mended_and_sent_under_the_same_key(ours: Machine) -> None:
    assert (await ours.post(activity(age_min=9, age_max=8), Idempotency_Key="k-1")).status_code == 422
    assert (await ours.post(activity(), Idempotency_Key="k-1")).status_code == 201


async def test_two_centers_may_use_the_same_word(ours: Machine, theirs: Machine) -> None:
    first = await ours.post(activity(), Idempotency_Key="1")
    second = await theirs.post(activity(), Idempotency_Key="1")
    assert second.status_code == 201
    assert second.json()["id"] != first.json()["id"]


async def test_a_word_that_is_none_is_refused(ours: Machine) -> None:
    for word in ("", "x" * 256, "two words"):
        assert (await ours.post(activity(), Idempotency_Key=word)).status_code == 400


# Lists


async def test_a_list_is_walked_by_its_links_and_shows_each_activity_once(ours: Machine, hands: Hands) -> None:
    made = []
    for number in range(5):
        made.append((await posted(ours, title=f"Group {number}"))["id"])
        hands.pass_by(timedelta(seconds=1))
    seen, next_page = [], f"/api/v1/centers/{ours.slug}/activities?limit=2"
    while next_page:
        answer = await ours.send("GET", next_page)
        seen += [one["id"] for one in answer.json()["activities"]]
        next_page = answer.links.get("next", {}).get("url", "")
        assert answer.links["first"]["url"].startswith("http")
    assert seen == made


# Changing


async def test_a_change_says_only_what_is_new(ours: Machine) -> None:
    first = await posted(ours, bring="A cushion", zip="10001")
    path = f"/api/v1/centers/{ours.slug}/activities/{first['id']}"
    answer = await ours.send("PATCH", path, {"title": "Stoop checkers", "capacity": None, "access_yes": ["seated"]}, If_Match='"0"')
    assert answer.status_code == 200
    changed = {"title": "Stoop checkers", "capacity": None, "access_yes": ["seated"], "sequence": 1}
    left_out = {"sessions", "topics", "changed_at"}
    assert {name: value for name, value in answer.json().items() if name not in left_out} == {
        name: value for name, value in (first | changed).items() if name not in left_out
    }
    assert [date["id"] for date in answer.json()["sessions"]] == [date["id"] for date in first["sessions"]]
    assert answer.headers["etag"] != '"0"'


async def test_of_two_who_change_the_same_version_one_is_told_to_look_again(ours: Machine) -> None:
    made = await posted(ours)
    path = f"/api/v1/centers/{ours.slug}/activities/{made['id']}"
    answers = await asyncio.gather(*(ours.send("PATCH", path, {"title": f"Name {n}"}, If_Match='"0"') for n in range(2)))
    assert sorted(answer.status_code for answer in answers) in ([200, 409], [200, 412])
    for stale in ('"0"', 'W/"1"', '"x"', "1"):
        late = await ours.send("PATCH", path, {"title": "Too late"}, If_Match=stale)
        assert (late.status_code, late.json()["code"]) == (412, "stale")
    assert (await ours.send("PATCH", path, {"title": "Whatever it was"}, If_Match="*")).status_code == 200


async def test_a_change_that_does_not_hold_together_changes_nothing(ours: Machine) -> None:
    made = await posted(ours)
    path = f"/api/v1/centers/{ours.slug}/activities/{made['id']}"
    answer = await ours.send("PATCH", path, {"minimum": 99, "zip": "nowhere", "title": "New"})
    assert (answer.status_code, {error["pointer"] for error in answer.json()["errors"]}) == (422, {"#/minimum", "#/zip"})
    answer = await ours.send("PATCH", path, {"title": None, "reference": "x"})
    assert (answer.status_code, {error["pointer"] for error in answer.json()["errors"]}) == (400, {"#/title", "#/reference"})
    assert (await ours.send("GET", path)).json() == made


async def test_a_new_zip_moves_the_place(ours: Machine) -> None:
    made = await posted(ours)
    path = f"/api/v1/centers/{ours.slug}/activities/{made['id']}"
    moved = (await ours.send("PATCH", path, {"zip": "10025"})).json()
    assert (moved["lat"], moved["lon"]) != (made["lat"], made["lon"])
    assert (await ours.send("PATCH", path, {"title": "Other"})).json()["lat"] == moved["lat"]


# Calling off


async def seated(admin: asyncpg.Connection, db: Database, town: Town, date: str, now: datetime) -> None:
    who = await make_resident(admin, town, now=now, email="ilsabet@residents.example.org")
    async with db.transaction(resident_id=who) as conn:
        await registrations.accept(conn, session_id=date, resident_id=who, now=now)  # type: ignore[arg-type]  # Postgres reads the text


async def test_calling_a_date_off_writes_to_everyone_with_a_seat_and_the_series_does_not_bring_it_back(
    ours: Machine, admin: asyncpg.Connection, db: Database, town: Town, now: datetime
) -> None:
    made = await posted(ours)
    [date, *others] = made["sessions"]
    await seated(admin, db, town, date["id"], now)
    answers = [await ours.send("POST", f"/api/v1/sessions/{date['id']}/cancel", body) for body in (None, {"reason": "Second thoughts"})]
    assert [(answer.status_code, answer.json()["told"]) for answer in answers] == [(200, 1), (200, 0)]
    assert await admin.fetchval("SELECT count(*) FROM letter WHERE kind = 'notice'") == 1
    assert await admin.fetchval("SELECT taken FROM seats WHERE session_id = $1", date["id"]) == 0
    path = f"/api/v1/centers/{ours.slug}/activities/{made['id']}"
    renamed = await ours.send("PATCH", path, {"title": "Still here"})
    assert [one["id"] for one in renamed.json()["sessions"]] == [one["id"] for one in others]


async def test_a_call_off_by_api_is_taken_back_with_every_seat(
    ours: Machine, theirs: Machine, admin: asyncpg.Connection, db: Database, town: Town, now: datetime
) -> None:
    date = (await posted(ours))["sessions"][0]
    await seated(admin, db, town, date["id"], now)
    await ours.send("POST", f"/api/v1/sessions/{date['id']}/cancel")
    assert (await theirs.send("POST", f"/api/v1/sessions/{date['id']}/restore")).status_code == 404
    for _ in range(2):
        answer = await ours.send("POST", f"/api/v1/sessions/{date['id']}/restore")
        assert (answer.status_code, answer.json()) == (200, date | {"taken": 1})
    assert await admin.fetchval("SELECT count(*) FROM letter WHERE kind = 'notice'") == 0


async def test_one_date_moves_by_api_and_its_people_are_written_to_once(
    ours: Machine, admin: asyncpg.Connection, db: Database, town: Town, now: datetime
) -> None:
    date = (await posted(ours))["sessions"][1]
    await seated(admin, db, town, date["id"], now)
    path = f"/api/v1/sessions/{date['id']}/move"
    starts = datetime.fromisoformat(date["starts_at_local"])
    for hour in (17, 16):
        answer = await ours.send("POST", path, {"starts_at_local": starts.replace(hour=hour).isoformat(), "duration_min": 45})
        assert answer.status_code == 200, answer.text
    moved = answer.json()
    assert moved["starts_at_local"] == starts.replace(hour=16).isoformat()
    assert datetime.fromisoformat(moved["ends_at"]) - datetime.fromisoformat(moved["starts_at"]) == timedelta(minutes=45)
    assert await admin.fetchval("SELECT count(*) FROM letter WHERE kind = 'notice'") == 1
    far = await ours.send("POST", path, {"starts_at_local": (starts + timedelta(days=99)).isoformat()})
    assert (far.status_code, [error["pointer"] for error in far.json()["errors"]]) == (422, ["#/starts_at_local"])


async def test_a_reason_for_calling_off_is_one_short_line(ours: Machine, admin: asyncpg.Connection) -> None:
    made = await posted(ours)
    cancel = f"/api/v1/sessions/{made['sessions'][0]['id']}/cancel"
    for wrong in ({"reason": "b" * 201}, {"reason": "The boiler\nbroke"}, {"why": "The boiler broke"}):
        assert (await ours.send("POST", cancel, wrong)).status_code in (400, 422)
    assert await admin.fetchval("SELECT count(*) FROM session WHERE state = 'cancelled'") == 0
    assert (await ours.send("POST", cancel, {"reason": "The boiler broke"})).status_code == 200
    assert await admin.fetchval("SELECT cancel_reason FROM session WHERE state = 'cancelled'") == "The boiler broke"


@pytest.mark.parametrize(
    ("change", "seats"),
    [
        ({"rrule": "FREQ=WEEKLY;BYDAY=WE", "starts_at_local": "2026-11-25T10:00:00"}, 1),  # the day after: the seat goes along
        ({"rrule": "FREQ=WEEKLY;BYDAY=WE", "starts_at_local": "2026-12-30T10:00:00"}, 0),
        ({"status": "cancelled"}, 0),
    ],
)
async def test_whoever_has_a_seat_at_a_date_that_changes_is_written_to(
    ours: Machine, admin: asyncpg.Connection, db: Database, town: Town, now: datetime, change: dict[str, str], seats: int
) -> None:
    made = await posted(ours)
    await seated(admin, db, town, made["sessions"][0]["id"], now)
    answer = await ours.send("PATCH", f"/api/v1/centers/{ours.slug}/activities/{made['id']}", change)
    assert answer.status_code == 200
    assert await admin.fetchval("SELECT count(*) FROM letter WHERE kind = 'notice'") == 1
    assert await admin.fetchval("SELECT sum(taken) FROM seats") == seats


async def test_nothing_becomes_a_draft_again_while_people_hold_seats(
    ours: Machine, admin: asyncpg.Connection, db: Database, town: Town, now: datetime
) -> None:
    made = await posted(ours)
    path = f"/api/v1/centers/{ours.slug}/activities/{made['id']}"
    assert (await ours.send("PATCH", path, {"status": "draft"})).json()["status"] == "draft"
    await ours.send("PATCH", path, {"status": "published"})
    await seated(admin, db, town, made["sessions"][0]["id"], now)
    assert (await ours.send("PATCH", path, {"status": "draft"})).status_code == 409


async def test_what_has_begun_is_not_called_off(ours: Machine, hands: Hands) -> None:
    made = await posted(ours)
    hands.pass_by(timedelta(days=1, minutes=30))
    assert (await ours.send("POST", f"/api/v1/sessions/{made['sessions'][0]['id']}/cancel")).status_code == 410


async def test_what_a_calendar_tells_is_changed_in_the_calendar(
    ours: Machine, admin: asyncpg.Connection, town: Town, now: datetime
) -> None:
    made = await posted(ours)
    feed = await admin.fetchval(
        "INSERT INTO feed (organization_id, source, format, created_at) VALUES ($1, 'https://x.example.org/a.ics', 'ics', $2) RETURNING id",
        town.center_id, now,
    )  # fmt: skip
    await admin.execute("UPDATE activity SET feed_id = $1, uid = 'u' WHERE id = $2", feed, made["id"])
    answer = await ours.send("PATCH", f"/api/v1/centers/{ours.slug}/activities/{made['id']}", {"title": "Mine"})
    assert (answer.status_code, answer.json()["code"]) == (409, "told_by_calendar")


# The allowance


async def test_each_answer_tells_what_is_left_and_a_key_that_asks_too_much_waits_alone(
    ours: Machine, theirs: Machine, admin: asyncpg.Connection, hands: Hands
) -> None:
    path = f"/api/v1/centers/{ours.slug}/activities"
    left = [(await ours.send("GET", path)).headers["ratelimit"] for _ in range(2)]
    assert left == [f'"key";r={allowance.PER_WINDOW - n};t=60' for n in (1, 2)]
    await admin.execute("UPDATE key_use SET requests = $1", allowance.PER_WINDOW)
    refused = await ours.send("GET", path)
    assert (refused.status_code, refused.headers["ratelimit"], refused.headers["retry-after"]) == (429, '"key";r=0;t=60', "60")
    assert (await theirs.send("GET", f"/api/v1/centers/{theirs.slug}/activities")).status_code == 200
    hands.pass_by(timedelta(seconds=60))
    assert (await ours.send("GET", path)).status_code == 200


@pytest.mark.parametrize(
    ("place", "fields"),
    [
        ({"lat": 61.2, "lon": -149.9}, {"#/lat", "#/lon"}),
        ({"lat": 90.0, "lon": 180.0}, {"#/lat", "#/lon"}),
        ({"lat": 0.0, "lon": 0.0}, {"#/lat", "#/lon"}),
        ({"zip": "99501"}, {"#/zip"}),
    ],
)
async def test_a_place_far_from_the_center_is_refused_and_opens_no_region(
    ours: Machine, admin: asyncpg.Connection, place: dict[str, object], fields: set[str]
) -> None:
    answer = await ours.post(activity(**place))
    assert answer.status_code == 422
    assert {error["pointer"] for error in answer.json()["errors"]} == fields
    assert "200 km" in answer.json()["errors"][0]["detail"]
    assert await admin.fetchval("SELECT count(*) FROM region") == 1


async def test_marks_that_nobody_sees_are_taken_out_of_what_a_center_posts(ours: Machine) -> None:
    lines = {name: f"A\u202e{name}\u200b" for name in ("title", "place_name", "address", "bring", "meeting_point", "getting_there")}
    made = await posted(ours, **lines, description="Come\u2066 in.\u2069\nAll welcome.")
    assert {name: made[name] for name in lines} == {name: f"A{name}" for name in lines}
    assert made["description"] == "Come in.\nAll welcome."
    answer = await ours.post(activity(title="\u202e\u200b"))
    assert [error["pointer"] for error in answer.json()["errors"]] == ["#/title"]
