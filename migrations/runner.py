"""Applies the numbered SQL files of this folder, each once, in order, whoever else is doing the same.

A file is one transaction, unless its first line is `-- no-transaction` (CREATE INDEX CONCURRENTLY), where each statement is its own.
An applied file must not change: its SHA-256 is kept. Nobody waits long behind a migration: it asks for a lock for 200 ms at a time.
"""

import asyncio
import contextlib
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import asyncpg

FOLDER = Path(__file__).parent
LOCK_KEY = 0x646F6F72  # one number for every Doorstep database; advisory locks are per database
LOCK_POLL_S = 0.05
LOCK_WAIT_S = 600.0
TRIES = 10
PAUSE_S = 0.1
NO_TRANSACTION = "-- no-transaction"
NAMED = 3  # migrations that a sentence names one by one

LEDGER = """
CREATE TABLE IF NOT EXISTS schema_migration (
  number     integer PRIMARY KEY CHECK (number > 0),
  name       text NOT NULL,
  sha256     text NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
  applied_at timestamptz NOT NULL DEFAULT now()
);
GRANT SELECT ON schema_migration TO doorstep_app, doorstep_worker;
"""

# The plain login may read nothing by itself; the worker may read the ledger, also before anything is applied.
AS_READER = """
SELECT set_config('role', r.rolname, false) FROM pg_roles AS r
WHERE r.rolname = 'doorstep_worker' AND pg_has_role(session_user, r.oid, 'MEMBER')
"""

# Before the first release the migrations were written anew; what the old ones made is not brought up to date.
OLD_DATABASE = (
    "it was made by an early Doorstep, from before the first release, by migrations that are gone ({names}), and cannot be brought up to"
    " date. Nothing in it was changed. Start with a new data folder (--data-dir) or an empty database;"
    " migrations/README.md says how to take the rows along"
)

Conn = asyncpg.Connection


class MigrationError(RuntimeError):
    """The database and the files disagree; the message says how."""


@dataclass(frozen=True)
class Migration:
    number: int
    name: str
    sql: str
    sha256: str

    @property
    def in_transaction(self) -> bool:
        return not self.sql.startswith(NO_TRANSACTION)


def read(folder: Path = FOLDER) -> list[Migration]:
    """The files named NNNN_name.sql, in order; numbers may be left out. Raises MigrationError on one used twice."""
    found = [_read_one(path) for path in sorted(folder.glob("[0-9]*_*.sql"))]
    if len({migration.number for migration in found}) != len(found):
        raise MigrationError(f"two migrations have the same number: {[migration.name for migration in found]}")
    return found


def _read_one(path: Path) -> Migration:
    data = path.read_bytes()
    return Migration(int(path.name.split("_", 1)[0]), path.stem, data.decode(), hashlib.sha256(data).hexdigest())


async def apply(database: Conn | str, *, folder: Path = FOLDER) -> list[str]:
    """Bring a database up to date; the names applied. Six at once: one applies, five wait and find nothing.

    `database` logs in as a superuser or as a member of doorstep_owner. Raises MigrationError and what Postgres raises.
    """
    async with _connection(database) as conn, _alone(conn):
        await _retried(lambda: conn.execute((FOLDER / "roles.sql").read_text())) if await _may_make_roles(conn) else None
        async with _as_owner(conn):
            await _retried(lambda: conn.execute(LEDGER))
            waiting = await _pending(conn, folder)
            for migration in waiting:
                await _apply_one(conn, migration)
            return [migration.name for migration in waiting]


async def pending(database: Conn | str, *, folder: Path = FOLDER) -> list[str]:
    """The names not yet applied; changes nothing. Raises MigrationError where an applied file was edited or is gone."""
    async with _connection(database) as conn:
        if isinstance(database, str):
            await conn.execute(AS_READER)
        return [migration.name for migration in await _pending(conn, folder)]


async def check(database: Conn | str, *, folder: Path = FOLDER) -> None:
    """Raise MigrationError unless every file is applied as it stands; for the mains, which refuse an old schema."""
    if names := await pending(database, folder=folder):
        raise MigrationError(f"the database lacks {', '.join(names)}: run `doorstep migrate`")


@contextlib.asynccontextmanager
async def _connection(database: Conn | str) -> AsyncIterator[Conn]:
    if not isinstance(database, str):
        yield database
        return
    conn = await asyncpg.connect(database, timeout=10)
    try:
        yield conn
    finally:
        await conn.close()


@contextlib.asynccontextmanager
async def _alone(conn: Conn) -> AsyncIterator[None]:
    """Hold the lock of all migrators. It is asked for again and again: one that waits inside Postgres deadlocks with
    CREATE INDEX CONCURRENTLY, which waits for every running statement to end."""
    for _ in range(int(LOCK_WAIT_S / LOCK_POLL_S)):
        if await conn.fetchval("SELECT pg_try_advisory_lock($1)", LOCK_KEY):
            break
        await asyncio.sleep(LOCK_POLL_S)
    else:
        raise MigrationError("another migration has been running for ten minutes")
    try:
        yield
    finally:
        await conn.execute(f"SELECT pg_advisory_unlock({LOCK_KEY})")


async def _may_make_roles(conn: Conn) -> bool:
    may = await conn.fetchval("SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = session_user")
    return bool(may)


@contextlib.asynccontextmanager
async def _as_owner(conn: Conn) -> AsyncIterator[None]:
    await conn.execute("SET ROLE doorstep_owner; SET lock_timeout = '200ms'; SET statement_timeout = '15min'")
    try:
        yield
    finally:
        await conn.execute("RESET statement_timeout; RESET lock_timeout; RESET ROLE")


async def _pending(conn: Conn, folder: Path) -> list[Migration]:
    files = {migration.number: migration for migration in read(folder)}
    exists = await conn.fetchval("SELECT to_regclass('public.schema_migration') IS NOT NULL")
    applied = await conn.fetch("SELECT number, name, sha256 FROM public.schema_migration ORDER BY number") if exists else []
    _refuse_other_migrations(files, {row["number"]: row["name"] for row in applied})
    for row in applied:
        file = files.pop(row["number"])
        if file.sha256 != row["sha256"]:
            raise MigrationError(f"{file.name} was edited after it was applied; put it back and write a new one")
    return [files[number] for number in sorted(files)]


def _refuse_other_migrations(files: dict[int, Migration], applied: dict[int, str]) -> None:
    """Raise where the database has migrations that the program does not: later ones, or those of a program before the first release."""
    missing = {number: name for number, name in applied.items() if number not in files or files[number].name != name}
    if not missing:
        return
    names = _listed(list(missing.values()))
    if min(missing) > max(files, default=0):
        raise MigrationError(f"it has {names} applied, which this program does not have: the database is newer than the program")
    raise MigrationError(OLD_DATABASE.format(names=names))


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more


async def _apply_one(conn: Conn, migration: Migration) -> None:
    async def in_transaction() -> None:
        async with conn.transaction():
            await conn.execute(migration.sql)
            await _note(conn, migration)

    async def statement_by_statement() -> None:
        for statement in _statements(migration.sql):
            await conn.execute(statement)
        await _note(conn, migration)

    await _retried(in_transaction if migration.in_transaction else statement_by_statement)


async def _note(conn: Conn, migration: Migration) -> None:
    await conn.execute(
        "INSERT INTO public.schema_migration (number, name, sha256) VALUES ($1, $2, $3)", migration.number, migration.name, migration.sha256
    )


async def _retried(work: Callable[[], Awaitable[object]]) -> None:
    """Give way to readers and try again, ten times with ever longer pauses, for about seven seconds in all."""
    for attempt in range(TRIES):
        try:
            await work()
            return
        except (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError):
            if attempt == TRIES - 1:
                raise
            await asyncio.sleep(PAUSE_S * (attempt + 1))


def _statements(sql: str) -> list[str]:
    """Split a no-transaction file at the semicolons that end a line; such files hold plain statements, no function bodies.

    They must be safe to run again (IF NOT EXISTS), since a failure half way leaves the first ones done.
    """
    lines = [line for line in sql.splitlines() if not line.lstrip().startswith("--")]
    return [statement.strip() for statement in "\n".join(lines).split(";\n") if statement.strip(" \n;")]
