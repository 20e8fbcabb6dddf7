"""What the tests of letters share."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Protocol, TypedDict, Unpack
from uuid import UUID

import asyncpg
import pytest

from service.db import Database
from service.mail import actions
from service.mail.deliver import Pace, Sender, deliver
from service.mail.model import Content, Kind, Tally
from service.mail.transport import Maildir, Transport
from tests.service.mail.neighbors import VAULT, Town, make_town

FROM = "Doorstep <hello@doorstep.example.org>"
HELLO = {"en": Content(subject="Hello from next door", text="A short hello.\n", html="<p>A short hello.</p>")}
Deliver = Callable[..., Awaitable[Tally]]
StateOf = Callable[[UUID], Awaitable[str]]
Lapse = Callable[[], Awaitable[None]]


class QueueFields(TypedDict, total=False):
    """What a test says of a letter; the rest is a plain notice."""

    kind: Kind
    contents: Mapping[str, Content]
    resident_id: UUID
    staff_id: UUID
    to_email: str
    not_before: datetime
    give_up_at: datetime


class Queue(Protocol):
    async def __call__(self, **fields: Unpack[QueueFields]) -> UUID: ...


@pytest.fixture
async def town(admin: asyncpg.Connection, now: datetime) -> Town:
    return await make_town(admin, now=now)


@pytest.fixture
def maildir(tmp_path: Path) -> Path:
    return tmp_path / "mail"


@pytest.fixture
def queue(worker_db: Database, now: datetime) -> Queue:
    async def put(**fields: Unpack[QueueFields]) -> UUID:
        async with worker_db.transaction() as conn:
            return await actions.queue(conn, **(QueueFields(kind="notice", contents=HELLO) | fields), vault=VAULT, now=now)

    return put


@pytest.fixture
def send(worker_db: Database, maildir: Path, now: datetime) -> Deliver:
    """One round of delivery; into the local mailbox unless a transport is given."""

    async def round_of(transport: Transport | None = None, *, at: datetime = now, pace: Pace | None = None) -> Tally:
        sender = Sender(
            database=worker_db, transport=transport or Maildir(maildir), vault=VAULT, mail_from=FROM, clock=lambda: at, pace=pace or Pace()
        )
        return await deliver(sender, stop=asyncio.Event())

    return round_of


@pytest.fixture
def state_of(admin: asyncpg.Connection) -> StateOf:
    async def look(letter_id: UUID) -> str:
        return str(await admin.fetchval("SELECT state FROM letter WHERE id = $1", letter_id))

    return look


@pytest.fixture
def lapse(admin: asyncpg.Connection) -> Lapse:
    """Every lease runs out at once: they run by the database's clock, and no test waits for it."""

    async def run_out() -> None:
        await admin.execute("UPDATE letter SET lease_until = '-infinity' WHERE lease_until IS NOT NULL")

    return run_out
