"""Real examples before anybody gives an address: from wishes, a ZIP code and hours, and no byte of it is kept."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from html import unescape
from typing import Any

import asyncpg
import httpx
import pytest

from tests.service.mail.neighbors import Town, make_session, make_town
from tests.service.test_letter_links import checksums
from tests.service.visitor import Browser, Hands

WISHES: dict[str, Any] = {"zip": "10001", "interests": ["gardening"], "travel": "car", "cost_cents": 0, "available": []}


@pytest.fixture
async def town(admin: asyncpg.Connection, now: datetime) -> Town:
    made = await make_town(admin, now=now)
    await make_session(admin, made, now=now)
    await make_session(admin, made, now=now, slug="songs", title="Porch songs", topics=("singing",), starts_in=timedelta(days=2))
    await make_session(admin, made, now=now, slug="chess", title="Porch checkers", cost_cents=500, topics=("chess",))
    return made


async def press(visitor: Browser, **changes: object) -> httpx.Response:
    """The second button of the form; no token of ours, as on a partner's own page."""
    data = {"do": "preview", "zip": "10001", "travel": "car", "cost_cents": "0", "party": "1", "interests": ["gardening"]} | changes
    return await visitor.post("/f/riverton", data=data)


def titles(html: str) -> list[str]:
    return re.findall(r'<h3 dir="auto"><a href="/sessions/[0-9a-f-]+">([^<]+)</a>', unescape(html))


async def test_the_form_shows_real_examples_and_signs_nobody_up(visitor: Browser, town: Town, admin: asyncpg.Connection) -> None:
    before = await checksums(admin)
    page = await press(visitor)
    assert page.status_code == 200
    assert titles(page.text) == ["Garden morning", "Porch songs"]  # the third one costs something
    assert "It sounds like something you told us you like: " in page.text
    assert await checksums(admin) == before


async def test_no_row_of_any_table_changes_whatever_is_asked(visitor: Browser, town: Town, admin: asyncpg.Connection) -> None:
    before = await checksums(admin)
    for changes in (
        {},
        {"words": "chess and tea"},
        {"zip": "99501"},
        {"zip": ""},
        {"email": "ana@residents.example.org", "consent": "digest"},
    ):
        await press(visitor, **changes)
        await visitor.post("/api/v1/preview", json={**WISHES, **{k: v for k, v in changes.items() if k in ("zip", "words")}})
    assert await checksums(admin) == before


async def test_everything_that_was_typed_stays(visitor: Browser, town: Town) -> None:
    page = await press(
        visitor, email="ottoline@residents.example.org", name="Ottoline", words="Roses & <b>tea</b>", consent="digest",
        available=["mon-morning", "sun-evening"], needs=["quiet"], age="65_74",
    )  # fmt: skip
    text = unescape(page.text)
    ticked = set(re.findall(r'value="([a-z_-]+)" (?:required aria-required="true" )?checked', text))
    assert ticked == {"mon-morning", "sun-evening", "quiet", "gardening", "digest"}
    assert {"ottoline@residents.example.org", "10001", "Ottoline"} <= set(re.findall(r' value="([^"]*)"', text))
    assert "Roses & <b>tea</b></textarea>" in text
    assert {"car", "65_74"} <= set(re.findall(r'value="([a-z0-9_]+)" selected', text))


async def test_after_the_examples_the_same_form_signs_up(visitor: Browser, hands: Hands, town: Town, admin: asyncpg.Connection) -> None:
    page = await press(visitor, email="ottoline@residents.example.org", consent="digest")
    token = re.search(r'name="form_token" value="([^"]+)"', page.text)
    assert token
    hands.pass_by(timedelta(seconds=30))
    signed = {
        "email": "ottoline@residents.example.org",
        "zip": "10001",
        "consent": "digest",
        "travel": "car",
        "cost_cents": "0",
        "party": "1",
    }
    answer = await visitor.post("/f/riverton", data=signed | {"form_token": token[1]}, follow_redirects=False)
    assert answer.status_code == 303
    assert await admin.fetchval("SELECT count(*) FROM resident") == 1


@pytest.mark.parametrize(
    ("changes", "sentence", "hint"),
    [
        ({"available": ["mon-morning"]}, "are at times when you are not free", "With more free times"),
        ({"travel": "walk"}, "are too far to walk", "If you could go farther"),
        ({"needs": ["hearing_loop"]}, "did not say yes to what you need: hearing loop", "Only what you need keeps 2 more away"),
        ({"zip": "99501"}, "We do not know of any group near there yet", ""),
    ],
)
async def test_an_empty_list_says_which_limit_emptied_it(
    visitor: Browser, town: Town, changes: dict[str, object], sentence: str, hint: str
) -> None:
    page = await press(visitor, **changes)
    assert page.status_code == 200
    assert titles(page.text) == []
    assert sentence in unescape(page.text)
    assert hint in unescape(page.text)


async def test_a_missing_zip_is_named_and_nothing_else_is_asked_for(visitor: Browser, town: Town) -> None:
    page = await press(visitor, zip="")
    assert page.status_code == 422
    assert re.findall(r'<li><a href="#([a-z_]+)">', page.text) == ["zip"]


async def test_unclear_words_are_asked_back_as_boxes_to_tick(visitor: Browser, town: Town) -> None:
    page = await press(visitor, words="ches", interests=[])
    meant = re.search(r'id="interests-meant".*?</fieldset>', page.text, re.DOTALL)
    assert meant
    assert 'value="chess"' in meant[0]
    clear = await press(visitor, words="chess", interests=[])
    assert "interests-meant" not in clear.text
    wrong = await press(visitor, words="ches", zip="")  # on the page with faults as well
    assert "interests-meant" in wrong.text


async def test_the_api_tells_the_same_in_the_language_asked_for(visitor: Browser, town: Town) -> None:
    answer = await visitor.post("/api/v1/preview", json={**WISHES, "language": "es"})
    assert answer.status_code == 200
    body = answer.json()
    assert [one["title"] for one in body["examples"]] == ["Garden morning", "Porch songs"]
    assert body["empty"] is None
    assert any("jardiner" in reason.lower() for reason in body["examples"][0]["reasons"])
    assert body["examples"][0]["starts_at"].endswith("-05:00")


async def test_a_private_wish_is_not_named_back(visitor: Browser, town: Town, admin: asyncpg.Connection, now: datetime) -> None:
    await make_session(admin, town, now=now, slug="loss", title="Letting go together", topics=("grief",), starts_in=timedelta(days=2))
    body = (await visitor.post("/api/v1/preview", json={**WISHES, "interests": ["grief"]})).json()
    assert body["examples"][0]["title"] == "Letting go together"
    assert body["examples"][0]["reasons"][0] == "It fits something you told us."


@pytest.mark.parametrize(("title", "topics"), [("Letting go together", ("grief",)), ("Grief circle", ()), ("Grief circle", ("crafts",))])
async def test_a_sensitive_group_is_only_an_example_for_who_asks(
    visitor: Browser, town: Town, admin: asyncpg.Connection, now: datetime, title: str, topics: tuple[str, ...]
) -> None:
    """Whether it carries the topic or only says so in its title."""
    await make_session(admin, town, now=now, slug="loss", title=title, topics=topics, starts_in=timedelta(days=4))
    asked: dict[str, dict[str, object]] = {
        "nothing": {},
        "crafts": {"interests": ["crafts"]},
        "ticked": {"interests": ["grief"]},
        "words": {"words": "I am a widow and would like company"},
        "refused": {"words": "no grief groups please"},
    }
    shown = {}
    for name, wishes in asked.items():
        body = (await visitor.post("/api/v1/preview", json={**WISHES, "interests": [], **wishes})).json()
        shown[name] = title in [one["title"] for one in body["examples"]]
    assert shown == {"nothing": False, "crafts": False, "ticked": True, "words": True, "refused": False}


async def test_of_a_place_that_no_map_knows_only_the_town_is_told(visitor: Browser, admin: asyncpg.Connection, now: datetime) -> None:
    """The town's middle stands in for it: so it is near nobody, and no distance is told."""
    made = await make_town(admin, now=now)
    await make_session(admin, made, now=now, near_place="Riverton, NY", place_name="Riverton, NY", address="", lat=40.75, lon=-73.997)
    body = (await visitor.post("/api/v1/preview", json=WISHES)).json()
    assert body["examples"][0]["distance"] == "in the area of Riverton, NY"
    page = unescape((await press(visitor)).text)
    assert "in the area of Riverton, NY" in page
    for answer in (page, str(body)):
        assert not re.search("walk|short ride|not far|well within", answer.split("<form")[0] + str(body["examples"]))


async def test_who_sees_nothing_is_told_that_a_group_is_for_those_who_ask(
    visitor: Browser, admin: asyncpg.Connection, now: datetime
) -> None:
    await make_session(admin, await make_town(admin, now=now), now=now, title="Grief circle")
    page = await press(visitor, interests=[])
    assert titles(page.text) == []
    assert "One is only for people who asked for that kind of group." in unescape(page.text)


@pytest.mark.parametrize(
    "words",
    [
        "I hate bingo",
        "anything but bingo",
        "Bingo? No. Gardening? Yes!",
        "I like gardening, no bingo please",
        "todo menos bingo",
        "odio el bingo",
    ],
)
async def test_what_is_turned_down_is_no_example_and_no_reason(
    visitor: Browser, town: Town, admin: asyncpg.Connection, now: datetime, words: str
) -> None:
    await make_session(admin, town, now=now, slug="bingo", title="Bingo night", topics=("bingo",), starts_in=timedelta(days=3))
    wanted = (await visitor.post("/api/v1/preview", json={**WISHES, "interests": [], "words": "I like bingo"})).json()
    assert wanted["examples"][0]["title"] == "Bingo night"
    body = (await visitor.post("/api/v1/preview", json={**WISHES, "interests": [], "words": words})).json()
    assert body["examples"]
    examples = " ".join(one["title"] + " ".join(one["reasons"]) for one in body["examples"])
    assert "bingo" not in examples.lower()
    if "ardening" not in words:
        assert "own words" not in examples


async def test_the_api_says_why_there_is_nothing(visitor: Browser, town: Town) -> None:
    body = (await visitor.post("/api/v1/preview", json={**WISHES, "travel": "walk"})).json()
    assert body["examples"] == []
    assert (body["empty"]["limit"], body["empty"]["counts"]) == ("travel", {"reach": 2, "cost": 1}) or body["empty"]["counts"] == {
        "reach": 3
    }
    assert body["empty"]["hint"]


async def test_faults_are_named_all_at_once(visitor: Browser, town: Town) -> None:
    answer = await visitor.post("/api/v1/preview", json={"interests": ["nonsense"], "age": "under_18", "available": ["someday"]})
    assert answer.status_code in (400, 422)
    assert {error["pointer"] for error in answer.json()["errors"]} == {"#/interests", "#/age", "#/available", "#/zip"}
    unknown = await visitor.post("/api/v1/preview", json={"zip": "10001", "email": "ana@residents.example.org"})
    assert unknown.status_code == 400  # there is no field for an address


async def test_the_open_door_lets_so_many_through_and_says_when_it_opens_again(visitor: Browser, hands: Hands, town: Town) -> None:
    answers = [await visitor.post("/api/v1/preview", json=WISHES) for _ in range(61)]
    assert [answer.status_code for answer in answers] == [200] * 60 + [429]
    assert answers[0].headers["ratelimit"].startswith('"preview";r=59;')
    assert int(answers[-1].headers["retry-after"]) <= 60
    assert (await press(visitor)).status_code == 429  # one count for the form and the API
    hands.pass_by(timedelta(minutes=1))
    assert (await visitor.post("/api/v1/preview", json=WISHES)).status_code == 200
