"""A seat out of order: with a reason that is kept, never more seats than there are, and a whole household or nobody."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg
import pytest

from service.db import Database
from service.errors import Conflict, Invalid, Missing
from service.mail.actions import open_content
from service.mail.letter_context import LetterContext
from service.registrations import actions, store
from service.registrations.out_of_order import put_first
from service.registrations.passing_on import pass_seats_on
from service.tokens import Tokens
from tests.service.mail.neighbors import SECRET, VAULT, Date, Town, make_resident, make_session, make_town

CONTEXT = LetterContext(vault=VAULT, tokens=Tokens([SECRET]), base_url="https://doorstep.example.org")
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
WHY = "Came last week by mistake and was sent home"


@pytest.fixture
async def town(admin: asyncpg.Connection, now: datetime) -> Town:
    return await make_town(admin, now=now)


class Line:
    """A date, and people who pressed yes one minute after the other."""

    date: Date

    def __init__(self, admin: asyncpg.Connection, db: Database, worker_db: Database, town: Town, now: datetime) -> None:
        self.admin, self.db, self.worker_db, self.town, self.now = admin, db, worker_db, town, now

    async def begin(self, *parties: int, capacity: int, starts_in: timedelta = timedelta(days=4)) -> list[UUID]:
        self.date = await make_session(self.admin, self.town, now=self.now, capacity=capacity, starts_in=starts_in)
        people = []
        for n, party in enumerate(parties):
            people.append(await make_resident(self.admin, self.town, now=self.now, email=f"n{n}@example.org", party=party))
            await self.yes(people[-1], self.now + n * MINUTE)
        return people

    async def yes(self, person: UUID, at: datetime) -> None:
        async with self.worker_db.transaction() as conn:
            await actions.accept(conn, session_id=self.date.id, resident_id=person, now=at)

    async def no(self, person: UUID, at: datetime) -> None:
        async with self.worker_db.transaction() as conn:
            await actions.undo(conn, session_id=self.date.id, resident_id=person, now=at)

    async def put_first(self, person: UUID, at: datetime, *, reason: str = WHY, center: UUID | None = None) -> None:
        handle = await self.admin.fetchval("SELECT handle FROM registration WHERE resident_id = $1", person)
        async with self.db.transaction(organization_id=center or self.town.center_id) as conn:
            await put_first(conn, session_id=self.date.id, handle=handle, reason=reason, now=at)

    async def pass_on(self, at: datetime) -> int:
        return await pass_seats_on(self.worker_db, CONTEXT, now=at)

    async def states(self, *people: UUID) -> list[str]:
        return [await self.admin.fetchval("SELECT state FROM registration WHERE resident_id = $1", person) for person in people]

    async def history(self, person: UUID) -> list[tuple[str, str, str]]:
        rows = await self.admin.fetch("SELECT state, actor, reason FROM registration_change WHERE resident_id = $1 ORDER BY at, id", person)
        return [tuple(row) for row in rows]


@pytest.fixture
def line(admin: asyncpg.Connection, db: Database, worker_db: Database, town: Town, now: datetime) -> Line:
    return Line(admin, db, worker_db, town, now)


async def test_the_next_free_seat_goes_to_whom_the_center_put_first_and_the_history_says_why(line: Line) -> None:
    ada, bo, cy = await line.begin(1, 1, 1, capacity=1)
    later = line.now + HOUR
    await line.put_first(cy, later)
    assert await line.pass_on(later) == 0, "no seat is free yet"
    await line.no(ada, later + MINUTE)
    assert await line.pass_on(later + 2 * MINUTE) == 1
    assert await line.states(ada, bo, cy) == ["cancelled", "waiting", "offered"]
    assert await line.history(cy) == [("waiting", "resident", "yes"), ("waiting", "staff", WHY), ("offered", "staff", WHY)]
    row = await line.admin.fetchrow("SELECT id, content FROM letter WHERE resident_id = $1", cy)
    assert row
    content = open_content(VAULT, row["content"], letter_id=row["id"], language="en")
    assert content.subject == "A seat is free: Garden morning"
    assert WHY not in content.text


async def test_a_seat_that_waits_for_the_morning_is_not_taken_by_who_waited_longer(line: Line) -> None:
    """The seat is free, and nobody was offered it yet."""
    ada, bo, cy = await line.begin(1, 1, 1, capacity=1)
    later = line.now + HOUR
    await line.put_first(cy, later)
    await line.no(ada, later)
    await line.yes(bo, later)
    assert await line.states(bo, cy) == ["waiting", "waiting"]
    await line.yes(cy, later)
    assert await line.states(bo, cy) == ["waiting", "confirmed"]


async def test_the_place_in_line_is_that_of_the_order(line: Line) -> None:
    _, bo, cy = await line.begin(1, 1, 1, capacity=1)
    await line.put_first(cy, line.now + HOUR)
    places = []
    for person in (bo, cy):
        async with line.db.transaction(resident_id=person) as conn:
            since = await line.admin.fetchval("SELECT waiting_since FROM registration WHERE resident_id = $1", person)
            places.append((await store.waiting_before(conn, session_id=line.date.id, since=since, resident_id=person)).parties + 1)
    assert places == [2, 1]


async def test_a_household_that_does_not_fit_is_neither_split_nor_does_it_keep_a_seat_empty(line: Line) -> None:
    ada, bo, cy = await line.begin(1, 1, 3, capacity=3)
    assert await line.states(ada, bo, cy) == ["confirmed", "confirmed", "waiting"]
    dee = await make_resident(line.admin, line.town, now=line.now, email="dee@example.org", party=2)
    await line.yes(dee, line.now + HOUR)
    await line.put_first(cy, line.now + HOUR)
    await line.no(ada, line.now + 2 * HOUR)
    assert await line.pass_on(line.now + 2 * HOUR) == 1
    assert await line.states(bo, cy, dee) == ["confirmed", "waiting", "offered"]


async def test_the_favor_ends_with_the_wait(line: Line) -> None:
    ada, bo, cy = await line.begin(1, 1, 1, capacity=1)
    await line.put_first(cy, line.now + HOUR)
    await line.no(cy, line.now + 2 * HOUR)
    await line.yes(cy, line.now + 3 * HOUR)
    await line.no(ada, line.now + 4 * HOUR)
    await line.pass_on(line.now + 4 * HOUR)
    assert await line.states(bo, cy) == ["offered", "waiting"]
    assert await line.admin.fetchval("SELECT count(put_first_reason) FROM registration") == 0


async def test_several_are_served_as_they_were_put_first_and_twice_is_the_same_as_once(line: Line) -> None:
    ada, bo, cy, dee = await line.begin(1, 1, 1, 1, capacity=1)
    await line.put_first(dee, line.now + HOUR)
    await line.put_first(cy, line.now + 2 * HOUR)
    await line.put_first(dee, line.now + 3 * HOUR, reason="another reason")
    assert len(await line.history(dee)) == 2
    await line.no(ada, line.now + 4 * HOUR)
    await line.pass_on(line.now + 4 * HOUR)
    assert await line.states(bo, cy, dee) == ["waiting", "waiting", "offered"]
    await line.no(dee, line.now + 5 * HOUR)
    await line.pass_on(line.now + 5 * HOUR)
    assert await line.states(bo, cy, dee) == ["waiting", "offered", "cancelled"]


@pytest.mark.parametrize("reason", ["", "  ", "no", "x" * 301])
async def test_without_a_reason_nothing_changes(line: Line, reason: str) -> None:
    _, _, cy = await line.begin(1, 1, 1, capacity=1)
    with pytest.raises(Invalid) as refusal:
        await line.put_first(cy, line.now + HOUR, reason=reason)
    assert refusal.value.fields == {"reason": "order_reason"}
    assert len(await line.history(cy)) == 1


async def test_only_a_wait_at_a_date_that_still_offers_seats_is_put_first(line: Line, admin: asyncpg.Connection) -> None:
    ada, _, cy = await line.begin(1, 1, 1, capacity=1)
    for person, at, code in (
        (ada, line.now + HOUR, "waits_no_longer"),
        (cy, line.now + timedelta(days=4) - HOUR, "too_late_for_offers"),
    ):
        with pytest.raises(Conflict) as refusal:
            await line.put_first(person, at)
        assert refusal.value.code == code
    elsewhere = await make_town(admin, now=line.now, slug="hillside")
    with pytest.raises(Missing):
        await line.put_first(cy, line.now + HOUR, center=elsewhere.center_id)


async def test_a_call_off_that_is_taken_back_gives_the_place_back(line: Line, now: datetime) -> None:
    _, _, cy = await line.begin(1, 1, 1, capacity=1)
    await line.put_first(cy, line.now + HOUR)
    async with line.worker_db.transaction() as conn:
        await actions.cancel_session(conn, session_id=line.date.id, vault=VAULT, now=now + 2 * HOUR)
    assert await line.admin.fetchval("SELECT put_first_reason FROM registration WHERE resident_id = $1", cy) == WHY


@pytest.mark.parametrize("seed", range(6))
async def test_whatever_happens_no_seat_is_sold_twice_and_every_offer_follows_the_order(line: Line, seed: int) -> None:
    dice = random.Random(seed)
    people = await line.begin(*(dice.randint(1, 3) for _ in range(8)), capacity=dice.randint(3, 5))
    at = line.now + HOUR
    for _ in range(25):
        at += 3 * MINUTE
        person = dice.choice(people)
        match dice.randrange(4):
            case 0:
                await line.no(person, at)
            case 1:
                await line.yes(person, at)
            case 2 if await line.states(person) == ["waiting"]:
                await line.put_first(person, at)
            case _:
                pass
        before = await line.admin.fetch(
            "SELECT resident_id, party FROM registration WHERE state = 'waiting' ORDER BY put_first_at, waiting_since, resident_id"
        )
        free = await line.admin.fetchval("SELECT capacity - taken FROM seats")
        expected = []
        for row in before:
            if row["party"] <= free:
                expected.append(row["resident_id"])
                free -= row["party"]
        assert await line.pass_on(at) == len(expected)
        assert await line.states(*expected) == ["offered"] * len(expected)
        seats = await line.admin.fetchrow(
            "SELECT taken, capacity, (SELECT coalesce(sum(party), 0) FROM registration WHERE state IN ('offered', 'confirmed')) AS given"
            " FROM seats"
        )
        assert seats
        assert seats["taken"] == seats["given"] <= seats["capacity"]
