"""Once a day: the sessions of the next eight weeks, so that no series ever runs out of dates."""

from __future__ import annotations

from service.registrations import schedule
from workers.context import Context
from workers.daily import claimed

DUTY = "keep_ready"


async def keep_ready(context: Context) -> int | None:
    """Number of dates kept; None where today's look was made already, or another worker is at it."""
    async with claimed(context, DUTY) as conn:
        return await schedule.keep_all_ready(conn, vault=context.vault, now=context.clock()) if conn else None
