"""Examples for somebody unknown are what the week would give: same sessions, same order, same reasons, out of Postgres both times."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import asyncpg
import msgspec
import numpy as np
import pytest

from matching import Settings, preview
from service.db import Database
from service.matches import actions, after_run, store
from service.matches.model import Snapshot
from service.matches.packed import PackedResidents, uuids
from service.matches.region_preview import FRESH_FOR, RegionPreviews, prepare
from service.matches.results import reasons
from service.matches.rows import people_of
from tests.service.matches import town

WEEK = date(2026, 11, 23)
THURSDAY = datetime(2026, 11, 26, 15, 0, tzinfo=UTC)  # the week's window and the preview's begin at one instant


@pytest.fixture
async def region(worker_db: Database, rng: np.random.Generator) -> str:
    async with worker_db.transaction() as conn:
        return await town.build(conn, rng, THURSDAY - timedelta(days=3), residents=60, activities=60)


async def some_answers(admin: asyncpg.Connection) -> None:
    """A third of the people said yes before, so that some activities are better known than others."""
    await admin.execute(
        "INSERT INTO answer (matcher_id, session_id, activity_id, answer, at)"
        " SELECT p.matcher_id, s.id, s.activity_id, 'yes', $1::timestamptz - abs(hashtext(p.matcher_id::text)) % 40 * interval '1 day'"
        " FROM (SELECT matcher_id FROM profile ORDER BY matcher_id LIMIT 20) AS p,"
        " (SELECT id, activity_id FROM session ORDER BY starts_at DESC LIMIT 12) AS s"
        " WHERE hashtext(p.matcher_id::text || s.id::text) % 2 = 0",
        THURSDAY - timedelta(days=9),
    )


async def the_snapshot(worker_db: Database, region_id: UUID) -> Snapshot:
    after, before = actions.window(town.ZONE, WEEK, THURSDAY)
    async with worker_db.transaction() as conn:
        return await store.read_snapshot(conn, region_id=region_id, week=WEEK, now=THURSDAY, after=after, before=before)


def one_by_one(snapshot: Snapshot) -> dict[UUID, PackedResidents]:
    """Each person's columns by themselves."""
    people = people_of(snapshot.residents)
    alone = [
        PackedResidents(people.row[at], *(column[at] for column in (people.languages, people.topics, people.disliked, people.words)))
        for at in (slice(i, i + 1) for i in range(len(people)))
    ]
    return dict(zip(uuids(people.row["id"]), alone, strict=True))


async def test_an_unknown_persons_examples_are_the_weeks_matches(
    worker_db: Database, db: Database, region: str, admin: asyncpg.Connection
) -> None:
    await some_answers(admin)
    done = await actions.match_week(worker_db, region=region, week=WEEK, now=THURSDAY, settings=Settings(explore_share=0))
    assert done.run_id
    region_id = await admin.fetchval("SELECT id FROM region")
    async with worker_db.transaction() as conn:
        world = await after_run.world_of(worker_db, done.run_id)
        assert await after_run.note_past(conn, world, region_id=region_id, now=THURSDAY) > 20
    ready = await prepare(db, region_id, now=THURSDAY)
    assert ready
    strangers = await admin.fetch("SELECT matcher_id FROM profile WHERE matcher_id NOT IN (SELECT matcher_id FROM answer)")
    people = one_by_one(await the_snapshot(worker_db, region_id))
    compared = 0
    for (matcher_id,) in strangers:
        best = preview.best(ready.region, ready.person(people[matcher_id]))
        reasons_shown = [
            reasons(code, number, ready.vocabulary) for code, number in zip(best.reasons.code, best.reasons.number, strict=True)
        ]
        matches = await admin.fetch("SELECT session_id, reasons, probability FROM match WHERE matcher_id = $1 ORDER BY rank", matcher_id)
        assert [ready.sessions[session] for session in best.session[best.picks]] == [match["session_id"] for match in matches]
        assert msgspec.to_builtins(reasons_shown) == [
            json.loads(match["reasons"]) if isinstance(match["reasons"], str) else match["reasons"] for match in matches
        ]
        np.testing.assert_allclose(best.p[best.picks], [match["probability"] for match in matches], rtol=2e-4)
        compared += len(matches)
    assert compared > 50


async def test_without_the_past_the_numbers_would_differ(worker_db: Database, db: Database, region: str, admin: asyncpg.Connection) -> None:
    """So that the test above cannot pass because nobody's past counts."""
    await some_answers(admin)
    done = await actions.match_week(worker_db, region=region, week=WEEK, now=THURSDAY)
    region_id = await admin.fetchval("SELECT id FROM region")
    before = await prepare(db, region_id, now=THURSDAY)
    assert done.run_id
    async with worker_db.transaction() as conn:
        await after_run.note_past(conn, await after_run.world_of(worker_db, done.run_id), region_id=region_id, now=THURSDAY)
    after = await prepare(db, region_id, now=THURSDAY)
    assert before
    assert after
    people = one_by_one(await the_snapshot(worker_db, region_id)).values()
    one, other = ([preview.best(ready.region, ready.person(row)).p.tolist() for row in people] for ready in (before, after))
    assert one != other


async def test_what_is_kept_of_the_past_names_nobody(worker_db: Database, region: str, admin: asyncpg.Connection) -> None:
    await some_answers(admin)
    done = await actions.match_week(worker_db, region=region, week=WEEK, now=THURSDAY)
    assert done.run_id
    region_id = await admin.fetchval("SELECT id FROM region")
    async with worker_db.transaction() as conn:
        await after_run.note_past(conn, await after_run.world_of(worker_db, done.run_id), region_id=region_id, now=THURSDAY)
    rows = await admin.fetch("SELECT p::text AS line, p.said_yes FROM activity_past AS p")
    people = [str(one) for (one,) in await admin.fetch("SELECT matcher_id FROM profile UNION SELECT id FROM resident")]
    assert any(row["said_yes"] for row in rows)
    assert all(list(row["said_yes"]) == sorted(row["said_yes"]) for row in rows)
    assert not [person for person in people for row in rows if person in row["line"]]


async def test_a_region_is_prepared_once_in_five_minutes_and_anew_afterwards(db: Database, region: str, admin: asyncpg.Connection) -> None:
    region_id, previews = await admin.fetchval("SELECT id FROM region"), RegionPreviews()
    first = await previews.of(db, region_id, now=THURSDAY)
    assert first
    assert await previews.of(db, region_id, now=THURSDAY + FRESH_FOR / 2) is first
    await admin.execute("UPDATE session SET state = 'cancelled' WHERE id = $1", first.sessions[0])
    later = await previews.of(db, region_id, now=THURSDAY + FRESH_FOR)
    assert later
    assert later is not first
    assert first.sessions[0] not in later.sessions
    assert await previews.of(db, UUID(int=1), now=THURSDAY) is None
