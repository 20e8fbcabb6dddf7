"""Small changes straight from a letter: looking changes nothing and tells nothing, a press changes one thing, and it can be taken back."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta
from html import unescape
from pathlib import Path
from uuid import UUID

import asyncpg
import httpx
import numpy as np
import pytest

from service.db import Database
from service.digests.actions import compose_week
from service.mail.actions import open_content
from service.mail.letter_context import LetterContext
from service.matches import actions as matches
from service.residents.small_changes import TAKE_BACK
from service.residents.week import pack
from service.settings import ServiceSettings
from service.tokens import Purpose, Tokens
from tests.rows import first_row
from tests.sentences_used import sentences_in
from tests.service.digests.test_compose_week import pair
from tests.service.mail.neighbors import SECRET, VAULT, Town, make_resident, make_session, make_town
from tests.service.matches import town as invented
from tests.service.residents.wishes import agree_to_same_faces, set_profile, wishes
from tests.service.sentences_read import blanks_in
from tests.service.test_letter_links import checksums
from tests.service.truths import LABEL, TRUTHS, Facts
from tests.service.visitor import HOME, Browser, Hands, browser
from workers.context import open_context
from workers.tidy import tidy

TOKENS = Tokens([SECRET])
LETTER, NEXT_LETTER = UUID(int=1), UUID(int=2)  # by the run that they were written of
TEMPLATE = "service/residents/templates/change.html"
KINDS = ("evenings", "nearer", "fewer")
EVERY_KIND = (*KINDS, "same_faces")  # its button stands beside the reason of a match: test_same_faces.py
DAYTIME = [f"{day}-{part}" for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun") for part in ("morning", "afternoon")]


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
async def ada(admin: asyncpg.Connection, town: Town, now: datetime) -> UUID:
    """Any time suits her, she goes three kilometers, and her letter comes every week."""
    return await make_resident(admin, town, now=now, email="ada@residents.example.org")


def link(resident_id: UUID, letter: UUID = LETTER) -> str:
    return f"/change/{TOKENS.mint(Purpose.CHANGE, resident_id=resident_id, epoch=0, subject_id=letter)}"


def says(page: httpx.Response) -> str:
    """What stands on a page between its frame, without the token of its reader."""
    assert page.status_code == 200, page.text
    main = page.text[page.text.index("<main") : page.text.index("</main>")]
    return re.sub(r"/(change|me|u)/[A-Za-z0-9_-]+", r"/\1/", unescape(main))


async def changed_columns(admin: asyncpg.Connection, resident_id: UUID, before: dict[str, object]) -> dict[str, object]:
    after = await wishes(admin, resident_id)
    return {name: value for name, value in after.items() if value != before[name]}


async def test_each_button_changes_one_thing(visitor: Browser, admin: asyncpg.Connection, ada: UUID) -> None:
    first = await wishes(admin, ada)
    await visitor.post(link(ada), data={"do": "evenings"})
    assert await changed_columns(admin, ada, first) == {"available": pack(DAYTIME)}
    second = await wishes(admin, ada)
    await visitor.post(link(ada), data={"do": "nearer"})
    assert await changed_columns(admin, ada, second) == {"reach_km": pytest.approx(1.6)}
    third = await wishes(admin, ada)
    await visitor.post(link(ada), data={"do": "fewer"})
    assert await changed_columns(admin, ada, third) == {"every_weeks": 2}


@pytest.mark.parametrize(
    ("reach_km", "nearer_km"), [(100, 40), (40, 16), (25, 16), (16, 8), (8, 3.2), (3.2, 1.6), (1.6, 0.8), (1.5, 0.8), (0.9, 0.8)]
)
async def test_nearer_is_the_next_smaller_distance_of_the_form(
    visitor: Browser, admin: asyncpg.Connection, ada: UUID, reach_km: float, nearer_km: float
) -> None:
    await set_profile(admin, "reach_km = $1", reach_km)
    await visitor.post(link(ada), data={"do": "nearer"})
    assert await admin.fetchval("SELECT reach_km FROM profile") == pytest.approx(nearer_km)


@pytest.mark.parametrize(
    ("columns", "kind", "sentence"),
    [
        ("reach_km = 0.8", "nearer", "We look as near to you as we can already"),
        ("reach_km = 0.4", "nearer", "We look as near to you as we can already"),
        ("every_weeks = 2", "fewer", "every other week already"),
        ("every_weeks = 4", "fewer", "every other week already"),
    ],
)
async def test_what_is_so_already_is_said_and_nothing_changes(
    visitor: Browser, admin: asyncpg.Connection, ada: UUID, columns: str, kind: str, sentence: str
) -> None:
    await admin.execute(f"UPDATE {'resident' if kind == 'fewer' else 'profile'} SET {columns}")
    before = await checksums(admin)
    page = says(await visitor.post(link(ada), data={"do": kind}))
    assert (sentence in page, "Take it back" in page) == (True, False)
    assert await checksums(admin) == before


@pytest.mark.parametrize(
    ("cells", "sentence"),
    [
        (["mon-evening", "sat-evening"], "Without evenings there would be no time left"),
        (["mon-morning"], "We pick nothing in the evening for you already"),
    ],
)
async def test_nobody_is_left_without_any_time(
    visitor: Browser, admin: asyncpg.Connection, ada: UUID, cells: list[str], sentence: str
) -> None:
    await set_profile(admin, "available = $1", pack(cells))
    before = await checksums(admin)
    page = says(await visitor.post(link(ada), data={"do": "evenings"}))
    assert (sentence in page, "Take it back" in page) == (True, False)
    assert await checksums(admin) == before


@pytest.mark.parametrize("kind", KINDS)
async def test_twice_is_the_same_as_once(visitor: Browser, admin: asyncpg.Connection, hands: Hands, ada: UUID, kind: str) -> None:
    await set_profile(admin, "reach_km = 16")
    once = says(await visitor.post(link(ada), data={"do": kind}))
    before = await checksums(admin)
    hands.pass_by(timedelta(days=2))
    assert says(await visitor.post(link(ada), data={"do": kind})) == once
    await asyncio.gather(*(visitor.post(link(ada), data={"do": kind}) for _ in range(3)))
    assert await checksums(admin) == before


async def test_the_next_letter_goes_one_step_nearer_again(visitor: Browser, admin: asyncpg.Connection, ada: UUID) -> None:
    await set_profile(admin, "reach_km = 16")
    for letter in (LETTER, NEXT_LETTER):
        await visitor.post(link(ada, letter), data={"do": "nearer"})
    assert await admin.fetchval("SELECT reach_km FROM profile") == pytest.approx(3.2)


EXACT = {
    "evenings": ("available = $1", pack(["mon-09", "tue-evening", "fri-21"])),
    "nearer": ("reach_km = $1", 2.3),
    "fewer": ("party = $1", 2),
}


@pytest.mark.parametrize("kind", KINDS)
async def test_taking_it_back_restores_exactly_what_stood_before(
    visitor: Browser, hands: Hands, admin: asyncpg.Connection, ada: UUID, kind: str
) -> None:
    columns, value = EXACT[kind]
    await set_profile(admin, columns, value)
    before = await wishes(admin, ada)
    pressed = says(await visitor.post(link(ada), data={"do": kind}))
    assert "Take it back" in pressed
    assert await changed_columns(admin, ada, before) != {}
    hands.pass_by(TAKE_BACK - timedelta(minutes=1))
    for _ in range(2):
        assert "It is again as it was before." in says(await visitor.post(link(ada), data={"undo": kind}))
        assert await changed_columns(admin, ada, before) == {}
    assert says(await visitor.post(link(ada), data={"do": kind})) == pressed


async def test_a_later_letter_offers_to_take_back_what_an_earlier_one_changed(
    visitor: Browser, admin: asyncpg.Connection, ada: UUID
) -> None:
    before = await wishes(admin, ada)
    await visitor.post(link(ada), data={"do": "fewer"})
    page = says(await visitor.post(link(ada, NEXT_LETTER), data={"do": "fewer"}))
    assert ("every other week already" in page, "Take it back" in page) == (True, True)
    await visitor.post(link(ada, NEXT_LETTER), data={"undo": "fewer"})
    assert await changed_columns(admin, ada, before) == {}


@pytest.mark.parametrize("kind", KINDS)
async def test_what_was_changed_since_or_too_long_ago_stays(
    visitor: Browser, hands: Hands, admin: asyncpg.Connection, ada: UUID, kind: str
) -> None:
    untouched = await checksums(admin)
    assert "can no longer be taken back" in says(await visitor.post(link(ada), data={"undo": kind}))
    assert await checksums(admin) == untouched
    await visitor.post(link(ada), data={"do": kind})
    elsewhere = await wishes(admin, ada)
    await set_profile(admin, "reach_km = 25, available = $1", pack(["sun-morning"]))
    await admin.execute("UPDATE resident SET every_weeks = 4")
    changed = await checksums(admin)
    assert "can no longer be taken back" in says(await visitor.post(link(ada), data={"undo": kind}))
    assert await checksums(admin) == changed
    await set_profile(admin, "reach_km = $1, available = $2", elsewhere["reach_km"], elsewhere["available"])
    await admin.execute("UPDATE resident SET every_weeks = $1", elsewhere["every_weeks"])
    hands.pass_by(TAKE_BACK)
    before = await checksums(admin)
    assert "can no longer be taken back" in says(await visitor.post(link(ada), data={"undo": kind}))
    assert await checksums(admin) == before


async def test_a_wish_raised_on_ones_own_page_is_lowered_again_by_the_same_letter(
    visitor: Browser, admin: asyncpg.Connection, ada: UUID
) -> None:
    await visitor.post(link(ada), data={"do": "nearer"})
    await set_profile(admin, "reach_km = 40")
    assert "nearer to you than before" in says(await visitor.post(link(ada), data={"do": "nearer"}))
    assert await admin.fetchval("SELECT reach_km FROM profile") == 16


async def test_what_was_taken_back_and_chosen_again_on_ones_own_page_is_a_place_to_go_on_from(
    visitor: Browser, admin: asyncpg.Connection, ada: UUID
) -> None:
    for wish in ("do", "undo"):
        await visitor.post(link(ada), data={wish: "nearer"})
    await set_profile(admin, "reach_km = 1.6")
    assert "nearer to you than before" in says(await visitor.post(link(ada), data={"do": "nearer"}))
    assert await admin.fetchval("SELECT reach_km FROM profile") == pytest.approx(0.8)


async def test_what_stood_before_is_sealed_and_forgotten_after_the_days(
    visitor: Browser, hands: Hands, admin: asyncpg.Connection, ada: UUID, database_url: str, tmp_path: Path
) -> None:
    for kind in KINDS:
        await visitor.post(link(ada), data={"do": kind})
    for row in await admin.fetch("SELECT content, small_change::text AS text FROM small_change"):
        assert b"\xff\xff" * 8 not in row["content"]
        assert "ffffffffffff" not in row["text"]
    settings = ServiceSettings(database_url=database_url, secret_keys=SECRET.decode(), mail_url=f"file:{tmp_path}")
    for later, left in ((TAKE_BACK - timedelta(minutes=1), 3), (timedelta(minutes=1), 0)):
        hands.pass_by(later)
        async with open_context(settings, hands, asyncio.Event()) as context:
            await tidy(context)
        assert await admin.fetchval("SELECT count(*) FROM small_change") == left


# A forwarded letter.

SECRETS = ("10001", "99501", "Ottoline", "ottoline", "chess", "parrot", "mile", "km", "Riverton")


async def test_the_page_is_the_same_whatever_is_on_record(
    visitor: Browser, admin: asyncpg.Connection, town: Town, ada: UUID, now: datetime
) -> None:
    """Before a press, after one, and by every answer that follows a change."""
    other = await make_resident(admin, town, now=now, email="ottoline@residents.example.org", topics=("bingo", "divorce"), party=2)
    await admin.execute(
        "UPDATE profile SET words = 'chess with my parrot', zip = '99501', reach_km = 40, travel = 'car', needs = 4, cost_cents = 500,"
        " available = $2 FROM pseudonym AS n WHERE n.matcher_id = profile.matcher_id AND n.resident_id = $1",
        *(other, pack(["mon-evening", "tue-09"])),
    )
    await admin.execute("UPDATE resident SET name = $2 WHERE id = $1", other, VAULT.seal("Ottoline", place="resident.name", row=other))
    await admin.execute("UPDATE resident SET paused_until = '2026-12-24' WHERE id = $1", other)
    unpressed = says(await visitor.get(link(ada)))
    assert says(await visitor.get(link(other))) == unpressed
    for wish in ("do", "undo"):
        for kind in KINDS:
            answers = [says(await visitor.post(link(person), data={wish: kind})) for person in (ada, other)]
            assert answers[0] == answers[1]
            assert not [secret for secret in SECRETS if secret in answers[0]]
            assert {says(await visitor.get(link(person))) for person in (ada, other)} == {unpressed}
    assert unpressed.count("<button") == len(KINDS)
    assert not [secret for secret in SECRETS if secret in unpressed]


async def test_the_token_carries_the_person_and_the_letter_and_nothing_else(ada: UUID, admin: asyncpg.Connection) -> None:
    before = link(ada)
    await set_profile(admin, "reach_km = 16, available = $1", pack(["mon-evening"]))
    assert link(ada) == before


async def test_the_link_opens_nothing_of_ones_own_page(visitor: Browser, admin: asyncpg.Connection, ada: UUID) -> None:
    await set_profile(admin, "words = 'chess with my parrot'")
    token = link(ada).removeprefix("/change/")
    for address in (f"/me/{token}", f"/me/{token}/why-not", f"/me/{token}/calendar", f"/me/{token}/history", f"/u/{token}", f"/r/{token}"):
        page = await visitor.get(address)
        assert (page.status_code, "parrot" in page.text) in ((200, False), (404, False)), address
    assert (await visitor.post(f"/me/{token}", data={"language": "en", "every_weeks": "1"})).status_code == 404
    assert "Please look at your mail" in (await visitor.post(f"/me/{token}/send")).text
    assert await admin.fetchval("SELECT count(*) FROM letter WHERE resident_id = $1", ada) == 1


@pytest.mark.parametrize("purpose", [purpose for purpose in Purpose if purpose != Purpose.CHANGE])
async def test_no_other_link_changes_anything(visitor: Browser, admin: asyncpg.Connection, ada: UUID, purpose: Purpose) -> None:
    before = await checksums(admin)
    token = TOKENS.mint(purpose, resident_id=ada, epoch=0, subject_id=LETTER)
    assert (await visitor.get(f"/change/{token}")).status_code == 404
    assert (await visitor.post(f"/change/{token}", data={"do": "nearer"})).status_code == 404
    assert await checksums(admin) == before


async def test_a_press_of_no_button_of_ours_changes_nothing(visitor: Browser, admin: asyncpg.Connection, ada: UUID) -> None:
    before = await checksums(admin)
    for fields in ({}, {"do": "everything"}, {"undo": "everything"}, {"do": ""}, {"kind": "nearer"}):
        assert (await visitor.post(link(ada), data=fields)).status_code == 404
    assert await checksums(admin) == before


# Links that are old, or whose person is gone.


async def test_an_old_link_still_works(visitor: Browser, hands: Hands, admin: asyncpg.Connection, ada: UUID) -> None:
    hands.pass_by(timedelta(days=800))
    assert "nearer to you than before" in says(await visitor.post(link(ada), data={"do": "nearer"}))


async def test_a_stopped_persons_link_explains_itself_and_changes_nothing(
    visitor: Browser, admin: asyncpg.Connection, ada: UUID, now: datetime
) -> None:
    await visitor.post(link(ada), data={"do": "fewer"})
    await admin.execute("UPDATE resident SET status = 'stopped', stopped_at = $1", now)
    before = await checksums(admin)
    for page in (
        await visitor.get(link(ada)),
        *[await visitor.post(link(ada), data={wish: kind}) for wish in ("do", "undo") for kind in KINDS],
    ):
        assert "Your letters are stopped, so there is nothing to change here." in says(page)
        assert "<button" not in says(page)
    assert await checksums(admin) == before
    back = re.search(r'href="(/u/[^"]+)"', page.text)
    assert back
    assert "That was a mistake, write to me again" in (await visitor.get(back[1])).text


@pytest.mark.parametrize(
    "change",
    ["UPDATE resident SET link_epoch = 1", "UPDATE resident SET status = 'unconfirmed', confirmed_at = NULL", "DELETE FROM resident"],
)
async def test_links_that_were_withdrawn_change_nothing(visitor: Browser, admin: asyncpg.Connection, ada: UUID, change: str) -> None:
    await visitor.post(link(ada), data={"do": "nearer"})
    await admin.execute("TRUNCATE consent")
    await admin.execute(change)
    before = await checksums(admin)
    assert (await visitor.get(link(ada))).status_code == 410
    for wish in ("do", "undo"):
        assert (await visitor.post(link(ada), data={wish: "nearer"})).status_code == 410
    assert await checksums(admin) == before


# What the next week makes of it.

WEEK = date(2026, 11, 23)
OFFERS = (
    "SELECT extract(hour FROM s.starts_at_local) * 60 + extract(minute FROM s.starts_at_local) + a.duration_min AS ends_min, m.km"
    " FROM match AS m JOIN session AS s ON s.id = m.session_id JOIN activity AS a ON a.id = s.activity_id"
    " JOIN match_run AS l ON l.id = m.run_id WHERE l.week = $1"
)


@pytest.mark.parametrize("kind", ["evenings", "nearer"])
async def test_the_next_match_respects_it(
    visitor: Browser, worker_db: Database, admin: asyncpg.Connection, rng: np.random.Generator, hands: Hands, kind: str
) -> None:
    """Everybody of a town presses; before that many were offered what nobody is offered after it."""
    async with worker_db.transaction() as conn:
        region = await invented.build(conn, rng, hands.now, residents=40, activities=60)
    await admin.execute("UPDATE activity SET capacity = NULL, topics = '{crafts}', cost_cents = 0, age_min = NULL, age_max = NULL")
    await admin.execute("UPDATE seats SET capacity = NULL")
    await set_profile(
        admin, "reach_km = 3.2, topics = '{crafts}', languages = '{en,es}', needs = 0, available = decode(repeat('ff', 42), 'hex')"
    )
    await admin.execute("UPDATE resident SET email = $1, email_index = substr(sha256(id::text::bytea), 1, 16)", b"sealed")
    offered = []
    for week in (WEEK, WEEK + timedelta(weeks=1)):
        await matches.match_week(worker_db, region=region, week=week, now=hands.now)
        offered.append(await admin.fetch(OFFERS, week))
        for (resident_id,) in await admin.fetch("SELECT id FROM resident"):
            await visitor.post(link(resident_id), data={"do": kind})
        hands.pass_by(timedelta(weeks=1))
    assert len(offered[1]) > 20
    refused = [[row for row in rows if (row["ends_min"] > 17 * 60 if kind == "evenings" else row["km"] > 1.6)] for rows in offered]
    assert len(refused[0]) > 5
    assert refused[1] == []


async def test_fewer_letters_leave_out_every_other_week(
    visitor: Browser, worker_db: Database, admin: asyncpg.Connection, town: Town, ada: UUID, hands: Hands
) -> None:
    """The link is the one that stands at the foot of the letter itself."""
    context = LetterContext(vault=VAULT, tokens=TOKENS, base_url=HOME)
    queued = []
    for turn in range(4):
        week = WEEK + timedelta(weeks=turn)
        run = await admin.fetchval(
            "INSERT INTO match_run (region_id, week, state, seed, result_hash, snapshot, opened_at, closed_at)"
            " VALUES ($1, $2, 'closed', 1, 'x', 'x', $3, $3) RETURNING id", town.region_id, week, hands.now,
        )  # fmt: skip
        await pair(admin, run, ada, await make_session(admin, town, now=hands.now, slug=f"garden-{turn}"))
        queued.append((await compose_week(worker_db, context, week=week, now=hands.now)).queued)
        if turn == 0:
            row = await first_row(admin, "SELECT id, content FROM letter")
            content = open_content(VAULT, row["content"], letter_id=row["id"], language="en")
            foot = re.findall(rf"{HOME}(/change/[A-Za-z0-9_-]+)", content.text)
            assert foot == re.findall(rf"{HOME}(/change/[A-Za-z0-9_-]+)", content.html) == [link(ada, run)]
            assert "at most every other week" in says(await visitor.post(foot[0], data={"do": "fewer"}))
            unchanged = await first_row(admin, "SELECT id, content FROM letter")
            assert unchanged == row, "a letter that is already on its way stays as it is"
        hands.pass_by(timedelta(weeks=1))
    assert queued == [1, 0, 1, 0]


# What the page says is so.


async def standing(admin: asyncpg.Connection, ada: UUID) -> dict[str, object]:
    """What buttons may change."""
    stored = await wishes(admin, ada)
    return {name: stored[name] for name in ("available", "reach_km", "every_weeks", "cohorts")}


async def facts_of(admin: asyncpg.Connection, ada: UUID, before: dict[str, object], **more: object) -> Facts:
    now_is = await standing(admin, ada)
    free = np.unpackbits(np.frombuffer(now_is["available"], np.uint8), bitorder="little").reshape(7, 48)  # type: ignore[call-overload]
    status = await admin.fetchval("SELECT status FROM resident WHERE id = $1", ada)
    return {
        "status": status, "before": before, "now_is": now_is, "evening_hours": int(free[:, 34:].sum()), "free_hours": int(free.sum()),
        "take_back_days": 14, "changed_since": False, "days_since": 0, **more,
    }  # fmt: skip


CLAIMS = sorted(sentence for sentence in sentences_in(TEMPLATE) if TRUTHS[sentence] is not LABEL)


def untrue(page: httpx.Response, facts: Facts) -> list[str]:
    """Sentences of the page that its facts do not bear out."""
    text = unescape(page.text)
    return [sentence for sentence in CLAIMS for blanks in blanks_in(text, sentence) if not TRUTHS[sentence](facts, blanks)]


STARTS = {
    "any time": ("SELECT 1", b"\xff" * 42),
    "evenings alone": ("SELECT 1", pack(["mon-evening"])),
    "little": ("UPDATE profile SET reach_km = 0.8", pack(["mon-morning"])),
    "rare": ("UPDATE resident SET every_weeks = 4", pack(["mon-morning", "mon-evening"])),
    "stopped": ("UPDATE resident SET status = 'stopped', stopped_at = confirmed_at", b"\xff" * 42),
}


@pytest.mark.parametrize("start", STARTS)
async def test_every_sentence_of_the_page_is_true(visitor: Browser, admin: asyncpg.Connection, ada: UUID, start: str) -> None:
    change, available = STARTS[start]
    await agree_to_same_faces(admin, ada)
    await set_profile(admin, "available = $1", available)
    await admin.execute(change)
    first = await standing(admin, ada)
    wrong: list[object] = list(untrue(await visitor.get(link(ada)), await facts_of(admin, ada, first)))
    for kind in EVERY_KIND:
        for wish in ("do", "undo", "undo", "do"):
            before = await standing(admin, ada)
            page = await visitor.post(link(ada), data={wish: kind})
            facts = await facts_of(admin, ada, before, first=first, changed_since=before == first)
            wrong += [(kind, wish, sentence) for sentence in untrue(page, facts)]
        first = await standing(admin, ada)
    assert not wrong


async def test_the_walk_meets_every_sentence_and_the_page_speaks_the_readers_language(
    visitor: Browser, admin: asyncpg.Connection, ada: UUID
) -> None:
    seen: set[str] = set()
    await agree_to_same_faces(admin, ada)
    for change, available in STARTS.values():
        await admin.execute("TRUNCATE small_change")
        await admin.execute("UPDATE resident SET status = 'active', stopped_at = NULL, every_weeks = 1")
        await set_profile(admin, "reach_km = 3, available = $1", available)
        await admin.execute(change)
        pages = [await visitor.get(link(ada))]
        pages += [await visitor.post(link(ada), data={wish: kind}) for kind in EVERY_KIND for wish in ("undo", "do", "undo", "do")]
        seen |= {sentence for page in pages for sentence in CLAIMS if blanks_in(unescape(page.text), sentence)}
        for language, kind in (("es", "nearer"), ("ar", "evenings")):
            text = re.sub(r"<[^>]+>", " ", says(await visitor.post(f"{link(ada)}?lang={language}", data={"do": kind})))
            assert not re.findall(r"\b(?:You|The|It|is|are|was|with|we)\b", text), text
    assert seen == set(CLAIMS)
