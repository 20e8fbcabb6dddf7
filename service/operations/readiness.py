"""Whether this process can do its work, and what is not well."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Literal

import asyncpg
import msgspec

from migrations import runner
from service.db import Database
from service.jobs import Bell
from service.operations import store

LOOK_S = 0.5
AWAY = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)


class Readiness(msgspec.Struct, frozen=True, kw_only=True):
    """unready: no request can be answered. degraded: all can, and something else is not well. checks: each as "ok" or in words."""

    status: Literal["ready", "degraded", "unready"]
    checks: dict[str, str]


async def look(database: Database, bell: Bell, *, sender_arm: str) -> Readiness:
    """Asks everything at once, half a second at most; changes nothing."""
    names = ("database", "schema", "redis", "sender")
    looks = (_database(database), _schema(database), _redis(bell), _sender(database, sender_arm))
    answers = await asyncio.gather(*map(_bounded, looks))
    checks = dict(zip(names, answers, strict=True))
    if checks["database"] != "ok" or checks["schema"] != "ok":
        return Readiness(status="unready", checks=checks)
    return Readiness(status="ready" if set(answers) == {"ok"} else "degraded", checks=checks)


async def _bounded(look: Awaitable[str]) -> str:
    try:
        async with asyncio.timeout(LOOK_S):
            return await look
    except AWAY as error:
        return f"does not answer ({type(error).__name__})"


async def _database(database: Database) -> str:
    async with database.transaction() as conn:
        await store.answer(conn)
    return "ok"


async def _schema(database: Database) -> str:
    newest = max(migration.number for migration in runner.read())
    async with database.transaction() as conn:
        applied = await store.newest_migration(conn)
    return "ok" if applied == newest else f"is at {applied}, and this program needs {newest}: run doorstep migrate"


async def _redis(bell: Bell) -> str:
    return "ok" if await bell.is_heard() else "does not answer: letters wait for the worker's own look, once a minute"


async def _sender(database: Database, place: str) -> str:
    async with database.transaction() as conn:
        armed = await store.armed_elsewhere(conn, place=place)
    return "these data were copied or restored, and nothing is sent: run doorstep sender arm" if armed else "ok"
