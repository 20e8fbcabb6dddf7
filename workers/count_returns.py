"""Counts once, for partners and centers, how many people came back in a quarter that is settled."""

from __future__ import annotations

from service.outcomes import return_counts
from workers.context import Context


async def count_returns(context: Context) -> int:
    """Number of quarters. One that a crash left uncounted is found by the next look."""
    return await return_counts.count_settled_quarters(context.database, now=context.clock())
