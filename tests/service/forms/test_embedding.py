"""A partner puts its form on its own site: the code to copy, the script that shows the form there, and what stays inside the frame."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from html import escape, unescape

import asyncpg
import pytest

from service.db import Database
from tests.service.centers.conftest import enter
from tests.service.mail.neighbors import Town, make_town
from tests.service.visitor import HOME, Browser, Hands

FORM = "/partner/riverton-partner/forms/riverton"
GOOD = {"email": "ottoline@residents.example.org", "zip": "10001", "consent": "digest"}
SITE = "https://www.example.org"
FRAMED_SCRIPT = re.compile(r'<script src="/static/[0-9a-f]+/framed\.js" defer></script>')


@pytest.fixture
async def town(admin: asyncpg.Connection, now: datetime) -> Town:
    town = await make_town(admin, now=now)
    await admin.execute("UPDATE form SET origins = $1, title = 'Good <company>'", [SITE])
    return town


async def to_copy(visitor: Browser) -> dict[str, str]:
    """What the partner's page of the form holds to copy, by way."""
    text = (await visitor.get(f"{FORM}?lang=en")).text
    return {name: unescape(code) for name, code in re.findall(r'<textarea class="copy" id="way-(\w+)"[^>]*>([^<]*)</textarea>', text)}


async def test_a_partners_page_has_four_ways_to_copy(visitor: Browser, db: Database, town: Town, now: datetime) -> None:
    await enter(visitor, db, center="riverton-partner", role="owner", now=now)
    codes = await to_copy(visitor)
    assert list(codes) == ["link", "script", "frame", "fields"]
    assert codes["link"] == f"{HOME}/f/riverton"
    assert f'<script src="{HOME}/f/riverton.js" async></script>' in codes["script"]
    assert f'<noscript><a href="{HOME}/f/riverton">Good &lt;company&gt;</a></noscript>' in codes["script"]
    assert f'<iframe src="{HOME}/f/riverton?embed=1" title="Good &lt;company&gt;"' in codes["frame"]
    assert f'<form method="post" action="{HOME}/f/riverton?lang=en"' in codes["fields"]
    assert set(re.findall(r'name="(\w+)"', codes["fields"])) == {"email", "zip", "language"}
    assert set(re.findall(r' for="([\w-]+)"', codes["fields"])) == set(re.findall(r' id="([\w-]+)"', codes["fields"]))


async def test_without_a_named_site_the_page_says_what_comes_first(
    visitor: Browser, db: Database, town: Town, admin: asyncpg.Connection, now: datetime
) -> None:
    await admin.execute("UPDATE form SET origins = '{}'")
    await enter(visitor, db, center="riverton-partner", role="owner", now=now)
    assert list(await to_copy(visitor)) == ["link", "fields"]
    assert (await visitor.get(f"{FORM}?lang=en")).text.count("Name your site first") == 2


async def test_any_site_may_load_the_script_and_it_names_the_sites_that_may_show_the_form(visitor: Browser, town: Town) -> None:
    answer = await visitor.get("/f/riverton.js", headers={"sec-fetch-site": "cross-site", "origin": SITE})
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["cache-control"] == "public, max-age=300"
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    assert "set-cookie" not in answer.headers
    assert f'"frame":"{HOME}/f/riverton?embed=1"' in answer.text
    assert f'"sites":["{SITE}"]' in answer.text


@pytest.mark.parametrize(("asked", "carried"), [("es", "&lang=es"), ("de", ""), ("ar", "")])
async def test_the_script_carries_a_language_that_the_form_has(
    visitor: Browser, town: Town, admin: asyncpg.Connection, asked: str, carried: str
) -> None:
    await admin.execute("UPDATE form SET languages = '{en,es}'")
    assert f'"frame":"{HOME}/f/riverton?embed=1{carried}"' in (await visitor.get(f"/f/riverton.js?lang={asked}")).text


@pytest.mark.parametrize(("slug", "status"), [("riverton", 410), ("nowhere", 404)])
async def test_the_script_of_a_form_that_is_closed_or_not_there_does_nothing(
    visitor: Browser, town: Town, admin: asyncpg.Connection, now: datetime, slug: str, status: int
) -> None:
    await admin.execute("UPDATE organization SET closed_at = $1", now)
    answer = await visitor.get(f"/f/{slug}.js")
    assert (answer.status_code, answer.headers["content-type"]) == (status, "text/javascript; charset=utf-8")
    assert re.fullmatch(r"/\* [^*]+ \*/\n", answer.text)


async def test_in_a_frame_the_form_has_less_around_it_and_what_leaves_the_frame_opens_a_new_tab(visitor: Browser, town: Town) -> None:
    framed, alone = (await visitor.get("/f/riverton?embed=1&lang=es")).text, (await visitor.get("/f/riverton?lang=es")).text
    assert '<header class="site">' in alone
    assert '<header class="site">' not in framed
    assert FRAMED_SCRIPT.search(framed)
    assert not FRAMED_SCRIPT.search(alone)
    assert '<a href="/privacy?lang=es" target="_blank">' in framed
    assert 'href="/f/riverton?embed=1&amp;lang=en"' in framed
    assert "/accessibility" not in framed


async def test_everything_that_follows_stays_in_the_frame(
    visitor: Browser, hands: Hands, town: Town, admin: asyncpg.Connection, now: datetime
) -> None:
    text = (await visitor.get("/f/riverton?embed=1&lang=es")).text
    actions = {unescape(action) for action in re.findall(r'action="(/[^"]+)"', text)}
    assert actions == {"/f/riverton?embed=1&lang=es", "/f/riverton?embed=1&lang=es#examples"}
    token = re.search(r'name="form_token" value="([^"]+)"', text)
    assert token
    hands.pass_by(timedelta(seconds=30))
    fields = GOOD | {"form_token": token[1], "language": "es"}
    for changes in ({"consent": ""}, {"email": "ottoline@gmial.com"}, {"do": "preview"}, {"do": "preview", "zip": ""}):
        came_back = await visitor.post("/f/riverton?embed=1&lang=es", data=fields | changes)
        assert FRAMED_SCRIPT.search(came_back.text), changes
        assert '<html lang="es"' in came_back.text
    sent = await visitor.post("/f/riverton?embed=1&lang=es", data=fields, follow_redirects=False)
    address = sent.headers["location"]
    assert re.fullmatch(r"/f/riverton/thanks/[\w-]+\?embed=1&lang=es", address)
    thanks = (await visitor.get(address)).text
    assert f'action="{escape(address)}"' in thanks
    assert 'href="/f/riverton?embed=1&amp;lang=es"' in thanks
    for page in (thanks, *[(await visitor.post(address, data=data)).text for data in ({"code": "1"}, {"do": "again"})]):
        assert FRAMED_SCRIPT.search(page)
    assert [row["source"] for row in await admin.fetch("SELECT source FROM sign_up")] == ["embedded"]
    await admin.execute("UPDATE organization SET closed_at = $1", now)
    closed = await visitor.get("/f/riverton?embed=1")
    assert closed.status_code == 410
    assert FRAMED_SCRIPT.search(closed.text)


async def test_who_comes_from_the_partners_own_fields_goes_on_with_what_they_typed_and_no_reproach(
    visitor: Browser, hands: Hands, town: Town, admin: asyncpg.Connection
) -> None:
    elsewhere = {"sec-fetch-site": "cross-site", "origin": SITE}
    typed = {"email": "ottoline@residents.example.org", "zip": "10001", "language": "es"}
    arrived = await visitor.post("/f/riverton?lang=es", data=typed, headers=elsewhere)
    assert arrived.status_code == 200
    assert 'value="ottoline@residents.example.org"' in arrived.text
    assert 'value="10001"' in arrived.text
    assert '<input type="hidden" name="language" value="es">' in arrived.text
    assert "error-summary" not in arrived.text
    assert await admin.fetchval("SELECT count(*) FROM resident") == 0
    token = re.search(r'name="form_token" value="([^"]+)"', arrived.text)
    assert token
    hands.pass_by(timedelta(seconds=30))
    fields = typed | {"form_token": token[1], "consent": "digest"}
    sent = await visitor.post("/f/riverton?lang=es", data=fields, follow_redirects=False)
    assert re.fullmatch(r"/f/riverton/thanks/[\w-]+\?lang=es", sent.headers["location"])
    assert [row["source"] for row in await admin.fetch("SELECT source FROM sign_up")] == ["form"]
