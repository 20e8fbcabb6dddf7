"""Who came: each step between confirmed, attended and missed, each refusal, and people who came without a seat."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import asyncpg
import pytest

from service.db import Database
from service.errors import Conflict, Missing
from service.registrations import actions, attendance, store
from service.registrations.model import WalkIn
from tests.rows import first_row
from tests.service.mail.neighbors import Date, Town, make_resident, make_session, make_town

MARKS: dict[str, Callable[..., Awaitable[object]]] = {
    "attended": attendance.mark_attended,
    "missed": attendance.mark_missed,
    "confirmed": attendance.take_back,
}
BEGINS_IN = timedelta(days=2)
NO_SEAT = ("waiting", "offered", "declined", "expired", "cancelled")


@pytest.fixture
async def town(admin: asyncpg.Connection, now: datetime) -> Town:
    return await make_town(admin, now=now)


@pytest.fixture
async def elsewhere(admin: asyncpg.Connection, now: datetime) -> Town:
    return await make_town(admin, now=now, slug="hillside")


@pytest.fixture
async def date(admin: asyncpg.Connection, town: Town, now: datetime) -> Date:
    return await make_session(admin, town, now=now, capacity=5, starts_in=BEGINS_IN)


@pytest.fixture
async def guest(db: Database, admin: asyncpg.Connection, town: Town, date: Date, now: datetime) -> UUID:
    """A neighbor who said yes for two."""
    resident_id = await make_resident(admin, town, now=now, email="ada@example.org", party=2)
    async with db.transaction(resident_id=resident_id) as conn:
        await actions.accept(conn, session_id=date.id, resident_id=resident_id, now=now)
    return resident_id


@pytest.fixture
def at(now: datetime) -> datetime:
    """When the date begins."""
    return now + BEGINS_IN


async def handle_of(admin: asyncpg.Connection, date: Date, guest: UUID) -> UUID:
    handle: UUID = await admin.fetchval("SELECT handle FROM registration WHERE session_id = $1 AND resident_id = $2", date.id, guest)
    return handle


async def mark(db: Database, admin: asyncpg.Connection, town: Town, date: Date, guest: UUID, state: str, at: datetime) -> None:
    await send(db, town, date, await handle_of(admin, date, guest), state, at)


async def send(db: Database, town: Town, date: Date, handle: UUID, state: str, at: datetime) -> None:
    async with db.transaction(organization_id=town.center_id) as conn:
        await MARKS[state](conn, session_id=date.id, handle=handle, now=at)


async def standing(admin: asyncpg.Connection, guest: UUID) -> tuple[str, str, int]:
    """State of the seat, what the matcher learns, and the seats taken."""
    row = await admin.fetchrow(
        "SELECT r.state, x.answer, q.taken FROM registration AS r JOIN seats AS q USING (session_id)"
        " JOIN pseudonym AS n USING (resident_id) JOIN answer AS x ON x.matcher_id = n.matcher_id AND x.session_id = r.session_id"
        " WHERE r.resident_id = $1",
        guest,
    )
    assert row
    return row["state"], row["answer"], row["taken"]


async def history(admin: asyncpg.Connection) -> list[tuple[str, str, str]]:
    rows = await admin.fetch("SELECT state, actor, reason FROM registration_change ORDER BY id")
    return [(row["state"], row["actor"], row["reason"]) for row in rows]


async def everything(admin: asyncpg.Connection) -> list[asyncpg.Record]:
    tables = ("registration", "registration_change", "answer", "seats", "walk_in")
    return [row for table in tables for row in await admin.fetch(f"SELECT * FROM {table} ORDER BY 1, 2")]


@pytest.mark.parametrize(("state", "reason"), [("attended", "came"), ("missed", "did_not_come")])
async def test_what_the_center_notes_is_stored_and_teaches_the_next_week(
    db: Database, admin: asyncpg.Connection, town: Town, date: Date, guest: UUID, at: datetime, state: str, reason: str
) -> None:
    await mark(db, admin, town, date, guest, state, at)
    assert await standing(admin, guest) == (state, state, 2)
    assert await history(admin) == [("confirmed", "resident", "yes"), (state, "staff", reason)]
    assert await admin.fetchval("SELECT at FROM answer") == at


@pytest.mark.parametrize("state", ["attended", "missed"])
async def test_a_wrong_mark_is_taken_back_and_the_other_one_set(
    db: Database, admin: asyncpg.Connection, town: Town, date: Date, guest: UUID, at: datetime, state: str
) -> None:
    other = {"attended": "missed", "missed": "attended"}[state]
    await mark(db, admin, town, date, guest, state, at)
    await mark(db, admin, town, date, guest, "confirmed", at)
    assert await standing(admin, guest) == ("confirmed", "yes", 2)
    assert (await history(admin))[-1] == ("confirmed", "staff", "taken_back")
    await mark(db, admin, town, date, guest, other, at)
    assert await standing(admin, guest) == (other, other, 2)


@pytest.mark.parametrize("state", MARKS)
async def test_a_mark_sent_twenty_times_at_once_is_one_mark(
    db: Database, admin: asyncpg.Connection, town: Town, date: Date, guest: UUID, at: datetime, state: str
) -> None:
    if state == "confirmed":
        await mark(db, admin, town, date, guest, "attended", at)
    lines, handle = len(await history(admin)), await handle_of(admin, date, guest)
    queue = asyncio.Semaphore(5)  # the pool is small

    async def press() -> None:
        async with queue:
            await send(db, town, date, handle, state, at)

    async with asyncio.TaskGroup() as group:
        for _ in range(20):
            group.create_task(press())
    assert (await standing(admin, guest))[0] == state
    assert len(await history(admin)) == lines + 1


@pytest.mark.parametrize(("before", "after"), [("attended", "missed"), ("missed", "attended")])
async def test_one_mark_never_replaces_the_contrary_one(
    db: Database, admin: asyncpg.Connection, town: Town, date: Date, guest: UUID, at: datetime, before: str, after: str
) -> None:
    await mark(db, admin, town, date, guest, before, at)
    stored = await everything(admin)
    with pytest.raises(Conflict, match="marked_otherwise"):
        await mark(db, admin, town, date, guest, after, at)
    assert await everything(admin) == stored


@pytest.mark.parametrize("before", NO_SEAT)
@pytest.mark.parametrize("after", MARKS)
async def test_only_a_confirmed_seat_is_marked(
    db: Database, admin: asyncpg.Connection, town: Town, date: Date, guest: UUID, at: datetime, before: str, after: str
) -> None:
    await admin.execute("UPDATE registration SET state = $1, waiting_since = changed_at, offer_until = changed_at", before)
    stored = await everything(admin)
    with pytest.raises(Conflict, match="no_seat_to_mark"):
        await mark(db, admin, town, date, guest, after, at)
    assert await everything(admin) == stored


@pytest.mark.parametrize("state", MARKS)
async def test_nothing_is_marked_earlier_than_an_hour_before(
    db: Database, admin: asyncpg.Connection, town: Town, date: Date, guest: UUID, at: datetime, state: str
) -> None:
    hour_before = at - timedelta(hours=1)
    with pytest.raises(Conflict, match="attendance_too_early"):
        await mark(db, admin, town, date, guest, state, hour_before - timedelta(seconds=1))
    await mark(db, admin, town, date, guest, state, hour_before)
    assert (await standing(admin, guest))[0] == state


@pytest.mark.parametrize("state", MARKS)
async def test_at_a_date_that_was_called_off_nothing_is_marked(
    db: Database, admin: asyncpg.Connection, town: Town, date: Date, guest: UUID, at: datetime, state: str
) -> None:
    await admin.execute("UPDATE session SET state = 'cancelled'")
    with pytest.raises(Conflict, match="session_cancelled"):
        await mark(db, admin, town, date, guest, state, at)


@pytest.mark.parametrize("state", MARKS)
async def test_another_centers_seats_are_not_there(
    db: Database, admin: asyncpg.Connection, elsewhere: Town, date: Date, guest: UUID, at: datetime, state: str
) -> None:
    stored = await everything(admin)
    with pytest.raises(Missing):
        await mark(db, admin, elsewhere, date, guest, state, at)
    assert await everything(admin) == stored


async def test_a_handle_opens_only_the_date_it_was_made_for(
    db: Database, admin: asyncpg.Connection, town: Town, date: Date, guest: UUID, at: datetime, now: datetime
) -> None:
    other = await make_session(admin, town, now=now, slug="other-date", starts_in=BEGINS_IN)
    async with db.transaction(resident_id=guest) as conn:
        await actions.accept(conn, session_id=other.id, resident_id=guest, now=now)
    handles = {await handle_of(admin, date, guest), await handle_of(admin, other, guest)}
    assert len(handles | {guest}) == 3, "the same person has a handle of its own at each date"
    for wrong in (await handle_of(admin, other, guest), guest, uuid4()):
        with pytest.raises(Missing):
            async with db.transaction(organization_id=town.center_id) as conn:
                await attendance.mark_attended(conn, session_id=date.id, handle=wrong, now=at)


async def test_the_answer_follows_the_seat_whoever_asks_for_it(
    db: Database, admin: asyncpg.Connection, town: Town, elsewhere: Town, date: Date, guest: UUID, at: datetime
) -> None:
    """What the function may do that runs in the owner's name: nothing for another center or person, and nothing that the seat does not say.

    The person of the seat asks for it when they say how it was: the center's note stays what counts.
    """
    handle, stranger = await handle_of(admin, date, guest), await make_resident(admin, town, now=at, email="ben@example.org")
    await admin.execute("UPDATE registration SET state = 'attended'")
    for center, resident in ((elsewhere.center_id, None), (None, stranger), (None, None)):
        async with db.transaction(organization_id=center, resident_id=resident) as conn:
            await store.note_visit(conn, handle=handle, now=at)
        assert await admin.fetchval("SELECT answer FROM answer") == "yes"
    for center, resident in ((town.center_id, None), (None, guest)):
        await admin.execute("UPDATE answer SET answer = 'yes', visit_by = NULL")
        async with db.transaction(organization_id=center, resident_id=resident) as conn:
            await store.note_visit(conn, handle=handle, now=at)
            seen = await conn.fetchval("SELECT count(*) FROM answer")
        assert seen == (1 if resident else 0), "the center itself sees no answer"
        assert dict(await first_row(admin, "SELECT answer, visit_by FROM answer")) == {"answer": "attended", "visit_by": "center"}
    await admin.execute("UPDATE registration SET state = 'declined'")
    for center, resident in ((town.center_id, None), (None, guest)):
        async with db.transaction(organization_id=center, resident_id=resident) as conn:
            await store.note_visit(conn, handle=handle, now=at)
        assert await admin.fetchval("SELECT answer FROM answer") == "attended"


async def test_walk_ins_are_noted_once_and_may_be_taken_back(
    db: Database, admin: asyncpg.Connection, town: Town, date: Date, at: datetime
) -> None:
    named, counted = WalkIn(key=uuid4(), first_name="Rosa", people=1), WalkIn(key=uuid4(), first_name=None, people=4)
    for walk_in in (named, counted, named, named):
        async with db.transaction(organization_id=town.center_id) as conn:
            await attendance.note_walk_in(conn, walk_in, session_id=date.id, now=at)
    async with db.transaction(organization_id=town.center_id) as conn:
        assert await store.walk_ins(conn, session_id=date.id) == [named, counted]
        await attendance.remove_walk_in(conn, session_id=date.id, key=named.key, now=at)
        await attendance.remove_walk_in(conn, session_id=date.id, key=named.key, now=at)
        assert await store.walk_ins(conn, session_id=date.id) == [counted]
    assert await admin.fetchval("SELECT taken FROM seats") == 0


async def test_a_full_list_takes_no_more_walk_ins_and_the_same_note_again(
    db: Database, admin: asyncpg.Connection, town: Town, date: Date, at: datetime
) -> None:
    last, one_more = (WalkIn(key=uuid4(), first_name="Rosa", people=1) for _ in range(2))
    await admin.execute(
        "INSERT INTO walk_in (organization_id, session_id, people, noted_at, key) SELECT $1, $2, 1, $3, gen_random_uuid()"
        " FROM generate_series(2, $4::integer)",
        town.center_id, date.id, at, attendance.MOST_WALK_INS,
    )  # fmt: skip
    async with db.transaction(organization_id=town.center_id) as conn:
        for _ in range(2):
            await attendance.note_walk_in(conn, last, session_id=date.id, now=at)
        with pytest.raises(Conflict, match="walk_ins_too_many"):
            await attendance.note_walk_in(conn, one_more, session_id=date.id, now=at)
        await attendance.remove_walk_in(conn, session_id=date.id, key=last.key, now=at)
        await attendance.note_walk_in(conn, one_more, session_id=date.id, now=at)
    assert await admin.fetchval("SELECT count(*) FROM walk_in") == attendance.MOST_WALK_INS


async def test_walk_ins_are_refused_too_early_when_called_off_and_elsewhere(
    db: Database, admin: asyncpg.Connection, town: Town, elsewhere: Town, date: Date, at: datetime
) -> None:
    walk_in = WalkIn(key=uuid4(), first_name="Rosa", people=1)

    async def note(viewer: Town, moment: datetime) -> None:
        async with db.transaction(organization_id=viewer.center_id) as conn:
            await attendance.note_walk_in(conn, walk_in, session_id=date.id, now=moment)

    with pytest.raises(Conflict, match="attendance_too_early"):
        await note(town, at - timedelta(minutes=61))
    with pytest.raises(Missing):
        await note(elsewhere, at)
    await note(town, at)
    async with db.transaction(organization_id=elsewhere.center_id) as conn:
        assert await store.walk_ins(conn, session_id=date.id) == []
        with pytest.raises(Missing):
            await attendance.remove_walk_in(conn, session_id=date.id, key=walk_in.key, now=at)
    await admin.execute("UPDATE session SET state = 'cancelled'")
    with pytest.raises(Conflict, match="session_cancelled"):
        await note(town, at)
    assert await admin.fetchval("SELECT count(*) FROM walk_in") == 1


@pytest.mark.parametrize("wrong", ["people = 0", "people = 21", "first_name = ''", "first_name = repeat('a', 41)"])
async def test_the_table_takes_no_impossible_walk_in(
    db: Database, admin: asyncpg.Connection, town: Town, date: Date, at: datetime, wrong: str
) -> None:
    async with db.transaction(organization_id=town.center_id) as conn:
        await attendance.note_walk_in(conn, WalkIn(key=uuid4(), first_name="Rosa", people=1), session_id=date.id, now=at)
    with pytest.raises(asyncpg.CheckViolationError):
        await admin.execute(f"UPDATE walk_in SET {wrong}")
