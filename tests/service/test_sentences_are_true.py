"""Every sentence that letters and the pages behind their links say is true: asked of a week in Postgres, and of pages in every state."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from html import unescape
from pathlib import Path
from uuid import UUID

import asyncpg
import numpy as np
import pytest

from matching import F32
from service.activities.model import NOTE_LABELS
from service.db import Database
from service.digests.actions import compose_week
from service.digests.acts import acts
from service.interests.clauses import wished
from service.interests.words import embedding
from service.mail.actions import open_content
from service.mail.letter_context import LetterContext
from service.matches import actions as matches
from service.places.places import Places
from service.residents import actions as residents
from service.residents import confirmation
from service.residents.model import Consented, SignUp, SignUpSource
from service.residents.preferences import LINK_LIFE, LINKS_A_DAY
from service.tokens import Purpose, Tokens
from tests.sentences_used import sentences_in
from tests.service.confirmed import CONTEXT
from tests.service.digests.test_compose_week import pair
from tests.service.mail.neighbors import SECRET, VAULT, Town, make_resident, make_session, make_town
from tests.service.matches import town as invented
from tests.service.sentences_read import FORMATS, NAMES, blanks_in, read_line
from tests.service.truths import EVERYWHERE, LABEL, TRUTHS, Facts
from tests.service.visitor import Browser, Hands, browser

TOKENS = Tokens([SECRET])
WEEK = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
BASE = "http://doorstep.local"
ZIP = "43604"
LETTERS = """
SELECT l.id AS letter_id, l.content, r.id AS resident_id, r.name, r.every_weeks, r.zone AS home_zone, n.matcher_id,
       EXISTS (SELECT FROM consent AS c WHERE c.resident_id = r.id AND c.purpose = 'digest' AND c.withdrawn_at IS NULL) AS consented,
       (SELECT count(*) FROM digest AS e WHERE e.resident_id = r.id AND e.week > d.week - 7 * r.every_weeks) AS letters_in_rhythm
FROM digest AS d JOIN letter AS l ON l.id = d.letter_id JOIN resident AS r ON r.id = d.resident_id
JOIN pseudonym AS n ON n.resident_id = r.id ORDER BY r.id
"""
ITEMS = """
SELECT p.topics, p.words, p.lat, p.lon, p.reach_km, p.available, p.available = decode(repeat('ff', 42), 'hex') AS any_time,
       a.topics AS about, a.title, a.description, a.lat AS there_lat, a.lon AS there_lon, a.near_place, a.place_name, a.address,
       a.cost_cents, a.capacity, a.getting_there, a.meeting_point, a.bring, o.name AS center_name,
       s.starts_at, s.ends_at, s.starts_at_local, s.zone,
       (SELECT count(*) FROM answer AS x WHERE x.matcher_id = m.matcher_id AND x.activity_id = a.id AND x.answer = 'attended') AS came,
       (SELECT count(*) FROM answer AS x WHERE x.matcher_id = m.matcher_id AND x.activity_id = a.id AND x.answer <> 'no') AS said_yes,
       (SELECT count(*) FROM answer AS mine
        JOIN answer AS theirs ON theirs.session_id = mine.session_id AND theirs.matcher_id <> mine.matcher_id AND theirs.answer = 'attended'
        JOIN answer AS there ON there.matcher_id = theirs.matcher_id AND there.activity_id = a.id AND there.answer = 'attended'
        JOIN profile AS friend ON friend.matcher_id = theirs.matcher_id
        WHERE mine.matcher_id = m.matcher_id AND mine.answer = 'attended' AND p.cohorts AND friend.cohorts AND NOT EXISTS (
          SELECT FROM block AS b WHERE (b.matcher_id, b.other_matcher_id) IN ((mine.matcher_id, theirs.matcher_id),
            (theirs.matcher_id, mine.matcher_id)))) AS met_there
FROM match AS m JOIN profile AS p ON p.matcher_id = m.matcher_id JOIN session AS s ON s.id = m.session_id
JOIN activity AS a ON a.id = s.activity_id JOIN organization AS o ON o.id = a.organization_id
WHERE m.matcher_id = $1 ORDER BY s.starts_at, m.rank
"""
TEXTS = """
SELECT a.title || ' ' || left(a.description, 500) AS text FROM activity AS a
WHERE EXISTS (SELECT FROM session AS s WHERE s.activity_id = a.id AND s.starts_at >= $1 AND s.starts_at < $2) ORDER BY a.id
"""


def test_no_sentence_stands_in_a_letter_or_page_without_its_truth() -> None:
    used = sentences_in(*EVERYWHERE)
    assert used - NAMES == set(TRUTHS), "say in tests/service/truths.py what makes a new sentence true; drop what nobody says any more"


# A week of letters.

NOTES = {label: name for name, label in NOTE_LABELS.items()}


async def lived_in_town(worker_db: Database, admin: asyncpg.Connection, rng: np.random.Generator) -> str:
    """Sixty people with wishes, rhythms, hours and a past of all sorts; places on the map and off it; prices said and not."""
    async with worker_db.transaction() as conn:
        slug = await invented.build(conn, rng, NOW, residents=60, activities=60)
    await admin.execute(
        "UPDATE activity SET description = 'We meet for ' || topics[1] || ' and tea', place_name = 'Oak hall ' || substr(id::text, 1, 4),"
        " address = '12 Mill Street', getting_there = CASE WHEN capacity > 6 THEN 'Bus 5 stops here' ELSE '' END,"
        " bring = CASE WHEN capacity > 8 THEN 'A cup' ELSE '' END, meeting_point = CASE WHEN capacity > 9 THEN 'The green door' ELSE '' END"
    )
    await admin.execute(
        "UPDATE activity SET near_place = 'Invented Town, OH', cost_cents = NULL,"
        " place_name = CASE WHEN capacity % 2 = 0 THEN 'Invented Town, OH' ELSE place_name END,"
        " address = CASE WHEN capacity % 2 = 0 THEN '' ELSE address END WHERE abs(hashtext(id::text)) % 4 = 0"
    )
    await admin.execute("UPDATE resident SET every_weeks = (ARRAY[1, 2, 4])[1 + abs(hashtext(id::text)) % 3]")
    for number, (resident_id,) in enumerate(await admin.fetch("SELECT id FROM resident ORDER BY id")):
        name = VAULT.seal("Marisol Reyes", place="resident.name", row=resident_id) if number % 2 else None
        await admin.execute("UPDATE resident SET name = $2 WHERE id = $1", resident_id, name)
    topics = await admin.fetch("SELECT topics[1] AS topic, title FROM activity ORDER BY id")
    for at, (matcher_id,) in enumerate(await admin.fetch("SELECT matcher_id FROM profile ORDER BY matcher_id")):
        words = topics[-at]["title"] if at % 2 else f"I hate {topics[-at]['title']}"
        await admin.execute(
            "UPDATE profile SET topics = $2, words = $3, reach_km = $4, needs = 0, age_low = 62, age_high = 70, languages = '{en,es}',"
            " cost_cents = CASE WHEN $6 THEN 0 ELSE 100000 END,"
            " available = CASE WHEN $5 THEN decode(repeat('ff', 42), 'hex') ELSE available END"
            " WHERE matcher_id = $1",
            *(matcher_id, [topics[at]["topic"]], words, [3, 25][at % 2], at % 3 == 0, at % 4 == 0),
        )
    for answer, weeks, every in (("attended", 2, 3), ("yes", 4, 4)):
        await admin.execute(
            "INSERT INTO answer (matcher_id, session_id, activity_id, answer, at)"
            " SELECT p.matcher_id, s.id, s.activity_id, $1, $2 FROM profile AS p, session AS s"
            " WHERE s.starts_at > $3 AND abs(hashtext(p.matcher_id::text || s.activity_id::text)) % 30 = $4",
            *(answer, NOW - timedelta(weeks=weeks), NOW + timedelta(days=9), every),
        )
    return slug


def likeness(space: dict[str, F32], words: str, item: asyncpg.Record) -> float:
    return float(space[wished(words)] @ space[f"{item['title']} {item['description'][:500]}"])


def wrong_in(text: str, letter: Facts, items: list[Facts], seen: Counter[str]) -> list[str]:
    """Lines of a letter's text that are not true, or that nobody can tell where they come from."""
    wrong, facts = [], letter | {"items": items}
    theirs = {act["en"] for act in acts()} | {"--", "Doorstep"}
    for line in filter(None, map(str.strip, text.splitlines())):
        if begins := re.match(r"(\d+)\. ", line):
            facts = letter | items[int(begins[1]) - 1] | {"items": items}
            wrong += [] if line == f"{begins[1]}. {facts['title']}" else [line]
        elif (
            line.startswith("http")
            or line in theirs
            or line in (facts.get("place_name"), f"{facts.get('place_name')}, {facts.get('address')}")
        ):
            continue
        elif (label := line.partition(":")[0]) in NOTES:
            seen.update([label])
            wrong += [] if facts[NOTES[label]] and line == f"{label}: {facts[NOTES[label]]}" else [line]
        else:
            statements = read_line(line, facts)
            seen.update(sentence for sentence, _ in statements)
            wrong += [line] if not statements or not all(TRUTHS[sentence](facts, blanks) for sentence, blanks in statements) else []
    return wrong


async def test_every_line_of_a_weeks_letters_is_true(worker_db: Database, admin: asyncpg.Connection, rng: np.random.Generator) -> None:
    slug = await lived_in_town(worker_db, admin, rng)
    await matches.match_week(worker_db, region=slug, week=WEEK, now=NOW)
    context = LetterContext(vault=VAULT, tokens=TOKENS, base_url=BASE, humane=False)
    await compose_week(worker_db, context, week=WEEK, now=NOW)
    texts = [row["text"] for row in await admin.fetch(TEXTS, *matches.window(invented.ZONE, WEEK, NOW))]
    fitted, seen, wrong = embedding(texts), Counter[str](), []
    letters = await admin.fetch(LETTERS)
    assert len(letters) > 40
    for letter in letters:
        rows = await admin.fetch(ITEMS, letter["matcher_id"])
        own_texts = dict.fromkeys([wished(rows[0]["words"]), *(f"{row['title']} {row['description'][:500]}" for row in rows)])
        space = dict(zip(own_texts, fitted.transform(list(own_texts)), strict=True))
        items = [{**row, "wishes": wished(row["words"]), "likeness": likeness(space, row["words"], row)} for row in rows]
        content = open_content(VAULT, letter["content"], letter_id=letter["letter_id"], language="en")
        name = letter["name"] and VAULT.open(letter["name"], place="resident.name", row=letter["resident_id"])
        facts = {**letter, "composed_at": NOW, "name": name}
        wrong += wrong_in(content.text, facts, items, seen) + wrong_in(content.subject, facts, items, seen)
    assert not wrong, Counter(wrong).most_common(5)
    of_letters = sentences_in("service/digests/", "service/matches/reasons.py", "service/web/wording.py") - (
        FORMATS - {"{moment} to {end}"}
    )
    rare = {
        "People you have met before go there.",
        "a longer trip",
        "It fits something you told us.",
        "One thing for you in the coming days",
    }
    assert NOTES.keys() <= set(seen)
    assert of_letters - rare <= set(seen), of_letters - rare - set(seen)


# Pages and single letters, in every state.


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


SEAT_LETTERS = ("service/registrations/seat_letters.py", "service/registrations/notices.py", "service/web/wording.py")
PAGES = tuple(f"service/residents/templates/{name}.html" for name in ("ask", "confirm", "preferences", "stop"))
STATES = {
    "unconfirmed": "UPDATE resident SET status = 'unconfirmed', confirmed_at = NULL",
    "active": "SELECT 1",
    "active for long": "UPDATE resident SET confirmed_at = confirmed_at - interval '1 day'",
    "paused": "UPDATE resident SET paused_until = '2026-12-24'",
    "rare": "UPDATE resident SET every_weeks = 4",
    "stopped": (
        "WITH gone AS (UPDATE consent SET withdrawn_at = given_at) UPDATE resident SET status = 'stopped', stopped_at = confirmed_at"
    ),
}
OFFERED = (
    "WITH said AS (UPDATE answer SET answer = 'wanted' WHERE answer = 'yes' RETURNING at)"
    " UPDATE registration SET state = '{state}', offer_until = (SELECT {until} FROM said) WHERE EXISTS (SELECT FROM said)"
)
ASKED = (
    "WITH question AS (INSERT INTO reminder (session_id, resident_id, starts_at, kind, answer, written_at)"
    " SELECT g.session_id, g.resident_id, s.starts_at, 'question', {answer}, g.changed_at FROM registration AS g"
    " JOIN session AS s ON s.id = g.session_id WHERE g.state = 'confirmed')"
    " UPDATE registration SET state = '{state}' WHERE state = 'confirmed'"
)
SEATS = {
    "open": "SELECT 1",
    "off the map": "UPDATE activity SET near_place = 'Riverton, NY', cost_cents = NULL",
    "full": "UPDATE seats SET taken = capacity",
    "full and soon": (
        "WITH soon AS (UPDATE session SET starts_at = starts_at - interval '95 hours 10 minutes') UPDATE seats SET taken = capacity"
    ),
    "too large a group": "UPDATE profile SET party = 5",
    "offered": OFFERED.format(state="offered", until="at + interval '2 hours'"),
    "ran out": OFFERED.format(state="expired", until="at"),
    "passed on": OFFERED.format(state="declined", until="at + interval '2 hours'"),
    "none became free": OFFERED.format(state="expired", until="NULL::timestamptz"),
    "asked": ASKED.format(answer="NULL", state="confirmed"),
    "still coming": ASKED.format(answer="'yes'", state="confirmed"),
    "not coming": ASKED.format(answer="'no'", state="cancelled"),
    "cancelled": "UPDATE session SET state = 'cancelled', cancel_reason = 'The boiler broke'",
    "over": "UPDATE session SET starts_at = starts_at - interval '5 days', ends_at = ends_at - interval '5 days'",
}


async def facts_of(admin: asyncpg.Connection, now: datetime, **more: object) -> Facts:
    row = await admin.fetchrow(
        "SELECT r.status, coalesce(r.paused_until > $1, false) AS paused, r.every_weeks, p.topics, p.lat, p.lon, p.party,"
        " r.zone AS home_zone, coalesce($1 - r.confirmed_at < interval '1 hour', false) AS just_confirmed,"
        " EXISTS (SELECT FROM consent AS c WHERE c.resident_id = r.id AND c.withdrawn_at IS NULL) AS consented,"
        " (SELECT count(*) FROM letter AS l WHERE l.kind = 'link') AS links_today,"
        " (SELECT max(u.source) FROM sign_up AS u) AS source, (SELECT count(u.reminded_at) FROM sign_up AS u) AS reminders,"
        " (SELECT o.name FROM form AS f JOIN organization AS o ON o.id = f.organization_id WHERE f.id = r.form_id) AS partner"
        " FROM resident AS r JOIN pseudonym AS n ON n.resident_id = r.id JOIN profile AS p ON p.matcher_id = n.matcher_id", now,
    )  # fmt: skip
    date = await admin.fetchrow(
        "SELECT s.state, s.cancel_reason, s.starts_at, s.ends_at, s.zone, a.place_name, a.address, q.taken,"
        " q.capacity, a.near_place, a.cost_cents, a.lat AS there_lat, a.lon AS there_lon,"
        " g.state AS seat, g.offer_until, x.answer AS said, m.kind IS NOT NULL AS asked, m.answer AS coming,"
        " (SELECT count(*) FROM registration AS w WHERE w.state = 'waiting') AS waiting_n,"
        " (SELECT count(*) FROM registration AS w WHERE w.state = 'waiting' AND w.waiting_since < g.waiting_since) AS longer_waiting"
        " FROM session AS s JOIN seats AS q ON q.session_id = s.id JOIN activity AS a ON a.id = s.activity_id"
        " LEFT JOIN registration AS g ON g.session_id = s.id LEFT JOIN answer AS x ON x.session_id = s.id"
        " LEFT JOIN reminder AS m ON m.session_id = s.id AND m.resident_id = g.resident_id AND m.starts_at = s.starts_at"
        " AND m.kind = 'question' ORDER BY g.state = 'confirmed' DESC"
    )
    defaults = {"now": now, "late": False, "changed": False, "links_mailed": 0, "link_lives": LINK_LIFE}
    return defaults | dict(row or {}) | dict(date or {}) | more


def check(page: str, facts: Facts, seen: set[str], *rooms: str) -> list[str]:
    """Sentences of these files on a page, or in a letter, that its facts do not bear out."""
    text = unescape(re.sub(r"<(script|style)\b.*?</\1>", "", page, flags=re.DOTALL))
    claims = [sentence for sentence in sentences_in(*rooms) if TRUTHS.get(sentence, LABEL) is not LABEL and sentence not in FORMATS]
    met = [(sentence, blanks) for sentence in claims for blanks in blanks_in(text, sentence)]
    seen.update(sentence for sentence, _ in met)
    return [sentence for sentence, blanks in met if not TRUTHS[sentence](facts, blanks)]


def link(resident: UUID, purpose: Purpose, until: datetime, subject: UUID = UUID(int=0)) -> str:
    return TOKENS.mint(purpose, resident_id=resident, epoch=0, subject_id=subject, expires_at=until)


async def test_pages_about_letters_say_what_is_so_in_every_state(
    visitor: Browser, hands: Hands, town: Town, db: Database, admin: asyncpg.Connection, now: datetime
) -> None:
    wrong, seen, later = [], set[str](), now + timedelta(days=7)
    resident = await make_resident(admin, town, now=now, email="ottoline@residents.example.org")
    for name, state in STATES.items():
        await admin.execute(
            "UPDATE resident SET status = 'active', confirmed_at = created_at, stopped_at = NULL, paused_until = NULL, every_weeks = 1"
        )
        await admin.execute("UPDATE consent SET withdrawn_at = NULL")
        await admin.execute("DELETE FROM letter")
        await admin.execute(state)
        waiting = await typed_again(db, admin, town, now) if name == "unconfirmed" else UUID(int=0)
        me = link(resident, Purpose.ME, later)
        paths = (
            f"/confirm/{link(resident, Purpose.CONFIRM, later, waiting)}",
            f"/u/{link(resident, Purpose.STOP, later)}",
            f"/me/{me}",
            f"/me/{link(resident, Purpose.ASK_ME, later)}",
        )
        for path in paths:
            facts = await facts_of(admin, now, typed_zip=ZIP)
            wrong += [(name, path[:4], sentence) for sentence in check((await visitor.get(path)).text, facts, seen, *PAGES)]
        late = await visitor.get(f"/me/{link(resident, Purpose.ME, now)}")
        wrong += [
            (name, "late", sentence)
            for sentence in check(late.text, await facts_of(admin, now, late=late.status_code == 410), seen, *PAGES)
        ]
        for press in range(LINKS_A_DAY + 1):
            before = await admin.fetchval("SELECT count(*) FROM letter WHERE kind = 'link'")
            page = await visitor.post(f"/me/{link(resident, Purpose.ASK_ME, later)}/send")
            facts = await facts_of(admin, now)
            facts["links_mailed"] = facts["links_today"] - before
            wrong += [(name, f"send {press}", sentence) for sentence in check(page.text, facts, seen, *PAGES)]
    assert not wrong
    claims = {sentence for sentence in sentences_in(*PAGES) if TRUTHS.get(sentence, LABEL) is not LABEL}
    assert claims - {"We have kept your changes."} <= seen, claims - seen


async def typed_again(db: Database, admin: asyncpg.Connection, town: Town, now: datetime) -> UUID:
    """A sign-up of the one person there is that waits for its button."""
    wishes = SignUp(email="ottoline@residents.example.org", zip=ZIP, consent=["digest"])
    consent = Consented(purpose="digest", version=1, language="en", wording="Yes, write to me.")
    source = SignUpSource(form_id=town.form_id, organization_id=town.partner_id, partner="Riverton Library", source="form")
    async with db.transaction() as conn:
        await residents.sign_up(conn, CONTEXT, submission=wishes, source=source, consents=[consent], now=now)
    sign_up_id: UUID = await admin.fetchval("SELECT id FROM sign_up")
    return sign_up_id


async def test_the_page_of_an_answer_says_what_is_so_in_every_state(
    visitor: Browser, hands: Hands, town: Town, admin: asyncpg.Connection, now: datetime
) -> None:
    wrong, seen = [], set[str]()
    resident = await make_resident(admin, town, now=now, email="ottoline@residents.example.org")
    date = await make_session(admin, town, now=now, capacity=3)
    run = await admin.fetchval(
        "INSERT INTO match_run (region_id, week, state, seed, result_hash, snapshot, opened_at, closed_at)"
        " VALUES ($1, $2, 'closed', 1, 'x', 'x', $3, $3) RETURNING id", town.region_id, WEEK, now,
    )  # fmt: skip
    path = f"/r/{link(resident, Purpose.ANSWER, now + timedelta(days=9), await pair(admin, run, resident, date))}"
    for answer in ("", "yes", "no"):
        for name, state in SEATS.items():
            await admin.execute("TRUNCATE registration, registration_change, answer CASCADE")
            await admin.execute("UPDATE seats SET taken = 0")
            await admin.execute("UPDATE profile SET party = 1")
            await admin.execute("UPDATE session SET state = 'scheduled', starts_at = $1, ends_at = $2", now + timedelta(days=4),
                                now + timedelta(days=4, hours=1))  # fmt: skip
            late = name in ("full", "full and soon", "too large a group")
            if answer and not late:
                await visitor.post(path, data={"answer": answer})
            await admin.execute(state)
            page = await (visitor.post(path, data={"answer": "yes"}) if late else visitor.get(path))
            wrong += [
                (answer, name, sentence)
                for sentence in check(
                    page.text, await facts_of(admin, now), seen, "service/registrations/templates/", "service/web/wording.py"
                )
            ]
    assert not wrong
    sentences = sentences_in("service/registrations/templates/")
    assert {sentence for sentence in sentences if TRUTHS.get(sentence, LABEL) is not LABEL} - {"Seats for you"} <= seen


async def test_letters_about_a_sign_up_say_what_is_so_in_every_state(
    db: Database, worker_db: Database, town: Town, admin: asyncpg.Connection, now: datetime
) -> None:
    """The same address signs up again, whatever became of the first time."""
    wrong, seen = [], set[str]()
    context = residents.SignUpContext(VAULT, TOKENS, Places(), BASE)
    source = SignUpSource(form_id=town.form_id, organization_id=town.partner_id, partner="Riverton Library", source="form")
    await make_resident(admin, town, now=now, email="ottoline@residents.example.org")
    for turn, (name, state) in enumerate(STATES.items()):
        await admin.execute(
            "UPDATE resident SET status = 'active', confirmed_at = created_at, stopped_at = NULL, paused_until = NULL, letter_at = NULL"
        )
        await admin.execute(state)
        submission = SignUp(email="ottoline@residents.example.org", zip="10001", consent=["digest"])
        consents = [Consented(purpose="digest", version=1, language="en", wording="Yes.")]
        async with db.transaction() as conn:
            await residents.sign_up(
                conn, context, submission=submission, source=source, consents=consents, now=now + timedelta(days=2 * turn)
            )
        for reminded in (False, True):
            if reminded:
                await confirmation.remind(worker_db, context.letter_context, now=now + timedelta(days=2 * turn + 1))
            for row in await admin.fetch("DELETE FROM letter RETURNING id, content"):
                content = open_content(VAULT, row["content"], letter_id=row["id"], language="en")
                text, facts = f"{content.subject}\n{content.text}", await facts_of(admin, now)
                wrong += [(name, sentence) for sentence in check(text, facts, seen, "service/residents/letters.py")]
    assert not wrong
    sentences = sentences_in("service/residents/letters.py")
    own = {"Here is the link you asked for. It opens the page where you can change what you told us, take a break or stop.",
           "The link works for one hour. If you did not ask for it, you can leave it alone.",
           "Please confirm your sign-up", "Your sign-up still waits for your yes"}  # fmt: skip
    assert {submission for submission in sentences if TRUTHS[submission] is not LABEL} - own <= seen
