"""Everything on one machine: the servers, the schema, the API and the worker, started and stopped as one."""

from __future__ import annotations

import asyncio
import fcntl
import os
import secrets
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import msgspec
import uvicorn

from migrations import runner
from service import embedded
from service.clock import Clock
from service.settings import Settings

ADDRESSES = "addresses.json"
Work = Callable[[Settings, Clock, asyncio.Event], Any]


@contextmanager
def servers(settings: Settings) -> Iterator[Settings]:
    """Start what the settings do not point at; the settings with every address filled in. Data stays in `data_dir`."""
    own_postgres, own_redis = not settings.database_url, not settings.redis_url
    with_keys = msgspec.structs.replace(settings, secret_keys=settings.secret_keys or kept_secret(Path(settings.data_dir)))
    if not (own_postgres or own_redis):
        yield msgspec.structs.replace(with_keys, admin_url=settings.admin_url or settings.database_url)
        return
    running = embedded.start(Path(settings.data_dir), postgres=own_postgres, redis=own_redis)
    try:
        yield msgspec.structs.replace(
            with_keys,
            database_url=settings.database_url or running.database_url,
            admin_url=settings.admin_url or settings.database_url or running.admin_url,
            redis_url=settings.redis_url or running.redis_url,
        )
    finally:
        running.stop()


@contextmanager
def joined(settings: Settings, *, migrated: bool = True) -> Iterator[Settings]:
    """The servers that `doorstep up` runs on this data dir, or the same ones started for as long as this lasts."""
    noted = Path(settings.data_dir) / ADDRESSES
    addresses = None if settings.database_url else _living(noted)
    if addresses:
        yield msgspec.structs.replace(settings, **addresses)
        return
    with servers(settings) as complete:
        if migrated:
            asyncio.run(runner.apply(complete.admin_url))
        yield complete


@contextmanager
def noted(settings: Settings) -> Iterator[None]:
    """Leave the addresses where other commands on this machine find them, readable by their owner alone."""
    path = Path(settings.data_dir) / ADDRESSES
    names = ("database_url", "admin_url", "redis_url", "secret_keys", "mail_url", "base_url")
    draft = path.with_suffix(f".{os.getpid()}")
    _write_private(draft, msgspec.json.encode({name: getattr(settings, name) for name in names}))
    with draft.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        draft.rename(path)
        try:
            yield
        finally:
            path.unlink(missing_ok=True)


def _living(path: Path) -> dict[str, str] | None:
    """What stands there, while who wrote it lives: the system drops the lock of a process that was killed."""
    try:
        with path.open("rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return msgspec.json.decode(file.read(), type=dict[str, str])
    except FileNotFoundError:
        pass
    return None


def kept_secret(data_dir: Path) -> str:
    """The key of this machine, made once and readable by its owner alone: without it sealed fields never open again."""
    path = data_dir / "secret_keys"
    if not path.exists():
        data_dir.mkdir(parents=True, exist_ok=True)
        _write_private(path, secrets.token_urlsafe(48).encode())
    return path.read_text().strip()


def _write_private(path: Path, content: bytes) -> None:
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)


@asynccontextmanager
async def whole(settings: Settings, clock: Clock, *, host: str, port: int, work: Work | None) -> AsyncIterator[str]:
    """The address of the API, while it and (if given) the worker run in this process."""
    from service.app import create_app  # a second of pages and matcher that a command beside it has no use for

    await runner.apply(settings.admin_url)
    stop = asyncio.Event()
    server = QuietServer(uvicorn.Config(create_app(settings, clock), host=host, port=port, log_config=None, lifespan="on"))
    tasks = [asyncio.create_task(server.serve(), name="api")]
    if work:
        tasks.append(asyncio.create_task(work(settings, clock, stop), name="worker"))
    try:
        yield await _address(server, tasks[0])
    finally:
        stop.set()
        server.should_exit = True
        await asyncio.gather(*tasks, return_exceptions=True)


class QuietServer(uvicorn.Server):
    """Leaves signals to the main, which has a worker and two servers to stop as well."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def free_port(host: str) -> int:
    """Chosen before anything starts, for letters name it."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
        return port


def address_of(host: str, port: int) -> str:
    """Where a browser on this machine finds a server that listens there; listening everywhere is no address to go to."""
    reached = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104 - a name, nothing listens
    return f"http://{reached}:{port}"


async def _address(server: uvicorn.Server, serving: asyncio.Task[None]) -> str:
    while not server.started:
        if serving.done():
            serving.result()
            raise OSError(f"port {server.config.port} of {server.config.host} is not free: choose another with --port")
        await asyncio.sleep(0.02)
    host, port = server.servers[0].sockets[0].getsockname()[:2]
    return f"http://{host}:{port}"
