"""A stop and a send that meet: no send begins after the stop was acknowledged, whichever of them came first."""

from __future__ import annotations

import asyncio
from datetime import datetime
from uuid import UUID, uuid4

import asyncpg

from service.db import Database
from service.mail import store
from service.mail.model import Leased
from tests.service.mail.conftest import Queue, StateOf
from tests.service.mail.neighbors import Town, make_resident
from tests.waiting import until_blocked

STOP = "UPDATE resident SET status = 'stopped', stopped_at = now() WHERE id = $1"
LEASE = {"lease_s": 60.0}


async def _leased(worker_db: Database, queue: Queue, resident_id: UUID, now: datetime) -> tuple[Leased, UUID]:
    await queue(resident_id=resident_id, kind="digest")
    token = uuid4()
    async with worker_db.transaction() as conn:
        [letter] = await store.claim(conn, token=token, batch=1, now=now, **LEASE)
    return letter, token


async def test_a_send_waits_for_a_stop_being_written_and_then_does_not_begin(
    admin: asyncpg.Connection, town: Town, queue: Queue, worker_db: Database, db: Database, now: datetime, state_of: StateOf
) -> None:
    resident_id = await make_resident(admin, town, now=now, email="mo@example.org")
    letter, token = await _leased(worker_db, queue, resident_id, now)

    async def begin() -> bool:
        async with worker_db.pool.acquire() as conn:
            return await store.begin(conn, letter, token=token, now=now, **LEASE)

    async with db.transaction(resident_id=resident_id) as stopping:
        await stopping.execute(STOP, resident_id)
        begun = asyncio.create_task(begin())
        await until_blocked(admin, begun)  # the send waits for the stop
    assert await begun is False
    assert await state_of(letter.id) == "leased"


async def test_a_stop_waits_for_a_send_being_committed(
    admin: asyncpg.Connection, town: Town, queue: Queue, worker_db: Database, db: Database, now: datetime, state_of: StateOf
) -> None:
    resident_id = await make_resident(admin, town, now=now, email="ny@example.org")
    letter, token = await _leased(worker_db, queue, resident_id, now)

    async def stop() -> None:
        async with db.transaction(resident_id=resident_id) as conn:
            await conn.execute(STOP, resident_id)

    async with worker_db.transaction() as sending:
        assert await store.begin(sending, letter, token=token, now=now, **LEASE)
        stopped = asyncio.create_task(stop())
        await until_blocked(admin, stopped)  # the stop is acknowledged only after the send has begun for good
    await stopped
    assert await state_of(letter.id) == "sending"
