"""Seats and the waiting order against a small model of them, over long lives of one date."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from service.db import Database
from service.errors import Conflict, Full
from service.mail.letter_context import LetterContext
from service.registrations import actions
from service.registrations.pages import CHANGES
from service.registrations.passing_on import pass_seats_on
from service.registrations.waiting import LAST_OFFER, answer_by
from service.tokens import Tokens
from tests.service.mail.neighbors import SECRET, VAULT, make_resident, make_session, make_town

PARTIES = (1, 1, 1, 2, 1, 3, 2, 1)
STARTS_IN = timedelta(days=4)
LETTERS = LetterContext(vault=VAULT, tokens=Tokens([SECRET]), base_url="https://doorstep.example.org", humane=False)
PENDING = ("waiting", "offered", "confirmed")


@dataclass
class Model:
    """One date as a list of people; what each button and each look of the worker does to it."""

    capacity: int | None
    starts_at: datetime
    state: dict[int, str] = field(default_factory=dict)
    since: dict[int, datetime] = field(default_factory=dict)
    until: dict[int, datetime] = field(default_factory=dict)

    @property
    def taken(self) -> int:
        return sum(PARTIES[person] for person, state in self.state.items() if state in ("offered", "confirmed"))

    def fits(self, person: int) -> bool:
        return self.capacity is None or self.taken + PARTIES[person] <= self.capacity

    def waiting(self) -> list[int]:
        return sorted((person for person, state in self.state.items() if state == "waiting"), key=lambda person: self.since[person])

    def yes(self, person: int, now: datetime) -> bool:
        """Whether there was a seat or a place in the order."""
        state = self.state.get(person)
        if state == "confirmed":
            return True
        since = self.since[person] if state == "waiting" else now
        ahead = [other for other in self.waiting() if self.since[other] < since]
        if state == "offered" or (self.fits(person) and not any(self.fits(other) for other in ahead)):
            self.state[person] = "confirmed"
        elif (self.capacity is not None and self.capacity < PARTIES[person]) or self.starts_at - now <= LAST_OFFER:
            return False
        else:
            self.state[person], self.since[person] = "waiting", since
        return True

    def give_up(self, button: str, person: int) -> None:
        if self.state.get(person) == "offered" or (button != "pass" and self.state.get(person) in PENDING):
            self.state[person] = "cancelled" if button == "undo" else "declined"

    def resize(self, capacity: int | None) -> bool:
        if capacity is not None and capacity < self.taken:
            return False
        self.capacity = capacity
        return True

    def look(self, now: datetime) -> None:
        for person, state in self.state.items():
            if state == "offered" and self.until[person] <= now:
                self.state[person] = "expired"
        for person in self.waiting():
            if self.starts_at - now <= LAST_OFFER:
                self.state[person] = "expired"
            elif self.fits(person):
                self.state[person], self.until[person] = "offered", answer_by(self.starts_at, "America/New_York", now)


person = st.integers(0, len(PARTIES) - 1)
step = st.one_of(
    st.tuples(st.just("yes"), person),
    st.tuples(st.sampled_from(["no", "undo", "pass"]), person),
    st.tuples(st.just("look"), st.just(0)),
    st.tuples(st.just("later"), st.sampled_from([1, 20, 120])),
    st.tuples(st.just("seats"), st.sampled_from([-1, 1, 2, 3, 5])),
)


@settings(
    max_examples=5,
    deadline=None,
    phases=[Phase.generate],  # a life of two hundred steps is not worth shrinking
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.data_too_large, HealthCheck.large_base_example],
)
@given(steps=st.lists(step, min_size=200, max_size=260), capacity=st.sampled_from([1, 2, 4]))
async def test_a_date_lives_as_its_model_does(
    admin: asyncpg.Connection, worker_db: Database, now: datetime, steps: list[tuple[str, int]], capacity: int
) -> None:
    await admin.execute("TRUNCATE region, resident CASCADE")
    town = await make_town(admin, now=now)
    date = await make_session(admin, town, now=now, capacity=capacity, starts_in=STARTS_IN)
    residents = [await make_resident(admin, town, now=now, email=f"n{n}@example.org", party=party) for n, party in enumerate(PARTIES)]
    model = Model(capacity, now + STARTS_IN)
    for number, (kind, value) in enumerate(steps):
        now += timedelta(minutes=value) if kind == "later" else timedelta(seconds=1)
        if now >= model.starts_at:
            break
        await one_step(worker_db, date.id, residents, model, kind, value, now)
        rows = await admin.fetch("SELECT resident_id, state FROM registration")
        assert {residents.index(row["resident_id"]): row["state"] for row in rows} == model.state, (number, kind, value)
        assert await admin.fetchval("SELECT taken FROM seats") == model.taken


async def one_step(
    worker_db: Database, session_id: UUID, residents: list[UUID], model: Model, kind: str, value: int, now: datetime
) -> None:
    """The same step in the program and in the model; both refuse it, or neither."""
    if kind == "look":
        await pass_seats_on(worker_db, LETTERS, now=now)
        return model.look(now)
    if kind == "later":
        return None
    try:
        async with worker_db.transaction() as conn:
            if kind == "seats":
                await actions.change_capacity(conn, session_id=session_id, capacity=value if value >= 0 else None)
            else:
                await CHANGES[kind](conn, session_id=session_id, resident_id=residents[value], now=now)
        refused = False
    except (Full, Conflict):
        refused = True
    if kind == "yes":
        assert model.yes(value, now) == (not refused)
    elif kind == "seats":
        assert model.resize(value if value >= 0 else None) == (not refused)
    else:
        model.give_up(kind, value)
    return None
