"""How many people came back, as a partner or a center may see it: counted once for each quarter, no cell of 1 to 10, none derivable."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID

import msgspec

from service import db, sql
from service.db import Conn, Database
from service.outcomes.demand import quarter_of
from service.outcomes.north_star import SETTLED_AFTER

queries = sql.load(__file__)
FEWEST = 11
QUARTERS_SHOWN = 8


class ReturnCount(msgspec.Struct, frozen=True, kw_only=True):
    """One quarter, by its first day. null: too few people to say.

    people: of a partner, its people whose first match after they used its form fell into the quarter; of a center, people whose first
    visit to it did. came_back: of these, who visited one activity (of this center) twice within six weeks from that day on.
    """

    quarter: date
    people: int | None
    came_back: int | None


class UncountedQuarter(msgspec.Struct, frozen=True):
    organization_id: UUID
    kind: str
    quarter: date


class _Counts(msgspec.Struct, frozen=True):
    people: int
    came_back: int


async def count_settled_quarters(database: Database, *, now: datetime) -> int:
    """Count every quarter that is settled and was not counted yet, for each partner and center. How many were counted. Worker role.

    Each person is in one quarter of an organization, and no count ever changes: neither two quarters nor two looks at one differ
    by a person. Who is erased later stays a part of the number, and of nothing else.
    """
    async with database.transaction() as conn:
        due = await db.all_of(conn, queries.uncounted_quarters, UncountedQuarter, last_settled=last_settled(now.date()))
    for quarter in due:
        async with database.transaction() as conn:
            await _count(conn, quarter, now)
    return len(due)


async def counts_of(conn: Conn, *, organization_id: UUID) -> list[ReturnCount]:
    """What was counted for an organization, the newest quarter first; on its own behalf."""
    return await db.all_of(conn, queries.published_counts, ReturnCount, organization_id=organization_id, most=QUARTERS_SHOWN)


def publishable(people: int, came_back: int) -> tuple[int | None, int | None]:
    """(people, came_back) as they may be shown. A part is shown only where it and the rest are each zero or at least FEWEST."""
    if people < FEWEST:
        return None, None
    parts = (came_back, people - came_back)
    return people, came_back if all(part == 0 or part >= FEWEST for part in parts) else None


def last_settled(today: date) -> date:
    """First day of the newest quarter that ended at least SETTLED_AFTER ago."""
    return quarter_of(quarter_of(today - SETTLED_AFTER) - timedelta(days=1))


async def _count(conn: Conn, due: UncountedQuarter, now: datetime) -> None:
    query = queries.partner_returns if due.kind == "partner" else queries.center_returns
    counted = await db.one(conn, query, _Counts, organization_id=due.organization_id, quarter=due.quarter)
    assert counted is not None  # a count always gives a row
    people, came_back = publishable(counted.people, counted.came_back)
    place = {"organization_id": due.organization_id, "quarter": due.quarter}
    await db.run(conn, queries.publish_count, **place, people=people, came_back=came_back, now=now)
