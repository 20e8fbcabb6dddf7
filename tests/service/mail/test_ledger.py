"""The ledger's own rules: whose a letter is, when it is due, and what a sender may still say about it."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID, uuid4

import asyncpg
import pytest

from service.db import Database
from service.mail import store
from service.mail.model import Kind, Leased
from tests.service.mail.conftest import Deliver, Lapse, Queue, QueueFields, StateOf
from tests.service.mail.neighbors import VAULT, Town, make_resident, make_staff

LEASE_S = 60.0


@pytest.fixture
async def resident(admin: asyncpg.Connection, town: Town, now: datetime) -> UUID:
    return await make_resident(admin, town, now=now, email="ada@example.org")


async def claim(worker_db: Database, token: UUID, now: datetime) -> list[Leased]:
    async with worker_db.transaction() as conn:
        return await store.claim(conn, token=token, batch=20, lease_s=LEASE_S, now=now)


async def begin(worker_db: Database, letter: Leased, token: UUID, now: datetime) -> bool:
    async with worker_db.transaction() as conn:
        return await store.begin(conn, letter, token=token, lease_s=LEASE_S, now=now)


@pytest.fixture(params=["resident", "staff", "address"])
async def reader(request: pytest.FixtureRequest, admin: asyncpg.Connection, town: Town, resident: UUID, now: datetime) -> QueueFields:
    """Somebody of each of the three kinds that a letter goes to, as `queue` names them."""
    if request.param == "staff":
        return {"staff_id": await make_staff(admin, town, now=now, email="desk@example.org"), "kind": "sign_in"}
    return {"resident_id": resident} if request.param == "resident" else {"to_email": "test@example.org"}


async def test_only_who_holds_the_lease_sends_the_letter(worker_db: Database, queue: Queue, reader: QueueFields, now: datetime) -> None:
    await queue(**reader)
    token = uuid4()
    [letter] = await claim(worker_db, token, now)
    assert not await begin(worker_db, letter, uuid4(), now)
    assert await begin(worker_db, letter, token, now)
    assert not await begin(worker_db, letter, token, now), "once"


async def test_a_lease_that_ran_out_sends_nothing(
    worker_db: Database, queue: Queue, reader: QueueFields, now: datetime, lapse: Lapse
) -> None:
    await queue(**reader)
    token = uuid4()
    [letter] = await claim(worker_db, token, now)
    await lapse()
    assert not await begin(worker_db, letter, token, now)


async def test_a_letter_whose_time_is_over_is_not_sent(
    queue: Queue, send: Deliver, reader: QueueFields, now: datetime, state_of: StateOf
) -> None:
    last = now + timedelta(hours=1)
    ends = (QueueFields(give_up_at=last), QueueFields(give_up_at=last + timedelta(seconds=1)))
    late, good = [await queue(**(reader | end)) for end in ends]
    await send(at=last)
    assert (await state_of(late), await state_of(good)) == ("skipped", "sent")


@pytest.mark.parametrize("kind", ["digest", "notice", "link"])
async def test_no_letter_leaves_before_its_time(
    queue: Queue, send: Deliver, resident: UUID, now: datetime, state_of: StateOf, kind: Kind
) -> None:
    due = now + timedelta(hours=2)
    letter = await queue(resident_id=resident, kind=kind, not_before=due)
    await send(at=due - timedelta(seconds=1))
    assert await state_of(letter) == "pending"
    await send(at=due)
    assert await state_of(letter) == "sent"


@pytest.mark.parametrize(("reason", "end"), [("bounced", "skipped"), ("complained", "skipped"), ("stopped", "sent")])
async def test_an_address_that_bounced_or_complained_is_written_to_for_nothing(
    admin: asyncpg.Connection,
    queue: Queue,
    send: Deliver,
    resident: UUID,
    town: Town,
    now: datetime,
    state_of: StateOf,
    reason: str,
    end: str,
) -> None:
    """A stop of the weekly letter keeps back no confirmation, no link and no news of a date that the person holds a seat for."""
    unconfirmed = await make_resident(admin, town, now=now, email="new@example.org")
    await admin.execute("UPDATE resident SET status = 'unconfirmed', confirmed_at = NULL WHERE id = $1", unconfirmed)
    staff = await make_staff(admin, town, now=now, email="desk@example.org")
    for address in ("ada@example.org", "new@example.org", "desk@example.org", "test@example.org"):
        await admin.execute("INSERT INTO suppression VALUES ($1, $2, $3)", VAULT.index(address), reason, now)
    letters = [
        await queue(resident_id=resident, kind="link"),
        await queue(resident_id=unconfirmed, kind="confirm"),
        await queue(resident_id=resident, kind="notice"),
        await queue(staff_id=staff, kind="sign_in"),
        await queue(to_email="test@example.org"),
    ]
    await send()
    assert [await state_of(letter) for letter in letters] == [end] * 5


@pytest.mark.parametrize("kind", ["link", "notice"])
async def test_who_stopped_still_gets_what_they_ask_for_and_news_of_their_dates(
    admin: asyncpg.Connection, queue: Queue, send: Deliver, resident: UUID, now: datetime, state_of: StateOf, kind: Kind
) -> None:
    await admin.execute("UPDATE resident SET status = 'stopped', stopped_at = $1", now)
    letter, other = await queue(resident_id=resident, kind=kind), await queue(resident_id=resident, kind="digest")
    await send()
    assert (await state_of(letter), await state_of(other)) == ("sent", "skipped")


async def test_late_news_that_a_letter_was_taken_is_believed(
    worker_db: Database, queue: Queue, resident: UUID, now: datetime, lapse: Lapse, state_of: StateOf
) -> None:
    letter_id, token = await queue(resident_id=resident), uuid4()
    [letter] = await claim(worker_db, token, now)
    assert await begin(worker_db, letter, token, now)
    await lapse()
    async with worker_db.transaction() as conn:
        assert await store.sweep(conn, lookup_s=60) == 1
    assert await state_of(letter_id) == "ambiguous", "its sender was lost, and nobody knows"
    async with worker_db.transaction() as conn:
        await store.note_sent(conn, letter_id=letter_id, token=token, now=now)
    assert await state_of(letter_id) == "sent"


async def test_letters_of_a_living_sender_stay_with_it(
    worker_db: Database, queue: Queue, resident: UUID, now: datetime, state_of: StateOf
) -> None:
    begun, leased, token = await queue(resident_id=resident), await queue(resident_id=resident), uuid4()
    letters = {letter.id: letter for letter in await claim(worker_db, token, now)}
    assert await begin(worker_db, letters[begun], token, now)
    async with worker_db.transaction() as conn:
        assert await store.sweep(conn, lookup_s=60) == 0
    assert (await state_of(begun), await state_of(leased)) == ("sending", "leased")


async def test_one_sender_at_a_time_asks_what_became_of_a_letter(
    admin: asyncpg.Connection, worker_db: Database, queue: Queue, resident: UUID, now: datetime, lapse: Lapse
) -> None:
    letter_id = await queue(resident_id=resident)
    await admin.execute("UPDATE letter SET state = 'ambiguous', ambiguous_n = 1, lease_until = '-infinity'")
    asked = []
    for _ in range(2):
        async with worker_db.transaction() as conn:
            asked += [doubt.id for doubt in await store.claim_in_doubt(conn, batch=10, lookup_s=60)]
    assert asked == [letter_id]
    await lapse()
    async with worker_db.transaction() as conn:
        assert [doubt.id for doubt in await store.claim_in_doubt(conn, batch=10, lookup_s=60)] == [letter_id]


async def test_the_first_reason_not_to_write_to_an_address_stays(admin: asyncpg.Connection, worker_db: Database, now: datetime) -> None:
    for reason in ("bounced", "complained"):
        async with worker_db.transaction() as conn:
            await store.suppress(conn, email_indexes=[VAULT.index("ada@example.org")], reason=reason, now=now)
    assert [tuple(row) for row in await admin.fetch("SELECT reason FROM suppression")] == [("bounced",)]
