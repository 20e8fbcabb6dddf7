"""Every sentence of the letters about a seat, held against what is so."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import asyncpg
import msgspec
import pytest

from service.activities import store as activities
from service.db import Database
from service.ids import new_id
from service.mail.actions import open_content
from service.mail.letter_context import LetterContext
from service.mail.mime import build
from service.registrations import actions as registrations
from service.registrations import center_messages, schedule
from service.registrations.center_messages import NewMessage
from service.registrations.passing_on import pass_seats_on
from service.registrations.receipts import write_receipts
from service.registrations.reminders import remind
from service.registrations.still_coming import ask_still_coming
from tests.sentences_used import sentences_in
from tests.service.digests.test_compose_week import pair
from tests.service.mail.neighbors import VAULT, Town, make_resident, make_session, make_staff, make_town
from tests.service.sentences_read import FORMATS
from tests.service.test_sentences_are_true import BASE, SEAT_LETTERS, TOKENS, WEEK, check, facts_of
from tests.service.truths import LABEL, TRUTHS, from_to

QUESTION = {
    "Are you still coming? {title}",
    "It is on {when}, here: {place}.",
    "Somebody else is waiting for a seat. Please tell us whether you are still coming.",
    "If you do not answer, you keep your seat.",
    "The button only opens a page. Nothing happens until you press Yes or No there.",
}


@pytest.fixture
async def town(admin: asyncpg.Connection, now: datetime) -> Town:
    return await make_town(admin, now=now)


async def test_the_letter_that_offers_a_seat_and_the_one_that_ends_a_wait_say_what_is_so(
    worker_db: Database, town: Town, admin: asyncpg.Connection, now: datetime
) -> None:
    context = LetterContext(vault=VAULT, tokens=TOKENS, base_url=BASE)
    for capacity, later, party in ((1, timedelta(), 1), (2, timedelta(), 2), (0, timedelta(days=4, minutes=-30), 1)):
        await admin.execute("TRUNCATE resident, activity CASCADE")
        resident = await make_resident(admin, town, now=now, email="ottoline@residents.example.org", party=party)
        date = await make_session(admin, town, now=now, capacity=max(capacity, 1))
        await admin.execute("UPDATE seats SET taken = capacity")
        async with worker_db.transaction() as conn:
            assert (await registrations.accept(conn, session_id=date.id, resident_id=resident, now=now, party=1)).state == "waiting"
        await admin.execute("UPDATE registration SET party = $1", party)
        await admin.execute("UPDATE seats SET taken = capacity - $1", capacity)
        await pass_seats_on(worker_db, context, now=now + later)
        row = await admin.fetchrow("SELECT id, content FROM letter")
        assert row
        content, seen = open_content(VAULT, row["content"], letter_id=row["id"], language="en"), set[str]()
        text = f"{content.subject}\n{content.text}"
        assert check(text, await facts_of(admin, now + later), seen, "service/registrations/notices.py") == []
        assert len(seen) == (5 if capacity else 2)


@pytest.mark.parametrize("reason", ["", "The boiler broke"])
async def test_the_letter_that_calls_a_date_off_says_what_is_so(
    db: Database, worker_db: Database, town: Town, admin: asyncpg.Connection, now: datetime, reason: str
) -> None:
    resident = await make_resident(admin, town, now=now, email="ottoline@residents.example.org")
    date = await make_session(admin, town, now=now)
    async with db.transaction(resident_id=resident) as conn:
        await registrations.accept(conn, session_id=date.id, resident_id=resident, now=now)
    await admin.execute("UPDATE session SET cancel_reason = $1", reason)
    async with worker_db.transaction() as conn:
        await registrations.cancel_session(conn, session_id=date.id, vault=VAULT, now=now)
    row = await admin.fetchrow("SELECT id, content FROM letter")
    assert row
    content, seen = open_content(VAULT, row["content"], letter_id=row["id"], language="en"), set[str]()
    assert check(f"{content.subject}\n{content.text}", await facts_of(admin, now), seen, "service/registrations/notices.py") == []
    assert len(seen) == 2 + bool(reason)


@pytest.mark.parametrize("party", [1, 3])
@pytest.mark.parametrize("near_place", ["", "Riverton, NY"])
async def test_the_letters_about_a_seat_say_what_is_so(
    db: Database, worker_db: Database, town: Town, admin: asyncpg.Connection, now: datetime, party: int, near_place: str
) -> None:
    resident = await make_resident(admin, town, now=now, email="ottoline@residents.example.org", party=party)
    facts_about_it = {
        "near_place": near_place,
        "place_name": "Riverton",
        "address": "",
        "bring": "A cup",
        "cost_cents": None if party > 1 else 0,
    }
    date = await make_session(admin, town, now=now, **facts_about_it)  # type: ignore[arg-type]
    run = await admin.fetchval(
        "INSERT INTO match_run (region_id, week, state, seed, result_hash, snapshot, opened_at, closed_at)"
        " VALUES ($1, $2, 'closed', 1, 'x', 'x', $3, $3) RETURNING id", town.region_id, WEEK, now,
    )  # fmt: skip
    await pair(admin, run, resident, date)
    wrong, seen, later = [], set[str](), now
    for change in (registrations.accept, registrations.undo):
        later += timedelta(minutes=1)
        async with db.transaction(resident_id=resident) as conn:
            await change(conn, session_id=date.id, resident_id=resident, now=later)
        later += timedelta(minutes=1)
        assert await write_receipts(worker_db, LetterContext(vault=VAULT, tokens=TOKENS, base_url=BASE), now=later) == 1
        row = await admin.fetchrow("SELECT id, content FROM letter ORDER BY queued_at DESC LIMIT 1")
        assert row
        content = open_content(VAULT, row["content"], letter_id=row["id"], language="en")
        assert content.calendar
        text = f"{content.subject}\n{content.text}"
        wrong += check(text, await facts_of(admin, later, party=party, event=content.calendar.method), seen, *SEAT_LETTERS)
    assert not wrong
    claims = {sentence for sentence in sentences_in("service/registrations/seat_letters.py") if TRUTHS.get(sentence, LABEL) is not LABEL}
    others = {"Today: {title}", "Tomorrow: {title}"} | QUESTION
    assert claims - seen == others | (set() if near_place else {"We know only the area. Please find out exactly where before you go."})


@pytest.mark.parametrize(("starts_in", "later", "subject"), [(8, 0, "Today: Garden morning"), (23, 7, "Tomorrow: Garden morning")])
async def test_the_letter_that_reminds_of_a_date_says_what_is_so(
    worker_db: Database, town: Town, admin: asyncpg.Connection, now: datetime, starts_in: int, later: int, subject: str
) -> None:
    resident = await make_resident(admin, town, now=now, email="ottoline@residents.example.org")
    date = await make_session(admin, town, now=now, starts_in=timedelta(hours=starts_in))
    async with worker_db.transaction() as conn:
        await registrations.accept(conn, session_id=date.id, resident_id=resident, now=now - timedelta(days=2))
    at = now + timedelta(hours=later)
    assert await remind(worker_db, LetterContext(vault=VAULT, tokens=TOKENS, base_url=BASE), now=at) == 1
    row = await admin.fetchrow("SELECT id, content FROM letter")
    assert row
    content, seen = open_content(VAULT, row["content"], letter_id=row["id"], language="en"), set[str]()
    assert content.subject == subject
    assert check(f"{content.subject}\n{content.text}", await facts_of(admin, at, party=1), seen, *SEAT_LETTERS) == []
    assert len(seen) >= 2


@pytest.mark.parametrize("party", [1, 3])
async def test_the_letter_that_asks_whether_people_still_come_says_what_is_so(
    worker_db: Database, town: Town, admin: asyncpg.Connection, now: datetime, party: int
) -> None:
    date = await make_session(admin, town, now=now, capacity=party, starts_in=timedelta(days=2))
    for name in ("ottoline", "edmund"):
        resident = await make_resident(admin, town, now=now, email=f"{name}@residents.example.org", party=party)
        async with worker_db.transaction() as conn:
            await registrations.accept(conn, session_id=date.id, resident_id=resident, now=now - timedelta(days=2))
    assert await ask_still_coming(worker_db, LetterContext(vault=VAULT, tokens=TOKENS, base_url=BASE), now=now) == 1
    row = await admin.fetchrow("SELECT id, content FROM letter")
    assert row
    content, seen = open_content(VAULT, row["content"], letter_id=row["id"], language="en"), set[str]()
    facts = await facts_of(admin, now, party=party)
    assert facts["seat"] == "confirmed"
    assert check(f"{content.subject}\n{content.text}", facts, seen, *SEAT_LETTERS) == []
    assert seen == QUESTION | {"You have a seat for {title}.", "{moment} to {end}"} - FORMATS


@pytest.mark.parametrize("with_waiting", [False, True])
async def test_the_letter_of_a_center_says_what_is_so(
    db: Database, worker_db: Database, town: Town, admin: asyncpg.Connection, now: datetime, with_waiting: bool
) -> None:
    date = await make_session(admin, town, now=now, capacity=1)
    for name in ("ottoline", "edmund") if with_waiting else ("ottoline",):
        resident = await make_resident(admin, town, now=now, email=f"{name}@residents.example.org")
        async with worker_db.transaction() as conn:
            await registrations.accept(conn, session_id=date.id, resident_id=resident, now=now)
    staff_id = await make_staff(admin, town, now=now, email="desk@riverton.example.org")
    message = NewMessage(
        key=new_id(now), words="See https://riverton.example.org or ask ada@riverton.example.org.", with_waiting=with_waiting
    )
    async with db.transaction(organization_id=town.center_id) as conn:
        people = await center_messages.write_to_everybody(
            conn, message, session_id=date.id, organization_id=town.center_id, staff_id=staff_id, vault=VAULT, by_night=True, now=now
        )
        assert people == 1 + with_waiting
        columns = set((await conn.fetch("SELECT * FROM message_readers($1, true)", date.id))[0].keys())
    row = await admin.fetchrow("SELECT id, content FROM letter")
    assert row
    content, seen = open_content(VAULT, row["content"], letter_id=row["id"], language="en"), set[str]()
    raw = build(content, to="ottoline@residents.example.org", mail_from="letters@example.org", message_id="x", language="en", at=now)
    facts = await facts_of(
        admin, now, center="Riverton Community Center", written=await admin.fetchrow("SELECT * FROM center_message"),
        html=content.html, links=re.findall(r"\w+://|[\w.]+@\w|www\.\w", content.text + content.html),
        center_columns=columns, to_center=re.findall(rb"(?im)^(?:reply-to|cc|return-path):.*$|^[a-z-]+:.*riverton.example.*$", raw),
    )  # fmt: skip
    assert check(f"{content.subject}\n{content.text}", facts, seen, "service/registrations/center_letter.py") == []
    assert len(seen) == 4


@pytest.mark.parametrize("move", ["later", "longer", "elsewhere", "later and elsewhere"])
async def test_the_letter_that_moves_a_date_says_what_is_so(
    db: Database, worker_db: Database, town: Town, admin: asyncpg.Connection, now: datetime, move: str
) -> None:
    resident = await make_resident(admin, town, now=now, email="ottoline@residents.example.org")
    date = await make_session(admin, town, now=now)
    async with worker_db.transaction() as conn:
        await schedule.keep_all_ready(conn, vault=VAULT, now=now)  # the hour of the series, by the clock of its place
    async with db.transaction(resident_id=resident) as conn:
        await registrations.accept(conn, session_id=date.id, resident_id=resident, now=now)
    facts = await facts_of(admin, now)
    more = {"before": from_to(facts), "place_before": facts["place_name"]}
    async with db.transaction(organization_id=town.center_id) as conn:
        before = await activities.by_id(conn, date.activity_id)
        assert before
        changed = {
            "starts_at_local": before.starts_at_local + timedelta(hours="later" in move),
            "duration_min": before.duration_min + 60 * (move == "longer"),
            "place_name": "Hillside Hall" if "elsewhere" in move else before.place_name,
        }
        await schedule.edit(
            conn, before=before, facts=msgspec.structs.replace(before, **changed), sequence=before.sequence, vault=VAULT, now=now
        )
    row = await admin.fetchrow("SELECT id, content FROM letter")
    assert row
    content, seen = open_content(VAULT, row["content"], letter_id=row["id"], language="en"), set[str]()
    text = f"{content.subject}\n{content.text}"
    assert check(text, await facts_of(admin, now, **more), seen, "service/registrations/notices.py") == []
    assert len(seen) == 3 + ("elsewhere" not in move) + 2 * ("elsewhere" in move) + (move == "later and elsewhere")
