"""The north star is what a recount of the diary says it is, and only operators see it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.db import Database
from service.outcomes import north_star
from service.outcomes.north_star import WeekReturns, share_of
from tests.service.mail.neighbors import Town
from tests.service.outcomes.diary import MONDAY, NOW, Diary, Served, Visit

LATER = NOW + timedelta(weeks=30)


async def written(admin: asyncpg.Connection, town: Town, served: Sequence[Served], visits: Sequence[Visit] = ()) -> Diary:
    diary = Diary(served, visits)
    await diary.write(admin, town)
    return diary


async def weeks(worker_db: Database, *, now: datetime = LATER) -> list[WeekReturns]:
    async with worker_db.transaction() as conn:
        return await north_star.weeks(conn, since=MONDAY, now=now)


async def came_back(worker_db: Database) -> list[tuple[int, int]]:
    """(matched, came back) of each week, the oldest first."""
    return [(week.matched.people, week.matched.came_back) for week in reversed(await weeks(worker_db))]


TWICE = (Visit(1, 1, 2), Visit(1, 1, 9))


@pytest.mark.parametrize(
    ("visits", "back"),
    [
        (TWICE, 1),
        (TWICE[:1], 0),
        ((Visit(1, 1, 2), Visit(1, 2, 9)), 0),
        ((Visit(1, 1, 0), Visit(1, 1, 42)), 1),
        ((Visit(1, 1, 0), Visit(1, 1, 43)), 0),
        ((Visit(1, 1, -1), Visit(1, 1, 5)), 0),
        ((Visit(1, 1, 2), Visit(1, 1, 9, "yes")), 0),
        ((Visit(1, 1, 2, "missed"), Visit(1, 1, 9)), 0),
        ((Visit(1, 1, 2), Visit(2, 1, 9)), 0),
    ],
    ids=["twice", "once", "two activities", "42 days", "43 days", "before the match", "a yes", "missed", "two people"],
)
async def test_two_visits_to_one_activity_within_six_weeks_count(
    worker_db: Database, admin: asyncpg.Connection, town: Town, visits: Sequence[Visit], back: int
) -> None:
    await written(admin, town, [Served(1, 0)], visits)
    assert await came_back(worker_db) == [(1, back)]


async def test_somebody_matched_in_two_weeks_counts_in_each_from_its_own_day(
    worker_db: Database, admin: asyncpg.Connection, town: Town
) -> None:
    await written(admin, town, [Served(1, 0), Served(1, 1)], TWICE)
    assert await came_back(worker_db) == [(1, 1), (1, 0)]


async def test_a_match_of_a_later_evening_counts_from_that_evening(worker_db: Database, admin: asyncpg.Connection, town: Town) -> None:
    await written(admin, town, [Served(1, 0, ()), Served(1, 0, evening=3)], TWICE)
    assert await came_back(worker_db) == [(1, 0)]


async def test_who_is_erased_is_in_no_week_any_more(worker_db: Database, admin: asyncpg.Connection, town: Town) -> None:
    diary = await written(admin, town, [Served(1, 0), Served(2, 0)], TWICE)
    assert await came_back(worker_db) == [(2, 1)]
    await admin.execute("DELETE FROM resident WHERE id = $1", diary.resident[1])
    assert await came_back(worker_db) == [(1, 0)]
    await admin.execute("DELETE FROM resident")
    assert await came_back(worker_db) == []


async def test_a_week_of_empty_hands_has_nobody_matched_and_no_share(worker_db: Database, admin: asyncpg.Connection, town: Town) -> None:
    await written(admin, town, [Served(1, 0, ()), Served(2, 0, (), feasible=False)], TWICE)
    [week] = await weeks(worker_db)
    assert (week.matched.people, week.matched.share, week.matched.low) == (0, None, None)
    assert (week.reachable, week.worst_tenth.people, week.worst_tenth.came_back, week.worst_tenth_chance) == (1, 1, 1, 0)


async def test_without_a_run_there_is_no_week(worker_db: Database, town: Town) -> None:
    assert await weeks(worker_db) == []


async def test_the_worst_served_tenth_are_those_with_the_lowest_chance(worker_db: Database, admin: asyncpg.Connection, town: Town) -> None:
    served = [Served(person, 0, (0.3, 0.3)) for person in range(18)] + [Served(18, 0, (0.2,)), Served(19, 0, (0.1,)), Served(20, 0, (0.4,))]
    await written(admin, town, served, [Visit(person, 1, day) for person in (3, 18) for day in (2, 9)])
    [week] = await weeks(worker_db)
    assert (week.reachable, week.worst_tenth.people, week.worst_tenth.came_back) == (21, 2, 1)
    assert week.worst_tenth_chance == pytest.approx(0.15)


async def test_a_week_is_final_eight_weeks_after_its_monday(worker_db: Database, admin: asyncpg.Connection, town: Town) -> None:
    await written(admin, town, [Served(1, 0)])
    [before], [after] = [await weeks(worker_db, now=NOW + timedelta(days=day)) for day in (55, 56)]
    assert (before.is_final, after.is_final) == (False, True)
    assert before.final_on == MONDAY + timedelta(days=56)
    assert before.week_name == "2026-W10"


def test_the_interval_is_that_of_wilson() -> None:
    """By hand: 10 of 40, z = 1.959964: center (p + z^2/2n) / (1 + z^2/n) = 0.27191, half width 0.13002."""
    share = share_of(10, 40)
    assert share.share == 0.25
    assert share.low == pytest.approx(0.14187, abs=1e-4)
    assert share.high == pytest.approx(0.40194, abs=1e-4)


async def test_only_an_operators_transaction_gets_what_was_counted(
    db: Database, worker_db: Database, admin: asyncpg.Connection, town: Town
) -> None:
    await written(admin, town, [Served(1, 0)], TWICE)
    assert await north_star.count_weeks(worker_db, now=LATER) == 1
    for organization_id in (town.center_id, town.partner_id, None):
        async with db.transaction(organization_id=organization_id) as conn:
            assert await north_star.counted_weeks(conn, since=MONDAY) == []
    await admin.execute("UPDATE organization SET kind = 'operator' WHERE id = $1", town.center_id)
    async with db.transaction(organization_id=town.center_id) as conn:
        assert await north_star.counted_weeks(conn, since=MONDAY) == await weeks(worker_db)


async def test_a_week_is_counted_once_a_day_until_it_is_final(worker_db: Database, admin: asyncpg.Connection, town: Town) -> None:
    await written(admin, town, [Served(1, 0)])
    counted = {}
    for day in (1.0, 1.5, 2.1, 50.0, 55.3, 56.0, 56.6, 57.1, 90.0):
        counted[day] = await north_star.count_weeks(worker_db, now=NOW + timedelta(days=day))
    assert [day for day, number in counted.items() if number] == [1.0, 2.1, 50.0, 55.3, 56.6]


SERVED = st.builds(
    Served,
    person=st.integers(0, 7),
    week=st.integers(0, 2),
    chances=st.lists(st.sampled_from([0.05, 0.1, 0.3, 0.8]), max_size=3).map(tuple),
    evening=st.integers(0, 3),
    feasible=st.booleans(),
)
VISITS = st.builds(
    Visit,
    person=st.integers(0, 7),
    activity=st.integers(0, 1),
    day=st.sampled_from([-1, 0, 1, 7, 14, 20, 41, 42, 43, 44, 56, 57]),
    answer=st.sampled_from(["attended", "attended", "attended", "yes", "missed", "no", "wanted"]),
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    served=st.lists(SERVED, max_size=25, unique_by=lambda s: (s.person, s.week, s.evening)),
    visits=st.lists(VISITS, max_size=25, unique_by=lambda v: (v.person, v.activity, v.day)),
)
async def test_every_week_is_what_a_recount_of_the_diary_says(
    worker_db: Database, admin: asyncpg.Connection, town: Town, served: list[Served], visits: list[Visit]
) -> None:
    await admin.execute("TRUNCATE resident, activity, match_run CASCADE")
    diary = await written(admin, town, served, visits)
    recounted = diary.recount()
    counted = {(week.week - MONDAY).days // 7: week for week in await weeks(worker_db)}
    assert recounted.keys() == counted.keys()
    for at, week in counted.items():
        matched, tenth = week.matched, week.worst_tenth
        assert recounted[at][:5] == (matched.people, matched.came_back, week.reachable, tenth.people, tenth.came_back)
        assert week.worst_tenth_chance == pytest.approx(recounted[at][5], abs=1e-6)
