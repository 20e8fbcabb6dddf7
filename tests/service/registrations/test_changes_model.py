"""What people are written of one date, against a small model of it: moves, call-offs and second thoughts over long lives."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypedDict
from uuid import UUID

import asyncpg
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from service.centers import changes
from service.crypto import Vault
from service.db import Database
from service.errors import Gone
from service.mail.actions import open_content
from service.registrations.pages import CHANGES
from tests.service.mail.conftest import Deliver
from tests.service.mail.neighbors import VAULT, make_resident, make_session, make_town

PEOPLE, CAPACITY = 5, 2
WAIT = timedelta(minutes=10)
EXPECTING = ("confirmed", "waiting")
OFF, SAME = -1, -2  # in place of an hour: called off, and a letter without news


@dataclass
class Person:
    """heard: the hour that this person knows, or OFF. leaves_at: of the letter that waits. before: the state that a call-off ended."""

    state: str = "none"
    since: datetime | None = None
    heard: int = 0
    leaves_at: datetime | None = None
    before: str = ""
    letters: list[int] = field(default_factory=list)


@dataclass
class Model:
    """hour: of the date now, or OFF; last_hour: when it takes place if it does."""

    people: list[Person] = field(default_factory=lambda: [Person() for _ in range(PEOPLE)])
    hour: int = 0
    last_hour: int = 0
    undo_until: datetime | None = None
    written: bool = False

    def taken(self) -> int:
        return sum(person.state == "confirmed" for person in self.people)

    def yes(self, person: Person, now: datetime) -> None:
        if self.hour == OFF or person.state == "confirmed":
            return
        since = person.since if person.state == "waiting" and person.since else now
        ahead = any(other.state == "waiting" and other.since and other.since < since for other in self.people if other is not person)
        seated = self.taken() < CAPACITY and not ahead
        if person.state != "waiting":
            person.heard, person.leaves_at = self.hour, None
        person.state, person.since, person.before = "confirmed" if seated else "waiting", since, ""

    def no(self, person: Person) -> None:
        person.before = ""
        if person.state in EXPECTING:
            person.state, person.leaves_at = "declined", None

    def move(self, hour: int, now: datetime) -> None:
        if self.hour in (OFF, hour):
            return
        self.hour = self.last_hour = hour
        self._news(now)

    def call_off(self, now: datetime) -> None:
        if self.hour == OFF:
            return
        self.hour, self.undo_until, self.written = OFF, now + WAIT, False
        self._news(now)
        for person in self.people:
            if person.state in EXPECTING:
                person.before, person.state = person.state, "cancelled"

    def take_back(self, now: datetime) -> bool:
        """Whether it is taken back, or was not off."""
        if self.hour != OFF:
            return True
        if self.undo_until is None or self.undo_until <= now or self.written:
            return False
        self.hour = self.last_hour
        for person in self.people:
            if person.before:
                person.state, person.before = person.before, ""
            else:
                person.leaves_at = None
        self._news(now)
        return True

    def is_over(self, now: datetime) -> bool:
        """Whether it is called off for good."""
        return self.hour == OFF and self.undo_until is not None and (self.undo_until + WAIT <= now or self.written)

    def send(self, now: datetime) -> None:
        for person in self.people:
            if person.leaves_at and person.leaves_at <= now:
                person.heard, person.leaves_at = self.hour, None
                person.letters.append(self.hour)
                self.written = self.written or bool(person.before)

    def _news(self, now: datetime) -> None:
        for person in self.people:
            if person.state in EXPECTING:
                person.leaves_at = now + WAIT if person.heard != self.hour else None


person = st.integers(0, PEOPLE - 1)
step = st.one_of(
    st.tuples(st.sampled_from(["yes", "yes", "no"]), person),
    st.tuples(st.just("move"), st.sampled_from([0, 1, 2])),
    st.tuples(st.sampled_from(["call off", "take back", "take back", "take back", "send", "send"]), st.just(0)),
    st.tuples(st.just("later"), st.sampled_from([1, 1, 4, 10])),
)


@settings(
    max_examples=16,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.data_too_large, HealthCheck.large_base_example],
)
@given(steps=st.lists(step, min_size=30, max_size=50))
async def test_everybody_is_written_of_what_is_so_and_only_where_it_is_news(
    admin: asyncpg.Connection, db: Database, now: datetime, send: Deliver, steps: list[tuple[str, int]]
) -> None:
    await admin.execute("TRUNCATE region, resident CASCADE")
    town = await make_town(admin, now=now)
    date = await make_session(admin, town, now=now, capacity=CAPACITY)
    residents = [await make_resident(admin, town, now=now, email=f"n{n}@example.org") for n in range(PEOPLE)]
    begins, model = now + timedelta(days=4), Model()
    at_center: Where = {"organization_id": town.center_id, "session_id": date.id, "vault": VAULT}
    for number, (kind, value) in enumerate([*steps, ("later", 10), ("send", 0)]):
        if model.is_over(now) and number < len(steps):
            continue
        now += timedelta(minutes=value) if kind == "later" else timedelta(seconds=1)
        if kind in ("yes", "no"):
            await _answer(db, date.id, residents[value], kind, now)
            model.yes(model.people[value], now) if kind == "yes" else model.no(model.people[value])
        elif kind == "send":
            await send(at=now)
            model.send(now)
        elif kind != "later":
            await _at_center(db, model, kind, value, begins, now, at_center)
        rows = {row["resident_id"]: row for row in await admin.fetch("SELECT resident_id, state, waiting_since FROM registration")}
        assert [rows[one]["state"] if one in rows else "none" for one in residents] == _states(model), (number, kind, value)
        order = [one for one in sorted(rows.values(), key=lambda row: row["waiting_since"] or now) if one["state"] == "waiting"]
        waiting = [n for n, other in enumerate(model.people) if other.state == "waiting"]
        assert [residents.index(one["resident_id"]) for one in order] == sorted(waiting, key=lambda n: model.people[n].since or now)
        assert await admin.fetchval("SELECT taken FROM seats") == model.taken()
        assert await _letters(admin, residents, begins) == [other.letters for other in model.people], (number, kind, value)
    for other in model.people:
        assert other.state not in EXPECTING or other.heard == model.hour


def _states(model: Model) -> list[str]:
    return [person.state for person in model.people]


async def _answer(db: Database, session_id: UUID, resident: UUID, kind: str, now: datetime) -> None:
    try:
        async with db.transaction(resident_id=resident) as conn:
            await CHANGES[kind](conn, session_id=session_id, resident_id=resident, now=now)
    except Gone:
        assert kind == "yes"


class Where(TypedDict):
    """What every press of the center names."""

    organization_id: UUID
    session_id: UUID
    vault: Vault


async def _at_center(db: Database, model: Model, kind: str, hour: int, begins: datetime, now: datetime, where: Where) -> None:
    """The same press in the program and in the model."""
    refused = False
    try:
        async with db.transaction(organization_id=where["organization_id"]) as conn:
            if kind == "move":
                starts_at = begins + timedelta(hours=hour)
                await changes.move(conn, starts_at=starts_at, length=timedelta(minutes=90), now=now, **where)
            elif kind == "call off":
                await changes.call_off(conn, now=now, **where)
            else:
                await changes.restore(conn, now=now, **where)
    except Gone:
        refused = True
    if kind == "move":
        assert refused == (model.hour == OFF)
        model.move(hour, now)
    elif kind == "call off":
        model.call_off(now)
    else:
        assert model.take_back(now) == (not refused)


async def _letters(admin: asyncpg.Connection, residents: list[UUID], begins: datetime) -> list[list[int]]:
    """To each person: the hours that the letters which left gave, in order; OFF where they called the date off."""
    rows = await admin.fetch("SELECT id, resident_id, content FROM letter WHERE state = 'sent' ORDER BY sent_at, queued_at")
    texts = [(row["resident_id"], open_content(VAULT, row["content"], letter_id=row["id"], language="en").text) for row in rows]
    return [[_hour(text, begins) for resident, text in texts if resident == one] for one in residents]


def _hour(text: str, begins: datetime) -> int:
    """What a letter says of the date."""
    if "will not take place" in text:
        return OFF
    news = text.replace("\u202f", " ").replace("\xa0", " ").partition("It is now on ")[2]
    local = begins - timedelta(hours=5)  # New York in November
    hours = [hour for hour in range(3) if f"{local + timedelta(hours=hour):%I:%M %p}".lstrip("0") in news.partition(" to ")[0]]
    return hours[0] if hours else SAME
