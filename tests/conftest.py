"""One real Postgres and one real Valkey for the whole run, a database of its own for each worker, clean at the start of each test.

The servers start when the first test asks for them and are shared by all xdist workers. The run's controller stops them; should it be
killed, a guard process that waits for its file lock does so.
"""

import contextlib
import fcntl
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import numpy as np
import pytest
from redis.asyncio import Redis

from migrations import runner
from service import embedded
from service.embedded.postgres import run_in_thread

if TYPE_CHECKING:
    from service.db import Conn, Database

RUN = "DOORSTEP_TEST_RUN"  # the run's folder, made by the controller and inherited by the workers
TEMPLATE = "migrated"
NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)  # a Monday, 10:00 in New York
GUARD = """
import fcntl, pathlib, shutil, sys
from service import embedded
run = pathlib.Path(sys.argv[1])
with (run / "alive").open("a") as alive:
    fcntl.flock(alive, fcntl.LOCK_EX)
if run.exists():
    embedded.stop(run / "data")
    shutil.rmtree(run, ignore_errors=True)
"""

_alive: IO[str] | None = None
_servers: embedded.Servers | None = None
_guard: subprocess.Popen[bytes] | None = None


# The run


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--random-order", type=int, metavar="SEED", help="shuffle the files, and the tests of each file")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """A test passes in any order. Files stay together, so that what a file prepares once is prepared once."""
    seed = config.getoption("--random-order")
    if seed is None:
        return
    dice, place = random.Random(seed), dict[str, float]()
    for item in items:
        place.setdefault(item.nodeid.partition("::")[0], dice.random())
    dice.shuffle(items)
    items.sort(key=lambda item: place[item.nodeid.partition("::")[0]])


def pytest_configure(config: pytest.Config) -> None:
    global _alive
    if hasattr(config, "workerinput") or os.environ.get(RUN):
        return
    run = Path(tempfile.mkdtemp(prefix="doorstep-tests-"))
    run.chmod(0o711)  # the servers' user must pass through
    _alive = (run / "alive").open("w")
    fcntl.flock(_alive, fcntl.LOCK_EX)
    os.environ[RUN] = str(run)


def pytest_unconfigure(config: pytest.Config) -> None:
    if _alive is None:
        return
    run = Path(os.environ.pop(RUN))
    if _servers:
        _servers.stop()
    if (run / "data").exists():
        embedded.stop(run / "data")
    shutil.rmtree(run, ignore_errors=True)
    _alive.close()
    if _guard:
        _guard.wait()


@dataclass(frozen=True)
class Running:
    """The run's servers: the superuser's address of the `doorstep` database, the plain login's, and Redis."""

    admin_url: str
    database_url: str
    redis_url: str

    def admin_of(self, database: str) -> str:
        return _renamed(self.admin_url, database)

    def login_of(self, database: str) -> str:
        return _renamed(self.database_url, database)


def _renamed(url: str, path: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{path}"))


@pytest.fixture(scope="session")
def servers() -> Running:
    """Started by whichever worker asks first, with a migrated template database."""
    run = Path(os.environ[RUN])
    with (run / "starting").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (run / "running.json").exists():
            (run / "running.json").write_text(json.dumps(asdict(_start_servers(run))))
    return Running(**json.loads((run / "running.json").read_text()))


def _start_servers(run: Path) -> Running:
    global _servers, _guard
    repository = Path(__file__).resolve().parents[1]
    command = [sys.executable, "-c", GUARD, str(run)]
    _guard = subprocess.Popen(command, cwd=repository, start_new_session=True, stdin=subprocess.DEVNULL)
    _servers = embedded.start(run / "data", fast_and_unsafe=True)
    running = Running(_servers.admin_url, _servers.database_url, _servers.redis_url)
    run_in_thread(_make_template(running))
    return running


async def _make_template(running: Running) -> None:
    await _execute(running.admin_url, f"CREATE DATABASE {TEMPLATE}")
    await runner.apply(running.admin_of(TEMPLATE))


async def _execute(url: str, sql: str) -> None:
    conn = await asyncpg.connect(url)
    try:
        await conn.execute(sql)
    finally:
        await conn.close()


# Postgres


@pytest.fixture(scope="session")
def worker_name() -> str:
    return os.environ.get("PYTEST_XDIST_WORKER", "gw0")


@pytest.fixture(scope="session")
async def _database(servers: Running, worker_name: str) -> str:
    name = f"test_{worker_name}"
    await _execute(servers.admin_url, f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
    return name


@pytest.fixture(scope="session")
async def _admin(servers: Running, _database: str) -> AsyncIterator[asyncpg.Connection]:
    conn = await asyncpg.connect(servers.admin_of(_database))
    yield conn
    await conn.close()


@pytest.fixture(scope="session")
async def _seeded(_admin: asyncpg.Connection) -> list[str]:
    """Tables the migrations themselves fill; they are left alone between tests."""
    return [table for table in await _tables(_admin) if await _admin.fetchval(f"SELECT EXISTS (SELECT FROM {table})")]


async def _tables(conn: asyncpg.Connection) -> list[str]:
    rows = await conn.fetch(
        "SELECT oid::regclass::text AS name FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace"
    )
    return [row["name"] for row in rows]


@pytest.fixture
async def admin(_admin: asyncpg.Connection, _seeded: list[str]) -> AsyncIterator[asyncpg.Connection]:
    """The superuser's connection, for looking past row-level security; its test leaves the tables empty."""
    yield _admin
    await _empty(_admin, _seeded)


async def _empty(conn: asyncpg.Connection, seeded: list[str]) -> None:
    # Asking each table first is many times quicker than truncating them all.
    tables = [table for table in await _tables(conn) if table not in seeded]
    if not tables:
        return
    asked = " UNION ALL ".join(f"SELECT '{table}' AS name WHERE EXISTS (SELECT FROM {table})" for table in tables)
    if full := [row["name"] for row in await conn.fetch(asked)]:
        await conn.execute(f"TRUNCATE {', '.join(full)} RESTART IDENTITY CASCADE")


@pytest.fixture
def database_url(admin: asyncpg.Connection, servers: Running, _database: str) -> str:
    """The plain login's address of a migrated, empty database; what the test commits is emptied after it."""
    return servers.login_of(_database)


@pytest.fixture
def admin_url(admin: asyncpg.Connection, servers: Running, _database: str) -> str:
    return servers.admin_of(_database)


@pytest.fixture(scope="session")
async def _app(servers: Running, _database: str) -> "AsyncIterator[Database]":
    from service.db import open_database

    database = await open_database(servers.login_of(_database), role="doorstep_app")
    yield database
    await database.close()


@pytest.fixture(scope="session")
async def _worker(servers: Running, _database: str) -> "AsyncIterator[Database]":
    from service.db import open_database

    database = await open_database(servers.login_of(_database), role="doorstep_worker")
    yield database
    await database.close()


@pytest.fixture
def db(_app: "Database", admin: asyncpg.Connection) -> "Database":
    """The pages' and the API's way in (role doorstep_app, row-level security). Commits are real."""
    return _app


@pytest.fixture
def worker_db(_worker: "Database", admin: asyncpg.Connection) -> "Database":
    """The workers' way in (role doorstep_worker). Commits are real."""
    return _worker


@pytest.fixture
def pool(db: "Database") -> "asyncpg.Pool[asyncpg.Record]":
    return db.pool


@pytest.fixture
async def conn(_app: "Database") -> "AsyncIterator[Conn]":
    """One connection as doorstep_app inside a transaction that is rolled back; for tests without concurrency. `see_as` names the viewer."""
    async with _rolled_back(_app) as connection:
        yield connection


@pytest.fixture
async def worker_conn(_worker: "Database") -> "AsyncIterator[Conn]":
    """The same as doorstep_worker, who sees all rows."""
    async with _rolled_back(_worker) as connection:
        yield connection


@contextlib.asynccontextmanager
async def _rolled_back(database: "Database") -> "AsyncIterator[Conn]":
    async with database.pool.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        try:
            yield connection
        finally:
            await transaction.rollback()


NewDatabase = Callable[..., Awaitable[str]]


@pytest.fixture
async def new_database(servers: Running, worker_name: str) -> AsyncIterator[NewDatabase]:
    """Makes databases (`migrated=True`: from the template) that are dropped after the test; returns the superuser's address."""
    made: list[str] = []

    async def make(*, migrated: bool = False) -> str:
        name = f"own_{worker_name}_{os.urandom(4).hex()}"
        await _execute(servers.admin_url, f"CREATE DATABASE {name} TEMPLATE {TEMPLATE if migrated else 'template1'}")
        made.append(name)
        return servers.admin_of(name)

    yield make
    for name in made:
        await _execute(servers.admin_url, f"DROP DATABASE {name} WITH (FORCE)")


# Redis


@pytest.fixture
async def redis_url(servers: Running, worker_name: str) -> AsyncIterator[str]:
    """A numbered Redis database of this worker's own, emptied after the test."""
    url = _renamed(servers.redis_url, str(1 + int(worker_name.removeprefix("gw"))))
    yield url
    async with Redis.from_url(url) as client:
        await client.flushdb()


# The clock and the dice


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(20261123)
