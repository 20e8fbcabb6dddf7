"""The thank-you page: whose letter to look for, its code, and nothing that tells whether an address is known."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import asyncpg
import httpx
import pytest

from service.mail.actions import open_content
from tests.service.forms.test_form_page import send
from tests.service.mail.neighbors import VAULT, Town, make_resident, make_town
from tests.service.visitor import Browser, Hands

NEW, MEMBER = "ottoline@residents.example.org", "edmund@residents.example.org"


async def signed_up(visitor: Browser, hands: Hands, email: str = NEW, **changes: object) -> str:
    """The address of the page that thanks."""
    answer = await send(visitor, hands, email=email, **changes)
    assert answer.status_code == 303
    return answer.headers["location"]


async def code_of(admin: asyncpg.Connection) -> str:
    row = await admin.fetchrow("SELECT id, content FROM letter WHERE kind = 'confirm' ORDER BY queued_at DESC LIMIT 1")
    assert row
    text = open_content(VAULT, row["content"], letter_id=row["id"], language="en").text
    [code] = re.findall(r"^\d{3} \d{3}$", text, re.MULTILINE)
    return str(code)


async def test_the_code_of_the_letter_makes_the_sign_up_count(
    visitor: Browser, hands: Hands, town: Town, admin: asyncpg.Connection
) -> None:
    page = await signed_up(visitor, hands)
    text = (await visitor.get(page)).text
    assert f"We write to {NEW}." in text
    assert "It comes from hello@doorstep.example.org." in text
    assert 'autocomplete="one-time-code"' in text
    wrong = await visitor.post(page, data={"code": "12345"})
    assert (
        wrong.status_code,
        "Did you press both buttons, in the letter and on its page? Then you are in already." in wrong.text,
        'value="12345"' in wrong.text,
    ) == (422, True, True)
    assert re.search(r'role="alert"[^>]*>\s*<h2>[^<]*</h2>\s*<ul>\s*<li><a href="#code">', wrong.text), "a screen reader says it at once"
    assert await admin.fetchval("SELECT status FROM resident") == "unconfirmed"
    right = await visitor.post(page, data={"code": await code_of(admin)})
    assert (right.status_code, "You are in" in right.text) == (200, True)
    assert await admin.fetchval("SELECT status FROM resident") == "active"


async def test_the_letter_is_sent_again_on_request(visitor: Browser, hands: Hands, town: Town, admin: asyncpg.Connection) -> None:
    page = await signed_up(visitor, hands)
    for minutes, letters in ((1, 1), (5, 2)):
        hands.pass_by(timedelta(minutes=minutes))
        assert "We send the letter again" in (await visitor.post(page, data={"do": "again"})).text
        assert await admin.fetchval("SELECT count(*) FROM letter") == letters


async def test_ten_wrong_codes_are_the_end_of_trying(visitor: Browser, hands: Hands, town: Town, admin: asyncpg.Connection) -> None:
    """Also with the right one, and from another opening of the form; the button in the letter still works."""
    page = await signed_up(visitor, hands)
    statuses = [(await visitor.post(page, data={"code": "1"})).status_code for _ in range(10)]
    assert set(statuses) == {422}
    refused = await visitor.post(page, data={"code": await code_of(admin)})
    assert (refused.status_code, "press the button in the letter instead" in refused.text) == (429, True)
    assert int(refused.headers["retry-after"]) > 0
    other = await signed_up(visitor, hands)
    assert (await visitor.post(other, data={"code": await code_of(admin)})).status_code == 429
    assert await admin.fetchval("SELECT status FROM resident") == "unconfirmed"


def shape(answer: httpx.Response, page: str, email: str) -> tuple[int, str, list[str]]:
    """An answer without what has to differ: the address that was typed, and its seal."""
    return answer.status_code, answer.text.replace(page.rsplit("/", 1)[1], "").replace(email, ""), sorted(answer.headers)


async def test_a_known_address_and_a_new_one_are_answered_alike(
    visitor: Browser, hands: Hands, town: Town, admin: asyncpg.Connection, now: datetime
) -> None:
    await make_resident(admin, town, now=now, email=MEMBER)
    pages = {email: await signed_up(visitor, hands, email) for email in (NEW, MEMBER)}
    for fields in (None, {"code": "123"}, {"code": ""}, {"do": "again"}):
        answers = {email: await (visitor.post(page, data=fields) if fields else visitor.get(page)) for email, page in pages.items()}
        shapes = [shape(answers[email], pages[email], email) for email in pages]
        assert shapes[0] == shapes[1], fields
    for _ in range(9):
        answers = {email: await visitor.post(page, data={"code": "123"}) for email, page in pages.items()}
    assert [answer.status_code for answer in answers.values()] == [429, 429]


async def test_a_machine_that_fills_in_everything_reads_the_same_page(
    visitor: Browser, hands: Hands, town: Town, admin: asyncpg.Connection
) -> None:
    page = await signed_up(visitor, hands, website="https://example.org")
    assert f"We write to {NEW}." in (await visitor.get(page)).text
    assert (await visitor.post(page, data={"code": "123456"})).status_code == 422
    assert await admin.fetchval("SELECT count(*) FROM resident") == 0


@pytest.mark.parametrize("ending", ["", "/nonsense", "/%C3%A9", "late", "other"])
async def test_a_page_that_waits_for_nothing_shows_no_address_and_takes_no_code(
    visitor: Browser, hands: Hands, town: Town, admin: asyncpg.Connection, now: datetime, ending: str
) -> None:
    """After two hours the next person at a library's computer may press "back". One form's page is none of another form."""
    await make_town(admin, now=now, slug="hillside")
    page, code = await signed_up(visitor, hands), await code_of(admin)
    if ending == "late":
        hands.pass_by(timedelta(hours=2))
    elif ending == "other":
        page = page.replace("/f/riverton/", "/f/hillside/")
    else:
        page = f"/f/riverton/thanks{ending}"
    shown = await visitor.get(page)
    assert (shown.status_code, NEW in shown.text, "<form" in shown.text) == (200, False, False)
    assert re.search(r'<a href="/f/[^"]*">Fill in the form again</a>', shown.text)
    if ending:
        assert "takes it no longer" in (await visitor.post(page, data={"code": code})).text
    assert await admin.fetchval("SELECT status FROM resident") == "unconfirmed"


async def test_a_closed_form_thanks_nobody(visitor: Browser, hands: Hands, town: Town, admin: asyncpg.Connection, now: datetime) -> None:
    page = await signed_up(visitor, hands)
    await admin.execute("UPDATE organization SET closed_at = $1 WHERE id = $2", now, town.partner_id)
    assert (await visitor.get(page)).status_code == 410
