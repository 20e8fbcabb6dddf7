"""Small duties of every minute: the sign of life, what retention takes away, bells that nobody heard."""

from __future__ import annotations

from datetime import timedelta

from service import sql
from service.db import run
from service.forms import actions as forms
from service.mail import store as letters
from service.organizations import retries
from service.residents import actions as residents
from service.residents import allowance, small_changes
from workers.context import Context

_Q = sql.load(__file__)


async def beat(context: Context, *, worker: str) -> None:
    async with context.database.transaction() as conn:
        await run(conn, _Q.beat, worker=worker, now=context.clock())


async def tidy(context: Context) -> None:
    now = context.clock()
    async with context.database.transaction() as conn:
        await residents.erase_unconfirmed(conn, now=now)
        await run(conn, _Q.forget_workers, before=now - timedelta(days=1))
        await retries.forget(conn, now=now)
        await forms.forget_uses(conn, now=now)
        await allowance.forget(conn, now=now)
        await small_changes.forget(conn, now=now)
        waiting = await letters.waiting(conn, now=now)
    if waiting:
        await context.bell.ring("deliver_letters")
