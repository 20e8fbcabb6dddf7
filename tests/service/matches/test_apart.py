"""Who must not meet is never invited together, whoever wrote the block; households go together or not at all."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import combinations

import asyncpg
import numpy as np
import pytest
from msgspec import structs

from matching import Scorer, Settings
from matching import week as matcher
from service.db import Database
from service.errors import Broken
from service.matches import actions, check, store
from service.matches.packed import NEVER, PackedResidents, table, uuids
from tests.rows import first_row
from tests.service.matches import town
from tests.service.matches.test_match_week import NOW, WEEK

TOGETHER = "SELECT count(*) FROM match AS m JOIN match AS n ON n.session_id = m.session_id AND n.run_id = m.run_id"


@pytest.fixture
async def region(worker_db: Database, rng: np.random.Generator) -> str:
    async with worker_db.transaction() as conn:
        return await town.build(conn, rng, NOW, residents=60, activities=40)


@pytest.mark.parametrize("seed", range(4))
async def test_no_block_of_any_kind_is_ever_broken(worker_db: Database, admin: asyncpg.Connection, region: str, seed: int) -> None:
    """What a first matching did is blocked, and done no more by a second one."""
    rng = np.random.default_rng(seed)
    await actions.match_week(worker_db, region=region, week=WEEK, now=NOW)
    pairs = await admin.fetch("SELECT DISTINCT m.matcher_id, n.matcher_id AS other FROM match AS m JOIN match AS n USING (session_id)"
                              " WHERE m.matcher_id < n.matcher_id ORDER BY 1, 2")  # fmt: skip
    went = await admin.fetch("SELECT m.matcher_id, s.activity_id FROM match AS m JOIN session AS s ON s.id = m.session_id ORDER BY 1, 2")
    assert len(pairs) > 20
    for at in rng.choice(len(pairs), 20, replace=False):
        one, other = rng.permutation([pairs[at]["matcher_id"], pairs[at]["other"]])
        await admin.execute("INSERT INTO block (matcher_id, other_matcher_id, at) VALUES ($1, $2, $3)", one, other, NOW)
    for at in rng.choice(len(went), 20, replace=False):
        await admin.execute("INSERT INTO block (matcher_id, activity_id, at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING", *went[at], NOW)
    await admin.execute("DELETE FROM match_run")
    assert (await actions.match_week(worker_db, region=region, week=WEEK, now=NOW)).matches > 20
    assert await admin.fetchval(
        TOGETHER + " JOIN block AS b ON b.matcher_id = m.matcher_id AND b.other_matcher_id = n.matcher_id"
    ) == 0  # fmt: skip
    assert await admin.fetchval(
        "SELECT count(*) FROM match AS m JOIN session AS s ON s.id = m.session_id"
        " JOIN block AS b ON b.matcher_id = m.matcher_id AND b.activity_id = s.activity_id"
    ) == 0  # fmt: skip


async def test_who_blocked_a_center_is_sent_to_none_of_its_activities(worker_db: Database, admin: asyncpg.Connection, region: str) -> None:
    await admin.execute(
        "INSERT INTO block (matcher_id, organization_id, at) SELECT p.matcher_id, o.id, $1 FROM profile AS p, organization AS o"
        " WHERE o.kind = 'center'",
        NOW,
    )
    assert (await actions.match_week(worker_db, region=region, week=WEEK, now=NOW)).matches == 0


async def test_nobody_is_invited_to_where_somebody_they_blocked_is_coming(
    worker_db: Database, admin: asyncpg.Connection, region: str
) -> None:
    """Also when it was the other who wrote the block."""
    await actions.match_week(worker_db, region=region, week=WEEK, now=NOW)
    session, one, other = await first_row(
        admin,
        "SELECT m.session_id, m.matcher_id, n.matcher_id FROM match AS m JOIN match AS n USING (session_id)"
        " WHERE m.matcher_id < n.matcher_id ORDER BY 1, 2, 3 LIMIT 1",
    )
    await admin.execute(
        "INSERT INTO registration (session_id, resident_id, organization_id, state, party, created_at, changed_at)"
        " SELECT s.id, n.resident_id, s.organization_id, 'confirmed', 1, $3, $3 FROM session AS s, pseudonym AS n"
        " WHERE s.id = $1 AND n.matcher_id = $2",
        *(session, one, NOW),
    )
    await admin.execute("INSERT INTO block (matcher_id, other_matcher_id, at) VALUES ($1, $2, $3)", one, other, NOW)
    await admin.execute("DELETE FROM match_run")
    await actions.match_week(worker_db, region=region, week=WEEK, now=NOW)
    assert await admin.fetchval("SELECT count(*) FROM match WHERE session_id = $1 AND matcher_id = $2", session, other) == 0


async def test_people_of_one_household_get_the_same_sessions(worker_db: Database, admin: asyncpg.Connection, region: str) -> None:
    await admin.execute(
        "WITH pair AS (SELECT matcher_id, (row_number() OVER (ORDER BY needs, age_low, languages, matcher_id) - 1) / 2 AS house"
        " FROM profile),"
        " home AS (SELECT house, gen_random_uuid() AS id FROM (SELECT DISTINCT house FROM pair) AS h)"
        " UPDATE profile AS p SET household_id = h.id FROM pair JOIN home AS h USING (house) WHERE pair.matcher_id = p.matcher_id"
    )
    done = await actions.match_week(worker_db, region=region, week=WEEK, now=NOW)
    rows = await admin.fetch(
        "SELECT p.household_id, array_agg(m.session_id ORDER BY m.session_id) AS mail FROM profile AS p"
        " LEFT JOIN match AS m ON m.matcher_id = p.matcher_id GROUP BY p.household_id, p.matcher_id"
    )
    mails: dict[object, set[tuple[object, ...]]] = {}
    for row in rows:
        mails.setdefault(row["household_id"], set()).add(tuple(row["mail"]))
    assert done.matches > 10
    assert all(len(different) == 1 for different in mails.values())


async def test_the_second_look_sees_couples_and_households_too(worker_db: Database, admin: asyncpg.Connection, region: str) -> None:
    async with worker_db.transaction() as conn:
        place = await store.region_by_slug(conn, region)
        assert place is not None
        after, before = actions.window(place.zone, WEEK, NOW)
        snapshot = await store.read_snapshot(conn, region_id=place.id, week=WEEK, now=NOW, after=after, before=before)
    world = actions.laid_out(snapshot, place, WEEK, NOW)
    result = matcher.match(world, Scorer(), Settings(), 1)
    assert not check.violations(snapshot, result)
    assert isinstance(snapshot.residents, PackedResidents)
    ids = snapshot.residents.row["id"]
    apart = np.zeros(len(ids) * (len(ids) - 1) // 2, snapshot.apart.dtype)
    apart["one"], apart["other"] = (ids[list(side)] for side in zip(*combinations(range(len(ids)), 2), strict=True))
    row = snapshot.residents.row.copy()
    row["household"] = ids[0]
    broken = {
        "apart": structs.replace(snapshot, apart=apart),
        "household": structs.replace(snapshot, residents=replace(snapshot.residents, row=row)),
    }
    for rule, broken_snapshot in broken.items():
        assert {fault.rule for fault in check.violations(broken_snapshot, result)} == {rule}


async def test_a_block_opens_only_to_who_wrote_it(db: Database, worker_db: Database, admin: asyncpg.Connection, region: str) -> None:
    people = await admin.fetch("SELECT n.resident_id, n.matcher_id FROM pseudonym AS n ORDER BY 1 LIMIT 2")
    await admin.execute(
        "INSERT INTO block (matcher_id, other_matcher_id, at) VALUES ($1, $2, $3)", people[0]["matcher_id"], people[1]["matcher_id"], NOW
    )
    for person, sees in zip(people, (1, 0), strict=True):
        async with db.transaction(resident_id=person["resident_id"]) as conn:
            assert await conn.fetchval("SELECT count(*) FROM block") == sees


async def test_ids_survive_the_way_there_and_back(worker_db: Database, admin: asyncpg.Connection, region: str) -> None:
    async with worker_db.transaction() as conn:
        place = await store.region_by_slug(conn, region)
        assert place is not None
        people = await store.residents(conn, region_id=place.id, week=WEEK, now=NOW + timedelta(days=1))
    rows = await admin.fetch("SELECT matcher_id, words, topics, available, reach_km, cost_cents FROM profile ORDER BY matcher_id")
    assert uuids(people.row["id"]) == [row["matcher_id"] for row in rows]
    assert [text.split() for text in people.topics] == [row["topics"] for row in rows]
    assert people.row["available"].tobytes() == b"".join(row["available"] for row in rows)
    assert people.row["cost_cents"].tolist() == [row["cost_cents"] for row in rows]


def test_a_row_that_a_null_swallowed_is_noticed() -> None:
    with pytest.raises(Broken):
        table(b"\0" * 32, NEVER, 2)
