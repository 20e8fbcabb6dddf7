"""What every job works with: the database as a worker, keys, ways out, the clock."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from service.clock import Clock
from service.crypto import Vault
from service.db import Database, open_database
from service.feeds.actions import Fetch
from service.feeds.fetch import fetch
from service.jobs import Bell, open_bell
from service.mail.letter_context import LetterContext
from service.settings import ServiceSettings
from service.tokens import Tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    settings: ServiceSettings
    clock: Clock
    database: Database
    vault: Vault
    tokens: Tokens
    bell: Bell
    stop: asyncio.Event
    fetch: Fetch = fetch

    @property
    def letter_context(self) -> LetterContext:
        return LetterContext(vault=self.vault, tokens=self.tokens, base_url=self.settings.base_url, humane=self.settings.mailbox is None)


@asynccontextmanager
async def open_context(
    settings: ServiceSettings, clock: Clock, stop: asyncio.Event, *, pool: int = 4, fetch: Fetch = fetch
) -> AsyncIterator[Context]:
    """Raises Broken when a setting or the database is not as it must be."""
    vault, tokens = Vault(settings.keys), Tokens(settings.keys)
    database = await open_database(settings.database_url, role="doorstep_worker", size=pool)
    bell = await open_bell(settings.redis_url)
    try:
        yield Context(settings=settings, clock=clock, database=database, vault=vault, tokens=tokens, bell=bell, stop=stop, fetch=fetch)
    finally:
        await bell.close()
        await database.close()
