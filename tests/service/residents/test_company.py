"""The boxes about company: unticked at first, kept with their words and time, and taken back by unticking."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from service.db import Database
from service.residents.preferences import LINK_LIFE
from service.web.i18n import say_in
from tests.service.confirmed import confirm_all
from tests.service.mail.neighbors import Town, make_resident, make_town
from tests.service.residents.test_preferences import fields_on, link_of
from tests.service.visitor import Browser, Hands, browser

WORDS = {
    "company": "I would like company the first time I go. You may tell one other person with a seat that I am new and coming.",
    "company_name": "You may also tell the other person my first name, if they tell me theirs.",
    "welcome_host": "I am glad to greet a new person at a group I know. You may tell them that I am coming.",
}
KEPT = "SELECT purpose, wording, version, language, source, given_at, withdrawn_at FROM consent WHERE purpose <> 'digest' ORDER BY purpose"


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
async def resident(admin: asyncpg.Connection, town: Town, now: datetime) -> UUID:
    made = await make_resident(admin, town, now=now, email="ottoline@residents.example.org")
    await admin.execute("UPDATE profile SET zip = '10001'")
    return made


async def consents_of(admin: asyncpg.Connection) -> list[dict[str, Any]]:
    return [dict(row) for row in await admin.fetch(KEPT)]


@pytest.mark.parametrize("language", ["en", "es", "ar"])
@pytest.mark.parametrize(
    "ticked",
    [[], ["company"], ["company", "company_name"], ["company_name"]],
)
async def test_a_sign_up_keeps_what_was_ticked_in_the_words_that_were_shown(
    visitor: Browser, hands: Hands, town: Town, db: Database, admin: asyncpg.Connection, ticked: list[str], language: str
) -> None:
    await admin.execute("UPDATE form SET languages = '{en,es,ar}'")
    form = await visitor.get(f"/f/riverton?lang={language}")
    assert not re.findall(r'<input type="checkbox" name="consent"[^>]* checked', form.text)
    sent = fields_on(form.text) | {"email": "ada@example.org", "zip": "10001", "consent": ["digest", *ticked]}
    hands.pass_by(timedelta(seconds=30))
    assert (await visitor.post("/f/riverton", data=sent, follow_redirects=False)).status_code == 303
    assert await consents_of(admin) == [], "nobody has answered from that address yet"
    await confirm_all(db, admin, now=hands.now)
    wanted = ticked if ticked != ["company_name"] else []
    rows = await consents_of(admin)
    assert [row["purpose"] for row in rows] == wanted
    say = say_in(language)
    for row in rows:
        words = say(WORDS[row["purpose"]])
        assert (row["wording"], row["version"], row["language"], row["source"]) == (words, 2, language, "form")
        assert (row["given_at"], row["withdrawn_at"]) == (hands.now, None)


async def test_a_form_that_comes_back_has_its_boxes_as_they_were(visitor: Browser, hands: Hands, town: Town) -> None:
    form = await visitor.get("/f/riverton")
    hands.pass_by(timedelta(seconds=30))
    answer = await visitor.post("/f/riverton", data=fields_on(form.text) | {"consent": ["company"]})
    assert answer.status_code == 422
    assert fields_on(answer.text)["consent"] == ["company"]


async def test_the_page_keeps_and_takes_back_each_box(
    visitor: Browser, hands: Hands, resident: UUID, admin: asyncpg.Connection, now: datetime
) -> None:
    link = link_of(resident, until=now + LINK_LIFE)

    async def tick(*boxes: str) -> list[tuple[str, bool]]:
        page = await visitor.get(link)
        hands.pass_by(timedelta(minutes=1))
        answer = await visitor.post(link, data=fields_on(page.text) | {"company": list(boxes)})
        assert answer.status_code == 200
        assert fields_on(answer.text).get("company", []) == [box for box in boxes if boxes != ("company_name",)]
        return [(row["purpose"], row["withdrawn_at"] is None) for row in await consents_of(admin)]

    assert "company" not in fields_on((await visitor.get(link)).text)
    assert await tick("company", "company_name") == [("company", True), ("company_name", True)]
    first = await consents_of(admin)
    assert [(row["wording"], row["source"], row["given_at"]) for row in first] == [
        (WORDS[purpose], "preferences", hands.now) for purpose in ("company", "company_name")
    ]
    assert await tick("company", "company_name") == [("company", True), ("company_name", True)]
    assert await consents_of(admin) == first, "the first wording stays the proof"
    assert await tick("company") == [("company", True), ("company_name", False)]
    assert await tick("company_name") == [("company", False), ("company_name", False)]
    assert sorted(await tick("company")) == [("company", False), ("company", True), ("company_name", False)]
    living = {purpose for purpose, lives in await tick("company_name", "welcome_host") if lives}
    assert living == {"company_name", "welcome_host"}, "a host's name is a name, too"


async def test_a_stop_takes_company_back_and_its_undoing_does_not_give_it_again(
    visitor: Browser, hands: Hands, resident: UUID, admin: asyncpg.Connection, now: datetime
) -> None:
    link = link_of(resident, until=now + LINK_LIFE)
    page = await visitor.get(link)
    hands.pass_by(timedelta(minutes=1))
    await visitor.post(link, data=fields_on(page.text) | {"company": ["company"]})
    stop = re.findall(r'href="(/u/[^"]+)"', page.text)[0]
    for wish in ("stop", "undo"):
        await visitor.post(stop, data={"do": wish})
        assert all(row["withdrawn_at"] for row in await consents_of(admin))
