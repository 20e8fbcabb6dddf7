"""Full is a wish: who waits, in which order seats pass on, and for how long one is offered."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.db import Database
from service.mail.hours import is_waking
from service.mail.letter_context import LetterContext
from service.registrations import actions
from service.registrations.pages import CHANGES
from service.registrations.passing_on import pass_seats_on
from service.registrations.waiting import LAST_ANSWER, LAST_OFFER, answer_by
from service.tokens import Tokens
from tests.service.mail.neighbors import SECRET, VAULT, Date, Town, make_resident, make_session, make_town

TOKENS = Tokens([SECRET])
LETTERS = LetterContext(vault=VAULT, tokens=TOKENS, base_url="https://doorstep.example.org")
NIGHT = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)  # ten in the evening in New York


@pytest.fixture
async def town(admin: asyncpg.Connection, now: datetime) -> Town:
    return await make_town(admin, now=now)


class Line:
    """One date, and people who press buttons."""

    def __init__(self, admin: asyncpg.Connection, db: Database, worker_db: Database, town: Town, date: Date) -> None:
        self.admin, self.db, self.worker_db, self.town, self.date = admin, db, worker_db, town, date
        self.people: dict[str, UUID] = {}

    async def press(self, button: str, name: str, now: datetime, *, party: int = 1) -> None:
        if name not in self.people:
            self.people[name] = await make_resident(self.admin, self.town, now=now, email=f"{name}@example.org", party=party)
        resident_id = self.people[name]
        async with self.db.transaction(resident_id=resident_id) as conn:
            await CHANGES[button](conn, session_id=self.date.id, resident_id=resident_id, now=now)

    async def pass_on(self, now: datetime) -> int:
        return await pass_seats_on(self.worker_db, LETTERS, now=now)

    async def states(self) -> dict[str, str]:
        rows = await self.admin.fetch("SELECT resident_id, state FROM registration WHERE session_id = $1", self.date.id)
        names = {resident_id: name for name, resident_id in self.people.items()}
        return {names[row["resident_id"]]: row["state"] for row in rows}

    async def letters(self, name: str) -> int:
        return int(await self.admin.fetchval("SELECT count(*) FROM letter WHERE resident_id = $1", self.people[name]))


async def line(
    admin: asyncpg.Connection, db: Database, worker_db: Database, town: Town, now: datetime, *, capacity: int | None, days: float = 4
) -> Line:
    date = await make_session(admin, town, now=now, capacity=capacity, starts_in=timedelta(days=days))
    return Line(admin, db, worker_db, town, date)


async def test_of_two_hundred_who_want_ten_seats_a_hundred_and_ninety_wait_and_none_counts_as_silent(
    admin: asyncpg.Connection, db: Database, worker_db: Database, town: Town, now: datetime
) -> None:
    garden = await line(admin, db, worker_db, town, now, capacity=10)
    for n in range(200):
        await garden.press("yes", f"n{n}", now + timedelta(seconds=n))
    assert Counter((await garden.states()).values()) == {"confirmed": 10, "waiting": 190}
    answers = await admin.fetch("SELECT answer, count(*) AS n FROM answer GROUP BY answer")
    assert {row["answer"]: row["n"] for row in answers} == {"yes": 10, "wanted": 190}


async def test_a_seat_given_back_goes_to_who_waits_longest_and_not_to_who_presses_first(
    admin: asyncpg.Connection, db: Database, worker_db: Database, town: Town, now: datetime
) -> None:
    garden = await line(admin, db, worker_db, town, now, capacity=1)
    for n, name in enumerate(("ada", "bo", "cy")):
        await garden.press("yes", name, now + timedelta(minutes=n))
    later = now + timedelta(hours=1)
    await garden.press("undo", "ada", later)
    await garden.press("yes", "dee", later)
    await garden.press("yes", "cy", later)
    assert await garden.states() == {"ada": "cancelled", "bo": "waiting", "cy": "waiting", "dee": "waiting"}
    assert [await garden.pass_on(later) for _ in range(2)] == [1, 0]
    assert (await garden.states())["bo"] == "offered"
    assert [await garden.letters(name) for name in ("bo", "cy", "dee")] == [1, 0, 0]
    await garden.press("yes", "bo", later)
    assert (await garden.states())["bo"] == "confirmed"


async def test_an_offer_that_is_declined_or_not_answered_passes_on(
    admin: asyncpg.Connection, db: Database, worker_db: Database, town: Town, now: datetime
) -> None:
    garden = await line(admin, db, worker_db, town, now, capacity=1)
    for n, name in enumerate(("ada", "bo", "cy", "dee")):
        await garden.press("yes", name, now + timedelta(minutes=n))
    await garden.press("no", "ada", now)
    await garden.pass_on(now)
    await garden.press("pass", "bo", now)
    await garden.pass_on(now)
    assert await garden.states() == {"ada": "declined", "bo": "declined", "cy": "offered", "dee": "waiting"}
    until = await admin.fetchval("SELECT offer_until FROM registration WHERE state = 'offered'")
    await garden.pass_on(until - timedelta(seconds=1))
    assert (await garden.states())["cy"] == "offered"
    await garden.pass_on(until)
    assert await garden.states() == {"ada": "declined", "bo": "declined", "cy": "expired", "dee": "offered"}
    answers = await admin.fetch("SELECT x.answer FROM answer AS x JOIN pseudonym AS n USING (matcher_id) WHERE n.resident_id = ANY ($1)",
                                [garden.people["bo"], garden.people["cy"]])  # fmt: skip
    assert [row["answer"] for row in answers] == ["wanted", "wanted"]


async def test_a_wish_after_an_offer_ran_out_takes_the_last_place(
    admin: asyncpg.Connection, db: Database, worker_db: Database, town: Town, now: datetime
) -> None:
    garden = await line(admin, db, worker_db, town, now, capacity=1)
    for n, name in enumerate(("ada", "bo", "cy")):
        await garden.press("yes", name, now + timedelta(minutes=n))
    await garden.press("undo", "ada", now)
    await garden.pass_on(now)
    later = now + timedelta(hours=25)
    await garden.pass_on(later)
    await garden.press("yes", "bo", later)
    await garden.press("pass", "cy", later)
    await garden.pass_on(later)
    assert await garden.states() == {"ada": "cancelled", "bo": "offered", "cy": "declined"}


async def test_a_household_gets_seats_together_and_keeps_its_place_until_then(
    admin: asyncpg.Connection, db: Database, worker_db: Database, town: Town, now: datetime
) -> None:
    garden = await line(admin, db, worker_db, town, now, capacity=3)
    for n, name in enumerate(("ada", "bo", "cy")):
        await garden.press("yes", name, now + timedelta(minutes=n))
    await garden.press("yes", "family", now + timedelta(minutes=5), party=3)
    await garden.press("yes", "dee", now + timedelta(minutes=6))
    await garden.press("undo", "ada", now)
    await garden.pass_on(now)
    assert await garden.states() == {"ada": "cancelled", "bo": "confirmed", "cy": "confirmed", "family": "waiting", "dee": "offered"}
    for name in ("bo", "cy", "dee"):
        await garden.press("undo", name, now)
    await garden.pass_on(now)
    assert (await garden.states())["family"] == "offered"
    assert await admin.fetchval("SELECT taken FROM seats") == 3


async def test_at_night_a_seat_waits_for_the_morning_unless_the_date_is_near(
    admin: asyncpg.Connection, db: Database, worker_db: Database, town: Town
) -> None:
    for days, offered in ((4.0, "waiting"), (0.9, "offered")):
        await admin.execute("TRUNCATE activity, resident CASCADE")
        garden = await line(admin, db, worker_db, town, NIGHT, capacity=1, days=days)
        for n, name in enumerate(("ada", "bo", "cy")):
            await garden.press("yes", name, NIGHT + timedelta(seconds=n))
        await garden.press("undo", "ada", NIGHT)
        await garden.pass_on(NIGHT)
        assert (await garden.states())["bo"] == offered
        await garden.pass_on(NIGHT + timedelta(hours=11))
        assert (await garden.states())["bo"] == "offered"


async def test_more_seats_go_to_who_waits(admin: asyncpg.Connection, db: Database, worker_db: Database, town: Town, now: datetime) -> None:
    garden = await line(admin, db, worker_db, town, now, capacity=1)
    for n in range(4):
        await garden.press("yes", f"n{n}", now + timedelta(minutes=n))
    async with db.transaction(organization_id=town.center_id) as conn:
        await actions.change_capacity(conn, session_id=garden.date.id, capacity=3)
    assert await garden.pass_on(now) == 2
    assert await garden.states() == {"n0": "confirmed", "n1": "offered", "n2": "offered", "n3": "waiting"}
    async with db.transaction(organization_id=town.center_id) as conn:
        await actions.change_capacity(conn, session_id=garden.date.id, capacity=None)
    assert await garden.pass_on(now) == 1


async def test_who_waits_until_the_date_begins_is_told_that_no_seat_became_free(
    admin: asyncpg.Connection, db: Database, worker_db: Database, town: Town, now: datetime
) -> None:
    garden = await line(admin, db, worker_db, town, now, capacity=1)
    for name in ("ada", "bo"):
        await garden.press("yes", name, now)
    near = now + timedelta(days=4) - LAST_OFFER
    for _ in range(2):
        await garden.pass_on(near)
    assert await garden.states() == {"ada": "confirmed", "bo": "expired"}
    assert [await garden.letters(name) for name in ("ada", "bo")] == [0, 1]


async def test_a_wait_that_outlived_its_date_in_an_outage_ends_without_a_letter(
    admin: asyncpg.Connection, db: Database, worker_db: Database, town: Town, now: datetime
) -> None:
    garden = await line(admin, db, worker_db, town, now, capacity=1)
    for name in ("ada", "bo"):
        await garden.press("yes", name, now)
    await garden.pass_on(now + timedelta(days=4, minutes=1))
    assert await garden.states() == {"ada": "confirmed", "bo": "expired"}
    assert await garden.letters("bo") == 0


async def test_two_workers_offer_a_seat_once(
    admin: asyncpg.Connection, db: Database, worker_db: Database, town: Town, now: datetime
) -> None:
    garden = await line(admin, db, worker_db, town, now, capacity=2)
    for n in range(8):
        await garden.press("yes", f"n{n}", now + timedelta(seconds=n))
    await garden.press("undo", "n0", now)
    assert sum(await asyncio.gather(*(garden.pass_on(now) for _ in range(3)))) == 1
    assert Counter((await garden.states()).values()) == {"confirmed": 1, "offered": 1, "waiting": 5, "cancelled": 1}
    assert await admin.fetchval("SELECT count(*) FROM letter") == 1


ALLOWED = {
    "waiting": {"offered", "confirmed", "declined", "expired", "cancelled"},
    "offered": {"confirmed", "declined", "expired", "cancelled"},
    "confirmed": {"attended", "missed", "declined", "cancelled"},
    "attended": {"confirmed"},
    "missed": {"confirmed"},
    "declined": {"waiting", "confirmed"},
    "expired": {"waiting", "confirmed"},
    "cancelled": {"waiting", "confirmed"},
}


@pytest.mark.parametrize("before", [None, *ALLOWED])
async def test_the_database_refuses_every_other_way(
    admin: asyncpg.Connection, db: Database, worker_db: Database, town: Town, now: datetime, before: str | None
) -> None:
    garden = await line(admin, db, worker_db, town, now, capacity=5)
    resident_id = await make_resident(admin, town, now=now, email="ada@example.org")
    sql = (
        "INSERT INTO registration"
        " (session_id, resident_id, organization_id, state, party, waiting_since, offer_until, created_at, changed_at)"
        " VALUES ($1, $2, $3, $4, 1, $5, $5, $5, $5)"
        " ON CONFLICT (session_id, resident_id) DO UPDATE SET state = excluded.state"
    )
    for after in ALLOWED:
        await admin.execute("DELETE FROM registration")
        if before:
            await admin.execute(sql, garden.date.id, resident_id, town.center_id, before, now)
        refused = False
        try:
            async with worker_db.transaction() as conn:
                await conn.execute(sql, garden.date.id, resident_id, town.center_id, after, now)
        except asyncpg.CheckViolationError:
            refused = True
        assert refused == (after not in ALLOWED.get(before or "", {"waiting", "confirmed"}) and after != before), (before, after)


@given(
    now=st.integers(0, 365 * 24 * 60).map(lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)),
    ahead=st.timedeltas(LAST_OFFER + timedelta(seconds=1), timedelta(days=60)),
    zone=st.sampled_from(["America/New_York", "Europe/Berlin", "Pacific/Auckland", "America/Phoenix"]),
)
def test_an_offer_gives_an_hour_or_what_there_is_and_ends_by_day_where_it_can(now: datetime, ahead: timedelta, zone: str) -> None:
    starts_at = now + ahead
    until = answer_by(starts_at, zone, now)
    assert min(timedelta(hours=1), ahead - LAST_ANSWER) <= until - now <= timedelta(days=1, hours=15)
    assert until <= starts_at - LAST_ANSWER
    assert is_waking(until, zone) or starts_at - until < timedelta(hours=16)
    assert until.astimezone(ZoneInfo(zone)).utcoffset() is not None
