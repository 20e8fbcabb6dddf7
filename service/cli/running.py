"""What commands share: settings, the open database, the clock, signals."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from service import settings as settings_room
from service.clock import Clock, clock_starting_at, system_clock
from service.console import say
from service.errors import Broken
from service.settings import ServiceSettings

if TYPE_CHECKING:
    from service.admin import AdminContext
    from service.places.places import Places


def read_settings(data_dir: str | None) -> ServiceSettings:
    given = settings_room.read(os.environ)
    if data_dir:
        given = msgspec.structs.replace(given, data_dir=data_dir)
    if given.mail_url == ServiceSettings().mail_url:
        given = msgspec.structs.replace(given, mail_url=f"file:{Path(given.data_dir) / 'mail'}")
    return given


def shared_settings() -> ServiceSettings:
    """For processes that share servers with others and so must be told where they are. Raises Broken with what is missing."""
    given = read_settings(None)
    missing = {name: "is missing" for name in ("database_url", "redis_url", "secret_keys") if not getattr(given, name)}
    if missing:
        raise Broken("settings", fields={settings_room.PREFIX + name.upper(): fault for name, fault in missing.items()})
    return given


def known_places(data_dir: str | None) -> Places:
    """ZIP codes, and the operator's own. Raises Broken for a file that cannot be used."""
    from service.places.places import open_places

    return open_places(read_settings(data_dir).places_file)


def run_inside(work: Callable[[AdminContext], Coroutine[None, None, object]], data_dir: str | None = None) -> Any:
    """Do a piece of work with the database open; what it gave, as plain values."""
    from service import admin, local_stack

    async def main(settings: ServiceSettings) -> Any:
        async with admin.opened(settings) as admin_context:
            return msgspec.to_builtins(await work(admin_context))

    with local_stack.joined(read_settings(data_dir)) as settings:
        return asyncio.run(main(settings))


def clock_at(now: datetime | None) -> Clock:
    return clock_starting_at(now) if now else system_clock


def stop_on_signal(stop: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)


async def until_stopped(on_enter: Callable[[], Awaitable[None]]) -> None:
    """Wait for Ctrl-C or SIGTERM. Each Enter until then calls `on_enter`, one after the other."""
    stop, pressed = asyncio.Event(), asyncio.Queue[None]()
    stop_on_signal(stop)
    _listen_for_enter(pressed)
    entered = asyncio.create_task(_after_each(pressed, on_enter))
    stopped = asyncio.create_task(stop.wait())
    await asyncio.wait((entered, stopped), return_when=asyncio.FIRST_COMPLETED)
    for task in (entered, stopped):
        task.cancel()
    results = await asyncio.gather(entered, stopped, return_exceptions=True)
    for result in results:
        if isinstance(result, Exception):
            raise result


async def _after_each(pressed: asyncio.Queue[None], on_enter: Callable[[], Awaitable[None]]) -> None:
    while True:
        await pressed.get()
        await on_enter()


def _listen_for_enter(pressed: asyncio.Queue[None]) -> None:
    """Where there is a terminal, or somebody who writes to us; nothing can be heard from a file."""
    loop = asyncio.get_running_loop()

    def read() -> None:
        if os.read(sys.stdin.fileno(), 4096):
            pressed.put_nowait(None)
        else:
            loop.remove_reader(sys.stdin)

    with contextlib.suppress(OSError, ValueError):  # a file, or closed
        loop.add_reader(sys.stdin, read)


@contextmanager
def quiet_end() -> Iterator[None]:
    """Ctrl-C and SIGTERM end what is inside in an orderly way at any moment, its servers too; exit code 130 where it was not finished."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    except (KeyboardInterrupt, asyncio.CancelledError):
        say("Stopped.", error=True)
        sys.exit(130)
    finally:
        signal.signal(signal.SIGTERM, before)
