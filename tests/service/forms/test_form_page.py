"""The form's page: every fault in one answer, in the order of the page, and everything that was typed stays."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import asyncpg
import httpx
import pytest

from tests.service.mail.neighbors import VAULT, Town
from tests.service.visitor import Browser, Hands

GOOD = {"email": "ottoline@residents.example.org", "zip": "10001", "consent": "digest", "travel": "bus", "cost_cents": "0", "party": "1"}


async def send(visitor: Browser, hands: Hands, **changes: object) -> httpx.Response:
    token = re.search(r'name="form_token" value="([^"]+)"', (await visitor.get("/f/riverton")).text)
    assert token
    hands.pass_by(timedelta(seconds=30))
    return await visitor.post("/f/riverton", data=GOOD | {"form_token": token[1]} | changes, follow_redirects=False)


def named(answer: httpx.Response) -> list[str]:
    """The fields in the list of faults, as it reads."""
    return re.findall(r'<li><a href="#([a-z_]+)">', answer.text)


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"email": "", "consent": []}, ["email", "consent"]),
        ({"email": "nobody", "zip": "00000", "consent": []}, ["zip", "email", "consent"]),
        ({"email": "é@example.org", "zip": "", "age": "under_18", "party": "99"}, ["zip", "party", "age", "email"]),
        (
            {"email": "", "zip": "x",
              "words": "\x01", "interests": "nonsense", "available": "someday", "travel": "plane", "cost_cents": "-1",
             "party": "no", "needs": "a_lift", "age": "old", "consent": [], "name": "<b>"},
            ["zip", "interests", "words", "available", "travel", "cost_cents", "party", "needs", "age", "email", "name", "consent"],
        ),
    ],
)  # fmt: skip
async def test_every_fault_is_named_in_one_answer(
    visitor: Browser, hands: Hands, town: Town, admin: asyncpg.Connection, changes: dict[str, object], fields: list[str]
) -> None:
    answer = await send(visitor, hands, **changes)
    assert (answer.status_code, named(answer)) == (422, fields)
    assert await admin.fetchval("SELECT count(*) FROM resident") == 0


async def test_what_was_typed_stays_and_what_was_not_ticked_stays_unticked(visitor: Browser, hands: Hands, town: Town) -> None:
    answer = await send(
        visitor, hands, email="nobody", words="Chess & <b>tea</b>", available=["mon-morning", "sun-evening"], needs=["quiet"],
        travel="car", name="Ottoline", age="65_74", party="", interests=["gardening"], consent=[],
    )  # fmt: skip
    text = unescape(answer.text)
    ticked = set(re.findall(r'value="([a-z_-]+)" (?:required aria-required="true" )?checked', text))
    assert ticked == {"mon-morning", "sun-evening", "quiet", "gardening"}
    assert {"car", "65_74"} <= set(re.findall(r'value="([a-z0-9_]+)" selected', text))
    assert {"nobody", "10001", "Ottoline"} <= set(re.findall(r'<input type="(?:email|text)"[^>]* value="([^"]*)"', text))
    assert "Chess & <b>tea</b></textarea>" in text


async def test_once_everything_is_right_the_person_is_signed_up(
    visitor: Browser, hands: Hands, town: Town, admin: asyncpg.Connection
) -> None:
    assert (await send(visitor, hands)).status_code == 303
    assert await admin.fetchval("SELECT count(*) FROM resident") == 1


async def answer_of(visitor: Browser, asked: httpx.Response, hands: Hands, **pressed: str) -> httpx.Response:
    """The same page sent back with one of its buttons."""
    hidden = dict(re.findall(r'<input type="hidden" name="([a-z_]+)" value="([^"]*)"', asked.text))
    hands.pass_by(timedelta(seconds=30))
    return await visitor.post("/f/riverton", data=GOOD | {"email": "ottoline@gmial.com"} | hidden | pressed, follow_redirects=False)


async def addresses(admin: asyncpg.Connection) -> list[str]:
    return [VAULT.open(row["email"], place="resident.email", row=row["id"]) for row in await admin.fetch("SELECT id, email FROM resident")]


@pytest.mark.parametrize(
    ("pressed", "address"), [("meant", "ottoline@gmail.com"), ("sure", "ottoline@gmial.com"), ("", "ottoline@gmial.com")]
)
async def test_an_address_that_looks_like_a_slip_is_asked_back_once(
    visitor: Browser, hands: Hands, town: Town, admin: asyncpg.Connection, pressed: str, address: str
) -> None:
    """One press mends it, one says that it is right; who presses "Sign up" again has looked at it, too."""
    asked = await send(visitor, hands, email="ottoline@gmial.com")
    assert asked.status_code == 200
    assert "You typed ottoline@gmial.com. Did you mean ottoline@gmail.com?" in asked.text
    assert 'value="10001"' in asked.text
    assert await addresses(admin) == []
    answer = await answer_of(visitor, asked, hands, do=pressed)
    assert f"We write to {address}." in (await visitor.get(answer.headers["location"])).text
    assert await addresses(admin) == [address]


@pytest.mark.parametrize("pressed", ["", "meant"])
async def test_another_slip_is_asked_back_again(
    visitor: Browser, hands: Hands, town: Town, admin: asyncpg.Connection, pressed: str
) -> None:
    asked = await send(visitor, hands, email="ottoline@gmial.com")
    again = await answer_of(visitor, asked, hands, email="ottoline@yaho.com", do=pressed)
    assert "Did you mean ottoline@yahoo.com?" in again.text
    assert await addresses(admin) == []


@pytest.mark.parametrize(
    ("changes", "signs_up"), [({"email": "", "consent": []}, False), ({"email": " ", "consent": []}, False), ({}, True)]
)
async def test_enter_looks_where_no_address_was_typed_and_signs_up_where_one_was(
    visitor: Browser, hands: Hands, town: Town, admin: asyncpg.Connection, changes: dict[str, object], signs_up: bool
) -> None:
    """The first button of the form, which Enter presses in any field, is one that nobody sees."""
    form = (await visitor.get("/f/riverton")).text
    first = re.search(r"<button[^>]*>", form)
    assert first
    assert 'value="enter"' in first[0]
    answer = await send(visitor, hands, do="enter", **changes)
    assert answer.status_code == (303 if signs_up else 200)
    assert await admin.fetchval("SELECT count(*) FROM resident") == int(signs_up)
    assert signs_up or '<h2 id="examples-title" tabindex="-1" autofocus>' in answer.text


async def test_enter_with_an_address_and_without_the_tick_names_what_is_missing(visitor: Browser, hands: Hands, town: Town) -> None:
    answer = await send(visitor, hands, do="enter", consent=[])
    assert (answer.status_code, named(answer)) == (422, ["consent"])


async def test_what_was_read_from_own_words_is_said_at_once(visitor: Browser, hands: Hands, town: Town) -> None:
    page = unescape((await send(visitor, hands, do="preview", words="I love gardening. I hate bingo.")).text)
    assert "From your words we read that you like: Gardening." in page
    assert "From your words we read that you do not like: Bingo and lotería." in page
    silent = unescape((await send(visitor, hands, do="preview", words="Chess & tea with xyzzy")).text)
    assert "you do not like" not in silent


async def test_every_topic_is_offered_once(visitor: Browser, town: Town) -> None:
    """One that is large stands in no list: unticked there, it would still be ticked here."""
    page = (await visitor.get("/f/riverton")).text
    offered = re.findall(r'name="interests" value="([a-z_]+)"', page)
    assert len(offered) == len(set(offered)) > 100
    drawn = set(re.findall(r'<symbol id="topic-([a-z_]+)"', page))
    assert set(re.findall(r'<use href="#topic-([a-z_]+)"', page)) == drawn
    assert offered[: len(drawn)] == [topic for topic in offered if topic in drawn]


async def test_what_is_folded_stands_open_where_something_in_it_was_answered(visitor: Browser, hands: Hands, town: Town) -> None:
    def is_open(html: str) -> bool:
        return bool(re.search(r"<details open>\s*<summary>When you are free", html))

    assert not is_open((await visitor.get("/f/riverton")).text)
    assert not is_open((await send(visitor, hands, do="preview", age="")).text)  # as a browser sends it
    for changes in (
        {"needs": ["quiet"]},
        {"travel": "car"},
        {"party": "2"},
        {"available": ["mon-morning"]},
        {"party": "no"},
        {"age": "65_74"},
    ):
        assert is_open((await send(visitor, hands, do="preview", **changes)).text), changes
