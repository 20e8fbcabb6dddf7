"""A week matched from rows in Postgres: once, inside every limit, and the same again."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import asyncpg
import msgspec
import numpy as np
import pytest

from matching import Scorer, Settings
from matching import week as matcher
from service.db import Database
from service.errors import Broken, Missing
from service.interests.taxonomy import by_code
from service.interests.words import embedding
from service.matches import actions, check, results, store
from service.matches.packed import PackedResidents
from service.matches.rows import age_band, half_hours, keys, to_world
from tests.service.matches import town

WEEK = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)


@pytest.fixture
async def region(worker_db: Database, rng: np.random.Generator) -> str:
    async with worker_db.transaction() as conn:
        return await town.build(conn, rng, NOW, residents=60, activities=40)


async def test_a_week_is_matched_once_and_reported_the_same_ever_after(worker_db: Database, region: str, admin: asyncpg.Connection) -> None:
    first = await actions.match_week(worker_db, region=region, week=WEEK, now=NOW)
    again = await actions.match_week(worker_db, region=region, week=WEEK, now=NOW + timedelta(hours=3))
    assert first == again
    assert first.matches == await admin.fetchval("SELECT count(*) FROM match") > 20
    assert first.without_match == await admin.fetchval("SELECT count(*) FROM empty_hand")
    assert await admin.fetchval("SELECT count(DISTINCT matcher_id) FROM match") + first.without_match == first.residents == 60


async def test_a_stored_run_replays_byte_by_byte(worker_db: Database, region: str) -> None:
    done = await actions.match_week(worker_db, region=region, week=WEEK, now=NOW)
    assert done.run_id is not None
    assert (await actions.replay(worker_db, run_id=done.run_id)).equal


@pytest.mark.parametrize("version", ["rules-1", "rules-2", "rules-3"])
async def test_a_week_matched_by_rules_that_are_gone_is_refused_by_name(
    worker_db: Database, region: str, admin: asyncpg.Connection, version: str
) -> None:
    """Those versions settled prices in another way: their weeks would come out differently, and nobody could tell why."""
    done = await actions.match_week(worker_db, region=region, week=WEEK, now=NOW)
    assert done.run_id is not None
    assert await admin.fetchval("SELECT rules_version FROM match_run") == "rules-5"
    await admin.execute("UPDATE match_run SET rules_version = $1", version)
    with pytest.raises(Broken, match="rules_unknown"):
        await actions.replay(worker_db, run_id=done.run_id)


async def test_nobody_is_invited_to_a_sensitive_group_unasked_and_who_asks_is(
    worker_db: Database, region: str, admin: asyncpg.Connection
) -> None:
    """Half of the activities are about loss, some by their topic and some by their words alone; a third of the people ask for it."""
    await admin.execute(
        "UPDATE activity SET title = CASE WHEN hashtext(id::text) % 4 = 0 THEN 'Grief circle' ELSE 'Letting go' END,"
        " topics = CASE WHEN hashtext(id::text) % 4 = 0 THEN '{crafts}'::text[] ELSE '{grief}' END WHERE hashtext(id::text) % 2 = 0"
    )
    await admin.execute(
        "UPDATE profile SET topics = CASE WHEN hashtext(matcher_id::text) % 3 = 0 THEN '{grief}'::text[] ELSE '{crafts}' END"
    )
    done = await actions.match_week(worker_db, region=region, week=WEEK, now=NOW)
    rows = await admin.fetch(
        "SELECT a.title IN ('Grief circle', 'Letting go') AS about, p.topics = '{grief}' AS asked, count(*) AS n FROM match AS m"
        " JOIN profile AS p USING (matcher_id) JOIN session AS s ON s.id = m.session_id JOIN activity AS a ON a.id = s.activity_id"
        " GROUP BY 1, 2"
    )
    count = {(row["about"], row["asked"]): row["n"] for row in rows}
    assert (True, False) not in count
    assert min(count[True, True], count[False, False]) > 10
    assert done.matches == sum(count.values())


async def test_what_is_about_children_alone_is_offered_only_to_who_asked_for_such(
    worker_db: Database, region: str, admin: asyncpg.Connection
) -> None:
    """Half of the activities are playgroups that say no age; a third of the people asked for things to do with children."""
    await admin.execute(
        "UPDATE activity SET age_min = NULL, age_max = NULL, topics = CASE WHEN hashtext(id::text) % 2 = 0"
        " THEN '{playgroup,family_fun}'::text[] ELSE '{crafts,family_fun}' END, title = 'Bubbles'"
    )
    await admin.execute(
        "UPDATE profile SET topics = CASE WHEN hashtext(matcher_id::text) % 3 = 0 THEN '{kids_club}'::text[] ELSE '{crafts}' END"
    )
    await actions.match_week(worker_db, region=region, week=WEEK, now=NOW)
    rows = await admin.fetch(
        "SELECT 'playgroup' = ANY (a.topics) AS about, p.topics = '{kids_club}' AS asked, count(*) AS n FROM match AS m"
        " JOIN profile AS p USING (matcher_id) JOIN session AS s ON s.id = m.session_id JOIN activity AS a ON a.id = s.activity_id"
        " GROUP BY 1, 2"
    )
    count = {(row["about"], row["asked"]): row["n"] for row in rows}
    assert (True, False) not in count
    assert min(count[True, True], count[False, False], count[False, True]) > 3


async def test_a_replay_of_changed_inputs_is_not_called_equal(worker_db: Database, region: str, admin: asyncpg.Connection) -> None:
    done = await actions.match_week(worker_db, region=region, week=WEEK, now=NOW)
    assert done.run_id is not None
    await admin.execute("UPDATE match_run SET snapshot_hash = 'another'")
    assert not (await actions.replay(worker_db, run_id=done.run_id)).equal


async def test_the_second_look_names_every_limit_that_a_wrong_matcher_breaks(worker_db: Database, region: str) -> None:
    async with worker_db.transaction() as conn:
        place = await store.region_by_slug(conn, region)
        assert place is not None
        after, before = actions.window(place.zone, WEEK, NOW)
        snapshot = await store.read_snapshot(conn, region_id=place.id, week=WEEK, now=NOW, after=after, before=before)
    assert isinstance(snapshot.residents, PackedResidents)
    row = snapshot.residents.row.copy()
    for name, value in {"needs": 0, "reach_km": 99, "cost_cents": 100_000, "available": 255, "age_low": 70, "age_high": 70}.items():
        row[name] = value
    people = replace(snapshot.residents, row=row, languages=["en es"] * len(row), topics=[" ".join(by_code())] * len(row))
    loose = msgspec.structs.replace(snapshot, residents=people)
    world = to_world(loose, week=WEEK, zone=place.zone, now=NOW, vocabulary=actions.vocabulary(), embed=embedding().transform)
    result = matcher.match(world, Scorer(), Settings(), 1)
    assert not check.violations(loose, result)
    assert {fault.rule for fault in check.violations(snapshot, result)} >= {
        "time",
        "reach",
        "age",
        "needs",
        "cost",
        "language",
        "sensitive",
    }


async def test_what_is_turned_down_is_neither_matched_nor_compared(worker_db: Database, region: str, admin: asyncpg.Connection) -> None:
    """Everybody refuses half of what is on offer by its name, and would go anywhere for the rest."""
    await admin.execute(
        "UPDATE profile AS p SET topics = '{}', cost_cents = 100000, needs = 0, reach_km = 50, languages = '{en,es}',"
        " words = 'I hate ' || x.titles, disliked = x.topics FROM ("
        "   SELECT p.matcher_id, left(string_agg(a.title, ', '), 490) AS titles, array_agg(a.topics[1]) AS topics"
        "   FROM profile AS p, activity AS a"
        "   WHERE hashtext(a.topics[1] || p.matcher_id::text) % 2 = 0 GROUP BY p.matcher_id) AS x WHERE x.matcher_id = p.matcher_id"
    )
    done = await actions.match_week(worker_db, region=region, week=WEEK, now=NOW)
    assert done.matches > 60
    rows = await admin.fetch(
        "SELECT p.disliked && a.topics AS refused, m.reasons::text AS reasons FROM match AS m JOIN profile AS p USING (matcher_id)"
        " JOIN session AS s ON s.id = m.session_id JOIN activity AS a ON a.id = s.activity_id"
    )
    assert not [row for row in rows if row["refused"] or '"words"' in row["reasons"]]


async def test_nobody_s_list_changes_because_another_region_did(
    worker_db: Database, region: str, admin: asyncpg.Connection, rng: np.random.Generator
) -> None:
    """The other one lies on the very same map; it fills, matches its week, and loses half of its dates."""
    before = await the_week(worker_db, region)
    async with worker_db.transaction() as conn:
        other = await town.build(conn, rng, NOW, residents=40, activities=20, slug="other-town")
    await actions.match_week(worker_db, region=other, week=WEEK, now=NOW)
    await admin.execute(
        "UPDATE session SET state = 'cancelled' WHERE activity_id IN"
        " (SELECT a.id FROM activity AS a JOIN region AS r ON r.id = a.region_id WHERE r.slug = $1 ORDER BY a.id LIMIT 10)",
        other,
    )
    assert await the_week(worker_db, region) == before


async def the_week(worker_db: Database, region: str) -> tuple[str, bytes]:
    """What a region's week is matched from, and its result, without storing anything."""
    async with worker_db.transaction() as conn:
        place = await store.region_by_slug(conn, region)
        assert place is not None
        after, before = actions.window(place.zone, WEEK, NOW)
        snapshot = await store.read_snapshot(conn, region_id=place.id, week=WEEK, now=NOW, after=after, before=before)
    world = to_world(snapshot, week=WEEK, zone=place.zone, now=NOW, vocabulary=actions.vocabulary(), embed=embedding().transform)
    return world.snapshot_hash(), results.result_bytes(matcher.match(world, Scorer(), Settings(), 1))


async def test_who_stopped_or_gave_no_consent_is_not_matched(worker_db: Database, region: str, admin: asyncpg.Connection) -> None:
    await admin.execute("UPDATE consent SET withdrawn_at = given_at WHERE resident_id IN (SELECT id FROM resident ORDER BY id LIMIT 20)")
    await admin.execute(
        "UPDATE resident SET status = 'stopped', stopped_at = created_at WHERE id IN (SELECT id FROM resident ORDER BY id DESC LIMIT 20)"
    )
    assert (await actions.match_week(worker_db, region=region, week=WEEK, now=NOW)).residents == 20


async def test_an_answered_session_and_a_refused_activity_do_not_come_back(
    worker_db: Database, region: str, admin: asyncpg.Connection
) -> None:
    await actions.match_week(worker_db, region=region, week=WEEK, now=NOW)
    await admin.execute(
        "INSERT INTO answer (matcher_id, session_id, activity_id, answer, at)"
        " SELECT m.matcher_id, m.session_id, s.activity_id, CASE WHEN m.rank = 1 THEN 'no' ELSE 'yes' END, $1"
        " FROM match AS m JOIN session AS s ON s.id = m.session_id",
        NOW + timedelta(days=1),
    )
    later = NOW + timedelta(days=7)
    await actions.match_week(worker_db, region=region, week=WEEK + timedelta(days=7), now=later)
    again = await admin.fetchval(
        "SELECT count(*) FROM match AS m JOIN match_run AS r ON r.id = m.run_id JOIN session AS s ON s.id = m.session_id"
        " JOIN answer AS x ON x.matcher_id = m.matcher_id AND (x.session_id = s.id OR x.answer = 'no' AND x.activity_id = s.activity_id)"
        " WHERE r.week = $1",
        WEEK + timedelta(days=7),
    )
    assert again == 0


async def test_habits_are_told_by_the_clock_on_the_wall(worker_db: Database, region: str, admin: asyncpg.Connection) -> None:
    person = await admin.fetchval("SELECT matcher_id FROM profile ORDER BY matcher_id LIMIT 1")
    sessions = await admin.fetch("SELECT id, activity_id, starts_at_local FROM session ORDER BY id LIMIT 5")
    await admin.executemany(
        "INSERT INTO answer (matcher_id, session_id, activity_id, answer, at) VALUES ($1, $2, $3, 'yes', $4)",
        [(person, one["id"], one["activity_id"], NOW - timedelta(days=1)) for one in sessions],
    )
    async with worker_db.transaction() as conn:
        place = await store.region_by_slug(conn, region)
        assert place is not None
        after, before = actions.window(place.zone, WEEK, NOW)
        snapshot = await store.read_snapshot(conn, region_id=place.id, week=WEEK, now=NOW, after=after, before=before)
    texts = embedding([row.title for row in snapshot.activities])
    world = to_world(snapshot, week=WEEK, zone=place.zone, now=NOW, vocabulary=actions.vocabulary(), embed=texts.transform)
    mine = world.residents.habits[world.residents.key == keys([person])[0]]
    parts = {one["starts_at_local"].weekday() * 6 + one["starts_at_local"].hour // 4 for one in sessions}
    assert set(np.flatnonzero(mine[0]).tolist()) == parts
    assert world.residents.habits.sum() == mine.sum() > 4


async def test_an_unknown_region_is_refused(worker_db: Database) -> None:
    with pytest.raises(Missing):
        await actions.match_week(worker_db, region="nowhere", week=WEEK, now=NOW)


def test_a_session_touches_every_half_hour_it_runs_into() -> None:
    monday = datetime.fromisoformat("2026-11-23")  # wall-clock time
    assert half_hours(monday.replace(hour=9, minute=45), timedelta(minutes=20)) == (19, 21)
    assert half_hours(monday.replace(hour=9), timedelta(minutes=60)) == (18, 20)
    assert half_hours(monday.replace(hour=23) + timedelta(days=6), timedelta(hours=2)) == (334, 338)


def test_no_ages_given_means_adults() -> None:
    assert age_band(None, None) == (18, 130)
    assert age_band(60, None) == (60, 130)
    assert age_band(None, 12) == (0, 12)
    assert age_band(None, 25) == (18, 25)
