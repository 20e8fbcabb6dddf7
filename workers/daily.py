"""Duties of once a day: whoever claims today's holds it until it is done."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from service import sql
from service.db import Conn, run, value
from workers.context import Context

_Q = sql.load(__file__)


@asynccontextmanager
async def claimed(context: Context, duty: str) -> AsyncIterator[Conn | None]:
    """The transaction that holds today's claim; None where today's is done already, or another worker is at it.

    A duty that fails inside is not done, and is claimed again by the next look. Days are those of UTC.
    """
    async with context.database.transaction() as conn:
        await run(conn, _Q.know_duty, duty=duty)
    async with context.database.transaction() as conn:
        is_due = await value(conn, _Q.claim_duty, duty=duty, today=context.clock().date()) is not None
        yield conn if is_due else None
