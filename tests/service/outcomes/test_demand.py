"""What a neighborhood lacks: counted from a real run, told to centers, and never so that it points at one person."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from html import unescape
from uuid import UUID

import asyncpg
import numpy as np
import pytest

from matching.demand import FEWEST, FRESH, GRAIN, Gap, may_tell
from service.db import Database
from service.matches import actions
from service.outcomes import demand
from service.outcomes.demand import Cell, after_match, cells_of, middle_of, quarter_of, releasable
from tests.service.centers.conftest import enter
from tests.service.mail.neighbors import Town, make_resident, make_session
from tests.service.visitor import Browser

WEEK, NEXT_QUARTER = date(2026, 11, 23), date(2027, 1, 4)
NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
TUESDAYS = 48 + 16  # the first half hour of Tuesday's morning band
Rows = list[tuple[str, int, int]]


def free_on_tuesday_mornings() -> bytes:
    bits = ((1 << 8) - 1) << TUESDAYS
    return bits.to_bytes(42, "little")


async def neighbors(admin: asyncpg.Connection, town: Town, count: int, *, topic: str = "chess", start: int = 0) -> list[UUID]:
    """People of one corner who like one thing and are free on Tuesday mornings."""
    made = [
        await make_resident(admin, town, now=NOW, email=f"n{start + number}@residents.example.org", topics=(topic,))
        for number in range(count)
    ]
    await admin.execute("UPDATE profile SET available = $1", free_on_tuesday_mornings())
    return made


async def run(worker_db: Database, week: date = WEEK) -> bool:
    now = NOW + (week - WEEK)
    done = await actions.match_week(worker_db, region="riverton", week=week, now=now)
    assert done.run_id
    return await after_match(worker_db, run_id=done.run_id, now=now)


async def gaps_shown(admin: asyncpg.Connection) -> Rows:
    return [tuple(row) for row in await admin.fetch("SELECT topic, band, people FROM unmet_demand ORDER BY topic, band")]


async def test_people_who_meet_no_session_become_a_row_counted_in_tens(worker_db: Database, admin: asyncpg.Connection, town: Town) -> None:
    await neighbors(admin, town, 27)
    await make_session(admin, town, now=NOW, topics=("gardening",))
    assert await run(worker_db)
    assert await gaps_shown(admin) == [("chess", 0, 20)]
    row = await admin.fetchrow("SELECT lat, lon, quarter FROM unmet_demand")
    assert row
    assert (row["lat"], row["lon"]) == pytest.approx((40.725, -73.975))  # the middle of the cell, where nobody lives
    assert row["quarter"] == date(2026, 10, 1)


async def test_a_session_they_can_go_to_closes_the_gap(worker_db: Database, admin: asyncpg.Connection, town: Town) -> None:
    await neighbors(admin, town, 27)
    tuesday = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
    await make_session(admin, town, now=NOW, topics=("chess",), starts_in=tuesday - NOW, capacity=40)
    await run(worker_db)
    assert await gaps_shown(admin) == []


@pytest.mark.parametrize(("count", "topic"), [(FEWEST - 1, "chess"), (30, "grief")])
async def test_few_people_and_private_topics_are_never_told(
    worker_db: Database,
    admin: asyncpg.Connection,
    town: Town,
    count: int,
    topic: str,
) -> None:
    await neighbors(admin, town, count, topic=topic)
    await run(worker_db)
    assert await gaps_shown(admin) == []


async def test_a_quarter_has_one_look_and_a_cell_is_told_again_when_ten_are_new(
    worker_db: Database,
    admin: asyncpg.Connection,
    town: Town,
) -> None:
    await neighbors(admin, town, 25)
    await run(worker_db)
    await neighbors(admin, town, 9, start=100)
    await run(worker_db, WEEK + timedelta(weeks=1))
    assert await gaps_shown(admin) == [("chess", 0, 20)]  # the quarter's look was made
    await run(worker_db, NEXT_QUARTER)
    assert await gaps_shown(admin) == [("chess", 0, 20)]  # nine are new
    await neighbors(admin, town, 1, start=200)
    await run(worker_db, NEXT_QUARTER + timedelta(weeks=1))
    assert await gaps_shown(admin) == [("chess", 0, 20)]
    await run(worker_db, date(2027, 4, 5))
    assert await gaps_shown(admin) == [("chess", 0, 30)]


async def test_a_run_is_looked_at_once(worker_db: Database, admin: asyncpg.Connection, town: Town) -> None:
    await neighbors(admin, town, 12)
    assert await run(worker_db)
    assert not await run(worker_db)
    assert await admin.fetchval("SELECT count(*) FROM after_match") == 1


async def test_forgetting_a_person_takes_them_out_of_what_is_remembered(
    worker_db: Database,
    admin: asyncpg.Connection,
    town: Town,
) -> None:
    people = await neighbors(admin, town, 12)
    await run(worker_db)
    assert await admin.fetchval("SELECT count(*) FROM demand_contributor") == 12
    await admin.execute("DELETE FROM resident WHERE id = $1", people[0])
    assert await admin.fetchval("SELECT count(*) FROM demand_contributor") == 11


async def test_who_was_counted_is_no_business_of_the_pages(
    db: Database, worker_db: Database, admin: asyncpg.Connection, town: Town
) -> None:
    await neighbors(admin, town, 12)
    await run(worker_db)
    async with db.transaction() as conn:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await conn.fetch("SELECT matcher_id FROM demand_contributor")


def test_the_grid_is_one_and_no_home_falls_between_two_cells() -> None:
    lat, lon = np.round(np.arange(40.6, 40.8, 0.001), 3), np.full(200, -74.0)
    cells = cells_of(lat[:200], lon)
    assert np.unique(cells, return_counts=True)[1].tolist() == [50, 50, 50, 50]
    assert cells_of(np.array([40.7]), np.array([-74.0]))[0] == cells_of(np.array([40.749]), np.array([-73.951]))[0]
    assert middle_of(int(cells_of(np.array([-33.9]), np.array([151.2]))[0])) == pytest.approx((-33.875, 151.225))
    assert quarter_of(date(2026, 12, 31)) == date(2026, 10, 1)


def subtraction_attack(step_weeks: int, fresh: int) -> list[tuple[int, int]]:
    """(people behind a change of the map, week) over two years of a corner that gains and loses a few people each week.

    The attacker keeps every map and subtracts: what a change between two maps can tell is at best the group that caused it.
    """
    rng, people, shown, newest = np.random.default_rng(7), set(range(8)), 0, 8
    published: dict[Cell, np.ndarray] = {}
    disclosures: list[tuple[int, int]] = []
    for week in range(104):
        people |= {newest + number for number in range(int(rng.integers(0, 3)))}
        newest = max(people) + 1
        people -= set(rng.choice(sorted(people), int(rng.integers(0, 2)), replace=False).tolist()) if len(people) > 4 else set()
        if week % step_weeks or len(people) < FEWEST:
            continue
        now = np.array(sorted(people), np.uint64)
        gap = Gap(7, 0, 0, 1, len(now) // GRAIN * GRAIN, now)
        before = published.get((7, "chess", 0), np.zeros(0, np.uint64))
        if fresh and not releasable([gap], published, ["chess"]):
            continue
        if gap.people != shown:
            disclosures.append((len(np.setdiff1d(now, before)), week))
            shown = gap.people
        published[7, "chess", 0] = np.union1d(before, now)
    return disclosures


def test_no_change_of_the_map_is_caused_by_a_few() -> None:
    changes = subtraction_attack(step_weeks=13, fresh=FRESH)
    assert changes
    assert all(size >= FRESH for size, _ in changes)
    assert min(size for size, _ in subtraction_attack(step_weeks=1, fresh=0)) < FRESH  # the attack works where the rule is not kept


def test_who_was_ever_counted_is_never_new_again() -> None:
    """Else ten people who leave and come back would make a change that tells of an eleventh."""
    first, gone = np.arange(20, dtype=np.uint64), np.arange(10, dtype=np.uint64)
    assert not may_tell(first, np.union1d(first, gone))


async def test_a_center_sees_what_its_neighbors_would_like_and_drafts_it(
    staff: Browser,
    worker_db: Database,
    admin: asyncpg.Connection,
    town: Town,
) -> None:
    assert "What people near you would like" not in (await staff.get("/center/riverton-center")).text
    await neighbors(admin, town, 27)
    await run(worker_db)
    page = unescape((await staff.get("/center/riverton-center")).text)
    assert re.search(r"Chess: about 20 people, Tuesday mornings", page)
    link = re.search(r'href="(/center/riverton-center/activities/new\?topic=chess&band=0&day=1)"', page)
    assert link
    form = unescape((await staff.get(link[1])).text)
    filled = dict(re.findall(r'name="(title|first_on|begins|ends|zip)" value="([^"]*)"', form))
    assert filled | {"zip": ""} == {"title": "Chess", "first_on": "2026-12-08", "begins": "10:00", "ends": "11:30", "zip": ""}
    assert re.search(r'value="weekly" checked', form)
    assert await admin.fetchval("SELECT count(*) FROM activity") == 0
    for strange in ("?topic=grief&band=0", "?topic=chess&band=9", "?topic=%00&band=x"):
        other = await staff.get(f"/center/riverton-center/activities/new{strange}")
        assert other.status_code == 200
        assert 'name="title" value=""' in other.text


async def test_what_was_told_ends_by_the_calendar_and_at_the_edge_of_the_neighborhood(
    db: Database,
    worker_db: Database,
    admin: asyncpg.Connection,
    town: Town,
) -> None:
    await neighbors(admin, town, 27)
    await run(worker_db)
    async with db.transaction() as conn:
        here = {"lat": 40.7, "lon": -74.0}
        assert [wish.people for wish in await demand.near(conn, **here, today=date(2027, 3, 31))] == [20]
        assert await demand.near(conn, **here, today=date(2027, 4, 1)) == []
        assert await demand.near(conn, lat=40.7, lon=-74.3, today=WEEK) == []
        assert await demand.near(conn, lat=41.7, lon=-74.0, today=WEEK) == []


async def test_hosts_are_not_asked_to_plan(
    visitor: Browser,
    db: Database,
    worker_db: Database,
    admin: asyncpg.Connection,
    town: Town,
    now: datetime,
) -> None:
    await neighbors(admin, town, 27)
    await run(worker_db)
    await enter(visitor, db, role="host", now=now)
    assert "What people near you would like" not in (await visitor.get("/center/riverton-center")).text
