"""What commands work with: the database as the worker sees it, keys, and the bell; and a look at whether all of it is well."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg
from redis.asyncio import Redis
from redis.exceptions import RedisError

from migrations import runner
from service.crypto import Vault
from service.db import Database, open_database
from service.errors import Broken
from service.mail import store as mail
from service.mail.model import Doubtful
from service.settings import Settings
from service.tokens import Tokens

NAMED = 20  # letters in doubt that the doctor tells one by one


@dataclass(frozen=True, slots=True)
class House:
    database: Database
    vault: Vault
    tokens: Tokens
    base_url: str
    sender_arm: str = ""


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[House]:
    """Raises Broken when a setting or the database is not as it must be."""
    vault = Vault(settings.keys)
    database = await open_database(settings.database_url, role="doorstep_worker", size=4)
    try:
        yield House(database, vault, Tokens(settings.keys), settings.base_url, settings.sender_arm)
    finally:
        await database.close()


async def examine(settings: Settings) -> list[str]:
    """Every fault that can be seen from here, in words; nothing is changed."""
    faults = [f"settings: DOORSTEP_{name} is missing" for name in _missing(settings)]
    if settings.database_url:
        faults += await _database_faults(settings)
    if settings.redis_url and not await _redis_answers(settings.redis_url):
        faults.append("redis: does not answer; letters wait for the worker's own look, once a minute")
    if settings.mailbox and not _writable(settings.mailbox):
        faults.append(f"mail: {settings.mailbox} cannot be written")
    return faults


def _missing(settings: Settings) -> list[str]:
    return [name for name in ("database_url", "redis_url", "secret_keys") if not getattr(settings, name)]


async def _database_faults(settings: Settings) -> list[str]:
    try:
        for role in ("doorstep_app", "doorstep_worker"):
            database = await open_database(settings.database_url, role=role, size=1)
            await database.close()
        pending = [f"schema: {name} is pending" for name in await runner.pending(settings.database_url)]
        return pending or await _letters_in_doubt(settings)
    except Broken as broken:
        return [f"database: {name} {fault}" for name, fault in broken.fields.items()]
    except (OSError, asyncpg.PostgresError, runner.MigrationError) as error:
        return [f"database: {error}"]


async def _letters_in_doubt(settings: Settings) -> list[str]:
    database = await open_database(settings.database_url, role="doorstep_worker", size=1)
    try:
        async with database.work() as conn:
            letters = await mail.doubtful(conn)
    finally:
        await database.close()
    more = [f"mail: {len(letters) - NAMED} more letters are in doubt"] if len(letters) > NAMED else []
    return [_in_doubt(letter) for letter in letters[:NAMED]] + more


def _in_doubt(letter: Doubtful) -> str:
    """What an operator can do about it, too."""
    named = f"the {letter.kind} letter {letter.message_id} of {letter.queued_at:%Y-%m-%d}"
    if letter.state == "ambiguous":
        return f"mail: {named} was on its way when its sender was lost, and is being looked up; it is not sent twice"
    return (
        f"mail: {named} may have arrived, or not: the line broke before the server answered."
        " It is held and never sent again by itself; look for its Message-ID in the mail server's log"
    )


async def _redis_answers(url: str) -> bool:
    redis = Redis.from_url(url, socket_timeout=1, socket_connect_timeout=1)
    try:
        return bool(await redis.ping())
    except (RedisError, OSError):
        return False
    finally:
        await redis.aclose()


def _writable(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / ".doctor").touch()
        (folder / ".doctor").unlink()
    except OSError:
        return False
    return True
