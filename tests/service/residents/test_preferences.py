"""The page behind a person's own link: looking changes nothing, sending keeps all of it or names every fault, and old links lead on."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from html import unescape
from pathlib import Path
from uuid import UUID

import asyncpg
import httpx
import pytest

from service.db import Database
from service.mail.actions import open_content
from service.matches import store as matches
from service.residents.preferences import LINK_LIFE, LINKS_A_DAY
from service.residents.week import pack
from service.tokens import Purpose, Tokens
from service.web.form_token import LIFE
from tests.rows import first_row
from tests.service.mail.neighbors import SECRET, VAULT, Town, make_resident, make_town
from tests.service.visitor import Browser, Hands, browser

TOKENS = Tokens([SECRET])
LINK = re.compile(r"http://doorstep\.local(/me/[A-Za-z0-9_-]+)")


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
async def resident_id(admin: asyncpg.Connection, town: Town, now: datetime) -> UUID:
    made = await make_resident(admin, town, now=now, email="ottoline@residents.example.org")
    await admin.execute("UPDATE profile SET zip = '10001', reach_km = 1.6, words = 'I like gardening', topics = '{gardening,grief}'")
    return made


def link_of(resident_id: UUID, purpose: Purpose = Purpose.ME, *, until: datetime | None = None) -> str:
    return f"/me/{TOKENS.mint(purpose, resident_id=resident_id, epoch=0, expires_at=until)}"


@pytest.fixture
def link(resident_id: UUID, now: datetime) -> str:
    return link_of(resident_id, until=now + LINK_LIFE)


def fields_on(html: str) -> dict[str, list[str]]:
    """What a browser would send if nothing were touched."""
    sent: dict[str, list[str]] = {}
    for tag in re.findall(r"<input [^>]+>", html):
        name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and value and ("checkbox" not in tag or " checked" in tag):
            sent.setdefault(name[1], []).append(unescape(value[1]))
    for name, options in re.findall(r'<select id="\w+" name="(\w+)".*?>(.*?)</select>', html, re.DOTALL):
        sent[name] = re.findall(r'value="([^"]*)" selected', options)
    for name, text in re.findall(r'<textarea id="\w+" name="(\w+)"[^>]*>(.*?)</textarea>', html, re.DOTALL):
        sent[name] = [unescape(text)]
    return sent


async def keep(visitor: Browser, hands: Hands, link: str, **changes: object) -> httpx.Response:
    page = await visitor.get(link)
    assert page.status_code == 200
    hands.pass_by(timedelta(seconds=30))
    return await visitor.post(link, data=fields_on(page.text) | changes)


def named(answer: httpx.Response) -> list[str]:
    return re.findall(r'<li><a href="#([a-z_]+)">', answer.text)


async def on_record(admin: asyncpg.Connection) -> dict[str, object]:
    row = await first_row(
        admin, "SELECT * FROM resident AS r JOIN pseudonym AS n ON n.resident_id = r.id JOIN profile AS p ON p.matcher_id = n.matcher_id"
    )
    assert row
    return {name: value for name, value in row.items() if name != "changed_at"}


@pytest.mark.parametrize(
    "as_it_is",
    [
        "UPDATE profile SET cost_cents = 750, reach_km = 2.3, age_low = 65, age_high = 74, party = 3, needs = 9",
        "UPDATE profile SET zip = NULL, words = '', topics = '{}', travel = 'car', reach_km = 25",
        "UPDATE resident SET language = 'ar', every_weeks = 4, paused_until = '2026-12-24 17:30:00+00'",
        "UPDATE resident SET paused_until = '2026-11-23 20:00:00+00'",
    ],
)
async def test_sending_the_page_back_untouched_changes_nothing(
    visitor: Browser, hands: Hands, link: str, admin: asyncpg.Connection, as_it_is: str
) -> None:
    await admin.execute(as_it_is)
    before = await on_record(admin)
    answer = await keep(visitor, hands, link)
    assert (answer.status_code, named(answer)) == (200, [])
    assert await on_record(admin) == before


async def test_exact_hours_stay_until_a_box_is_changed(visitor: Browser, hands: Hands, link: str, admin: asyncpg.Connection) -> None:
    exact = pack(["mon-09", "tue-afternoon"])
    await admin.execute("UPDATE profile SET available = $1", exact)
    page = await visitor.get(link)
    assert "exact hours" in page.text
    assert fields_on(page.text)["available"] == ["tue-afternoon"]
    await keep(visitor, hands, link, words="I like chess")
    assert await admin.fetchval("SELECT available FROM profile") == exact
    await keep(visitor, hands, link, available=["tue-afternoon", "wed-morning"])
    assert await admin.fetchval("SELECT available FROM profile") == pack(["tue-afternoon", "wed-morning"])


async def test_everything_on_the_page_is_kept(visitor: Browser, hands: Hands, link: str, admin: asyncpg.Connection) -> None:
    answer = await keep(
        visitor, hands, link, name="Ottoline", language="es", every_weeks="2", paused_on="2026-12-24", zip="43604", words="I like chess",
        interests=["gardening"], available=["mon-morning"], travel="car", reach_km="16.0", cost_cents="500", party="2", needs=["quiet"],
        age="75_84",
    )  # fmt: skip
    assert answer.status_code == 200
    assert "Hemos guardado sus cambios." in answer.text
    stored = await on_record(admin)
    assert VAULT.open(stored["name"], place="resident.name", row=stored["id"]) == "Ottoline"  # type: ignore[arg-type]
    assert (stored["language"], stored["every_weeks"], stored["zip"], stored["travel"], stored["reach_km"]) == (
        "es",
        2,
        "43604",
        "car",
        16.0,
    )
    assert (stored["cost_cents"], stored["party"], stored["needs"], stored["age_low"], stored["age_high"]) == (500, 2, 1 << 4, 75, 84)
    assert stored["paused_until"] == datetime(2026, 12, 24, 5, tzinfo=UTC)  # midnight in Toledo
    assert stored["available"] == pack(["mon-morning"])
    assert set(stored["topics"]) == {"gardening", "chess"}  # type: ignore[call-overload]
    assert set(stored["languages"]) == {"en", "es"}  # type: ignore[call-overload]
    assert (stored["lat"], stored["lon"]) != (40.7, -74.0)


async def test_a_box_that_was_unticked_does_not_come_back_by_old_words(
    visitor: Browser, hands: Hands, link: str, admin: asyncpg.Connection
) -> None:
    await keep(visitor, hands, link, interests=["grief"])
    assert await admin.fetchval("SELECT topics FROM profile") == ["grief"]
    await keep(visitor, hands, link, words="I like gardening and chess")
    assert set(await admin.fetchval("SELECT topics FROM profile")) == {"grief", "chess"}


async def test_words_that_now_refuse_what_they_wished_for_are_believed(
    visitor: Browser, hands: Hands, link: str, admin: asyncpg.Connection
) -> None:
    await admin.execute("UPDATE profile SET disliked = '{cards}'")  # by something else than these words
    await keep(visitor, hands, link, words="I hate gardening, and no bingo please")
    wishes = "SELECT topics, disliked FROM profile"
    assert tuple(await first_row(admin, wishes)) == (["grief"], ["cards", "bingo", "gardening"])
    await keep(visitor, hands, link, words="I hate gardening")
    assert tuple(await first_row(admin, wishes)) == (["grief"], ["cards", "gardening"])
    await keep(visitor, hands, link, interests=["grief", "gardening"])
    assert tuple(await first_row(admin, wishes)) == (["grief", "gardening"], ["cards"])


async def test_every_fault_is_named_at_once_what_was_typed_stays_and_nothing_is_kept(
    visitor: Browser, hands: Hands, link: str, admin: asyncpg.Connection
) -> None:
    before = await on_record(admin)
    answer = await keep(
        visitor, hands, link, name="<b>", language="xx", every_weeks="3", paused_on="2026-11-23", zip="00000", party="12", age="under_18",
        needs=["a_lift", "quiet"], interests=[], available=["someday"], reach_km="-4", words="Only <i>tea</i>",
    )  # fmt: skip
    assert answer.status_code == 422
    assert named(answer) == ["name", "language", "every_weeks", "paused_on", "zip", "available", "reach_km", "party", "needs", "age"]
    typed = fields_on(answer.text)
    assert (typed["name"], typed["zip"], typed["party"], typed["words"]) == (["<b>"], ["00000"], ["12"], ["Only <i>tea</i>"])
    assert (typed["needs"], typed.get("interests")) == (["quiet"], None)
    assert await on_record(admin) == before


@pytest.mark.parametrize("day", ["2026-11-22", "2026-11-23", "2027-11-24", "2026-02-30", "soon"])
async def test_a_break_ends_on_a_day_to_come(visitor: Browser, hands: Hands, link: str, admin: asyncpg.Connection, day: str) -> None:
    assert named(await keep(visitor, hands, link, paused_on=day)) == ["paused_on"]
    assert await admin.fetchval("SELECT paused_until FROM resident") is None


async def test_a_home_area_can_be_moved_but_not_taken_away(visitor: Browser, hands: Hands, link: str) -> None:
    assert named(await keep(visitor, hands, link, zip="")) == ["zip"]


async def test_an_old_link_leads_to_a_new_one_at_the_address_on_record(
    visitor: Browser, hands: Hands, link: str, admin: asyncpg.Connection
) -> None:
    hands.pass_by(LINK_LIFE)
    page = await visitor.get(link)
    assert page.status_code == 410
    assert "Send me a new link" in page.text
    assert (await visitor.post(f"{link}/send")).status_code == 200
    fresh = await mailed_link(admin)
    assert "I like gardening" in (await visitor.get(fresh)).text


async def mailed_link(admin: asyncpg.Connection) -> str:
    letter = await first_row(admin, "SELECT id, kind, content FROM letter ORDER BY queued_at DESC, id DESC LIMIT 1")
    assert letter
    assert letter["kind"] == "link"
    content = open_content(VAULT, letter["content"], letter_id=letter["id"], language="en")
    assert LINK.findall(content.html) == LINK.findall(content.text)
    return str(LINK.findall(content.text)[0])


@pytest.mark.parametrize("purpose", [Purpose.ASK_ME, Purpose.STOP])
async def test_a_link_at_the_foot_of_a_letter_shows_nothing_personal_and_mails_a_fresh_link(
    visitor: Browser, admin: asyncpg.Connection, resident_id: UUID, purpose: Purpose
) -> None:
    asking = link_of(resident_id, purpose)
    page = await visitor.get(asking)
    assert page.status_code == 200
    assert "gardening" not in page.text
    assert "10001" not in page.text
    assert (await visitor.post(asking, data={"language": "en", "every_weeks": "1"})).status_code == 404
    for _ in range(LINKS_A_DAY + 3):
        assert "Please look at your mail" in (await visitor.post(f"{asking}/send")).text
    assert await admin.fetchval("SELECT count(*) FROM letter") == LINKS_A_DAY
    assert "I like gardening" in (await visitor.get(await mailed_link(admin))).text


async def test_a_page_opened_in_time_may_be_sent_a_little_late(
    visitor: Browser, hands: Hands, link: str, admin: asyncpg.Connection
) -> None:
    hands.pass_by(LINK_LIFE - timedelta(minutes=1))
    fields = fields_on((await visitor.get(link)).text) | {"words": "I like chess"}
    hands.pass_by(timedelta(minutes=30))
    assert (await visitor.post(link, data=fields)).status_code == 200
    assert await admin.fetchval("SELECT words FROM profile") == "I like chess"
    hands.pass_by(LIFE)
    late = await visitor.post(link, data=fields | {"words": "I like tea"})
    assert (late.status_code, "Send me a new link" in late.text) == (410, True)
    assert await admin.fetchval("SELECT words FROM profile") == "I like chess"


async def test_a_post_that_was_not_written_on_our_page_is_shown_first(visitor: Browser, link: str, admin: asyncpg.Connection) -> None:
    before = await on_record(admin)
    answer = await visitor.post(link, data={"language": "es", "every_weeks": "1", "zip": "10001"})
    assert answer.status_code == 422
    assert await on_record(admin) == before


@pytest.mark.parametrize(
    "change",
    ["UPDATE resident SET link_epoch = 1", "UPDATE resident SET status = 'unconfirmed', confirmed_at = NULL", "DELETE FROM resident"],
)
async def test_links_that_were_withdrawn_open_and_mail_nothing(visitor: Browser, link: str, admin: asyncpg.Connection, change: str) -> None:
    await admin.execute("TRUNCATE consent")
    await admin.execute(change)
    assert (await visitor.get(link)).status_code == 410
    assert (await visitor.post(f"{link}/send")).status_code == 410
    assert await admin.fetchval("SELECT count(*) FROM letter") == 0


@pytest.mark.parametrize(
    ("every_weeks", "weeks_since", "matched"), [(1, 1, True), (2, 1, False), (2, 2, True), (4, 3, False), (4, 4, True)]
)
async def test_who_wants_fewer_letters_takes_no_seats_in_between(
    admin: asyncpg.Connection, worker_db: Database, town: Town, resident_id: UUID, now: datetime,
    every_weeks: int, weeks_since: int, matched: bool,
) -> None:  # fmt: skip
    week = date(2026, 11, 23)
    last = week - timedelta(weeks=weeks_since)
    run_id = await admin.fetchval(
        "INSERT INTO match_run (region_id, week, state, seed, opened_at) VALUES ($1, $2, 'open', 1, $3) RETURNING id",
        town.region_id,
        last,
        now,
    )
    letter_id = await admin.fetchval(
        "INSERT INTO letter (kind, resident_id, message_id, content, not_before, give_up_at, queued_at)"
        " VALUES ('digest', $1, 'x', 'x', $2, $3, $2) RETURNING id", resident_id, now, now + timedelta(days=1),
    )  # fmt: skip
    composed_at = now - timedelta(weeks=weeks_since)
    await admin.execute("INSERT INTO digest VALUES ($1, $2, $3, $4, $5)", resident_id, last, run_id, letter_id, composed_at)
    await admin.execute("UPDATE resident SET every_weeks = $1", every_weeks)
    async with worker_db.transaction() as conn:
        matched_residents = await matches.residents(conn, region_id=town.region_id, week=week, now=now)
    assert bool(len(matched_residents)) == matched


async def test_what_is_ticked_is_told_in_front_of_the_closed_list(visitor: Browser, link: str) -> None:
    page = (await visitor.get(link)).text
    assert "Ticked in the list: Gardening · Grief support." in page
    assert '<details id="interests">' in page
