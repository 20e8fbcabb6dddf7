"""The operator's pages: what an operator sees and does, and that nobody else sees or does any of it."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import asyncpg
import httpx
import pytest

from service.crypto import hash_secret
from service.db import Database
from service.operations import store
from service.web.form_token import QUICKEST, FormTokens
from tests.rows import first_row
from tests.service.centers.conftest import enter, token_on
from tests.service.mail.neighbors import SECRET, Town, make_resident, make_session
from tests.service.operations.conftest import OPERATOR
from tests.service.visitor import Browser, Hands

TABLES = ("region", "organization", "staff", "form", "api_key", "activity", "session", "letter")
PLACE = {"kind": "center", "name": "North Hall", "zip": "10003", "postal_address": "9 North Street"}


async def everything(admin: asyncpg.Connection) -> list[object]:
    return [await admin.fetch(f"SELECT * FROM {table} ORDER BY 1, 2") for table in TABLES]


async def press(visitor: Browser, path: str, *, shown_at: str = "", **fields: object) -> httpx.Response:
    token = await token_on(visitor, shown_at or path)
    return await visitor.post(path, data={**fields, "form_token": token}, follow_redirects=False)


def number(html: str, label: str) -> int:
    figure = re.search(rf"<dt>{label}</dt><dd>(?:<bdi>)?(\d+)<", html)
    assert figure, label
    return int(figure[1])


async def test_an_operator_who_signs_in_sees_how_the_town_is(
    operator: Browser, admin: asyncpg.Connection, town: Town, hands: Hands
) -> None:
    now = hands.now
    await make_resident(admin, town, now=now, email="a@residents.example.org")
    await make_resident(admin, town, now=now, email="b@residents.example.org")
    await make_resident(admin, town, now=now, email="c@residents.example.org", status="unconfirmed")
    await make_resident(admin, town, now=now, email="d@residents.example.org", status="stopped")
    await make_session(admin, town, now=now)
    await make_session(admin, town, now=now, slug="draft", status="draft")
    await admin.execute(
        "INSERT INTO match_run (region_id, week, seed, opened_at, report)"
        " SELECT id, '2026-11-16', 1, $1, '{\"done\": {\"residents\": 7, \"matches\": 12}}' FROM region", now,
    )  # fmt: skip
    await admin.execute("INSERT INTO heartbeat (worker, beat_at) VALUES ('w', $1)", now - timedelta(minutes=1))
    html = (await operator.get(f"{OPERATOR}/")).text
    assert number(html, "Residents who get letters") == 2
    assert number(html, "Signed up, not confirmed yet") == 1
    assert number(html, "Activities") == 1
    assert number(html, "Letters waiting to leave") == await admin.fetchval("SELECT count(*) FROM letter WHERE state = 'pending'")
    assert '<td class="number">7</td><td class="number">12</td><td class="number">0</td>' in html
    for words in ("Riverton Community Center", "Riverton Library", "Meet your neighbors"):
        assert words in html
    assert "No worker has been seen" not in html
    assert "@residents.example.org" not in html
    hands.pass_by(timedelta(minutes=5))
    assert "No worker has been seen" in (await operator.get(f"{OPERATOR}/")).text


async def test_an_empty_page_says_what_to_do_next(operator: Browser, admin: asyncpg.Connection) -> None:
    await admin.execute("DELETE FROM form")
    await admin.execute("DELETE FROM organization WHERE kind <> 'operator'")
    html = (await operator.get(f"{OPERATOR}/")).text
    for words in ("Nobody gets a letter yet", "No week has been matched yet", "No place yet", "No form yet"):
        assert words in html


async def test_an_operator_makes_a_place_and_its_people_get_in(operator: Browser, admin: asyncpg.Connection, hands: Hands) -> None:
    made = await press(operator, f"{OPERATOR}/new-place", **PLACE)
    assert made.headers["location"] == f"{OPERATOR}/organizations/north-hall?done=made"
    assert "North Hall" in (await operator.get(made.headers["location"])).text
    people = f"{OPERATOR}/organizations/north-hall/people"
    hands.pass_by(timedelta(seconds=1))
    assert (await press(operator, people, email="nina@example.org", role="owner")).headers["location"] == f"{people}?done=invited"
    assert (
        await admin.fetchval("SELECT role FROM staff AS s JOIN organization AS o ON o.id = organization_id WHERE slug = 'north-hall'")
        == "owner"
    )
    key = await press(operator, f"{OPERATOR}/organizations/north-hall/keys", scopes="activities:write")
    secret = re.search(r"doorstep_[a-z0-9]{8}_[\w-]{43}", key.text)
    assert secret
    heard = await operator.get("/api/v1/centers/north-hall/activities", headers={"authorization": f"Bearer {secret[0]}"})
    assert heard.status_code == 200


async def test_an_operator_makes_a_form_and_sets_its_sites(operator: Browser, admin: asyncpg.Connection) -> None:
    base = f"{OPERATOR}/organizations/riverton-partner"
    made = await press(operator, f"{base}/new-form", title="Tea & talk", languages="es", origins="https://tea.example.org")
    assert made.headers["location"] == f"{base}?done=form"
    assert tuple(await first_row(admin, "SELECT title, languages, origins FROM form WHERE slug = 'tea-talk'")) == (
        "Tea & talk", ["es"], ["https://tea.example.org"],
    )  # fmt: skip
    taken = await press(operator, f"{base}/new-form", title="Other", slug="riverton", languages="es")
    assert taken.status_code == 422
    assert "This short name is taken." in taken.text
    changed = await press(operator, f"{base}/forms/tea-talk", title="Tea", languages=["en"], origins="")
    assert changed.headers["location"] == f"{base}/forms/tea-talk?done=saved"
    assert await admin.fetchval("SELECT origins FROM form WHERE slug = 'tea-talk'") == []
    assert (await operator.get(f"{OPERATOR}/organizations/riverton-center/new-form")).status_code == 404


async def test_an_operator_changes_closes_and_opens_a_place(
    operator: Browser, db: Database, admin: asyncpg.Connection, town: Town, now: datetime
) -> None:
    base = f"{OPERATOR}/organizations/riverton-center"
    change = {"name": "Old Hall", "zip": "10003", "postal_address": "10 New Street"}
    assert (await press(operator, f"{base}/edit", **change)).status_code == 303
    row = await first_row(admin, "SELECT name, zip, postal_address FROM organization WHERE slug = 'riverton-center'")
    assert tuple(row) == tuple(change.values())
    date = await make_session(admin, town, now=now)
    resident = await make_resident(admin, town, now=now, email="holds@residents.example.org")
    await admin.execute(
        "INSERT INTO registration (session_id, resident_id, organization_id, state, party, created_at, changed_at)"
        " VALUES ($1, $2, $3, 'confirmed', 1, $4, $4)", date.id, resident, town.center_id, now,
    )  # fmt: skip
    await admin.execute("UPDATE seats SET taken = 1")
    before = await everything(admin)
    asked = await press(operator, f"{base}/close")
    assert asked.status_code == 409
    assert "1 person has a seat" in asked.text
    assert await everything(admin) == before
    assert (await press(operator, f"{base}/close", sure="yes")).headers["location"] == f"{base}?done=closed"
    assert await admin.fetchval("SELECT closed_at FROM organization WHERE slug = 'riverton-center'") == now
    assert await admin.fetchval("SELECT count(*) FROM letter WHERE resident_id = $1", resident) == 1
    assert (await press(operator, f"{base}/reopen", shown_at=base)).status_code == 303
    assert await admin.fetchval("SELECT closed_at FROM organization WHERE slug = 'riverton-center'") is None


async def test_an_operator_opens_another_town(operator: Browser, admin: asyncpg.Connection) -> None:
    assert (await press(operator, f"{OPERATOR}/new-town", name="Toledo", zip="43604")).status_code == 303
    assert await admin.fetchval("SELECT zone FROM region WHERE slug = 'toledo'") == "America/New_York"
    refused = await press(operator, f"{OPERATOR}/new-town", name="Elsewhere", zip="43604")
    assert refused.status_code == 409
    assert "lies in the town Toledo already" in refused.text
    far = await press(operator, f"{OPERATOR}/new-place", **PLACE | {"zip": "94110"})
    assert far.status_code == 422
    assert "too far from your town" in far.text


async def test_every_wrong_field_is_named_and_what_was_typed_stays(operator: Browser, admin: asyncpg.Connection) -> None:
    before = await everything(admin)
    answer = await press(operator, f"{OPERATOR}/new-place", zip="00000", postal_address="9 <Kept> Street", slug="Not A Slug")
    assert answer.status_code == 422
    for field in ("kind", "name", "zip", "slug"):
        assert f'href="#{field}"' in answer.text
    assert "9 &lt;Kept&gt; Street" in answer.text
    answer = await press(operator, f"{OPERATOR}/new-town", zip="1")
    assert 'href="#name"' in answer.text
    assert 'href="#zip"' in answer.text
    assert await everything(admin) == before


PATHS = ("/", "/people", "/keys", "/new-place", "/new-town", "/organizations/riverton-center/", "/organizations/riverton-center/edit",
         "/organizations/riverton-center/close", "/organizations/riverton-center/people", "/organizations/riverton-center/keys",
         "/organizations/riverton-partner/new-form", "/organizations/riverton-partner/forms/riverton")  # fmt: skip
POSTS = ("/people", "/keys", "/new-place", "/new-town", "/organizations/riverton-center/edit", "/organizations/riverton-center/close",
         "/organizations/riverton-center/reopen", "/organizations/riverton-center/people", "/organizations/riverton-center/keys",
         "/organizations/riverton-partner/new-form", "/organizations/riverton-partner/forms/riverton")  # fmt: skip
FIELDS = PLACE | {
    "email": "x@example.org",
    "role": "operator",
    "scopes": "activities:write",
    "title": "Sly",
    "languages": "en",
    "sure": "yes",
}


@pytest.mark.parametrize(("place", "role"), [("riverton-center", "owner"), ("riverton-partner", "owner"), ("riverton-center", "host")])
async def test_nobody_but_an_operator_is_there(
    visitor: Browser, db: Database, admin: asyncpg.Connection, town: Town, now: datetime, place: str, role: str
) -> None:
    await enter(visitor, db, center=place, role=role, now=now)
    token = FormTokens([SECRET]).mint("staff", nonce=hash_secret(visitor.cookies["doorstep"]).hex()[:24], now=now - QUICKEST)
    before = await everything(admin)
    for base in (OPERATOR, f"/operator/{place}", f"/{place.split('-')[1]}/{place}"):
        for path in PATHS:
            if base == OPERATOR or "organizations" in path or "new-" in path:
                assert (await visitor.get(base + path)).status_code == 404, base + path
        for path in POSTS:
            if base == OPERATOR or "organizations" in path or "new-" in path:
                assert (await visitor.post(base + path, data={**FIELDS, "form_token": token})).status_code == 404, base + path
    assert await everything(admin) == before


async def test_a_stranger_is_led_to_the_door(visitor: Browser, admin: asyncpg.Connection, town: Town) -> None:
    before = await everything(admin)
    for path in PATHS:
        assert (await visitor.get(OPERATOR + path, follow_redirects=False)).headers["location"] == "/sign-in"
    for path in POSTS:
        assert (await visitor.post(OPERATOR + path, data=FIELDS)).status_code == 401
    assert await everything(admin) == before


@pytest.mark.parametrize("token", ["", "abc.def"])
async def test_a_post_without_this_sessions_token_changes_nothing(operator: Browser, admin: asyncpg.Connection, token: str) -> None:
    before = await everything(admin)
    for path in POSTS:
        answer = await operator.post(OPERATOR + path, data={**FIELDS, "form_token": token})
        assert answer.status_code in (404, 422), path
    assert await everything(admin) == before


async def test_looking_changes_nothing(operator: Browser, admin: asyncpg.Connection) -> None:
    before = await everything(admin)
    for method in ("GET", "HEAD"):
        for path in PATHS:
            assert (await operator.request(method, OPERATOR + path)).status_code == 200, path
    assert await everything(admin) == before


async def test_the_last_operator_stays(operator: Browser, admin: asyncpg.Connection) -> None:
    staff_id = await admin.fetchval("SELECT id FROM staff WHERE role = 'operator'")
    refused = await press(operator, f"{OPERATOR}/people/{staff_id}/remove", shown_at=f"{OPERATOR}/people")
    assert refused.status_code == 409
    assert await admin.fetchval("SELECT removed_at FROM staff WHERE id = $1", staff_id) is None


async def test_a_removed_operator_may_write_no_place_even_with_a_session_left(
    operator: Browser, db: Database, admin: asyncpg.Connection, now: datetime
) -> None:
    """The database looks at the person, not at the session alone."""
    secret = await admin.fetchval("SELECT secret_hash FROM staff_session")
    async with db.transaction(presented=[secret]) as conn:
        assert await conn.execute("UPDATE organization SET website = 'https://a.example.org'") == "UPDATE 3"
    await admin.execute("UPDATE staff SET removed_at = $1", now)
    async with db.transaction(presented=[secret]) as conn:
        assert await conn.execute("UPDATE organization SET website = NULL") == "UPDATE 0"


async def test_counts_are_for_operators_alone(
    operator: Browser, db: Database, admin: asyncpg.Connection, town: Town, now: datetime
) -> None:
    await make_resident(admin, town, now=now, email="a@residents.example.org")
    operators = await admin.fetchval("SELECT secret_hash FROM staff_session")
    await enter(operator, db, role="owner", now=now)
    owners = await admin.fetchval("SELECT secret_hash FROM staff_session WHERE secret_hash <> $1", operators)
    for presented, active, waiting in ((operators, 1, True), (owners, 0, False)):
        async with db.transaction(organization_id=town.center_id, presented=[presented]) as conn:
            standing = await store.standing(conn, since=now.date())
        assert standing.active == active
        assert bool(standing.letters) is waiting


async def test_the_role_opens_the_other_places_and_not_the_house_somebody_works_in(operator: Browser, admin: asyncpg.Connection) -> None:
    await admin.execute("UPDATE staff SET role = 'owner' WHERE role = 'operator'")
    for path in PATHS:
        if "organizations" in path:
            assert (await operator.get(OPERATOR + path)).status_code == 404, path
