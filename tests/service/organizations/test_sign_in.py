"""Signing in as a browser does it: a mailed link, a button, a cookie; and all the ways to get in that must not work."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import asyncpg
import pytest

from service.db import Database
from service.errors import Unauthenticated
from service.organizations import sessions
from tests.service.mail.neighbors import VAULT, Town, make_staff, make_town
from tests.service.visitor import HOME, Browser, Hands, browser

EMAIL = "rosa.invented@centers.example.org"


@pytest.fixture
async def town(admin: asyncpg.Connection, now: datetime) -> Town:
    return await make_town(admin, now=now)


@pytest.fixture
def hands(now: datetime) -> Hands:
    return Hands(now)


@pytest.fixture
async def visitor(database_url: str, hands: Hands, tmp_path: Path) -> AsyncIterator[Browser]:
    async with browser(database_url, hands, tmp_path) as opened:
        yield opened


async def mailed_link(visitor: Browser, admin: asyncpg.Connection, email: str = EMAIL) -> str:
    """The path of the newest link, taken out of the sealed letter."""
    answer = await visitor.post("/sign-in", data={"email": email}, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in/sent")
    return await newest_link(admin)


async def newest_link(admin: asyncpg.Connection) -> str:
    row = await admin.fetchrow("SELECT id, content FROM letter ORDER BY id DESC LIMIT 1")
    assert row
    words = VAULT.open_bytes(row["content"], place="letter.content", row=row["id"]).decode(errors="ignore")
    link = re.search(re.escape(HOME) + r"(/sign-in/[\w-]{43})", words)
    assert link
    return link[1]


async def traces(admin: asyncpg.Connection) -> list[object]:
    return [await admin.fetch(f"SELECT * FROM {table} ORDER BY 1") for table in ("staff", "staff_session", "sign_in", "letter")]


async def test_a_mailed_link_and_one_button_open_the_place(visitor: Browser, admin: asyncpg.Connection, town: Town, now: datetime) -> None:
    await make_staff(admin, town, now=now, email=EMAIL)
    link = await mailed_link(visitor, admin, "Rosa.Invented@Centers.example.org")
    shown = await visitor.get(link)
    assert "Riverton Community Center" in shown.text
    entered = await visitor.post(link, follow_redirects=False)
    assert entered.status_code == 303
    cookie = entered.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "max-age=43200" in cookie
    places = await visitor.get("/sign-in")
    assert "You are signed in at Riverton Community Center" in places.text
    assert "no-store" in places.headers["cache-control"]


async def test_looking_at_a_link_changes_nothing(visitor: Browser, admin: asyncpg.Connection, town: Town, now: datetime) -> None:
    await make_staff(admin, town, now=now, email=EMAIL)
    link = await mailed_link(visitor, admin)
    before = await traces(admin)
    for method in ("GET", "HEAD", "OPTIONS"):
        for path in (link, f"{link}/again", "/sign-in", "/sign-in/sent", "/sign-out"):
            assert (await visitor.request(method, path)).status_code < 500
    assert await traces(admin) == before


async def test_a_stranger_gets_the_same_answer_as_staff(visitor: Browser, admin: asyncpg.Connection, town: Town, now: datetime) -> None:
    await make_staff(admin, town, now=now, email=EMAIL)
    answers = [await visitor.post("/sign-in", data={"email": who}, follow_redirects=False) for who in (EMAIL, "nobody@example.org")]
    of_staff, of_stranger = ((answer.status_code, sorted(answer.headers.items()), answer.content) for answer in answers)
    assert of_staff == of_stranger
    assert await admin.fetchval("SELECT count(*) FROM letter") == 1


async def test_a_used_link_explains_itself_and_mails_a_new_one(
    visitor: Browser, admin: asyncpg.Connection, town: Town, hands: Hands
) -> None:
    await make_staff(admin, town, now=hands.now, email=EMAIL)
    link = await mailed_link(visitor, admin)
    await visitor.post(link)
    for again in (await visitor.get(link), await visitor.post(link)):
        assert again.status_code == 410
        assert "used before, or is too old" in again.text
    visitor.cookies.clear()
    hands.pass_by(timedelta(hours=2))
    asked = await visitor.post(f"{link}/again", follow_redirects=False)
    assert asked.headers["location"] == "/sign-in/sent"
    fresh = await newest_link(admin)
    assert fresh != link
    assert (await visitor.post(fresh, follow_redirects=False)).status_code == 303


async def test_an_old_link_no_longer_opens(visitor: Browser, admin: asyncpg.Connection, town: Town, hands: Hands) -> None:
    await make_staff(admin, town, now=hands.now, email=EMAIL)
    link = await mailed_link(visitor, admin)
    hands.pass_by(timedelta(minutes=30))
    assert (await visitor.post(link)).status_code == 410
    assert "doorstep" not in visitor.cookies


async def test_an_invented_link_opens_nothing(visitor: Browser) -> None:
    for path in (f"/sign-in/{'A' * 43}", "/sign-in/x"):
        assert (await visitor.get(path)).status_code == 404
        assert (await visitor.post(path)).status_code == 404
        assert (await visitor.post(f"{path}/again")).status_code == 404


async def test_what_is_no_address_is_kept_and_named(visitor: Browser) -> None:
    answer = await visitor.post("/sign-in", data={"email": "rosa at home"})
    assert answer.status_code == 422
    assert 'value="rosa at home"' in answer.text
    assert "does not look like an e-mail address" in answer.text


async def test_signing_out_ends_the_session_for_a_copied_cookie_too(
    visitor: Browser, admin: asyncpg.Connection, town: Town, now: datetime
) -> None:
    await make_staff(admin, town, now=now, email=EMAIL)
    await visitor.post(await mailed_link(visitor, admin))
    copied = visitor.cookies["doorstep"]
    left = await visitor.post("/sign-out", follow_redirects=False)
    assert "max-age=0" in left.headers["set-cookie"].lower()
    visitor.cookies.set("doorstep", copied)
    assert "Mail me a link" in (await visitor.get("/sign-in")).text


async def test_a_session_ends_after_twelve_hours(visitor: Browser, admin: asyncpg.Connection, town: Town, hands: Hands) -> None:
    await make_staff(admin, town, now=hands.now, email=EMAIL)
    await visitor.post(await mailed_link(visitor, admin))
    secret = visitor.cookies["doorstep"]
    hands.pass_by(timedelta(hours=12))
    assert "Mail me a link" in (await visitor.get("/sign-in", headers={"cookie": f"doorstep={secret}"})).text


async def test_one_person_with_two_places_goes_from_one_to_the_other(
    visitor: Browser, admin: asyncpg.Connection, db: Database, town: Town, now: datetime
) -> None:
    other = await make_town(admin, now=now, slug="hillside")
    await admin.execute("UPDATE organization SET name = 'Hillside Hall' WHERE id = $1", other.center_id)
    await make_staff(admin, town, now=now, email=EMAIL)
    await make_staff(admin, other, now=now + timedelta(minutes=1), email=EMAIL)
    await visitor.post(await mailed_link(visitor, admin))
    places = (await visitor.get("/sign-in")).text
    token = re.search(r'name="form_token" value="([^"]+)"', places)
    assert token
    wanted = {"place": str(other.center_id), "form_token": token[1]}
    first = visitor.cookies["doorstep"]
    assert (await visitor.post("/sign-in/switch", data={"place": str(other.center_id)})).status_code == 422
    assert (await visitor.post("/sign-in/switch", data=wanted | {"place": str(town.partner_id)})).status_code == 404
    assert (await visitor.post("/sign-in/switch", data=wanted, follow_redirects=False)).status_code == 303
    assert "signed in at Hillside Hall" in (await visitor.get("/sign-in")).text
    async with db.transaction() as conn:
        with pytest.raises(Unauthenticated):
            await sessions.who(conn, secret=first, now=now)


async def test_no_other_site_can_post_here(visitor: Browser, admin: asyncpg.Connection, town: Town, now: datetime) -> None:
    await make_staff(admin, town, now=now, email=EMAIL)
    link = await mailed_link(visitor, admin)
    for headers in ({"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}):
        assert (await visitor.post(link, headers=headers)).status_code == 403
        assert (await visitor.post("/sign-out", headers=headers)).status_code == 403


async def test_over_https_the_cookie_belongs_to_this_host_alone(
    database_url: str, admin: asyncpg.Connection, db: Database, town: Town, now: datetime, tmp_path: Path
) -> None:
    await make_staff(admin, town, now=now, email=EMAIL)
    async with browser(database_url, Hands(now), tmp_path, base_url="https://doorstep.local") as visitor:
        async with db.transaction(organization_id=town.center_id) as conn:
            url = await sessions.invite(
                conn,
                vault=VAULT,
                email=EMAIL,
                organization="riverton-center",
                role="staff",
                base_url="https://doorstep.local",
                language="en",
                now=now,
            )
        entered = await visitor.post(url, follow_redirects=False)
    cookie = entered.headers["set-cookie"]
    assert cookie.startswith("__Host-doorstep=")
    assert "; Secure" in cookie
    assert "Path=/" in cookie
    assert "Domain" not in cookie
