"""Counts who came back, and who confirmed: what operators, partners and centers see of it."""

from __future__ import annotations

from service.outcomes import confirmations, north_star, return_counts
from workers.context import Context
from workers.daily import claimed


async def count_returns(context: Context) -> int:
    """Number of weeks, quarters and months. One that a crash left uncounted is found by the next look."""
    now = context.clock()
    weeks = await north_star.count_weeks(context.database, now=now)
    quarters = await return_counts.count_settled_quarters(context.database, now=now)
    async with claimed(context, "count_confirmations") as conn:
        months = await confirmations.count_settled_months(conn, now=now) if conn else 0
    return weeks + quarters + months
