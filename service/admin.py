"""What commands work with: the database as the worker sees it, and keys."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

from service.crypto import Vault
from service.db import Database, open_database
from service.settings import ServiceSettings
from service.tokens import Tokens


@dataclass(frozen=True, slots=True)
class AdminContext:
    database: Database
    vault: Vault
    tokens: Tokens
    base_url: str
    sender_arm: str = ""


@asynccontextmanager
async def opened(settings: ServiceSettings) -> AsyncIterator[AdminContext]:
    """Raises Broken when a setting or the database is not as it must be."""
    vault = Vault(settings.keys)
    database = await open_database(settings.database_url, role="doorstep_worker", size=4)
    try:
        yield AdminContext(database, vault, Tokens(settings.keys), settings.base_url, settings.sender_arm)
    finally:
        await database.close()


async def set_up_link(settings: ServiceSettings, *, now: datetime) -> str | None:
    """A new one-time link for the first operator; None where a town is open already."""
    from service.set_up import actions as set_up  # it knows the forms, and a short command has no use for them

    async with opened(settings) as admin_context, admin_context.database.transaction() as conn:
        return await set_up.offer_link(conn, base_url=admin_context.base_url, now=now)
