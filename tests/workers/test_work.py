"""The worker as a whole, with a real Redis and without one."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path

import asyncpg
from structlog.testing import capture_logs

from service.db import Database
from service.jobs import open_bell
from service.mail import actions
from service.matches import actions as matches
from service.settings import ServiceSettings
from tests.service.mail.conftest import HELLO
from tests.service.mail.neighbors import SECRET, VAULT, make_resident, make_session, make_town
from tests.waiting import PATIENCE_S, until
from workers import main


def settings_for(database_url: str, redis_url: str, folder: Path) -> ServiceSettings:
    return ServiceSettings(database_url=database_url, redis_url=redis_url, secret_keys=SECRET.decode(), mail_url=f"file:{folder}")


@asynccontextmanager
async def working(settings: ServiceSettings, now: datetime, *, tick_s: float = main.TICK_S) -> AsyncIterator[asyncio.Event]:
    stop = asyncio.Event()
    task = asyncio.create_task(main.work(settings, lambda: now, stop, tick_s=tick_s))
    try:
        yield stop
    finally:
        stop.set()
        async with asyncio.timeout(PATIENCE_S):
            await task
        gc.collect()  # what it left open is warned of here, and not in some later test


async def write(admin: asyncpg.Connection, worker_db: Database, now: datetime, name: str) -> None:
    town = await make_town(admin, now=now, slug=name)
    resident_id = await make_resident(admin, town, now=now, email=f"{name}@example.org")
    async with worker_db.transaction() as conn:
        await actions.queue(conn, kind="notice", contents=HELLO, vault=VAULT, now=now, resident_id=resident_id)


async def test_letters_leave_without_redis(
    admin: asyncpg.Connection, worker_db: Database, database_url: str, tmp_path: Path, now: datetime
) -> None:
    await write(admin, worker_db, now, "ada")

    async def sent() -> bool:
        return bool(await admin.fetchval("SELECT count(*) = 1 FROM letter WHERE state = 'sent'"))

    async def alive() -> bool:
        return bool(await admin.fetchval("SELECT count(*) = 1 FROM heartbeat"))

    async with working(settings_for(database_url, "", tmp_path), now):
        await until(sent)
        await until(alive)


async def test_a_ring_wakes_the_worker_at_once(
    admin: asyncpg.Connection, worker_db: Database, database_url: str, redis_url: str, tmp_path: Path, now: datetime
) -> None:
    sent = 0

    async def all_sent() -> bool:
        return bool(await admin.fetchval("SELECT count(*) = $1 FROM letter WHERE state = 'sent'", sent))

    await write(admin, worker_db, now, "ada")
    async with working(settings_for(database_url, redis_url, tmp_path), now, tick_s=3600):
        sent += 1
        await until(all_sent)
        await asyncio.sleep(0.5)  # the first look is over; the next one by itself is an hour away
        await write(admin, worker_db, now, "bo")
        bell = await open_bell(redis_url)
        await bell.ring("deliver_letters")
        await bell.close()
        sent += 1
        await until(all_sent)


async def test_a_hundred_rings_and_a_failing_look_harm_nothing(
    admin: asyncpg.Connection, worker_db: Database, database_url: str, redis_url: str, tmp_path: Path, now: datetime
) -> None:
    bell = await open_bell(redis_url)
    for _ in range(100):
        await bell.ring("deliver_letters")
    await write(admin, worker_db, now, "cy")
    (tmp_path / "in_the_way").write_text("a file where the mailbox should be a folder")
    settings = settings_for(database_url, redis_url, tmp_path / "in_the_way")

    async def failed() -> bool:
        return any(line["event"] == "look_failed" for line in lines)

    with capture_logs() as lines:
        async with working(settings, now):
            await until(failed)
            assert await admin.fetchval("SELECT state FROM letter") in ("pending", "leased")
    async with working(settings_for(database_url, redis_url, tmp_path / "mail"), now):
        await until(lambda: _is_sent(admin))
    assert len(list((tmp_path / "mail" / "new").iterdir())) == 1
    await bell.close()


async def _is_sent(admin: asyncpg.Connection) -> bool:
    return bool(await admin.fetchval("SELECT state = 'sent' FROM letter"))


async def test_sign_ups_nobody_confirmed_are_forgotten_after_a_week(
    admin: asyncpg.Connection, database_url: str, tmp_path: Path, now: datetime
) -> None:
    town = await make_town(admin, now=now)
    await make_resident(admin, town, now=now - timedelta(days=8), email="old@example.org", status="unconfirmed", consent=False)
    recent = await make_resident(admin, town, now=now - timedelta(days=6), email="new@example.org", status="unconfirmed", consent=False)
    active = await make_resident(admin, town, now=now - timedelta(days=80), email="in@example.org")

    async def tidied() -> bool:
        return bool(await admin.fetchval("SELECT count(*) = 2 FROM resident"))

    async with working(settings_for(database_url, "", tmp_path), now):
        await until(tidied)
    rows = await admin.fetch("SELECT id FROM resident")
    assert {row["id"] for row in rows} == {recent, active}


async def test_what_a_run_leaves_behind_is_written_also_after_a_crash(
    admin: asyncpg.Connection, worker_db: Database, database_url: str, tmp_path: Path, now: datetime
) -> None:
    town = await make_town(admin, now=now)
    await make_session(admin, town, now=now)
    await make_resident(admin, town, now=now, email="ada@example.org")
    done = await matches.match_week(worker_db, region="riverton", week=now.date(), now=now)  # and here the program fell

    async def written() -> bool:
        return bool(await admin.fetchval("SELECT count(*) = 1 FROM after_match WHERE run_id = $1", done.run_id))

    async with working(settings_for(database_url, "", tmp_path), now):
        await until(written)
    assert await admin.fetchval("SELECT count(*) FROM activity_past") == 1
