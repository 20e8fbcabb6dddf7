"""A week's letters in a real Postgres: each resident one, whoever asks and however often."""

from __future__ import annotations

import asyncio
import json
from datetime import date, datetime, timedelta
from uuid import UUID

import asyncpg
import pytest

from service.db import Database
from service.digests.actions import compose_week
from service.mail.actions import open_content
from service.mail.letter_context import LetterContext
from service.tokens import Purpose, Tokens
from tests.rows import first_row
from tests.service.mail.neighbors import SECRET, VAULT, Date, Town, make_resident, make_session, make_town

WEEK = date(2026, 11, 23)
TOKENS = Tokens([SECRET])
CONTEXT = LetterContext(vault=VAULT, tokens=TOKENS, base_url="https://doorstep.example.org")


@pytest.fixture
async def town(admin: asyncpg.Connection, now: datetime) -> Town:
    return await make_town(admin, now=now)


@pytest.fixture
async def run_id(admin: asyncpg.Connection, town: Town, now: datetime) -> UUID:
    run: UUID = await admin.fetchval(
        "INSERT INTO match_run (region_id, week, state, seed, result_hash, snapshot, opened_at, closed_at)"
        " VALUES ($1, $2, 'closed', 1, 'x', 'x', $3, $3) RETURNING id",
        town.region_id, WEEK, now,
    )  # fmt: skip
    return run


async def pair(admin: asyncpg.Connection, run_id: UUID, resident_id: UUID, date: Date, rank: int = 1) -> UUID:
    match: UUID = await admin.fetchval(
        "INSERT INTO match (run_id, matcher_id, session_id, rank, probability, propensity, km, reasons)"
        " SELECT $1, matcher_id, $3, $4, 0.5, 0.5, 0.6, $5::jsonb FROM pseudonym WHERE resident_id = $2 RETURNING id",
        run_id, resident_id, date.id, rank, json.dumps([{"code": "topic", "topic": "gardening", "weight": 1.0}]),
    )  # fmt: skip
    return match


async def test_one_letter_for_each_resident_however_many_ask_at_once(
    admin: asyncpg.Connection, town: Town, run_id: UUID, worker_db: Database, now: datetime
) -> None:
    date = await make_session(admin, town, now=now)
    for n in range(12):
        await pair(admin, run_id, await make_resident(admin, town, now=now, email=f"n{n}@example.org"), date)
    done = await asyncio.gather(*(compose_week(worker_db, CONTEXT, week=WEEK, now=now) for _ in range(4)))
    assert sum(one.queued for one in done) == 12
    assert (await compose_week(worker_db, CONTEXT, week=WEEK, now=now)).queued == 0
    assert await admin.fetchval("SELECT count(*) FROM letter") == await admin.fetchval("SELECT count(*) FROM digest") == 12


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE resident SET status = 'stopped', stopped_at = now()",
        "UPDATE resident SET paused_until = '2027-01-01'",
        "UPDATE consent SET withdrawn_at = given_at",
        "DELETE FROM match",
        "UPDATE session SET state = 'cancelled'",
        "UPDATE match_run SET state = 'open', closed_at = NULL",
        "INSERT INTO answer (matcher_id, session_id, activity_id, answer, at)"
        " SELECT matcher_id, session_id, (SELECT id FROM activity), 'no', now() FROM match",
    ],
)
async def test_nobody_is_written_to_without_consent_and_something_to_say(
    admin: asyncpg.Connection, town: Town, run_id: UUID, worker_db: Database, now: datetime, change: str
) -> None:
    await pair(admin, run_id, await make_resident(admin, town, now=now, email="a@example.org"), await make_session(admin, town, now=now))
    await admin.execute(change)
    assert (await compose_week(worker_db, CONTEXT, week=WEEK, now=now)).queued == 0
    assert await admin.fetchval("SELECT count(*) FROM letter") == 0


@pytest.mark.parametrize(("every_weeks", "weeks_since", "queued"), [(1, 1, 1), (2, 1, 0), (2, 2, 1), (4, 3, 0), (4, 4, 1)])
async def test_a_letter_comes_as_often_as_the_person_asked(
    admin: asyncpg.Connection, town: Town, run_id: UUID, worker_db: Database, now: datetime, every_weeks: int, weeks_since: int, queued: int
) -> None:
    session, resident_id = await make_session(admin, town, now=now), await make_resident(admin, town, now=now, email="a@example.org")
    await pair(admin, run_id, resident_id, session)
    await compose_week(worker_db, CONTEXT, week=WEEK, now=now)
    since = timedelta(weeks=weeks_since)
    await admin.execute("UPDATE digest SET week = $1, composed_at = $2", WEEK - since, now - since)
    await admin.execute("UPDATE resident SET every_weeks = $1", every_weeks)
    assert (await compose_week(worker_db, CONTEXT, week=WEEK, now=now)).queued == queued


async def test_letters_of_two_weeks_never_come_within_days(
    admin: asyncpg.Connection, town: Town, run_id: UUID, worker_db: Database, now: datetime
) -> None:
    """On a Saturday the worker matches a newcomer for this week, while an operator matches and sends the next one by hand."""
    resident_id, following = await make_resident(admin, town, now=now, email="a@example.org"), WEEK + timedelta(weeks=1)
    await pair(admin, run_id, resident_id, await make_session(admin, town, now=now, starts_in=timedelta(days=6)))
    next_run = await admin.fetchval(
        "INSERT INTO match_run (region_id, week, state, seed, result_hash, snapshot, opened_at, closed_at)"
        " VALUES ($1, $2, 'closed', 1, 'x', 'x', $3, $3) RETURNING id", town.region_id, following, now,
    )  # fmt: skip
    await pair(admin, next_run, resident_id, await make_session(admin, town, now=now, slug="tea", starts_in=timedelta(days=10)))
    done = await asyncio.gather(*(compose_week(worker_db, CONTEXT, week=week, now=now) for week in (WEEK, following) * 2))
    assert sum(composed.queued for composed in done) == 1
    assert await admin.fetchval("SELECT count(*) FROM letter") == 1


@pytest.mark.parametrize(
    ("sunday", "zone", "queued"),
    [
        ("18:30", "America/New_York", 1),
        ("19:30", "America/New_York", 0),
        ("23:50", "America/New_York", 0),
        ("20:30", "America/Denver", 1),  # it is half past six there
        ("21:30", "America/Denver", 0),
    ],
)
async def test_no_letter_of_a_week_arrives_in_the_next_one(
    admin: asyncpg.Connection, town: Town, run_id: UUID, worker_db: Database, now: datetime, sunday: str, zone: str, queued: int
) -> None:
    """It would wait for Monday morning, and be the first of two in that week."""
    resident_id = await make_resident(admin, town, now=now, email="a@example.org", zone=zone)
    await pair(admin, run_id, resident_id, await make_session(admin, town, now=now, starts_in=timedelta(days=9)))
    at = datetime.fromisoformat(f"2026-11-29T{sunday}:00-05:00")
    assert (await compose_week(worker_db, CONTEXT, week=WEEK, now=at)).queued == queued
    assert await admin.fetchval("SELECT count(*) FROM letter") == queued


async def test_a_letter_is_in_the_readers_language_with_links_that_are_theirs(
    admin: asyncpg.Connection, town: Town, run_id: UUID, worker_db: Database, now: datetime
) -> None:
    resident_id = await make_resident(admin, town, now=now - timedelta(weeks=1), email="a@example.org", language="es")
    match_id = await pair(admin, run_id, resident_id, await make_session(admin, town, now=now))
    await compose_week(worker_db, CONTEXT, week=WEEK, now=now)
    row = await first_row(admin, "SELECT id, content, not_before, give_up_at FROM letter")
    content = open_content(VAULT, row["content"], letter_id=row["id"], language="es")
    assert "Pulse Sí" in content.text
    link = content.text.split("/r/")[1].split("?")[0]
    read = TOKENS.read(link, now=now, purposes=[Purpose.ANSWER])
    assert (read.resident_id, read.subject_id) == (resident_id, match_id)
    assert (
        TOKENS.read(content.stop_url.rsplit("/", 1)[1], now=now + timedelta(days=9999), purposes=[Purpose.STOP]).resident_id == resident_id
    )
    assert row["not_before"].isoformat() == "2026-11-24T15:00:00+00:00"


async def test_a_letter_composed_late_does_not_invite_to_what_has_begun(
    admin: asyncpg.Connection, town: Town, run_id: UUID, worker_db: Database, now: datetime
) -> None:
    resident_id = await make_resident(admin, town, now=now, email="a@example.org")
    await pair(admin, run_id, resident_id, await make_session(admin, town, now=now, starts_in=timedelta(days=2)))
    done = await compose_week(worker_db, CONTEXT, week=WEEK, now=now + timedelta(days=3))
    assert (done.queued, done.too_late) == (0, 1)


async def test_a_dry_run_writes_nothing(admin: asyncpg.Connection, town: Town, run_id: UUID, worker_db: Database, now: datetime) -> None:
    await pair(admin, run_id, await make_resident(admin, town, now=now, email="a@example.org"), await make_session(admin, town, now=now))
    assert (await compose_week(worker_db, CONTEXT, week=WEEK, now=now, dry_run=True)).queued == 1
    assert await admin.fetchval("SELECT count(*) FROM letter") == 0
