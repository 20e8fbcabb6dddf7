"""The letters that follow a yes: each state of a seat that lasts is written of once, and none that did not last."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from icalendar import Calendar
from structlog.testing import capture_logs

from service.activities import store as activities
from service.db import Database
from service.mail.actions import open_content
from service.mail.letter_context import LetterContext
from service.mail.model import Content
from service.registrations import actions, schedule
from service.registrations.receipts import write_receipts
from service.tokens import Purpose, Tokens
from tests.service.mail.conftest import Deliver
from tests.service.mail.neighbors import SECRET, VAULT, Date, Town, make_resident, make_session, make_town

TOKENS = Tokens([SECRET])
BASE = "https://doorstep.example.org"
CONTEXT = LetterContext(vault=VAULT, tokens=TOKENS, base_url=BASE)
PRESSED: dict[str, Callable[..., Awaitable[object]]] = {"yes": actions.accept, "undo": actions.undo, "no": actions.decline}
MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)


@pytest.fixture
async def town(admin: asyncpg.Connection, now: datetime) -> Town:
    return await make_town(admin, now=now)


@pytest.fixture
async def date(admin: asyncpg.Connection, town: Town, now: datetime) -> Date:
    return await make_session(admin, town, now=now, bring="A cup", getting_there="Bus 5", cost_cents=300)


@pytest.fixture
async def person(admin: asyncpg.Connection, town: Town, now: datetime) -> UUID:
    return await make_resident(admin, town, now=now, email="ada@example.org")


class Seat:
    """One person and one date, as the page's buttons and the worker's look see them."""

    def __init__(self, db: Database, worker_db: Database, admin: asyncpg.Connection, date: Date, person: UUID) -> None:
        self.db, self.worker_db, self.admin, self.date, self.person = db, worker_db, admin, date, person

    async def press(self, answer: str, at: datetime) -> None:
        change = PRESSED[answer]
        async with self.db.transaction(resident_id=self.person) as conn:
            await change(conn, session_id=self.date.id, resident_id=self.person, now=at)

    async def look(self, at: datetime) -> int:
        return await write_receipts(self.worker_db, CONTEXT, now=at)

    async def call_off(self, at: datetime) -> int:
        async with self.db.transaction(organization_id=self.date.center_id) as conn:
            return await actions.cancel_session(conn, session_id=self.date.id, vault=VAULT, now=at)

    async def move(self, at: datetime) -> int:
        """To another room, by the center itself."""
        async with self.db.transaction(organization_id=self.date.center_id) as conn:
            before = await activities.by_id(conn, self.date.activity_id)
            assert before
            names = ("Hillside Hall", "Oak hall")
            place = names[before.place_name == names[0]]
            changed = msgspec.structs.replace(before, place_name=place)
            _, scheduled = await schedule.edit(conn, before=before, facts=changed, sequence=before.sequence, vault=VAULT, now=at)
            return scheduled.letters

    async def letters_leave(self) -> None:
        await self.admin.execute("UPDATE letter SET state = 'sent', sent_at = not_before WHERE state = 'pending'")

    async def letters(self, language: str = "en") -> list[Content]:
        rows = await self.admin.fetch("SELECT id, content FROM letter WHERE resident_id = $1 ORDER BY queued_at, id", self.person)
        return [open_content(VAULT, row["content"], letter_id=row["id"], language=language) for row in rows]

    async def subjects(self) -> list[str]:
        return [content.subject.partition(":")[0] for content in await self.letters()]


@pytest.fixture
def seat(db: Database, worker_db: Database, admin: asyncpg.Connection, date: Date, person: UUID) -> Seat:
    return Seat(db, worker_db, admin, date, person)


def event_of(content: Content) -> Any:
    assert content.calendar
    [event] = Calendar.from_ical(content.calendar.text).walk("VEVENT")
    return event


async def test_a_yes_that_lasts_a_minute_brings_one_letter_with_all_there_is_to_know(seat: Seat, now: datetime) -> None:
    await seat.press("yes", now)
    assert await seat.look(now + 59 * SECOND) == 0
    assert await seat.look(now + MINUTE) == 1
    [content] = await seat.letters()
    assert content.subject == "You have a seat: Garden morning"
    for line in (
        "You have a seat for Garden morning.", "When: Friday, November 27, 10:00 AM to 11:30 AM", "Getting there: Bus 5", "Cost: $3",
        "Where: Riverton Community Center, 12 Mill Street, Riverton", "Bring: A cup",
    ):  # fmt: skip
        assert line in content.text.replace("\xa0", " ").splitlines()
        assert f">{line}<" in content.html.replace("\xa0", " ")
    token = TOKENS.mint(
        Purpose.SEAT, resident_id=seat.person, epoch=0, subject_id=seat.date.id, expires_at=now + timedelta(days=4, minutes=90)
    )
    assert f"I can't come after all:\n{BASE}/o/{token}" in content.text
    event = event_of(content)
    assert content.calendar
    assert content.calendar.method == "REQUEST"
    assert (event["UID"], event["STATUS"], event["SEQUENCE"]) == (f"{seat.date.id}@doorstep", "CONFIRMED", 0)


async def test_a_seat_given_back_within_the_minute_is_not_written_of(seat: Seat, now: datetime) -> None:
    await seat.press("yes", now)
    await seat.press("undo", now + 50 * SECOND)
    for minutes in range(1, 5):
        assert await seat.look(now + minutes * MINUTE) == 0
    assert await seat.letters() == []


@pytest.mark.parametrize("answer", ["undo", "no"])
async def test_a_seat_given_back_later_brings_a_short_letter_that_takes_the_date_out_of_the_calendar(
    seat: Seat, now: datetime, answer: str
) -> None:
    await seat.press("yes", now)
    await seat.look(now + MINUTE)
    await seat.press(answer, now + timedelta(hours=1))
    assert await seat.look(now + timedelta(hours=1, seconds=59)) == 0
    assert await seat.look(now + timedelta(hours=1, minutes=1)) == 1
    taken, free = await seat.letters()
    assert free.subject == "You gave back your seat: Garden morning"
    assert free.calendar
    assert free.calendar.method == "CANCEL"
    assert event_of(free)["UID"] == event_of(taken)["UID"]
    assert int(event_of(free)["SEQUENCE"]) > int(event_of(taken)["SEQUENCE"])


async def test_whoever_gives_back_and_takes_again_at_once_reads_nothing_new(seat: Seat, now: datetime) -> None:
    await seat.press("yes", now)
    await seat.look(now + MINUTE)
    await seat.press("undo", now + 5 * MINUTE)
    await seat.press("yes", now + 5 * MINUTE + 9 * SECOND)
    assert await seat.look(now + 9 * MINUTE) == 0
    assert await seat.subjects() == ["You have a seat"]


async def test_a_household_reads_how_many_seats_it_has_and_a_new_number_is_news(
    seat: Seat, admin: asyncpg.Connection, now: datetime
) -> None:
    await admin.execute("UPDATE profile SET party = 3")
    await seat.press("yes", now)
    await seat.look(now + MINUTE)
    await seat.press("undo", now + 2 * MINUTE)
    await admin.execute("UPDATE profile SET party = 2")
    await seat.press("yes", now + 2 * MINUTE)
    await seat.look(now + 4 * MINUTE)
    texts = [content.text for content in await seat.letters()]
    assert ["3 seats" in texts[0], "2 seats" in texts[1], len(texts)] == [True, True, 2]


@pytest.mark.parametrize(("starts_in", "at_once"), [(timedelta(minutes=119), 1), (timedelta(minutes=121), 0)])
async def test_to_a_date_that_is_near_the_letter_leaves_at_once(
    admin: asyncpg.Connection, seat: Seat, town: Town, now: datetime, starts_in: timedelta, at_once: int
) -> None:
    seat.date = await make_session(admin, town, now=now, slug="tea", starts_in=starts_in)
    await seat.press("yes", now)
    assert await seat.look(now) == at_once
    with capture_logs() as lines:
        assert await seat.look(now + timedelta(hours=3)) == 0
    assert lines == [], "it has begun, and that is no fault"


@pytest.mark.parametrize("state", ["waiting", "offered", "expired", "attended", "missed"])
async def test_other_states_of_a_seat_are_not_written_of_here(seat: Seat, admin: asyncpg.Connection, now: datetime, state: str) -> None:
    await seat.press("yes", now)
    await admin.execute("UPDATE registration SET state = $1, waiting_since = changed_at, offer_until = changed_at", state)
    assert await seat.look(now + MINUTE) == 0
    await seat.press("yes", now)
    await admin.execute("UPDATE registration SET state = 'confirmed'")
    assert await seat.look(now + MINUTE) == 1
    await admin.execute("UPDATE registration SET state = $1, waiting_since = changed_at, offer_until = changed_at", state)
    assert await seat.look(now + 3 * MINUTE) == 0


async def test_a_date_that_is_called_off_is_written_of_once_and_leaves_the_calendar(seat: Seat, now: datetime) -> None:
    await seat.press("yes", now)
    await seat.look(now + MINUTE)
    assert await seat.call_off(now + timedelta(hours=1)) == 1
    assert await seat.look(now + timedelta(hours=2)) == 0
    taken, called_off = await seat.letters()
    assert called_off.subject.startswith("Called off")
    assert called_off.calendar
    assert called_off.calendar.method == "CANCEL"
    assert int(event_of(called_off)["SEQUENCE"]) > int(event_of(taken)["SEQUENCE"])


async def test_a_date_called_off_within_the_minute_brings_the_letter_of_the_center_alone(seat: Seat, now: datetime) -> None:
    await seat.press("yes", now)
    await seat.call_off(now + 10 * SECOND)
    assert await seat.look(now + 5 * MINUTE) == 0
    assert await seat.subjects() == ["Called off"]


async def test_a_date_that_moves_is_written_of_once_and_moves_in_the_calendar(seat: Seat, now: datetime) -> None:
    await seat.press("yes", now)
    await seat.look(now + MINUTE)
    assert await seat.move(now + timedelta(hours=1)) == 1
    assert await seat.look(now + timedelta(hours=2)) == 0
    taken, moved = await seat.letters()
    assert moved.calendar
    assert moved.calendar.method == "REQUEST"
    assert event_of(moved)["UID"] == event_of(taken)["UID"]
    assert "Hillside Hall" in event_of(moved)["LOCATION"]
    assert int(event_of(moved)["SEQUENCE"]) > int(event_of(taken)["SEQUENCE"])
    [_, in_arabic] = await seat.letters("ar")
    assert in_arabic.calendar
    assert "أحضر معك: A cup" in event_of(in_arabic)["DESCRIPTION"]


async def test_whoever_only_waits_has_no_event_to_change(seat: Seat, admin: asyncpg.Connection, now: datetime) -> None:
    await seat.press("yes", now)
    await admin.execute("UPDATE registration SET state = 'waiting', waiting_since = changed_at")
    await seat.move(now + MINUTE)
    await seat.letters_leave()
    await seat.call_off(now + 2 * MINUTE)
    assert [content.calendar for content in await seat.letters()] == [None, None]


async def test_a_sensitive_group_is_named_in_no_subject_and_no_calendar(
    seat: Seat, admin: asyncpg.Connection, town: Town, now: datetime
) -> None:
    seat.date = await make_session(admin, town, now=now, slug="grief", title="Grief support group", topics=("grief",))
    await seat.press("yes", now)
    await seat.look(now + MINUTE)
    await seat.press("undo", now + 2 * MINUTE)
    await seat.look(now + 3 * MINUTE)
    letters = await seat.letters()
    assert len(letters) == 2
    for content in letters:
        assert "rief" not in content.subject
        assert "Friday, November 27" in content.subject
        assert content.calendar
        assert "rief" not in content.calendar.text
        assert "Grief support group" in content.text


async def test_a_house_number_stays_in_front_of_its_street_where_lines_run_from_right_to_left(
    seat: Seat, admin: asyncpg.Connection, now: datetime
) -> None:
    await admin.execute("UPDATE resident SET language = 'ar'")
    await admin.execute("UPDATE activity SET place_name = '12 Mill Street', address = ''")
    await seat.press("yes", now)
    await seat.look(now + MINUTE)
    [content] = await seat.letters("ar")
    for text in (content.text, content.html):
        assert "المكان: \u206812 Mill Street\u2069" in text


async def test_many_looks_at_once_write_one_letter(seat: Seat, now: datetime) -> None:
    await seat.press("yes", now)
    assert sum(await asyncio.gather(*(seat.look(now + MINUTE) for _ in range(6)))) == 1
    await seat.press("undo", now + 2 * MINUTE)
    assert sum(await asyncio.gather(*(seat.look(now + 3 * MINUTE) for _ in range(6)))) == 1


async def test_more_seats_than_a_page_holds_are_all_written_of(
    seat: Seat, admin: asyncpg.Connection, worker_db: Database, town: Town, now: datetime
) -> None:
    await admin.execute("UPDATE seats SET capacity = NULL")
    people = [await make_resident(admin, town, now=now, email=f"n{n}@example.org") for n in range(5)]
    for person in people:
        async with worker_db.transaction() as conn:
            await actions.accept(conn, session_id=seat.date.id, resident_id=person, now=now)
    assert await write_receipts(worker_db, CONTEXT, now=now + MINUTE, batch=2) == 5
    assert await admin.fetchval("SELECT count(DISTINCT resident_id) FROM letter") == 5


async def test_whoever_stopped_the_weekly_letter_still_reads_of_the_seat_they_took(
    seat: Seat, admin: asyncpg.Connection, now: datetime, send: Deliver
) -> None:
    await admin.execute("UPDATE resident SET status = 'stopped', stopped_at = $1", now)
    await admin.execute("INSERT INTO suppression SELECT email_index, 'stopped', $1 FROM resident", now)
    await seat.press("yes", now)
    await seat.look(now + MINUTE)
    assert (await send(at=now + MINUTE)).sent == 1


async def test_a_letter_that_a_fault_keeps_back_keeps_back_no_other(
    seat: Seat, admin: asyncpg.Connection, town: Town, now: datetime
) -> None:
    bad = Seat(
        seat.db, seat.worker_db, admin, await make_session(admin, town, now=now, slug="bad", starts_in=timedelta(days=3)), seat.person
    )
    await admin.execute("UPDATE session SET zone = 'Nowhere/At all' WHERE id = $1", bad.date.id)
    await bad.press("yes", now)
    await seat.press("yes", now)
    assert await seat.look(now + MINUTE) == 1
    await admin.execute("UPDATE session SET zone = 'America/New_York' WHERE id = $1", bad.date.id)
    assert await seat.look(now + 2 * MINUTE) == 1, "it is written as soon as the fault is mended"


# What lasts


class History:
    """What a person should have read, by a walk over the states that lasted: the same rule, without a database."""

    def __init__(self) -> None:
        self.seat, self.since, self.written, self.place = False, -100.0, False, 0
        self.expected: list[str] = []

    def act(self, step: str, at: float) -> None:
        if step in ("yes", "undo", "no"):
            wanted = step == "yes"
            if wanted != self.seat:
                self.seat, self.since = wanted, at
        elif step == "move" and self.seat:
            self.expected.append("Changed")
        elif step == "look" and self.seat != self.written and at - self.since >= 60:
            self.expected.append("You have a seat" if self.seat else "You gave back your seat")
            self.written = self.seat


STEPS = st.lists(st.tuples(st.sampled_from(["yes", "undo", "no", "look", "look", "move"]), st.sampled_from([1, 30, 59, 61])), max_size=14)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS, called_off=st.booleans())
async def test_any_order_of_buttons_moves_and_looks_ends_with_one_letter_for_each_state_that_lasted(
    seat: Seat, admin: asyncpg.Connection, now: datetime, steps: list[tuple[str, int]], called_off: bool
) -> None:
    await admin.execute("TRUNCATE registration, registration_change, seat_letter, letter, answer CASCADE")
    await admin.execute("UPDATE seats SET taken = 0")
    await admin.execute("UPDATE session SET state = 'scheduled', undo_until = NULL")
    history, clock = History(), 0.0
    for step, seconds in [*steps, ("look", 61)]:
        clock += seconds
        at = now + timedelta(seconds=clock)
        history.act(step, clock)
        await (seat.look(at) if step == "look" else seat.move(at) if step == "move" else seat.press(step, at))
        await seat.letters_leave()  # those that wait are merged: see test_changes_model
    if called_off:
        await seat.call_off(at + SECOND)
        history.expected += ["Called off"] if history.seat else []
        assert await seat.look(at + timedelta(hours=1)) == 0
    assert await seat.subjects() == history.expected
    events = [event_of(content) for content in await seat.letters()]
    for earlier, later in pairwise(events):
        assert later["DTSTAMP"].dt > earlier["DTSTAMP"].dt
        same = all(later[name] == earlier[name] for name in ("STATUS", "LOCATION"))
        assert int(later["SEQUENCE"]) > int(earlier["SEQUENCE"]) - same, "a calendar takes the later event for the newer one"
