"""Once a day: the sessions of the next eight weeks, so that no series ever runs out of dates."""

from __future__ import annotations

from service import sql
from service.db import run, value
from service.registrations import schedule
from workers.context import Context

_Q = sql.load(__file__)
DUTY = "keep_ready"


async def keep_ready(context: Context) -> int | None:
    """Number of dates kept; None where today's look was made already, or another worker is at it."""
    now = context.clock()
    async with context.database.transaction() as conn:
        await run(conn, _Q.know_duty, duty=DUTY)
    async with context.database.transaction() as conn:
        if await value(conn, _Q.claim_duty, duty=DUTY, today=now.date()) is None:
            return None
        return await schedule.keep_all_ready(conn, vault=context.vault, now=now)
