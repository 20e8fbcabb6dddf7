"""Whoever fetches every link of every letter (scanners do, and preview panes) changes nothing: no table differs by a byte."""

from __future__ import annotations

import ast
import html
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import get_args
from urllib.parse import urlsplit
from uuid import UUID

import asyncpg
import msgspec
import pytest

from service.activities import store as activities
from service.company.actions import tell_newcomers
from service.db import Database
from service.digests import actions as digests
from service.feedback.asking import ask_after_visits
from service.ids import new_id
from service.liveness.actions import watch
from service.mail.actions import PLACE
from service.mail.letter_context import LetterContext
from service.mail.model import Content, Kind
from service.organizations import sessions
from service.places.places import Places
from service.registrations import actions as registrations
from service.registrations import center_messages, schedule
from service.registrations.center_messages import NewMessage
from service.registrations.passing_on import pass_seats_on
from service.registrations.receipts import write_receipts
from service.registrations.reminders import remind
from service.registrations.still_coming import ask_still_coming
from service.residents import actions as residents
from service.residents import confirmation, preferences
from service.residents.model import Consented, SignUp, SignUpSource
from service.tokens import NOBODY, Link, Purpose, Tokens
from tests.service.digests.test_compose_week import pair
from tests.service.liveness.silent import make_silent
from tests.service.mail.neighbors import SECRET, VAULT, Town, make_resident, make_session, make_staff, make_town
from tests.service.visitor import HOME, Browser, Hands, browser

ROOT = Path(__file__).parents[2]
TOKENS = Tokens([SECRET])
CONTEXT = residents.SignUpContext(VAULT, TOKENS, Places(), HOME)
WEEK = date(2026, 11, 23)
URL = re.compile(re.escape(HOME) + r"/[^\s\"<>]+")
# Functions that write letters: each has its letter in `letters` below. Who adds one adds its letter.
# The test letter of the set-up pages holds no link.
WRITERS = {
    "test_letter",
    "confirm",
    "confirm_reminder",
    "already",
    "own_link",
    "invitation",
    "sign_in",
    "_called_off",
    "_moved",
    "offered",
    "none_free",
    "compose",
    "receipt",
    "given_back",
    "reminder",
    "still_coming",
    "question",
    "still_there",
    "_company_note",
    "_center_letter",
}
# Each kind of page that letters lead to.
PAGES = {"confirm", "u", "me", "change", "r", "o", "feedback", "here", "company", "sign-in"}


@dataclass
class Mail:
    """Every address in the letters of one kind, the unsubscribe header among them."""

    kinds: set[str] = field(default_factory=set)
    links: dict[str, str] = field(default_factory=dict)  # address -> subject of its letter


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
async def letters(admin: asyncpg.Connection, worker_db: Database, db: Database, town: Town, now: datetime) -> Mail:
    """One of each, as the program itself writes it."""
    await _sign_ups(worker_db, town, now)
    resident_id = await make_resident(admin, town, now=now, email="ottoline@residents.example.org")
    async with worker_db.transaction() as conn:
        await preferences.send_link(conn, CONTEXT, Link(Purpose.ASK_ME, resident_id, NOBODY, 0), now=now)
    await _digest_and_notice(admin, worker_db, town, resident_id, now)
    await _center_message(admin, db, town, now)
    asked = {"vault": VAULT, "email": "host@riverton.example.org", "base_url": HOME, "language": "en", "now": now}
    async with worker_db.transaction() as conn:
        await sessions.invite(conn, organization="riverton-center", role="owner", **asked)  # type: ignore[arg-type]
    async with worker_db.transaction() as conn:
        await sessions.ask(conn, **asked)  # type: ignore[arg-type]
    return _mail(await admin.fetch("SELECT id, kind, content FROM letter"))


async def _sign_ups(worker_db: Database, town: Town, now: datetime) -> None:
    """A new address, and one that is known by the time it is typed again: two letters and two reminders, and another letter."""
    source = SignUpSource(form_id=town.form_id, organization_id=town.partner_id, partner="Riverton Library", source="form")
    consents = [Consented(purpose="digest", version=1, language="en", wording="Yes, write to me.")]
    for email in ("new@residents.example.org", "known@residents.example.org"):
        submission = SignUp(email=email, zip="10001", consent=["digest"])
        async with worker_db.transaction() as conn:
            await residents.sign_up(conn, CONTEXT, submission=submission, source=source, consents=consents, now=now - timedelta(days=2))
    assert await confirmation.remind(worker_db, CONTEXT.letter_context, now=now) == 2
    async with worker_db.transaction() as conn:
        await conn.execute("UPDATE resident SET status = 'active', confirmed_at = $1 WHERE email_index = $2", now, VAULT.index(email))
        await residents.sign_up(conn, CONTEXT, submission=submission, source=source, consents=consents, now=now)


async def _digest_and_notice(admin: asyncpg.Connection, worker_db: Database, town: Town, resident_id: UUID, now: datetime) -> None:
    session = await make_session(admin, town, now=now)
    called_off = await make_session(admin, town, now=now, slug="porch-checkers", title="Porch checkers")
    taken = await make_session(admin, town, now=now, slug="chair-yoga", title="Chair yoga")
    moved = await make_session(admin, town, now=now, slug="soup-lunch", title="Soup lunch")
    run_id = await admin.fetchval(
        "INSERT INTO match_run (region_id, week, state, seed, result_hash, snapshot, opened_at, closed_at)"
        " VALUES ($1, $2, 'closed', 1, 'x', 'x', $3, $3) RETURNING id", town.region_id, WEEK, now,
    )  # fmt: skip
    await pair(admin, run_id, resident_id, session)
    context = LetterContext(vault=VAULT, tokens=TOKENS, base_url=HOME)
    assert (await digests.compose_week(worker_db, context, week=WEEK, now=now)).queued == 1
    async with worker_db.transaction() as conn:
        await registrations.accept(conn, session_id=called_off.id, resident_id=resident_id, now=now)
        assert await registrations.cancel_session(conn, session_id=called_off.id, vault=VAULT, now=now) == 1
        await registrations.accept(conn, session_id=moved.id, resident_id=resident_id, now=now)
        before = await activities.by_id(conn, moved.activity_id)
        assert before
        elsewhere = msgspec.structs.replace(before, place_name="Hillside Hall")
        _, scheduled = await schedule.edit(conn, before=before, facts=elsewhere, sequence=before.sequence, vault=VAULT, now=now)
        assert scheduled.letters == 1
    await pair(admin, run_id, resident_id, taken, rank=2)
    soon = await make_session(admin, town, now=now, slug="lunch", title="Lunch", starts_in=timedelta(hours=8))
    await pair(admin, run_id, resident_id, soon, rank=3)
    async with worker_db.transaction() as conn:
        await registrations.accept(conn, session_id=soon.id, resident_id=resident_id, now=now - timedelta(days=2))
    assert await remind(worker_db, context, now=now) == 1
    for change, later in ((registrations.accept, timedelta(0)), (registrations.undo, timedelta(minutes=1))):
        async with worker_db.transaction() as conn:
            await change(conn, session_id=taken.id, resident_id=resident_id, now=now + later)
        await write_receipts(worker_db, context, now=now + later + timedelta(minutes=1))
    await _offer(admin, worker_db, context, town, resident_id, now)
    await _still_coming(admin, worker_db, context, town, resident_id, now)
    await _question(admin, worker_db, context, town, resident_id, now)
    await _newcomers(admin, worker_db, context, town, resident_id, now)
    await _still_there(admin, worker_db, context, town, now)


async def _center_message(admin: asyncpg.Connection, db: Database, town: Town, now: datetime) -> None:
    """It has no link of ours, and the one that the center wrote is none."""
    date = await admin.fetchval("SELECT s.id FROM session AS s JOIN activity AS a ON a.id = s.activity_id WHERE a.slug = 'lunch'")
    staff_id = await make_staff(admin, town, now=now, email="desk@riverton.example.org")
    message = NewMessage(key=new_id(now), words=f"Please see {HOME}/r/lunch for the menu.", with_waiting=False)
    async with db.transaction(organization_id=town.center_id) as conn:
        people = await center_messages.write_to_everybody(
            conn, message, session_id=date, organization_id=town.center_id, staff_id=staff_id, vault=VAULT, by_night=True, now=now
        )
    assert people == 1


async def _offer(
    admin: asyncpg.Connection, worker_db: Database, context: LetterContext, town: Town, resident_id: UUID, now: datetime
) -> None:
    full = await make_session(admin, town, now=now, slug="chess-evening", title="Chess evening", capacity=1)
    await admin.execute("UPDATE seats SET taken = 1 WHERE session_id = $1", full.id)
    async with worker_db.transaction() as conn:
        await registrations.accept(conn, session_id=full.id, resident_id=resident_id, now=now)
    await admin.execute("UPDATE seats SET taken = 0 WHERE session_id = $1", full.id)
    assert await pass_seats_on(worker_db, context, now=now) == 1


async def _still_coming(
    admin: asyncpg.Connection, worker_db: Database, context: LetterContext, town: Town, resident_id: UUID, now: datetime
) -> None:
    full = await make_session(admin, town, now=now, slug="repair-cafe", title="Repair café", capacity=1, starts_in=timedelta(days=2))
    waiting = await make_resident(admin, town, now=now, email="edmund@residents.example.org")
    for person in (resident_id, waiting):
        async with worker_db.transaction() as conn:
            await registrations.accept(conn, session_id=full.id, resident_id=person, now=now - timedelta(days=2))
    assert await ask_still_coming(worker_db, context, now=now) == 1


async def _newcomers(
    admin: asyncpg.Connection, worker_db: Database, context: LetterContext, town: Town, resident_id: UUID, now: datetime
) -> None:
    date = await make_session(admin, town, now=now, slug="quilting", title="Quilting", starts_in=timedelta(days=2))
    other = await make_resident(admin, town, now=now, email="theodora@residents.example.org")
    for person in (resident_id, other):
        await admin.execute(
            "INSERT INTO consent (resident_id, purpose, version, language, wording, source, given_at)"
            " VALUES ($1, 'company', 1, 'en', 'You may tell one other new person.', 'form', $2)", person, now,
        )  # fmt: skip
        async with worker_db.transaction() as conn:
            await registrations.accept(conn, session_id=date.id, resident_id=person, now=now - timedelta(days=2))
    assert await tell_newcomers(worker_db, context, now=now) == 2


async def _question(
    admin: asyncpg.Connection, worker_db: Database, context: LetterContext, town: Town, resident_id: UUID, now: datetime
) -> None:
    over = await make_session(admin, town, now=now, slug="sewing-circle", title="Sewing circle", starts_in=timedelta(days=-1))
    async with worker_db.transaction() as conn:
        await registrations.accept(conn, session_id=over.id, resident_id=resident_id, now=now - timedelta(days=2))
    assert await ask_after_visits(worker_db, context, now=now) == 1


async def _still_there(admin: asyncpg.Connection, worker_db: Database, context: LetterContext, town: Town, now: datetime) -> None:
    await make_staff(admin, town, now=now, email="ada@riverton.example.org")
    await make_silent(admin, town, now=now)
    assert (await watch(worker_db, context, now=now)).warned == 1
    await admin.execute("DELETE FROM letter WHERE content = 'x'")  # weekly letters of the past, which only stand for having been sent


def _mail(rows: list[asyncpg.Record]) -> Mail:
    mail = Mail()
    for row in rows:
        mail.kinds.add(row["kind"])
        contents = msgspec.msgpack.decode(VAULT.open_bytes(row["content"], place=PLACE, row=row["id"]), type=dict[str, Content])
        for content in contents.values():
            links = URL.findall(f"{content.text}\n{html.unescape(content.html)}\n{content.stop_url}")
            mail.links |= dict.fromkeys(links, content.subject)
    return mail


async def checksums(admin: asyncpg.Connection) -> dict[str, str]:
    """Of every table there is, without exception: the answers to a look are not kept anywhere, not even a count of them."""
    tables = await admin.fetch(
        "SELECT oid::regclass::text AS name FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace"
    )
    sums = {}
    for (name,) in tables:
        sums[name] = await admin.fetchval(
            f"SELECT count(*) || md5(coalesce(string_agg(t::text, E'\\n' ORDER BY t::text), '')) FROM {name} AS t"
        )
    return sums


async def test_fetching_every_link_of_every_letter_changes_nothing(
    visitor: Browser, hands: Hands, letters: Mail, admin: asyncpg.Connection
) -> None:
    before = await checksums(admin)
    for later in (
        timedelta(minutes=5),
        timedelta(hours=2),
        timedelta(days=400),
    ):  # while it works, when the short ones are over, long after
        hands.pass_by(later)
        for link, subject in letters.links.items():
            for method in ("GET", "HEAD", "GET"):
                answer = await visitor.request(method, link, follow_redirects=True)
                assert answer.status_code in (200, 410), f"{method} {link} of {subject!r} answered {answer.status_code}"
            assert await checksums(admin) == before, f"{link} of {subject!r}"


async def test_the_walk_knows_every_kind_of_letter_and_page(letters: Mail) -> None:
    assert letters.kinds == set(get_args(Kind))
    assert {urlsplit(link).path.split("/")[1] for link in letters.links} == PAGES
    # Confirm twice (a reminder has the same link), stop twice, own page twice, a small change, why, yes, no, three seats, an offer,
    # a question, three answers, a center's, two newcomers', two ways in.
    assert len(letters.links) == 23


def test_nobody_writes_a_letter_that_the_walk_does_not_know() -> None:
    """A letter is made by `note`, or by composing a `Content`."""
    writers = set()
    for path in sorted((ROOT / "service").rglob("*.py")):
        for function in ast.walk(ast.parse(path.read_text())):
            if isinstance(function, ast.FunctionDef) and path.name not in ("note.py", "mailbox.py"):
                calls = {getattr(call.func, "id", "") for call in ast.walk(function) if isinstance(call, ast.Call)}
                writers |= {function.name} if calls & {"note", "Content"} else set()
    assert writers == WRITERS


async def test_the_buttons_behind_the_links_do_change_something(visitor: Browser, letters: Mail, admin: asyncpg.Connection) -> None:
    """So that the walk cannot pass because its links are dead, or because its sums see nothing."""
    changed = set()
    for link in letters.links:
        address = urlsplit(link)
        page, before = address.path.split("/")[1], await checksums(admin)
        body = {
            "r": {"answer": address.query.removeprefix("answer=")},
            "o": {"answer": "pass"},
            "feedback": {"came": "yes"},
            "u": {"do": "snooze"},
            "change": {"do": "nearer"},
        }.get(page, {})
        if "/why/" in address.path:
            continue  # a page without a button of its own
        await visitor.post(f"{address.path}/send" if page == "me" else address.path, data=body, follow_redirects=False)
        changed |= {page} if await checksums(admin) != before else set()
    assert changed == PAGES
