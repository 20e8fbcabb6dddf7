"""Why this, and why not that: what was stored, the facts it rests on today, and nothing of anybody else."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta
from html import unescape
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import pytest

from matching import REASON_NUMBERS
from service.interests.taxonomy import by_code
from service.matches.limits import BRINGS, FIELDS, STOPS, STOPS_FAR, TAKEN, TOO_FAR
from service.matches.reason_types import REASON_TYPES, NewGroupReason, TopicReason
from service.matches.why import FACTS
from service.tokens import Purpose, Tokens
from tests.service.mail.neighbors import SECRET, Date, Town, make_resident, make_session, make_town
from tests.service.test_letter_links import checksums
from tests.service.visitor import Browser, Hands, browser

TOKENS = Tokens([SECRET])
WEEK = date(2026, 11, 23)
EVERY: list[dict[str, object]] = [
    {"code": "topic", "topic": "gardening", "weight": 1.0},
    {"code": "topic", "topic": "grief", "weight": 1.0},
    {"code": "words", "likeness": 0.5},
    {"code": "near", "km": 0.6},
    {"code": "came_before", "visits": 1.0},
    {"code": "said_yes", "times": 1.0},
    {"code": "faces", "people": 2.0},
    {"code": "small_group", "people": 10.0},
    {"code": "free"},
    {"code": "time", "week_from": 20.0, "week_to": 23.0},
]


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
async def session(admin: asyncpg.Connection, town: Town, now: datetime) -> Date:
    return await make_session(admin, town, now=now)


@pytest.fixture
async def person(admin: asyncpg.Connection, town: Town, now: datetime) -> UUID:
    resident = await make_resident(admin, town, now=now, email="ottoline@residents.example.org", topics=("gardening", "grief"))
    await admin.execute(
        "UPDATE profile SET words = 'roses by the river', cohorts = true FROM pseudonym AS n"
        " WHERE n.matcher_id = profile.matcher_id AND n.resident_id = $1", resident,
    )  # fmt: skip
    return resident


async def run_of(admin: asyncpg.Connection, town: Town, now: datetime) -> UUID:
    run_id: UUID = await admin.fetchval(
        "INSERT INTO match_run (region_id, week, state, seed, result_hash, snapshot, opened_at, closed_at)"
        " VALUES ($1, $2, 'closed', 1, 'x', 'x', $3, $3) RETURNING id", town.region_id, WEEK, now,
    )  # fmt: skip
    return run_id


async def matched(
    admin: asyncpg.Connection, run: UUID, resident: UUID, session: Date, reasons: list[dict[str, object]], now: datetime
) -> UUID:
    """A match with these reasons; who is matched here had been to an earlier date of it nine days before."""
    matcher = await admin.fetchval("SELECT matcher_id FROM pseudonym WHERE resident_id = $1", resident)
    match_id: UUID = await admin.fetchval(
        "INSERT INTO match (run_id, matcher_id, session_id, rank, probability, propensity, km, reasons)"
        " VALUES ($1, $2, $3, 1, 0.5, 0.5, 0.6, $4::jsonb) RETURNING id", run, matcher, session.id, json.dumps(reasons),
    )  # fmt: skip
    earlier = await admin.fetchval(
        "INSERT INTO session (organization_id, activity_id, original_local, starts_at_local, zone, starts_at, ends_at, changed_at)"
        " VALUES ($1, $2, $3, $3, 'America/New_York', $4, $5, $4) RETURNING id",
        session.center_id, session.activity_id, (now - timedelta(days=9)).replace(tzinfo=None), now - timedelta(days=9),
        now - timedelta(days=9) + timedelta(hours=1),
    )  # fmt: skip
    await admin.execute(
        "INSERT INTO answer (matcher_id, session_id, activity_id, answer, at) VALUES ($1, $2, $3, 'attended', $4)",
        matcher, earlier, session.activity_id, now - timedelta(days=8),
    )  # fmt: skip
    return match_id


def own(resident: UUID, now: datetime) -> str:
    return TOKENS.mint(Purpose.ME, resident_id=resident, epoch=0, expires_at=now + timedelta(hours=1))


def of_letter(resident: UUID, match: UUID, now: datetime) -> str:
    return TOKENS.mint(Purpose.ANSWER, resident_id=resident, epoch=0, subject_id=match, expires_at=now + timedelta(days=4))


def lines_of(html: str) -> list[tuple[str, str]]:
    """(reason, fact) of each line."""
    return re.findall(r"<li><strong>(.*?)</strong><br>(.*?)(?: <a |</li>)", unescape(html))


def test_every_reason_and_every_limit_has_its_words() -> None:
    assert {*FACTS, TopicReason, NewGroupReason} == set(REASON_TYPES.values())
    assert {*REASON_TYPES, "none"} == set(REASON_NUMBERS)
    assert set(TAKEN) | {"reach"} == set(STOPS) | {"reach"} == {"answered", "sensitive", *FIELDS, "full"}
    assert set(TOO_FAR) == set(STOPS_FAR) == {"walk", "bus", "car"}
    assert set(BRINGS) == set(FIELDS)


async def test_ones_own_page_tells_every_stored_reason_with_its_fact(
    visitor: Browser, admin: asyncpg.Connection, town: Town, session: Date, person: UUID, now: datetime
) -> None:
    match = await matched(admin, await run_of(admin, town, now), person, session, EVERY, now)
    page = await visitor.get(f"/me/{own(person, now)}/why/{match}")
    assert page.status_code == 200
    facts, grief = dict(lines_of(page.text)), by_code()["grief"].name("en")
    assert len(lines_of(page.text)) == len(EVERY)
    assert facts["It sounds close to what you told us in your own words."].startswith("You wrote: “roses by the river”")
    assert facts["It fits something you told us."] == f"You ticked it, or wrote it in your own words: {grief}."
    assert facts["You have been there before."] == "The last time was on Sunday, November 15."
    assert facts["It is a small group."] == "The center has 10 places."
    assert "From your home area it is a short walk." in facts["It is a short walk from the middle of your area."]
    links = re.findall(r'href="/me/[^"#]+#([a-z_]+)"', page.text)
    assert set(links) == {"interests", "words", "zip", "cost_cents", "same_faces", "available"}


async def test_a_forwarded_letter_tells_no_more_than_the_letter_did(
    visitor: Browser, admin: asyncpg.Connection, town: Town, session: Date, person: UUID, now: datetime
) -> None:
    match = await matched(admin, await run_of(admin, town, now), person, session, EVERY, now)
    token = of_letter(person, match, now)
    page = await visitor.get(f"/me/{token}/why/{match}")
    assert page.status_code == 200
    text = unescape(page.text)
    assert len(lines_of(page.text)) == len(EVERY)
    for secret in ("roses", by_code()["grief"].name("en"), "November 15", "ottoline"):
        assert secret not in text
    [back] = set(re.findall(r'href="/me/([^"/#]+)"', page.text))
    assert TOKENS.read(back, now=now, purposes=(Purpose.ASK_ME,)).resident_id == person  # it mails a link, and opens nothing
    assert token not in {back}


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ("UPDATE profile SET topics = '{}'", "It sounds like something you told us you like: Gardening."),
        ("UPDATE profile SET words = ''", "It sounds close to what you told us in your own words."),
        ("UPDATE activity SET cost_cents = 500", "It is free."),
        ("UPDATE activity SET capacity = NULL", "It is a small group."),
        ("DELETE FROM answer", "You have been there before."),
        ("UPDATE profile SET cohorts = false", "People you have met before go there."),
    ],
)
async def test_a_reason_that_no_longer_holds_says_so(
    visitor: Browser, admin: asyncpg.Connection, town: Town, session: Date, person: UUID, now: datetime, change: str, sentence: str
) -> None:
    match = await matched(admin, await run_of(admin, town, now), person, session, EVERY, now)
    address, changed = f"/me/{own(person, now)}/why/{match}", "This has changed since the letter was written."
    before = (await visitor.get(address)).text
    assert sentence in dict(lines_of(before))
    assert changed not in before
    await admin.execute(change)
    assert dict(lines_of((await visitor.get(address)).text))[sentence] == changed


async def test_a_place_that_no_map_knows_is_near_nobody(
    visitor: Browser, admin: asyncpg.Connection, town: Town, session: Date, person: UUID, now: datetime
) -> None:
    match = await matched(admin, await run_of(admin, town, now), person, session, EVERY, now)
    address = f"/me/{own(person, now)}/why/{match}"
    assert "walk" in (await visitor.get(address)).text
    await admin.execute("UPDATE activity SET near_place = 'Riverton, NY'")
    assert "walk" not in (await visitor.get(address)).text


async def test_who_ticked_no_times_gave_us_none(
    visitor: Browser, admin: asyncpg.Connection, town: Town, session: Date, person: UUID, now: datetime
) -> None:
    match = await matched(admin, await run_of(admin, town, now), person, session, EVERY, now)
    page = unescape((await visitor.get(f"/me/{own(person, now)}/why/{match}")).text)
    assert "You did not tell us when you are free, so we suggest any time." in page
    assert "the times you gave us" not in page


async def test_only_the_wishes_in_ones_words_are_told_as_a_reason(
    visitor: Browser, admin: asyncpg.Connection, town: Town, session: Date, person: UUID, now: datetime
) -> None:
    match = await matched(admin, await run_of(admin, town, now), person, session, EVERY, now)
    address, sentence = f"/me/{own(person, now)}/why/{match}", "It sounds close to what you told us in your own words."
    await admin.execute("UPDATE profile SET words = 'I hate bingo, I love roses by the river'")
    assert dict(lines_of((await visitor.get(address)).text))[sentence].startswith("You wrote: “I love roses by the river”")
    await admin.execute("UPDATE profile SET words = 'anything but bingo, no cards'")
    assert "bingo" not in (await visitor.get(address)).text
    await admin.execute("UPDATE profile SET words = 'I hate bingo'")
    assert dict(lines_of((await visitor.get(address)).text))[sentence] == "This has changed since the letter was written."


async def test_a_match_of_somebody_else_looks_as_if_it_were_not_there(
    visitor: Browser, admin: asyncpg.Connection, town: Town, session: Date, person: UUID, now: datetime
) -> None:
    other = await make_resident(admin, town, now=now, email="petronella@residents.example.org")
    run = await run_of(admin, town, now)
    theirs = await matched(admin, run, other, session, EVERY, now)
    missing = await visitor.get(f"/me/{own(person, now)}/why/{uuid4()}")
    foreign = await visitor.get(f"/me/{own(person, now)}/why/{theirs}")
    assert (missing.status_code, foreign.status_code) == (404, 404)
    assert re.sub(r'nonce="[^"]*"|why/[0-9a-f-]+', "", missing.text) == re.sub(r'nonce="[^"]*"|why/[0-9a-f-]+', "", foreign.text)
    for token in (of_letter(person, theirs, now), of_letter(other, uuid4(), now)):
        assert (await visitor.get(f"/me/{token}/why/{theirs}")).status_code == 404
    for purpose in (Purpose.STOP, Purpose.ASK_ME, Purpose.CONFIRM):
        wrong = TOKENS.mint(purpose, resident_id=other, epoch=0)
        assert (await visitor.get(f"/me/{wrong}/why/{theirs}")).status_code == 404


async def test_old_links_say_what_to_do(
    visitor: Browser, hands: Hands, admin: asyncpg.Connection, town: Town, session: Date, person: UUID, now: datetime
) -> None:
    match = await matched(admin, await run_of(admin, town, now), person, session, EVERY, now)
    token, letter = own(person, now), of_letter(person, match, now)
    hands.pass_by(timedelta(days=9))
    for address in (f"/me/{token}/why/{match}", f"/me/{token}/why-not"):
        page = await visitor.get(address)
        assert (page.status_code, f'action="/me/{token}/send"' in page.text) == (410, True)
    assert (await visitor.get(f"/me/{letter}/why/{match}")).status_code == 410


async def some_sessions(admin: asyncpg.Connection, town: Town, now: datetime) -> None:
    """One that fits, and for each limit some that only it takes; the person walks at most three kilometers."""
    for number, facts in enumerate(
        [
            {"title": "Garden morning"},
            {"title": "Far away bowls", "lat": 40.9},
            {"title": "Far away chess", "lat": 40.95},
            {"title": "Dear dancing", "cost_cents": 900},
            {"title": "Who knows what it costs", "cost_cents": None},
            {"title": "Coro en español", "languages": ["es"]},
            {"title": "For children", "age_max": 12},
        ]
    ):
        await make_session(admin, town, now=now, slug=f"one-{number}", starts_in=timedelta(days=2, hours=number), **facts)  # type: ignore[arg-type]


async def test_why_not_counts_each_limit_and_names_the_one_to_correct(
    visitor: Browser, admin: asyncpg.Connection, town: Town, person: UUID, now: datetime
) -> None:
    await some_sessions(admin, town, now)
    page = await visitor.get(f"/me/{own(person, now)}/why-not")
    assert page.status_code == 200
    text = unescape(page.text)
    assert "7 dates are planned in your region." in text
    assert "One of them fits you." in text
    assert re.findall(r"<li>([^<]+)</li>", text)[:4] == [
        "2 are too far to walk.",
        "2 cost more than you chose, or the price is not known.",
        "One is for another age.",
        "One is in another language.",
    ]
    assert "If you could go farther, 2 more would fit you." in text
    assert re.search(r'href="/me/[^"]+#travel"', page.text)


async def test_an_empty_hand_is_told_and_explained(
    visitor: Browser, admin: asyncpg.Connection, town: Town, person: UUID, now: datetime
) -> None:
    await make_session(admin, town, now=now, cost_cents=900)
    await admin.execute(
        "INSERT INTO empty_hand (run_id, matcher_id, filters, feasible) SELECT $1, matcher_id, '{}', false FROM pseudonym",
        await run_of(admin, town, now),
    )
    text = unescape((await visitor.get(f"/me/{own(person, now)}/why-not")).text)
    assert "We found nothing that fits you." in text
    assert "None of them fits you as it is." in text
    assert "If it may cost a little, one more would fit you." in text


async def test_one_activity_can_be_looked_up(visitor: Browser, admin: asyncpg.Connection, town: Town, person: UUID, now: datetime) -> None:
    await some_sessions(admin, town, now)
    address = f"/me/{own(person, now)}/why-not"
    far = unescape((await visitor.get(address, params={"about": "FAR AWAY"})).text)
    assert far.count("It is too far to walk.") == 2
    fits = unescape((await visitor.get(address, params={"about": "garden"})).text)
    assert "It fits you. Others fit you better" in fits
    row = await admin.fetchrow(
        "SELECT s.id, a.id AS activity_id, a.organization_id AS center_id FROM session AS s JOIN activity AS a ON a.id = s.activity_id"
        " WHERE a.title = 'Dear dancing'"
    )
    assert row
    await matched(admin, await run_of(admin, town, now), person, Date(**dict(row)), [], now)
    assert "It is in your letter." in (await visitor.get(address, params={"about": "dancing"})).text
    assert "We have nothing by that name" in (await visitor.get(address, params={"about": "100%_'\\"})).text
    answered = await admin.fetchval(
        "SELECT s.id FROM session AS s JOIN activity AS a ON a.id = s.activity_id WHERE a.title = 'Garden morning'"
    )
    await admin.execute(
        "INSERT INTO answer (matcher_id, session_id, activity_id, answer, at)"
        " SELECT n.matcher_id, s.id, s.activity_id, 'no', $2 FROM pseudonym AS n, session AS s WHERE s.id = $1", answered, now,
    )  # fmt: skip
    assert "You have answered it already" in (await visitor.get(address, params={"about": "garden"})).text
    await admin.execute("DELETE FROM answer")
    assert "It fits you." in unescape((await visitor.get(address, params={"about": "garden"})).text)
    await admin.execute("UPDATE profile SET topics = '{}', disliked = '{gardening}'")
    assert "or said that it is not for you" in (await visitor.get(address, params={"about": "garden"})).text


async def test_only_ones_own_fresh_link_opens_why_not(visitor: Browser, person: UUID, now: datetime) -> None:
    for purpose in (Purpose.ASK_ME, Purpose.STOP):
        token = TOKENS.mint(purpose, resident_id=person, epoch=0)
        page = await visitor.get(f"/me/{token}/why-not")
        assert (page.status_code, f'action="/me/{token}/send"' in page.text) == (200, True)
        assert "seven days" not in page.text
    assert (await visitor.get(f"/me/{of_letter(person, uuid4(), now)}/why-not")).status_code == 404


async def test_nobody_elses_facts_appear_and_looking_changes_nothing(
    visitor: Browser, admin: asyncpg.Connection, town: Town, session: Date, person: UUID, now: datetime
) -> None:
    other = await make_resident(admin, town, now=now, email="petronella@residents.example.org", topics=("bingo", "divorce"))
    await admin.execute(
        "UPDATE profile SET words = 'my parrot Zebedee', zip = '99501', needs = 4, travel = 'car' FROM pseudonym AS n"
        " WHERE n.matcher_id = profile.matcher_id AND n.resident_id = $1", other,
    )  # fmt: skip
    run = await run_of(admin, town, now)
    mine, theirs = await matched(admin, run, person, session, EVERY, now), uuid4()
    await some_sessions(admin, town, now)
    theirs_matcher = await admin.fetchval("SELECT matcher_id FROM pseudonym WHERE resident_id = $1", other)
    await admin.execute(
        "INSERT INTO match (id, run_id, matcher_id, session_id, rank, probability, propensity, km, reasons)"
        " SELECT $1, $2, $3, s.id, 1, 0.5, 0.5, 9.9, '[]' FROM session AS s JOIN activity AS a ON a.id = s.activity_id"
        " WHERE a.title = 'Far away chess'", theirs, run, theirs_matcher,
    )  # fmt: skip
    before = await checksums(admin)
    pages = [
        await visitor.get(address)
        for token in (own(person, now),)
        for address in (f"/me/{token}/why/{mine}", f"/me/{token}/why-not", f"/me/{token}/why-not?about=a", f"/me/{token}")
    ]
    pages += [await visitor.get(f"/me/{of_letter(person, mine, now)}/why/{mine}"), await visitor.head(f"/me/{own(person, now)}/why-not")]
    assert {page.status_code for page in pages} == {200}
    secrets = ("parrot", "Zebedee", "99501", "petronella", str(other), str(theirs_matcher), str(theirs), "earing loop: ")
    assert not [secret for page in pages for secret in secrets if secret in page.text]
    assert await checksums(admin) == before


@pytest.mark.parametrize("language", ["es", "ar"])
async def test_the_pages_speak_the_readers_language(
    visitor: Browser, admin: asyncpg.Connection, town: Town, session: Date, person: UUID, now: datetime, language: str
) -> None:
    match = await matched(admin, await run_of(admin, town, now), person, session, EVERY, now)
    await some_sessions(admin, town, now)
    await admin.execute("UPDATE resident SET language = $1", language)
    for address in (f"why/{match}", "why-not?about=far", "why-not?about=garden"):
        text = unescape((await visitor.get(f"/me/{own(person, now)}/{address}")).text)
        assert f'lang="{language}"' in text
        body = re.sub(r"<[^>]+>", " ", text[text.index("<main") : text.index("</main>")])
        assert not re.findall(r"\b(?:You|The|It|is|are|was|with)\b(?! morning)", body), body
