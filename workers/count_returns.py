"""Counts who came back: for operators each week once a day until it is final, for partners and centers each settled quarter once."""

from __future__ import annotations

from service.outcomes import north_star, return_counts
from workers.context import Context


async def count_returns(context: Context) -> int:
    """Number of weeks and quarters. One that a crash left uncounted is found by the next look."""
    weeks = await north_star.count_weeks(context.database, now=context.clock())
    return weeks + await return_counts.count_settled_quarters(context.database, now=context.clock())
