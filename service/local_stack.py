"""Everything on one machine: the servers, the schema, the API and the worker, started and stopped as one."""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import os
import secrets
import socket
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import msgspec
import uvicorn

from migrations import runner
from service import embedded
from service.clock import Clock
from service.settings import ServiceSettings

ADDRESSES = "addresses.json"
MACHINE_IDS = (Path("/etc/machine-id"), Path("/var/lib/dbus/machine-id"))
Work = Callable[[ServiceSettings, Clock, asyncio.Event], Coroutine[None, None, None]]


@contextmanager
def servers(settings: ServiceSettings) -> Iterator[ServiceSettings]:
    """Start what the settings do not point at, and start it again when it dies; the settings with every address filled in.

    Data stays in `data_dir`. Raises EmbeddedError where another Doorstep runs on it, or where a server died too often.
    """
    own_postgres, own_redis = not settings.database_url, not settings.redis_url
    with_keys = msgspec.structs.replace(settings, secret_keys=settings.secret_keys or stored_secret(Path(settings.data_dir)))
    if not (own_postgres or own_redis):
        yield msgspec.structs.replace(with_keys, admin_url=settings.admin_url or settings.database_url)
        return
    _refuse_second(Path(settings.data_dir))
    running = embedded.start(Path(settings.data_dir), postgres=own_postgres, redis=own_redis)
    running.supervise()
    try:
        yield msgspec.structs.replace(
            with_keys,
            database_url=settings.database_url or running.database_url,
            admin_url=settings.admin_url or settings.database_url or running.admin_url,
            redis_url=settings.redis_url or running.redis_url,
            sender_arm=settings.sender_arm or (place_of(Path(settings.data_dir)) if own_postgres else ""),
        )
    finally:
        running.stop()


def _refuse_second(data_dir: Path) -> None:
    addresses = _living(data_dir / ADDRESSES)
    if addresses:
        where = addresses.get("base_url", "")
        raise embedded.EmbeddedError(f"Doorstep runs already on {data_dir}, at {where}. Stop it, or name another folder with --data-dir.")


@contextmanager
def joined(settings: ServiceSettings, *, migrated: bool = True) -> Iterator[ServiceSettings]:
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


def running(settings: ServiceSettings) -> ServiceSettings:
    """The settings with the addresses of the `doorstep up` that runs on this data dir, or as they are where none does. Starts nothing."""
    addresses = None if settings.database_url else _living(Path(settings.data_dir) / ADDRESSES)
    return msgspec.structs.replace(settings, **(addresses or {}))


@contextmanager
def noted(settings: ServiceSettings) -> Iterator[None]:
    """Leave the addresses where other commands on this machine find them, readable by their owner alone."""
    path = Path(settings.data_dir) / ADDRESSES
    names = ("database_url", "admin_url", "redis_url", "secret_keys", "mail_url", "mail_from", "base_url", "sender_arm")
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


def stored_secret(data_dir: Path) -> str:
    """The key of this machine, made once and readable by its owner alone: without it sealed fields never open again."""
    path = data_dir / "secret_keys"
    if not path.exists():
        data_dir.mkdir(parents=True, exist_ok=True)
        _write_private(path, secrets.token_urlsafe(48).encode())
    path.chmod(0o600)  # a copied folder may have lost it
    return path.read_text().strip()


def place_of(data_dir: Path) -> str:
    """A fingerprint of this very folder on this machine: a copy has another one, wherever it lies. It is kept nowhere in the folder."""
    status = data_dir.stat()
    machine = next((path.read_text().strip() for path in MACHINE_IDS if path.is_file()), socket.gethostname())
    name = f"{machine} {data_dir.resolve()} {status.st_ino}"
    return hashlib.blake2b(name.encode(), digest_size=16).hexdigest()


def _write_private(path: Path, content: bytes) -> None:
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)


@asynccontextmanager
async def whole(settings: ServiceSettings, clock: Clock, *, listener: socket.socket, work: Work | None) -> AsyncIterator[str]:
    """The address of the API on `listener`, while it and (if given) the worker run in this process."""
    from service.app import create_app  # a second of pages and matcher that a command beside it has no use for

    await runner.apply(settings.admin_url)
    stop = asyncio.Event()
    config = uvicorn.Config(create_app(settings, clock), log_config=None, lifespan="on", forwarded_allow_ips=settings.proxies)
    server = QuietServer(config)
    tasks = [asyncio.create_task(server.serve(sockets=[listener]), name="api")]
    if work:
        tasks.append(asyncio.create_task(work(settings, clock, stop), name="worker"))
    try:
        await _serving(server, tasks[0])
        host, port = listener.getsockname()[:2]
        yield address_of(host, port)
    finally:
        stop.set()
        server.should_exit = True
        await asyncio.gather(*tasks, return_exceptions=True)


class QuietServer(uvicorn.Server):
    """Leaves signals to the main, which has a worker and two servers to stop as well."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@contextmanager
def listening(host: str, port: int) -> Iterator[socket.socket]:
    """A socket that holds the port before anything starts, for letters name it; port 0 takes any free one.

    Raises PortTaken with a sentence where somebody else has it.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
        except OSError as error:
            raise PortTaken(f"Port {port} of {host} cannot be used: {error.strerror}. Choose another one with --port.") from error
        yield listener


class PortTaken(OSError):
    """The message is a sentence for the operator."""


def address_of(host: str, port: int) -> str:
    """Where a browser on this machine finds a server that listens there; listening everywhere is no address to go to."""
    reached = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104 - a name, nothing listens
    return f"http://{reached}:{port}"


async def _serving(server: uvicorn.Server, task: asyncio.Task[None]) -> None:
    while not server.started:
        if task.done():
            task.result()
            raise OSError("the web server did not start")
        await asyncio.sleep(0.02)
