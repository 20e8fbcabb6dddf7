"""A partner changes its own form on a page: its words, its languages, and which sites may frame it."""

from __future__ import annotations

from datetime import datetime

import asyncpg
import pytest

from service.db import Database
from tests.rows import first_row
from tests.service.centers.conftest import enter, token_on
from tests.service.mail.neighbors import Town
from tests.service.visitor import Browser

FORM = "/partner/riverton-partner/forms/riverton"
ASKED = {
    "title": "Good company",
    "intro": "Come & see.",
    "languages": ["es", "ar"],
    "origins": "https://www.example.org/\nhttps://a.example.net",
}


@pytest.fixture
async def owner(visitor: Browser, db: Database, town: Town, now: datetime) -> Browser:
    await enter(visitor, db, center="riverton-partner", role="owner", now=now)
    return visitor


async def test_the_sites_that_may_frame_a_form_are_set_on_a_page(owner: Browser, admin: asyncpg.Connection) -> None:
    assert FORM in (await owner.get("/partner/riverton-partner/")).text
    saved = await owner.post(FORM, data={**ASKED, "form_token": await token_on(owner, FORM)}, follow_redirects=False)
    assert saved.headers["location"] == f"{FORM}?done=saved"
    row = await first_row(admin, "SELECT title, intro, languages, origins FROM form")
    assert tuple(row) == ("Good company", "Come & see.", ["es", "ar"], ["https://www.example.org", "https://a.example.net"])
    policy = (await owner.get("/f/riverton")).headers["content-security-policy"]
    assert policy.endswith("frame-ancestors https://www.example.org https://a.example.net")
    taken_back = {**ASKED, "origins": "", "form_token": await token_on(owner, FORM)}
    await owner.post(FORM, data=taken_back)
    assert (await owner.get("/f/riverton")).headers["content-security-policy"].endswith("frame-ancestors 'none'")


async def test_every_wrong_field_is_named_and_what_was_typed_stays(owner: Browser, admin: asyncpg.Connection) -> None:
    before = await admin.fetch("SELECT * FROM form")
    fields = {"title": "", "intro": "x" * 601, "origins": "https://fine.example.org\nexample.org"}
    answer = await owner.post(FORM, data={**fields, "form_token": await token_on(owner, FORM)})
    assert answer.status_code == 422
    for field in ("title", "intro", "languages"):
        assert f'href="#{field}"' in answer.text
    assert "https://fine.example.org\nexample.org" in answer.text
    fields = {"title": "Fine", "languages": "en", "origins": "https://fine.example.org\nexample.org"}
    answer = await owner.post(FORM, data={**fields, "form_token": await token_on(owner, FORM)})
    assert "Not a site: example.org" in answer.text
    assert await admin.fetch("SELECT * FROM form") == before


async def test_the_form_of_another_partner_is_not_there(owner: Browser, admin: asyncpg.Connection, elsewhere: Town) -> None:
    before = await admin.fetch("SELECT * FROM form ORDER BY id")
    token = await token_on(owner, FORM)
    for path in (
        "/partner/riverton-partner/forms/hillside",
        "/partner/hillside-partner/forms/hillside",
        "/partner/riverton-partner/forms/no",
    ):
        assert (await owner.get(path)).status_code == 404
        assert (await owner.post(path, data={**ASKED, "form_token": token})).status_code == 404
    assert await admin.fetch("SELECT * FROM form ORDER BY id") == before


async def test_only_owners_change_a_form_and_only_from_this_page(
    owner: Browser, db: Database, admin: asyncpg.Connection, now: datetime
) -> None:
    before = await admin.fetch("SELECT * FROM form")
    for token in ("", "abc.def"):
        assert (await owner.post(FORM, data={**ASKED, "form_token": token})).status_code == 422
    token = await token_on(owner, FORM)
    await enter(owner, db, center="riverton-partner", role="staff", now=now)
    assert (await owner.get(FORM)).status_code == 403
    assert (await owner.post(FORM, data={**ASKED, "form_token": token})).status_code == 403
    assert FORM not in (await owner.get("/partner/riverton-partner/")).text
    assert await admin.fetch("SELECT * FROM form") == before


async def test_a_form_shows_itself_in_its_own_languages_alone(owner: Browser, admin: asyncpg.Connection) -> None:
    await admin.execute("UPDATE form SET languages = '{es,ar}'")
    shown = (await owner.get("/f/riverton", headers={"accept-language": "en"})).text
    assert '<html lang="es"' in shown
    assert 'hreflang="ar"' in shown
    assert 'hreflang="en"' not in shown
    assert '<html lang="ar"' in (await owner.get("/f/riverton?lang=ar")).text
