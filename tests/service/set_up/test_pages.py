"""The set-up link: five pages that open a town, each saved as it is sent, for whoever holds the link and for nobody else."""

from __future__ import annotations

from datetime import datetime, timedelta

import asyncpg
import pytest

from service.db import Database
from service.web.form_token import QUICKEST, FormTokens
from tests.rows import first_row
from tests.service.mail.neighbors import SECRET, VAULT, make_town
from tests.service.set_up.conftest import CENTER, PARTNER, TOKEN, TOWN, go_through, new_link, send
from tests.service.visitor import Browser, Hands

TABLES = ("set_up", "region", "organization", "staff", "form", "letter", "staff_session", "sign_in")


async def everything(admin: asyncpg.Connection) -> list[object]:
    return [await admin.fetch(f"SELECT * FROM {table} ORDER BY 1, 2") for table in TABLES]


async def invited(admin: asyncpg.Connection) -> set[str]:
    """The addresses that letters of the ledger go to."""
    rows = await admin.fetch("SELECT s.id, s.email FROM letter AS l JOIN staff AS s ON s.id = l.staff_id")
    return {VAULT.open(row["email"], place="staff.email", row=row["id"]) for row in rows}


async def test_five_pages_open_a_town_and_sign_the_operator_in(visitor: Browser, admin: asyncpg.Connection, link: str) -> None:
    await go_through(visitor, link)
    assert await invited(admin) == set()
    review = (await visitor.get(f"{link}/review")).text
    for words in ("Riverton Neighbors", "carl.invented@example.org", "Meet your neighbors", "http://doorstep.local/f/lantern-clinic"):
        assert words in review
    assert "&lt;iframe src=" in review
    finished = await send(visitor, link, "finish", {}, shown_at="review")
    assert finished.headers["location"] == "/operator/riverton-neighbors/"
    assert "Riverton Hall" in (await visitor.get("/operator/riverton-neighbors/")).text
    assert await invited(admin) == {TOWN["email"], CENTER["email"], PARTNER["email"]}
    form = await admin.fetchrow("SELECT slug, languages, origins FROM form")
    assert form
    assert form["languages"] == ["en", "ar"]
    assert form["origins"] == ["https://www.lantern.example.org", "https://lantern.example.net:8443"]
    framed = (await visitor.get("/f/lantern-clinic")).headers["content-security-policy"]
    assert framed.endswith("frame-ancestors https://www.lantern.example.org https://lantern.example.net:8443")


async def test_a_finished_link_opens_nothing(
    visitor: Browser, admin: asyncpg.Connection, worker_db: Database, link: str, now: datetime
) -> None:
    await go_through(visitor, link)
    token = TOKEN.search((await visitor.get(f"{link}/review")).text)
    assert token
    await visitor.post(f"{link}/finish", data={"form_token": token[1]})
    visitor.cookies.clear()
    before = await everything(admin)
    assert "The set-up is finished" in (await visitor.get(link)).text
    for page in ("town", "center", "partner", "sender", "sender/test", "finish"):
        answer = await visitor.post(f"{link}/{page}", data={**TOWN, "to": TOWN["email"], "form_token": token[1]})
        assert answer.status_code == 410, page
    assert await new_link(worker_db, now) is None
    assert await everything(admin) == before


async def test_a_closed_browser_loses_nothing_and_the_newest_link_leads_on(
    visitor: Browser, worker_db: Database, link: str, now: datetime
) -> None:
    await send(visitor, link, "town", TOWN)
    await send(visitor, link, "sender", {})
    visitor.cookies.clear()
    assert (await visitor.get(link, follow_redirects=False)).headers["location"] == f"{link}/center"
    newer = await new_link(worker_db, now)
    assert newer
    assert (await visitor.get(newer, follow_redirects=False)).headers["location"] == f"{newer}/center"
    assert (await visitor.get(link)).status_code == 404
    assert 'value="Riverton Neighbors"' in (await visitor.get(f"{newer}/town")).text


async def test_a_page_is_mended_by_going_back(visitor: Browser, admin: asyncpg.Connection, link: str) -> None:
    await go_through(visitor, link)
    mended = TOWN | {"town": "River Town", "email": "olivia.invented@example.org"}
    assert (await send(visitor, link, "town", mended)).headers["location"] == f"{link}/review"
    assert (await send(visitor, link, "center", CENTER | {"name": "Riverton Old Hall"})).status_code == 303
    changed = PARTNER | {"title": "Good company", "origins": "", "languages": ["es"]}
    assert (await send(visitor, link, "partner", changed)).status_code == 303
    await send(visitor, link, "finish", {}, shown_at="review")
    assert await admin.fetchval("SELECT name FROM region") == "River Town"
    assert {row["name"] for row in await admin.fetch("SELECT name FROM organization")} == {
        "Riverton Neighbors", "Riverton Old Hall", "Lantern Clinic",
    }  # fmt: skip
    assert tuple(await first_row(admin, "SELECT title, languages, origins FROM form")) == ("Good company", ["es"], [])
    assert await invited(admin) == {"olivia.invented@example.org", CENTER["email"], PARTNER["email"]}


async def test_a_town_typed_wrong_is_moved_while_it_is_empty(visitor: Browser, admin: asyncpg.Connection, link: str) -> None:
    await send(visitor, link, "town", TOWN | {"zip": "94110", "town": "Somewhere"})
    assert (await send(visitor, link, "town", TOWN)).status_code == 303
    towns = await admin.fetch("SELECT name, slug, zone, round(lat) AS lat FROM region")
    assert [tuple(row) for row in towns] == [("Riverton", "riverton", "America/New_York", 42)]
    await send(visitor, link, "sender", {})
    await send(visitor, link, "center", CENTER)
    refused = await send(visitor, link, "town", TOWN | {"zip": "94110"})
    assert refused.status_code == 422
    assert "too far from your town" in refused.text
    assert await admin.fetchval("SELECT round(lat) FROM region") == 42


@pytest.mark.parametrize(("page", "faults"), [
    ("town", {"town": "Please fill this in.", "zip": "Please write a ZIP code", "email": "does not look like an e-mail"}),
    ("center", {"name": "Please fill this in.", "zip": "Please write a ZIP code", "email": "does not look like an e-mail"}),
    ("partner", {"title": "Please fill this in.", "languages": "Please choose at least one.", "email": "does not look like an e-mail"}),
])  # fmt: skip
async def test_every_wrong_field_is_named_at_once_and_what_was_typed_stays(
    visitor: Browser, admin: asyncpg.Connection, link: str, page: str, faults: dict[str, str]
) -> None:
    for earlier, fields in (("town", TOWN), ("sender", {}), ("center", CENTER)):
        if page in ("town", earlier):
            break
        await send(visitor, link, earlier, fields)
    before = await everything(admin)
    answer = await send(visitor, link, page, {"zip": "00000", "email": "me at home", "postal_address": "9 Kept & <b>Street</b>"})
    assert answer.status_code == 422
    for field, words in faults.items():
        assert f'href="#{field}"' in answer.text
        assert words in answer.text
    assert "9 Kept &amp; &lt;b&gt;Street&lt;/b&gt;" in answer.text
    assert 'value="me at home"' in answer.text
    assert await everything(admin) == before


async def test_origins_that_are_none_are_refused_in_words(visitor: Browser, admin: asyncpg.Connection, link: str) -> None:
    for page, fields in (("town", TOWN), ("sender", {}), ("center", CENTER)):
        await send(visitor, link, page, fields)
    for origins in ("www.lantern.example.org", "https://a.example.org; script-src *", "https://*.example.org", "http://a.example.org"):
        answer = await send(visitor, link, "partner", PARTNER | {"origins": origins})
        assert answer.status_code == 422, origins
        assert 'href="#origins"' in answer.text
    assert await admin.fetchval("SELECT count(*) FROM form") == 0


async def test_two_places_of_one_name_get_two_short_names(visitor: Browser, admin: asyncpg.Connection, link: str) -> None:
    await send(visitor, link, "town", TOWN)
    await send(visitor, link, "sender", {})
    await send(visitor, link, "center", CENTER | {"name": TOWN["name"]})
    slugs = {row["slug"] for row in await admin.fetch("SELECT slug FROM organization")}
    assert slugs == {"riverton-neighbors", "riverton-neighbors-center"}
    taken = await send(visitor, link, "partner", PARTNER | {"slug": "riverton-neighbors"})
    assert taken.status_code == 422
    assert "This short name is taken." in taken.text


async def test_a_later_page_is_not_open_before_the_earlier_ones(visitor: Browser, admin: asyncpg.Connection, link: str) -> None:
    token = TOKEN.search((await visitor.get(f"{link}/town")).text)
    assert token
    before = await everything(admin)
    for page in ("sender", "center", "partner", "review"):
        assert (await visitor.get(f"{link}/{page}", follow_redirects=False)).headers["location"] == f"{link}/town"
    for page, fields in (
        ("center", CENTER),
        ("partner", PARTNER),
        ("sender", {}),
        ("sender/test", {"to": "a@example.org"}),
        ("finish", {}),
    ):
        answer = await visitor.post(f"{link}/{page}", data={**fields, "form_token": token[1]})
        assert answer.status_code == (409 if page == "finish" else 404), page
    assert await everything(admin) == before


async def test_a_link_ends_after_a_day(visitor: Browser, link: str, hands: Hands) -> None:
    hands.pass_by(timedelta(hours=24))
    answer = await visitor.get(link)
    assert answer.status_code == 410
    assert "Start Doorstep again" in answer.text


async def test_whoever_opened_the_town_by_commands_is_not_asked_again(
    admin: asyncpg.Connection, visitor: Browser, worker_db: Database, link: str, now: datetime
) -> None:
    """A link that was printed before works no longer either: it would make a second operator."""
    town = await make_town(admin, now=now)
    await admin.execute("UPDATE organization SET kind = 'operator' WHERE id = $1", town.center_id)
    assert await new_link(worker_db, now) is None
    assert (await visitor.get(link)).status_code == 410


async def test_an_invented_link_opens_nothing(visitor: Browser, admin: asyncpg.Connection, link: str) -> None:
    token = TOKEN.search((await visitor.get(f"{link}/town")).text)
    assert token
    before = await everything(admin)
    for secret in ("A" * 43, "x", link.rpartition("/")[2][:-1]):
        assert (await visitor.get(f"/set-up/{secret}")).status_code == 404
        assert (await visitor.post(f"/set-up/{secret}/town", data={**TOWN, "form_token": token[1]})).status_code == 404
    assert await everything(admin) == before


async def test_looking_changes_nothing(visitor: Browser, admin: asyncpg.Connection, link: str) -> None:
    await go_through(visitor, link)
    before = await everything(admin)
    for method in ("GET", "HEAD", "OPTIONS"):
        for page in ("", "town", "sender", "sender/test", "center", "partner", "review", "finish"):
            assert (await visitor.request(method, f"{link}/{page}")).status_code < 500
    assert await everything(admin) == before


@pytest.mark.parametrize("kind", ["none", "invented", "of the sign-up form", "of an older link", "from another site"])
async def test_no_other_page_can_press_a_button_here(
    visitor: Browser, admin: asyncpg.Connection, link: str, kind: str, now: datetime
) -> None:
    await make_town(admin, now=now, slug="hillside")
    await send(visitor, link, "town", TOWN)
    own = TOKEN.search((await visitor.get(f"{link}/town")).text)
    sign_up = TOKEN.search((await visitor.get("/f/hillside")).text)
    assert own
    assert sign_up
    older = FormTokens([SECRET]).mint("set-up", nonce="0" * 24, now=now - QUICKEST)
    tokens = {"invented": "abc.def", "of the sign-up form": sign_up[1], "of an older link": older, "from another site": own[1]}
    token = tokens.get(kind, "")
    headers = {"sec-fetch-site": "cross-site" if kind == "from another site" else "same-origin"}
    before = await everything(admin)
    for page in ("town", "sender", "sender/test"):
        answer = await visitor.post(f"{link}/{page}", data={**TOWN, "to": "a@example.org", "form_token": token}, headers=headers)
        assert answer.status_code == (403 if kind == "from another site" else 422), page
    assert await everything(admin) == before


async def test_the_page_is_never_kept_and_names_itself_to_nobody(visitor: Browser, link: str) -> None:
    headers = (await visitor.get(f"{link}/town")).headers
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "no-referrer"
    assert "noindex" in headers["x-robots-tag"]


async def test_the_database_lets_nobody_else_make_or_change_a_place(
    db: Database, admin: asyncpg.Connection, worker_db: Database, now: datetime
) -> None:
    """The pages' role by itself: without the link or an operator's session there is no place to be made, whatever the code forgets."""
    town = await make_town(admin, now=now)
    insert = (
        "INSERT INTO organization (kind, slug, name, region_id, postal_address, lat, lon, zone, created_at)"
        " SELECT 'operator', 'sly', 'Sly', region_id, 'x', lat, lon, zone, created_at FROM organization WHERE id = $1"
    )
    for presented in ([], [b"x" * 32]):
        async with db.transaction(organization_id=town.center_id, presented=presented) as conn:
            assert await conn.execute("UPDATE organization SET name = 'Sly'") == "UPDATE 0"
            assert await conn.execute("UPDATE region SET name = 'Sly'") == "UPDATE 0"
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await conn.execute(insert, town.center_id)
