"""What the doctor says of a house that is running."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import asyncpg
import pytest

from service import inside
from service.db import Database
from service.mail import actions
from service.settings import Settings
from tests.service.mail.conftest import HELLO
from tests.service.mail.neighbors import SECRET, VAULT, make_resident, make_town


@pytest.fixture
def house(database_url: str, redis_url: str) -> Settings:
    return Settings(database_url=database_url, redis_url=redis_url, secret_keys=SECRET.decode(), mail_url="smtp://127.0.0.1:1")


async def letter(admin: asyncpg.Connection, worker_db: Database, resident_id: UUID, state: str, now: datetime) -> str:
    async with worker_db.work() as conn:
        id = await actions.queue(conn, kind="notice", contents=HELLO, vault=VAULT, now=now, resident_id=resident_id)
    lease, sent = (now if state == "ambiguous" else None), (now if state == "sent" else None)
    await admin.execute("UPDATE letter SET state = $2, lease_until = $3, sent_at = $4 WHERE id = $1", id, state, lease, sent)
    return id.hex


async def test_a_sound_house_has_no_faults(house: Settings) -> None:
    assert await inside.examine(house) == []


async def test_letters_in_doubt_are_named_one_by_one_and_others_are_not(
    house: Settings, admin: asyncpg.Connection, worker_db: Database, now: datetime
) -> None:
    town = await make_town(admin, now=now)
    who = await make_resident(admin, town, now=now, email="ada@example.org")
    ids = {state: await letter(admin, worker_db, who, state, now) for state in ("ambiguous", "held", "sent", "failed")}
    faults = await inside.examine(house)
    assert len(faults) == 2
    [looked_up] = [fault for fault in faults if ids["ambiguous"] in fault]
    [held] = [fault for fault in faults if ids["held"] in fault]
    assert "being looked up" in looked_up
    assert "never sent again" in held
    assert all(fault.startswith("mail: ") and "ada@" not in fault for fault in faults)


async def test_many_letters_in_doubt_are_counted(house: Settings, admin: asyncpg.Connection, worker_db: Database, now: datetime) -> None:
    town = await make_town(admin, now=now)
    who = await make_resident(admin, town, now=now, email="ada@example.org")
    for _ in range(inside.NAMED + 3):
        await letter(admin, worker_db, who, "held", now)
    faults = await inside.examine(house)
    assert len(faults) == inside.NAMED + 1
    assert faults[-1].startswith("mail: 3 more")
