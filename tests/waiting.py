"""Waiting for an event itself, never for a time in which it should have come."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import asyncpg

PATIENCE_S, STEP_S = 120.0, 0.05  # only what never happens is waited for as long


async def until(true: Callable[[], Awaitable[bool]]) -> None:
    """Raises TimeoutError when it does not become true."""
    for _ in range(int(PATIENCE_S / STEP_S)):
        if await true():
            return
        await asyncio.sleep(STEP_S)
    raise TimeoutError


async def until_blocked(admin: asyncpg.Connection, task: asyncio.Task[object]) -> None:
    """Until a statement of this database waits for a lock. Fails at once when the task ends instead."""

    async def blocked() -> bool:
        assert not task.done(), "it did not wait"
        return bool(await admin.fetchval("SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database()"
                                         " AND wait_event_type = 'Lock')"))  # fmt: skip

    await until(blocked)
