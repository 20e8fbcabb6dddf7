"""The database: a pool that is never all-powerful, one transaction for each piece of work, rows as Structs."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any, Literal, TypeAlias, TypeVar
from uuid import UUID

import asyncpg
import msgspec
from asyncpg.pool import PoolConnectionProxy

from service.errors import Broken
from service.sql import Query

T = TypeVar("T")
Conn: TypeAlias = "asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]"
Role = Literal["doorstep_app", "doorstep_worker"]

JSONB_VERSION = b"\x01"  # first byte of the binary form
ACQUIRE_S = 2.0
STATEMENT_MS = {"doorstep_app": 5_000, "doorstep_worker": 60_000}
GRACE_S = 2.0  # after the server's own limit: a server that does not even refuse is given up


class Database:
    """A pool whose connections hold one of the two plain roles."""

    def __init__(self, pool: asyncpg.Pool[asyncpg.Record], role: Role) -> None:
        self.pool = pool
        self.role = role

    @asynccontextmanager
    async def transaction(
        self,
        *,
        organization_id: UUID | None = None,
        resident_id: UUID | None = None,
        presented: Iterable[bytes] = (),
        isolation: Literal["read_committed", "repeatable_read"] = "read_committed",
    ) -> AsyncIterator[Conn]:
        """A connection inside one transaction that sees only the rows of whoever is named.

        presented: hashes of secrets, or index values of addresses, that the visitor showed. Nothing named: public rows only
        (the worker role sees all rows). Raises TimeoutError when the pool stays empty for two seconds.
        """
        async with self.pool.acquire(timeout=ACQUIRE_S) as conn, conn.transaction(isolation=isolation):
            await see_as(conn, organization_id=organization_id, resident_id=resident_id, presented=presented)
            yield conn

    async def close(self) -> None:
        await self.pool.close()


async def see_as(
    conn: Conn, *, organization_id: UUID | None = None, resident_id: UUID | None = None, presented: Iterable[bytes] = ()
) -> None:
    """Say for the rest of this transaction on whose behalf rows are read (SET LOCAL: nothing leaks into the next one)."""
    await conn.execute(
        "SELECT set_config('app.organization_id', $1, true), set_config('app.resident_id', $2, true),"
        " set_config('app.presented', $3, true)",
        str(organization_id or ""),
        str(resident_id or ""),
        ",".join(secret.hex() for secret in presented),
    )


async def open_database(url: str, *, role: Role, size: int = 10) -> Database:
    """Connect as `role` and refuse a server on which promises would not hold. Raises Broken with what is wrong."""
    pool = await asyncpg.create_pool(
        url,
        min_size=1,
        max_size=size,
        init=_speak_json,
        command_timeout=STATEMENT_MS[role] / 1000 + GRACE_S,
        # As start-up parameters: what RESET ALL falls back to when a connection returns to the pool.
        server_settings={
            "role": role,
            "application_name": role,
            "statement_timeout": str(STATEMENT_MS[role]),
            "idle_in_transaction_session_timeout": "10000" if role == "doorstep_app" else "120000",
            "timezone": "UTC",
            "jit": "off",
        },
    )
    async with pool.acquire() as conn:
        faults = await _faults(conn, role)
    if faults:
        await pool.close()
        raise Broken("database", fields=faults)
    return Database(pool, role)


async def _speak_json(conn: Conn) -> None:
    await conn.set_type_codec("jsonb", encoder=_encode, decoder=_decode, schema="pg_catalog", format="binary")


def _encode(value: object) -> bytes:
    return JSONB_VERSION + msgspec.json.encode(value)


def _decode(data: bytes) -> Any:
    return msgspec.json.decode(data[len(JSONB_VERSION) :])


async def _faults(conn: Conn, role: str) -> dict[str, str]:
    row = await conn.fetchrow(
        "SELECT current_user::text AS who, rolsuper OR rolbypassrls AS mighty, current_setting('synchronous_commit') AS sync,"
        " current_setting('server_version_num')::int AS version FROM pg_roles WHERE rolname = current_user"
    )
    assert row is not None
    checks = {
        "role": None if row["who"] == role else f"connected as {row['who']}, not {role}",
        "row security": "the role can pass row-level security" if row["mighty"] else None,
        "synchronous_commit": "must be on: a letter marked as sent must stay so" if row["sync"] == "off" else None,
        "version": "Postgres 15 or newer is needed" if row["version"] < 150000 else None,
    }
    return {name: fault for name, fault in checks.items() if fault}


@asynccontextmanager
async def planned_for_many(conn: Conn) -> AsyncIterator[None]:
    """Plans statements within for many rows, whatever Postgres has counted; inside a transaction.

    It counts what is committed. Of a table that this transaction fills itself, or that was small when a plan was made, it may believe
    that it is empty, and then reads all of one table for each row of another.
    """
    await conn.execute("SET LOCAL plan_cache_mode = force_custom_plan; SET LOCAL enable_nestloop = off")
    yield
    await conn.execute("SET LOCAL plan_cache_mode = auto; SET LOCAL enable_nestloop = on")


async def one(conn: Conn, query: Query, into: type[T], /, **params: object) -> T | None:
    """The only row, as a Struct, or None."""
    row = await conn.fetchrow(query.text, *query.arguments(params))
    return None if row is None else msgspec.convert(dict(row), into)


async def all_of(conn: Conn, query: Query, into: type[T], /, **params: object) -> list[T]:
    rows = await conn.fetch(query.text, *query.arguments(params))
    return [msgspec.convert(dict(row), into) for row in rows]


async def value(conn: Conn, query: Query, /, **params: object) -> Any:
    """First column of the first row, or None."""
    return await conn.fetchval(query.text, *query.arguments(params))


async def run(conn: Conn, query: Query, /, **params: object) -> int:
    """Number of rows touched."""
    status = await conn.execute(query.text, *query.arguments(params))
    return int(status.rsplit(" ", 1)[-1]) if status[-1].isdigit() else 0


async def run_many(conn: Conn, query: Query, rows: Iterable[dict[str, object]], /) -> None:
    await conn.executemany(query.text, [query.arguments(row) for row in rows])
