"""The north star: of the residents who were matched, the share who came back, beside the tenth that is served worst."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID

import msgspec
from scipy.stats import binomtest

from service import db, sql
from service.clock import week_name
from service.db import Conn, Database
from service.errors import Missing
from service.matches import store

queries = sql.load(__file__)
CONFIDENCE = 0.95
# The last match of a week is on its day six, its six weeks end on day 48, and centers have seven more days for their rosters.
SETTLED_AFTER = timedelta(weeks=8)
WEEKS_SHOWN = timedelta(weeks=16)


class ReturnShare(msgspec.Struct, frozen=True, kw_only=True):
    """Of `people`, who came back. share, and low and high of its 95 % interval (Wilson 1927): 0 to 1, null where there is nobody."""

    people: int
    came_back: int
    share: float | None
    low: float | None
    high: float | None


class WeekReturns(msgspec.Struct, frozen=True, kw_only=True):
    """One region and week (its Monday), as counted at counted_at. is_final: that was on final_on or later; before, it is "so far".

    worst_tenth_chance: the mean chance of a visit, as it was foreseen, 0 to 1.
    """

    region: str
    town: str
    week: date
    week_name: str
    is_final: bool
    final_on: date
    counted_at: datetime
    reachable: int
    matched: ReturnShare
    worst_tenth: ReturnShare
    worst_tenth_chance: float | None


class _Counts(msgspec.Struct, frozen=True):
    region: str
    town: str
    week: date
    matched: int
    came_back: int
    reachable: int
    tenth: int
    tenth_came_back: int
    tenth_chance: float | None
    counted_at: datetime


class _UncountedWeek(msgspec.Struct, frozen=True):
    region_id: UUID
    week: date


async def weeks(conn: Conn, *, since: date, now: datetime, region_id: UUID | None = None) -> list[WeekReturns]:
    """The north star of each region and week from `since` on, the newest week first. This is its definition.

    A **visit** is an answer for which the SQL function `is_visit` is true; its day is the day on which the date began at its place.
    **Matched**: had a match in a closed run of the region and week. Somebody matched in two weeks counts in both; the first match
    of the week counts. **Came back**: at least two visits to the same activity, from the day of that match on and at most 42 days after
    it. So the two are never more than 42 days apart, visits to two activities do not count, and a visit before the match does not.
    **Worst-served tenth**: of everybody with a session to go to in that week (matched, or empty-handed with a feasible session), the
    tenth with the lowest foreseen chance of a visit, 1 minus the product of (1 - probability) over their matches, and zero without a
    match. It is rounded down, at least one person; ties go by pseudonym. They came back by the same rule; who had no match is counted
    from the day of the first run that looked for one. The simulator (`matching/simulate/year.py`) ranks by true chances over all
    weeks; here each week stands for itself.
    A week is **final** eight weeks after its Monday. Whoever is erased is not counted from then on.

    Weeks share people, so they are not to be added up. For the worker role; it takes seconds for each week of a city.
    """
    rows = await db.all_of(conn, queries.week_returns, _Counts, since=since, region_id=region_id, now=now)
    return [_week(row) for row in rows]


async def report(database: Database, *, since: date, now: datetime, region: str | None = None) -> list[WeekReturns]:
    """`weeks` of the region with this slug, or of all regions. Raises Missing for an unknown region."""
    async with database.transaction() as conn:
        place = await store.region_by_slug(conn, region) if region else None
        if region and place is None:
            raise Missing(region=region)
        return await weeks(conn, since=since, now=now, region_id=place.id if place else None)


async def count_weeks(database: Database, *, now: datetime) -> int:
    """Count for operators every week that was not counted today and is not final: once a day, and a last time. How many were counted."""
    async with database.transaction() as conn:
        due = await db.all_of(conn, queries.uncounted_weeks, _UncountedWeek, settled_after=SETTLED_AFTER, day_ago=now - timedelta(days=1))
    for week in due:
        async with database.transaction() as conn:
            await db.run(conn, queries.count_week, region_id=week.region_id, week=week.week, now=now)
    return len(due)


async def counted_weeks(conn: Conn, *, since: date) -> list[WeekReturns]:
    """What the worker last counted, of all regions: for a transaction of an operator's session or key, and nothing in another one."""
    return [_week(row) for row in await db.all_of(conn, queries.counted_weeks, _Counts, since=since)]


def share_of(came_back: int, people: int) -> ReturnShare:
    if not people:
        return ReturnShare(people=0, came_back=0, share=None, low=None, high=None)
    interval = binomtest(came_back, people).proportion_ci(CONFIDENCE, method="wilson")
    return ReturnShare(people=people, came_back=came_back, share=came_back / people, low=float(interval.low), high=float(interval.high))


def _week(row: _Counts) -> WeekReturns:
    final_on = row.week + SETTLED_AFTER
    return WeekReturns(
        region=row.region,
        town=row.town,
        week=row.week,
        week_name=week_name(row.week),
        is_final=row.counted_at.date() >= final_on,
        final_on=final_on,
        counted_at=row.counted_at,
        reachable=row.reachable,
        matched=share_of(row.came_back, row.matched),
        worst_tenth=share_of(row.tenth_came_back, row.tenth),
        worst_tenth_chance=row.tenth_chance,
    )
