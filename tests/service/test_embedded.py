"""The servers of one machine: they keep data through any crash, and never touch what is not theirs."""

import contextlib
import json
import logging
import os
import pwd
import signal
import stat
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import asyncpg
import pytest
from redis.asyncio import Redis

from service import embedded
from service.embedded import postgres, valkey

REPOSITORY = Path(__file__).resolve().parents[2]
OWNER = """
import json, pathlib, sys, time
from service import embedded
servers = embedded.start(pathlib.Path(sys.argv[1]))
print(json.dumps([servers.database_url, servers.redis_url, servers.pids]), flush=True)
time.sleep(600)
"""


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """A folder the servers' user can reach; whatever still runs there afterwards is stopped."""
    with tempfile.TemporaryDirectory(prefix="doorstep-embedded-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o711)
        path = Path(folder) / "var"
        yield path
        if path.exists():
            embedded.stop(path)


@contextlib.contextmanager
def running(data_dir: Path) -> Iterator[embedded.Servers]:
    servers = embedded.start(data_dir)
    try:
        yield servers
    finally:
        servers.stop()


def owner_process(data_dir: Path) -> tuple["subprocess.Popen[bytes]", str, str, list[int]]:
    """A process of its own that starts the servers and waits to be killed."""
    process = subprocess.Popen([sys.executable, "-c", OWNER, str(data_dir)], cwd=REPOSITORY, stdout=subprocess.PIPE)
    assert process.stdout
    database_url, redis_url, pids = json.loads(process.stdout.readline())
    process.stdout.close()
    return process, database_url, redis_url, pids


async def ask(url: str, sql: str) -> object:
    conn = await asyncpg.connect(url)
    try:
        return await conn.fetchval(sql)
    finally:
        await conn.close()


def client(redis_url: str) -> Redis:
    redis: Redis = Redis.from_url(redis_url)
    return redis


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


async def test_what_was_committed_survives_a_kill_of_owner_and_servers(data_dir: Path) -> None:
    with running(data_dir) as servers:
        await ask(servers.admin_url, "CREATE TABLE note (word text)")
        await ask(servers.admin_url, f"GRANT ALL ON note TO {postgres.LOGIN}")
    for round_ in range(3):
        owner, database_url, redis_url, pids = owner_process(data_dir)
        await ask(database_url, f"INSERT INTO note VALUES ('round {round_}')")
        async with client(redis_url) as redis:
            await redis.set(f"round {round_}", "reached")
        for pid in (owner.pid, *pids):
            os.kill(pid, signal.SIGKILL)
        owner.wait()
    with running(data_dir) as servers:
        assert await ask(servers.database_url, "SELECT array_agg(word ORDER BY word) FROM note") == ["round 0", "round 1", "round 2"]
        async with client(servers.redis_url) as redis:
            assert [await redis.get(f"round {round_}") for round_ in range(3)] == [b"reached"] * 3


async def test_servers_that_outlived_their_owner_are_stopped_and_started_again(data_dir: Path) -> None:
    owner, _, redis_url, pids = owner_process(data_dir)
    async with client(redis_url) as redis:
        await redis.set("kept", "yes")
    owner.kill()
    owner.wait()
    assert all(alive(pid) for pid in pids)
    with running(data_dir) as servers:
        assert not any(alive(pid) for pid in pids)
        assert await ask(servers.database_url, "SELECT 1") == 1
        async with client(servers.redis_url) as redis:
            assert await redis.get("kept") == b"yes"


async def test_a_stranger_with_a_stale_number_is_neither_killed_nor_believed(data_dir: Path) -> None:
    owner, _, _, pids = owner_process(data_dir)
    for pid in (owner.pid, *pids):
        os.kill(pid, signal.SIGKILL)
    owner.wait()
    with a_stranger(data_dir) as stranger:
        for name in ("postgres/postmaster.pid", "valkey/valkey.pid"):
            path = data_dir / name
            lines = path.read_text().splitlines()
            path.write_text("\n".join([str(stranger.pid), *lines[1:]]) + "\n")
        with running(data_dir) as servers:
            assert await ask(servers.database_url, "SELECT 1") == 1
            assert stranger.poll() is None
        (data_dir / "postgres/postmaster.pid").write_text(f"{stranger.pid}\n")
        embedded.stop(data_dir)
        assert stranger.poll() is None


@contextlib.contextmanager
def a_stranger(data_dir: Path) -> "Iterator[subprocess.Popen[bytes]]":
    """A process of the very user whose servers use `data_dir`."""
    owner = (data_dir / "postgres").stat().st_uid
    process = subprocess.Popen(["sleep", "600"], cwd="/", user=owner if os.geteuid() == 0 else None)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


async def test_two_neighbors_run_side_by_side(data_dir: Path) -> None:
    with running(data_dir / "one") as one, running(data_dir / "two") as two:
        assert len({one.database_url.rpartition("@")[2], two.database_url.rpartition("@")[2]}) == 2
        assert await ask(one.database_url, "SELECT 1") == await ask(two.database_url, "SELECT 1")


def test_a_second_owner_of_the_same_folder_is_refused(data_dir: Path) -> None:
    with running(data_dir) as servers:
        with pytest.raises(embedded.EmbeddedError, match="another Doorstep is using"):
            embedded.start(data_dir)
        assert all(alive(pid) for pid in servers.pids)


async def test_nobody_comes_in_without_the_password(data_dir: Path) -> None:
    with running(data_dir) as servers:
        for url in (servers.database_url, servers.admin_url):
            head, _, tail = url.partition("://")
            name, _, address = tail.partition(":")
            with pytest.raises(asyncpg.InvalidPasswordError):
                await asyncpg.connect(f"{head}://{name}:guess@{address.partition('@')[2]}")
        async with client("redis://" + servers.redis_url.partition("@")[2]) as redis:
            with pytest.raises(Exception, match=r"NOAUTH|Authentication"):
                await redis.get("anything")
        first = (servers.database_url.partition("@")[0], servers.redis_url.partition("@")[0])
    path = data_dir / "passwords.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with running(data_dir) as servers:
        assert (servers.database_url.partition("@")[0], servers.redis_url.partition("@")[0]) == first


async def test_the_plain_login_may_do_nothing_by_itself(data_dir: Path) -> None:
    with running(data_dir) as servers:
        mighty = "SELECT rolsuper OR rolbypassrls OR rolinherit OR rolcreaterole OR rolcreatedb FROM pg_roles WHERE rolname = current_user"
        assert await ask(servers.database_url, mighty) is False
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await ask(servers.database_url, "CREATE TABLE mine (a int)")


async def test_postgres_keeps_its_promises_and_listens_to_this_machine_only(data_dir: Path) -> None:
    with running(data_dir) as servers:
        shown = {
            name: await ask(servers.database_url, f"SHOW {name}")
            for name in ("fsync", "synchronous_commit", "full_page_writes", "listen_addresses", "server_encoding", "password_encryption")
        }
        assert shown == {
            "fsync": "on",
            "synchronous_commit": "on",
            "full_page_writes": "on",
            "listen_addresses": "127.0.0.1",
            "server_encoding": "UTF8",
            "password_encryption": "scram-sha-256",
        }
        assert await ask(servers.database_url, "SELECT datlocale FROM pg_database WHERE datname = current_database()") == "C.UTF-8"
        assert int(str(await ask(servers.database_url, "SHOW max_connections"))) >= 120


async def test_valkey_writes_everything_down_and_forgets_nothing_when_full(data_dir: Path) -> None:
    with running(data_dir) as servers:
        async with client(servers.redis_url) as redis:
            promised = {"appendonly": "yes", "save": "", "maxmemory-policy": "noeviction", "bind": "127.0.0.1"}
            assert {name: (await redis.config_get(name))[name] for name in promised} == promised


def test_a_clean_stop_needs_no_recovery(data_dir: Path) -> None:
    with running(data_dir) as servers:
        pids = servers.pids
    assert not any(alive(pid) for pid in pids)
    servers.stop()  # a second time changes nothing
    with running(data_dir):
        pass
    assert "not properly shut down" not in (data_dir / "postgres.log").read_text()


def test_a_first_start_cut_short_leaves_nothing_in_the_way(data_dir: Path) -> None:
    data_dir.mkdir()
    half = data_dir / "new-half" / "cluster"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    with running(data_dir):
        assert not half.exists()


def test_servers_never_run_as_root_and_no_folder_is_opened_for_them(data_dir: Path, caplog: pytest.LogCaptureFixture) -> None:
    private = data_dir / "private"
    private.mkdir(parents=True, mode=0o700)
    deep = private / "deep"
    before = [stat.S_IMODE(folder.stat().st_mode) for folder in (private, data_dir, data_dir.parent)]
    with caplog.at_level(logging.WARNING), running(deep) as servers:
        users = {Path(f"/proc/{pid}").stat().st_uid for pid in servers.pids}
        home = servers.home
    try:
        assert 0 not in users
        assert before == [stat.S_IMODE(folder.stat().st_mode) for folder in (private, data_dir, data_dir.parent)]
        if os.geteuid() == 0:
            assert not home.is_relative_to(private)
            assert str(home) in caplog.text
        with running(deep) as again:
            assert again.home == home
    finally:
        if not home.is_relative_to(data_dir):
            subprocess.run(["rm", "-r", str(home)], check=True)


def test_an_ordinary_user_runs_it_too(data_dir: Path) -> None:
    programs = {"DOORSTEP_PG_BIN": postgres.programs(), "DOORSTEP_VALKEY_BIN": valkey.program()}
    environment = {name: public(program, data_dir.parent / "programs") for name, program in programs.items()}

    def as_that_user() -> None:
        os.environ.update(environment, HOME=str(data_dir))
        with running(data_dir) as servers:
            assert {Path(f"/proc/{pid}").stat().st_uid for pid in servers.pids} == {os.geteuid()}
            assert servers.home == data_dir

    data_dir.mkdir()
    nobody = pwd.getpwnam("nobody")
    if os.geteuid() == 0:
        os.chown(data_dir, nobody.pw_uid, nobody.pw_gid)
    assert forked(as_that_user, nobody.pw_uid if os.geteuid() == 0 else os.geteuid()) == 0


def public(program: Path, copies: Path) -> str:
    """The program, or a copy where it lies in somebody's private folder, as a virtual environment may."""
    if all(folder.stat().st_mode & stat.S_IXOTH for folder in program.resolve().parents):
        return str(program)
    package = next(folder for folder in program.parents if folder.parent.name in ("site-packages", "lib", "bin"))
    copies.mkdir(exist_ok=True)
    for folder in (package, package.with_name(package.name + ".libs")):
        if folder.exists():
            subprocess.run(["cp", "-r", str(folder), str(copies)], check=True)
    subprocess.run(["chmod", "-R", "a+rX", str(copies)], check=True)
    return str(copies / program.relative_to(package.parent))


def forked(work: Callable[[], None], uid: int) -> int:
    """Run `work` in a child process of another user; its exit code, 0 when nothing was raised."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    try:
        if os.geteuid() != uid:
            os.setgroups([])
            os.setuid(uid)
        work()
        os._exit(0)
    except BaseException:
        traceback.print_exc()
    os._exit(1)
