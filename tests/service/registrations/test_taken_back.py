"""A call-off is taken back within ten minutes as if nothing had been, and no other way leads back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg
import pytest

from service.centers import changes
from service.db import Database
from service.errors import Gone
from service.mail.letter_context import LetterContext
from service.registrations import actions, schedule
from service.registrations.passing_on import pass_seats_on
from service.registrations.receipts import write_receipts
from service.tokens import Tokens
from tests.service.mail.conftest import Deliver
from tests.service.mail.neighbors import SECRET, VAULT, Date, Town, make_resident, make_session, make_town

LETTERS = LetterContext(vault=VAULT, tokens=Tokens([SECRET]), base_url="https://doorstep.example.org", humane=False)
MINUTE = timedelta(minutes=1)
CallOff = Callable[..., Awaitable[int]]
TakeBack = Callable[..., Awaitable[None]]


@pytest.fixture
async def town(admin: asyncpg.Connection, now: datetime) -> Town:
    return await make_town(admin, now=now)


@pytest.fixture
async def date(admin: asyncpg.Connection, town: Town, now: datetime) -> Date:
    """At the hour that its activity gives."""
    made = await make_session(admin, town, now=now, capacity=2)
    await admin.execute("UPDATE session SET original_local = starts_at AT TIME ZONE zone")
    await admin.execute("UPDATE activity AS a SET starts_at_local = s.original_local FROM session AS s WHERE s.activity_id = a.id")
    return made


@pytest.fixture
async def people(admin: asyncpg.Connection, db: Database, worker_db: Database, town: Town, date: Date, now: datetime) -> list[UUID]:
    """The first has a seat, the second is offered one, the third and the fourth wait in this order."""
    everybody = [await make_resident(admin, town, now=now, email=f"n{n}@residents.example.org") for n in range(5)]
    for n, person in enumerate(everybody):
        await answer(db, date, person, now + n * MINUTE / 5)
    async with db.transaction(resident_id=everybody[1]) as conn:
        await actions.undo(conn, session_id=date.id, resident_id=everybody[1], now=now + MINUTE)
    await pass_seats_on(worker_db, LETTERS, now=now + MINUTE)
    await write_receipts(worker_db, LETTERS, now=now + 3 * MINUTE)
    await admin.execute("DELETE FROM letter")
    return [everybody[0], everybody[2], everybody[3], everybody[4]]


@pytest.fixture(params=["one date", "the whole activity"])
def door(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def call_off(db: Database, town: Town, date: Date, door: str) -> CallOff:
    async def press(at: datetime) -> int:
        async with db.transaction(organization_id=town.center_id) as conn:
            if door == "one date":
                return await changes.call_off(conn, organization_id=town.center_id, session_id=date.id, vault=VAULT, now=at)
            return await changes.call_off_all(conn, organization_id=town.center_id, id=date.activity_id, vault=VAULT, now=at)

    return press


@pytest.fixture
def take_back(db: Database, town: Town, date: Date, door: str) -> TakeBack:
    async def press(at: datetime) -> None:
        async with db.transaction(organization_id=town.center_id) as conn:
            if door == "one date":
                await changes.restore(conn, organization_id=town.center_id, session_id=date.id, vault=VAULT, now=at)
            else:
                await changes.restore_all(conn, organization_id=town.center_id, id=date.activity_id, vault=VAULT, now=at)

    return press


async def answer(db: Database, date: Date, person: UUID, at: datetime) -> None:
    async with db.transaction(resident_id=person) as conn:
        await actions.accept(conn, session_id=date.id, resident_id=person, now=at)


async def standing(admin: asyncpg.Connection) -> list[tuple[object, ...]]:
    """All that people have: seats, offers and places in the order, what was written of them, and the date itself."""
    queries = (
        "SELECT resident_id, state, party, waiting_since, offer_until FROM registration ORDER BY 1",
        "SELECT resident_id, state, party, written_at FROM seat_letter ORDER BY 1",
        "SELECT state, starts_at, ends_at, zone, original_local, cancel_reason FROM session",
        "SELECT capacity, taken FROM seats",
        "SELECT status, excluded FROM activity",
    )
    return [tuple(row) for query in queries for row in await admin.fetch(query)]


async def states(admin: asyncpg.Connection, people: list[UUID]) -> list[str]:
    rows = {row["resident_id"]: row["state"] for row in await admin.fetch("SELECT resident_id, state FROM registration")}
    return [rows[person] for person in people]


async def test_a_call_off_that_is_taken_back_leaves_no_trace_and_no_letter(
    admin: asyncpg.Connection, people: list[UUID], call_off: CallOff, take_back: TakeBack, send: Deliver, now: datetime
) -> None:
    assert await states(admin, people) == ["confirmed", "offered", "waiting", "waiting"]
    before = await standing(admin)
    at = now + timedelta(hours=1)
    for _ in range(2):
        assert await call_off(at) == 4
        assert await states(admin, people) == ["cancelled"] * 4
        for _ in range(2):  # pressed twice, it is the same
            await take_back(at + 9 * MINUTE)
        assert await standing(admin) == before
    await send(at=at + timedelta(hours=1))
    assert await admin.fetchval("SELECT count(*) FROM letter") == 0


async def test_after_ten_minutes_the_letters_leave_and_nothing_is_taken_back(
    admin: asyncpg.Connection, people: list[UUID], call_off: CallOff, take_back: TakeBack, send: Deliver, now: datetime
) -> None:
    at = now + timedelta(hours=1)
    await call_off(at)
    await send(at=at + 10 * MINUTE - timedelta(seconds=1))
    assert await admin.fetchval("SELECT count(*) FROM letter WHERE state = 'sent'") == 0
    await send(at=at + 10 * MINUTE)
    assert await admin.fetchval("SELECT count(*) FROM letter WHERE state = 'sent'") == 4
    with pytest.raises(Gone, match="call_off_written"):
        await take_back(at + 10 * MINUTE)
    assert await states(admin, people) == ["cancelled"] * 4


@pytest.mark.usefixtures("people")
async def test_where_one_letter_has_left_nothing_is_taken_back(
    admin: asyncpg.Connection, call_off: CallOff, take_back: TakeBack, now: datetime
) -> None:
    """A sender whose clock is ahead of ours was quicker."""
    await call_off(now + timedelta(hours=1))
    await admin.execute("UPDATE letter SET state = 'sent', sent_at = now() WHERE id = (SELECT min(id::text)::uuid FROM letter)")
    with pytest.raises(Gone, match="call_off_written"):
        await take_back(now + timedelta(hours=1))
    assert await admin.fetchval("SELECT state FROM session") == "cancelled"


@pytest.mark.usefixtures("people")
async def test_of_a_date_within_two_hours_the_letters_leave_at_once(
    admin: asyncpg.Connection, date: Date, call_off: CallOff, take_back: TakeBack, send: Deliver, now: datetime
) -> None:
    at = await admin.fetchval("SELECT starts_at FROM session WHERE id = $1", date.id) - timedelta(hours=2)
    await call_off(at)
    await send(at=at)
    assert await admin.fetchval("SELECT count(*) FROM letter WHERE state = 'sent'") == 4
    with pytest.raises(Gone, match="call_off_written"):
        await take_back(at)


async def test_an_offer_that_ran_out_meanwhile_passes_on(
    admin: asyncpg.Connection, worker_db: Database, people: list[UUID], call_off: CallOff, take_back: TakeBack
) -> None:
    until = await admin.fetchval("SELECT offer_until FROM registration WHERE state = 'offered'")
    await call_off(until - MINUTE)
    await pass_seats_on(worker_db, LETTERS, now=until + MINUTE)
    await take_back(until + 2 * MINUTE)
    assert await states(admin, people) == ["confirmed", "offered", "waiting", "waiting"]
    await pass_seats_on(worker_db, LETTERS, now=until + 3 * MINUTE)
    assert await states(admin, people) == ["confirmed", "expired", "offered", "waiting"]


async def test_whoever_says_no_to_a_date_that_is_called_off_does_not_get_it_back(
    admin: asyncpg.Connection, db: Database, worker_db: Database, date: Date, people: list[UUID], call_off: CallOff,
    take_back: TakeBack, now: datetime,
) -> None:  # fmt: skip
    at = now + timedelta(hours=1)
    await call_off(at)
    async with db.transaction(resident_id=people[0]) as conn:
        await actions.decline(conn, session_id=date.id, resident_id=people[0], now=at + MINUTE)
    await take_back(at + 2 * MINUTE)
    assert await states(admin, people) == ["cancelled", "offered", "waiting", "waiting"]
    assert await admin.fetchval("SELECT taken FROM seats") == 1
    assert await write_receipts(worker_db, LETTERS, now=at + 4 * MINUTE) == 1  # of the seat that they gave back


async def test_seats_return_also_where_their_activity_has_fewer_by_now(
    admin: asyncpg.Connection, people: list[UUID], call_off: CallOff, take_back: TakeBack, now: datetime
) -> None:
    at = now + timedelta(hours=1)
    await call_off(at)
    await admin.execute("UPDATE activity SET capacity = 1")
    await take_back(at + MINUTE)
    assert await states(admin, people) == ["confirmed", "offered", "waiting", "waiting"]
    assert tuple(await admin.fetchrow("SELECT capacity, taken FROM seats") or ()) == (2, 2)


async def test_the_database_refuses_every_other_way_back_to_an_offer(
    admin: asyncpg.Connection, db: Database, town: Town, people: list[UUID], call_off: CallOff, now: datetime
) -> None:
    """An offer comes from the waiting order, or from an offer that a call-off ended."""
    await call_off(now + timedelta(hours=1))
    waited, confirmed = people[2], people[0]
    for person, wrong in (
        (waited, "state = 'offered', offer_until = now(), called_off_from = NULL"),
        (confirmed, "state = 'offered', offer_until = now(), called_off_from = NULL"),
        (waited, "called_off_from = 'offered'"),
    ):
        async with db.transaction(organization_id=town.center_id) as conn:
            with pytest.raises(asyncpg.CheckViolationError):
                async with conn.transaction():
                    await conn.execute(f"UPDATE registration SET {wrong} WHERE resident_id = $1", person)


async def test_dates_that_people_know_to_be_off_stay_off_when_their_activity_returns(
    admin: asyncpg.Connection, db: Database, worker_db: Database, town: Town, send: Deliver, now: datetime
) -> None:
    """A weekly series: the first date begins within two hours, so its letter leaves at once."""
    near = await make_session(admin, town, now=now, capacity=2)
    starts = now + timedelta(hours=1)
    await admin.execute(
        "UPDATE activity SET rrule = 'FREQ=WEEKLY', starts_at_local = $2::timestamptz AT TIME ZONE zone WHERE id = $1",
        near.activity_id, starts,
    )  # fmt: skip
    await admin.execute("DELETE FROM session")
    async with worker_db.transaction() as conn:
        await schedule.keep_all_ready(conn, vault=VAULT, now=now)
    first, second = (row["id"] for row in await admin.fetch("SELECT id FROM session ORDER BY starts_at LIMIT 2"))
    person = await make_resident(admin, town, now=now, email="n@residents.example.org")
    for session_id in (first, second):
        async with db.transaction(resident_id=person) as conn:
            await actions.accept(conn, session_id=session_id, resident_id=person, now=now)
    await send(at=now)
    sent = await admin.fetchval("SELECT count(*) FROM letter WHERE state = 'sent'")
    async with db.transaction(organization_id=town.center_id) as conn:
        assert await changes.call_off_all(conn, organization_id=town.center_id, id=near.activity_id, vault=VAULT, now=now) == 2
    await send(at=now)
    assert await admin.fetchval("SELECT count(*) FROM letter WHERE state = 'sent'") == sent + 1
    async with db.transaction(organization_id=town.center_id) as conn:
        still_off = await changes.restore_all(conn, organization_id=town.center_id, id=near.activity_id, vault=VAULT, now=now + MINUTE)
    assert still_off == 1
    rows = await admin.fetch(
        "SELECT s.state, g.state AS seat FROM session AS s LEFT JOIN registration AS g ON g.session_id = s.id ORDER BY s.starts_at"
    )
    assert [(row["state"], row["seat"]) for row in rows[:2]] == [("cancelled", "cancelled"), ("scheduled", "confirmed")]
    assert all(row["state"] == "scheduled" for row in rows[2:])
    assert await admin.fetchval("SELECT status FROM activity WHERE id = $1", near.activity_id) == "published"


async def test_a_draft_is_called_off_for_good(admin: asyncpg.Connection, db: Database, town: Town, now: datetime) -> None:
    draft = await make_session(admin, town, now=now)
    await admin.execute("UPDATE activity SET status = 'draft' WHERE id = $1", draft.activity_id)
    async with db.transaction(organization_id=town.center_id) as conn:
        await changes.call_off_all(conn, organization_id=town.center_id, id=draft.activity_id, vault=VAULT, now=now)
    with pytest.raises(Gone, match="call_off_written"):
        async with db.transaction(organization_id=town.center_id) as conn:
            await changes.restore_all(conn, organization_id=town.center_id, id=draft.activity_id, vault=VAULT, now=now)
    assert await admin.fetchval("SELECT status FROM activity WHERE id = $1", draft.activity_id) == "cancelled"
