"""Calendars fetched by the worker from a real server, one that answers and one that never does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import asyncpg

from service.db import Database
from service.feeds import store
from service.feeds.actions import Fetch
from service.feeds.fetch import FetchLimits, fetch
from service.feeds.places import FeedHome
from service.organizations import actions as organizations
from service.organizations.model import NewOrganization
from service.places.places import Places
from tests.waiting import until
from tests.workers.test_work import settings_for, write
from workers import main
from workers.context import open_context
from workers.import_feeds import import_feeds
from workers.keep_ready import keep_ready

CALENDAR = "\r\n".join(
    [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "BEGIN:VEVENT",
        "UID:yoga",
        "SUMMARY:Chair yoga",
        "DTSTART;TZID=America/New_York:20261201T100000",
        "DURATION:PT1H",
        "RRULE:FREQ=WEEKLY",
        "LOCATION:Elm House",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ]
).encode()


@asynccontextmanager
async def serving(*, silent: bool = False) -> AsyncIterator[tuple[int, list[bytes]]]:
    """The port, and the requests as they come in."""
    asked: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        if silent:
            await reader.read()
        else:
            head = f"HTTP/1.1 200 OK\r\nContent-Type: text/calendar\r\nContent-Length: {len(CALENDAR)}\r\nConnection: close\r\n\r\n"
            writer.write(head.encode() + CALENDAR)
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1], asked
    finally:
        server.close()


def neighborly(port: int, *, total_s: float = 20.0) -> Fetch:
    """The guard, told that this machine is a public one."""
    return partial(fetch, allowed=lambda _: True, limits=FetchLimits(ports=frozenset({port}), total_s=total_s))


async def subscribe(database: Database, port: int, now: datetime) -> None:
    """A feed that is due at `now`."""
    new = NewOrganization(kind="center", slug="elm", name="Elm House", postal_address="1 Elm St", zip="10001")
    async with database.transaction() as conn:
        center = await organizations.create(conn, new=new, places=Places(), now=now)
    home = FeedHome(name=center.name, lat=center.lat, lon=center.lon, zone=center.zone)
    source = f"http://127.0.0.1:{port}/town.ics"
    async with database.transaction(organization_id=center.id) as conn:
        id = await store.put_feed(conn, organization_id=center.id, source=source, format="ics", home=home, now=now)
        await store.note_fetched(conn, organization_id=center.id, id=id, etag=None, last_modified=None, next_fetch_at=now)


async def test_two_workers_fetch_a_calendar_once_and_only_when_it_is_due(
    admin: asyncpg.Connection, worker_db: Database, database_url: str, tmp_path: Path, now: datetime
) -> None:
    async with serving() as (port, asked):
        await subscribe(worker_db, port, now)
        settings = settings_for(database_url, "", tmp_path)
        async with open_context(settings, lambda: now, asyncio.Event(), fetch=neighborly(port)) as context:
            both = await asyncio.gather(import_feeds(context), import_feeds(context))
            assert [outcome.refusal for done in both for outcome in done] == [""]
            assert await import_feeds(context) == []
    assert len(asked) == 1
    assert await admin.fetchval("SELECT count(*) FROM session") == 7  # Tuesdays from December 1 to January 12


async def test_a_calendar_that_hangs_holds_up_no_letter(
    admin: asyncpg.Connection, worker_db: Database, database_url: str, tmp_path: Path, now: datetime
) -> None:
    async with serving(silent=True) as (port, asked):
        await subscribe(worker_db, port, now)
        await write(admin, worker_db, now, "ada")
        stop = asyncio.Event()
        slow = neighborly(port, total_s=10)
        task = asyncio.create_task(main.work(settings_for(database_url, "", tmp_path), lambda: now, stop, fetch=slow))

        async def sent() -> bool:
            return bool(asked) and bool(await admin.fetchval("SELECT state = 'sent' FROM letter"))

        await until(sent)
        assert await admin.fetchval("SELECT failures FROM feed") == 0  # still being waited for
        stop.set()
        await task
    assert await admin.fetchval("SELECT failures FROM feed") == 1


async def test_sessions_are_kept_ready_once_a_day_by_one_worker_and_never_run_out(
    admin: asyncpg.Connection, worker_db: Database, database_url: str, tmp_path: Path, now: datetime
) -> None:
    at = [now]
    async with serving() as (port, _):
        await subscribe(worker_db, port, now)
        async with open_context(
            settings_for(database_url, "", tmp_path), lambda: at[0], asyncio.Event(), fetch=neighborly(port)
        ) as context:
            await import_feeds(context)
            at[0] = now + timedelta(weeks=4)
            done = await asyncio.gather(keep_ready(context), keep_ready(context))
            assert sorted(done, key=lambda count: count is None)[1] is None
            assert await keep_ready(context) is None
            assert await admin.fetchval("SELECT max(starts_at) FROM session") > now + timedelta(weeks=11)
            at[0] += timedelta(days=1)
            assert await keep_ready(context) is not None
