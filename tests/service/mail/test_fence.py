"""One copy of the data sends letters; a copied folder, a restored dump or a cloned volume sends none until it is armed."""

import asyncio
import subprocess
import tempfile
from datetime import datetime
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest

from migrations import runner
from service import local_stack
from service.db import Database, open_database
from service.errors import NotArmed
from service.mail import fence
from service.mail.deliver import Sender, deliver
from service.mail.fence import Armed
from service.mail.model import Tally
from service.mail.transport import Maildir
from service.settings import ServiceSettings
from tests.service.mail.conftest import FROM, Queue, StateOf
from tests.service.mail.neighbors import VAULT, Town, make_resident


@pytest.fixture
async def neighbor(admin: asyncpg.Connection, town: Town, now: datetime, queue: Queue) -> UUID:
    return await make_resident(admin, town, now=now, email="ada@example.org")


async def send_from(database: Database, place: str, folder: Path, now: datetime) -> Tally:
    sender = Sender(database=database, transport=Maildir(folder), vault=VAULT, mail_from=FROM, clock=lambda: now, place=place)
    return await deliver(sender, stop=asyncio.Event())


async def arm(database: Database, place: str, now: datetime, *, send_waiting: bool = False) -> Armed:
    async with database.transaction() as conn:
        return await fence.arm(conn, place=place, send_waiting=send_waiting, now=now)


async def test_the_first_sender_is_armed_and_stays_so(
    worker_db: Database, neighbor: UUID, queue: Queue, maildir: Path, now: datetime
) -> None:
    for _ in range(3):
        await queue(resident_id=neighbor)
        assert (await send_from(worker_db, "here", maildir, now)).sent == 1


async def test_a_copy_sends_nothing_until_it_is_armed_and_then_holds_what_waited(
    worker_db: Database, neighbor: UUID, queue: Queue, maildir: Path, now: datetime, state_of: StateOf
) -> None:
    await queue(resident_id=neighbor)
    await send_from(worker_db, "here", maildir, now)
    waiting = await queue(resident_id=neighbor)
    with pytest.raises(NotArmed):
        await send_from(worker_db, "a copy", maildir, now)
    assert await state_of(waiting) == "pending"
    assert await arm(worker_db, "a copy", now) == Armed(held=1)
    later = await queue(resident_id=neighbor)
    assert (await send_from(worker_db, "a copy", maildir, now)).sent == 1
    assert (await state_of(waiting), await state_of(later)) == ("held", "sent")
    with pytest.raises(NotArmed):
        await send_from(worker_db, "here", maildir, now)
    assert await arm(worker_db, "a copy", now, send_waiting=True) == Armed(released=1)
    assert (await send_from(worker_db, "a copy", maildir, now)).sent == 1


@pytest.mark.parametrize("column", ["system_identifier = '1'", "timeline_id = timeline_id + 1"])
async def test_a_restored_database_sends_nothing(
    admin: asyncpg.Connection, worker_db: Database, neighbor: UUID, queue: Queue, maildir: Path, now: datetime, column: str
) -> None:
    """The row travels with a dump; the cluster that it names does not."""
    await queue(resident_id=neighbor)
    await send_from(worker_db, "here", maildir, now)
    await queue(resident_id=neighbor)
    await admin.execute(f"UPDATE sender_fence SET {column}")
    with pytest.raises(NotArmed):
        await send_from(worker_db, "here", maildir, now)


async def test_data_that_sent_before_are_armed_by_nobody_but_an_operator(
    admin: asyncpg.Connection, worker_db: Database, neighbor: UUID, queue: Queue, maildir: Path, now: datetime
) -> None:
    await queue(resident_id=neighbor)
    await send_from(worker_db, "here", maildir, now)
    await admin.execute("DELETE FROM sender_fence")
    with pytest.raises(NotArmed):
        await send_from(worker_db, "here", maildir, now)


async def test_of_two_first_senders_one_is_armed(worker_db: Database, neighbor: UUID, queue: Queue, maildir: Path, now: datetime) -> None:
    for _ in range(6):
        await queue(resident_id=neighbor)
    rounds = [send_from(worker_db, place, maildir, now) for place in ("here", "there")]
    ends = await asyncio.gather(*rounds, return_exceptions=True)
    assert [type(end) for end in ends].count(NotArmed) == 1
    assert sum(end.sent for end in ends if isinstance(end, Tally)) == 6


def test_a_copied_folder_is_another_place(now: datetime) -> None:
    with tempfile.TemporaryDirectory(prefix="doorstep-tests-") as parent:
        Path(parent).chmod(0o711)  # the servers' user passes through, so the data stay in the folder
        original, copy = Path(parent) / "original", Path(parent) / "copy"
        send_first(original, now)
        send_first(original, now)
        subprocess.run(["cp", "-a", str(original), str(copy)], check=True)
        with pytest.raises(NotArmed):
            send_first(copy, now)


def send_first(folder: Path, now: datetime) -> None:
    """What a sender does before it takes a letter, on servers of the folder's own."""

    async def pass_the_fence(settings: ServiceSettings) -> None:
        await runner.apply(settings.admin_url)
        database = await open_database(settings.database_url, role="doorstep_worker", size=1)
        try:
            async with database.transaction() as conn:
                await fence.check(conn, place=settings.sender_arm, now=now)
        finally:
            await database.close()

    with local_stack.servers(ServiceSettings(data_dir=str(folder))) as settings:
        asyncio.run(pass_the_fence(settings))
