"""The question whether people still come: only where somebody waits, once of a seat and hour, while people are awake."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.db import Database
from service.errors import Gone
from service.mail.actions import open_content
from service.mail.letter_context import LetterContext
from service.mail.model import Content
from service.registrations import actions
from service.registrations.passing_on import pass_seats_on
from service.registrations.reminders import remind
from service.registrations.still_coming import ask_still_coming, window
from service.tokens import Purpose, Tokens
from tests.service.mail.conftest import Deliver
from tests.service.mail.neighbors import SECRET, VAULT, Date, Town, make_resident, make_session, make_town
from tests.service.visitor import Hands, browser

TOKENS = Tokens([SECRET])
BASE = "https://doorstep.example.org"
CONTEXT = LetterContext(vault=VAULT, tokens=TOKENS, base_url=BASE)
HERE = ZoneInfo("America/New_York")
ZONES = ("America/New_York", "America/Los_Angeles", "Pacific/Kiritimati", "Asia/Kathmandu", "Europe/Berlin", "Australia/Lord_Howe")
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


def local(day: int, hour: int, minute: int = 0) -> datetime:
    """A moment of November 2026 in New York. The tests' now is Monday, the 23rd, at ten."""
    return datetime(2026, 11, day, hour, minute, tzinfo=HERE)


@pytest.fixture
async def town(admin: asyncpg.Connection, now: datetime) -> Town:
    return await make_town(admin, now=now)


class Asked:
    """A date of Friday with one seat, which ada has since Monday and bo waits for, and the looks of the worker."""

    ada: UUID
    bo: UUID
    date: Date

    def __init__(self, admin: asyncpg.Connection, worker_db: Database, town: Town, now: datetime) -> None:
        self.admin, self.worker_db, self.town, self.now = admin, worker_db, town, now

    async def begin(self, starts_at: datetime, *, zone: str = "America/New_York", **facts: object) -> None:
        self.ada, self.bo = [
            await make_resident(self.admin, self.town, now=self.now, email=f"{name}@example.org", zone=zone) for name in ("ada", "bo")
        ]
        facts = {"capacity": 1, "starts_in": starts_at - self.now} | facts
        self.date = await make_session(self.admin, self.town, now=self.now, **facts)  # type: ignore[arg-type]
        await self.say(actions.accept, self.ada, self.now)
        await self.say(actions.accept, self.bo, self.now + MINUTE)

    async def say(self, answer: object, person: UUID, at: datetime) -> None:
        async with self.worker_db.transaction() as conn:
            await answer(conn, session_id=self.date.id, resident_id=person, now=at)  # type: ignore[operator]

    async def look(self, at: datetime) -> int:
        return await ask_still_coming(self.worker_db, CONTEXT, now=at)

    async def all_day_and_night(self, first: datetime, last: datetime) -> list[datetime]:
        """The moments at which a look every half hour wrote a letter."""
        written, at = [], first
        while at <= last:
            written += [at] * await self.look(at)
            at += HOUR / 2
        return written

    async def state(self, person: UUID) -> str:
        state: str = await self.admin.fetchval("SELECT state FROM registration WHERE resident_id = $1", person)
        return state

    async def letters(self) -> list[tuple[UUID, Content]]:
        rows = await self.admin.fetch("SELECT id, resident_id, content FROM letter ORDER BY queued_at, id")
        return [(row["resident_id"], open_content(VAULT, row["content"], letter_id=row["id"], language="en")) for row in rows]

    def link(self, person: UUID) -> str:
        return TOKENS.mint(Purpose.SEAT, resident_id=person, epoch=0, subject_id=self.date.id)


@pytest.fixture
def asked(admin: asyncpg.Connection, worker_db: Database, town: Town, now: datetime) -> Asked:
    return Asked(admin, worker_db, town, now)


@given(
    starts_at=st.integers(0, 2 * 365 * 24 * 60).map(lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)),
    zone=st.sampled_from(ZONES),
)
def test_each_date_can_be_asked_about_for_hours_and_never_at_night_nor_too_early_or_late(starts_at: datetime, zone: str) -> None:
    """The clock moves from four days before to the start, over every change of summer time there is."""
    here, minutes = ZoneInfo(zone), 0
    for step in range(0, 4 * 24 * 60, 10):
        now = starts_at - timedelta(days=4) + step * MINUTE
        opens_at, closes_at = window(starts_at, zone, now)
        if opens_at <= now < closes_at:
            minutes += 10
            assert time(9) <= now.astimezone(here).time() < time(19)
            assert timedelta(hours=24) < starts_at - now <= timedelta(hours=48)
            assert closes_at.astimezone(here).time() <= time(19), "a letter that is late does not leave at night"
    assert minutes >= 8 * 60, "an outage of hours costs no question"


@pytest.mark.parametrize(
    ("begins", "asked_at"),
    [
        (local(27, 10), local(25, 10)),
        (local(27, 18, 30), local(25, 18, 30)),
        (local(27, 19), local(26, 9)),
        (local(27, 7), local(25, 9)),
        (local(27, 0, 30), local(25, 9)),
    ],
)
async def test_whoever_has_a_seat_is_asked_once_two_days_before_and_whoever_waits_is_not(
    asked: Asked, begins: datetime, asked_at: datetime
) -> None:
    await asked.begin(begins)
    assert await asked.all_day_and_night(local(23, 12), local(28, 0)) == [asked_at]
    assert [person for person, _ in await asked.letters()] == [asked.ada]


async def test_the_clock_is_the_readers_own(asked: Asked) -> None:
    await asked.begin(local(27, 8), zone="America/Los_Angeles")
    assert await asked.all_day_and_night(local(23, 12), local(28, 0)) == [local(25, 12)]


async def test_nobody_is_asked_where_nobody_waits(asked: Asked) -> None:
    await asked.begin(local(27, 10))
    await asked.say(actions.undo, asked.bo, asked.now + HOUR)
    assert await asked.all_day_and_night(local(24, 0), local(28, 0)) == []


async def test_people_are_asked_when_somebody_begins_to_wait_within_the_two_days(asked: Asked) -> None:
    await asked.begin(local(27, 10))
    await asked.say(actions.undo, asked.bo, asked.now + HOUR)
    assert await asked.look(local(25, 11)) == 0
    await asked.say(actions.accept, asked.bo, local(25, 21))
    assert await asked.all_day_and_night(local(25, 21), local(28, 0)) == [local(26, 9)]


@pytest.mark.parametrize("state", ["offered", "declined", "cancelled", "expired", "attended", "missed"])
async def test_only_a_confirmed_seat_is_asked_about(asked: Asked, state: str) -> None:
    await asked.begin(local(27, 10))
    await asked.admin.execute("UPDATE registration SET state = $1, offer_until = changed_at WHERE resident_id = $2", state, asked.ada)
    assert await asked.look(local(25, 11)) == 0


@pytest.mark.parametrize(("yes_at", "letters"), [(local(24, 11), 1), (local(24, 11, 1), 0)])
async def test_a_yes_of_the_last_day_is_an_answer_already(asked: Asked, yes_at: datetime, letters: int) -> None:
    await asked.begin(local(27, 10), capacity=2)
    cy = await make_resident(asked.admin, asked.town, now=asked.now, email="cy@example.org")
    await asked.say(actions.undo, asked.ada, asked.now + HOUR)
    await asked.say(actions.undo, asked.bo, asked.now + HOUR)
    for person in (asked.ada, asked.bo, cy):
        await asked.say(actions.accept, person, yes_at)
    assert await asked.look(local(25, 11)) == 2 * letters
    assert await asked.look(local(25, 11, 1)) == 2 * (1 - letters), "a day after the yes they are asked"


async def test_a_date_that_is_called_off_is_not_asked_about(asked: Asked) -> None:
    await asked.begin(local(27, 10))
    async with asked.worker_db.transaction() as conn:
        await actions.cancel_session(conn, session_id=asked.date.id, vault=VAULT, now=asked.now)
    assert await asked.all_day_and_night(local(24, 0), local(28, 0)) == []


async def test_a_date_that_moves_is_asked_about_anew_and_the_old_answer_does_not_count(asked: Asked) -> None:
    await asked.begin(local(26, 10))
    assert await asked.look(local(24, 11)) == 1
    await asked.say(actions.still_coming, asked.ada, local(24, 12))
    await asked.admin.execute("UPDATE session SET starts_at = $1, ends_at = $2", local(27, 10), local(27, 11))
    assert await asked.admin.fetchval("SELECT count(*) FROM reminder WHERE starts_at = $1", local(27, 10)) == 0
    assert await asked.all_day_and_night(local(24, 12), local(28, 0)) == [local(25, 10)]


async def test_many_looks_at_once_ask_each_person_once(asked: Asked) -> None:
    await asked.begin(local(27, 10), capacity=5)
    for n in range(5):
        person = await make_resident(asked.admin, asked.town, now=asked.now, email=f"n{n}@example.org")
        await asked.say(actions.accept, person, asked.now + 2 * MINUTE)
    looks = (ask_still_coming(asked.worker_db, CONTEXT, now=local(25, 11), batch=2) for _ in range(4))
    assert sum(await asyncio.gather(*looks)) == 5
    assert await asked.admin.fetchval("SELECT count(DISTINCT resident_id) FROM letter") == 5


async def test_the_letter_is_short_and_leads_to_the_page_of_the_seat(asked: Asked) -> None:
    await asked.begin(local(27, 10))
    await asked.look(local(25, 11))
    [(_, content)] = await asked.letters()
    assert content.subject == "Are you still coming? Garden morning"
    assert len(content.text.split()) < 90
    token = content.text.partition(f"Answer:\n{BASE}/o/")[2].split()[0]
    link = TOKENS.read(token, now=asked.now, purposes=[Purpose.SEAT])
    assert (link.subject_id, link.resident_id) == (asked.date.id, asked.ada)


async def test_the_subject_of_the_question_names_no_sensitive_group(asked: Asked) -> None:
    await asked.begin(local(27, 15), title="Grief support group", topics=("grief",))
    await asked.look(local(25, 16))
    [(_, content)] = await asked.letters()
    assert "Grief" not in content.subject


async def test_a_question_that_could_not_leave_in_time_does_not_leave_at_night(asked: Asked, send: Deliver) -> None:
    await asked.begin(local(27, 18))
    assert await asked.look(local(25, 18, 30)) == 1
    assert (await send(at=local(25, 19))).sent == 0


async def test_no_answer_changes_nothing_and_the_reminder_still_comes(asked: Asked) -> None:
    await asked.begin(local(27, 10))
    before = await asked.admin.fetch("SELECT * FROM registration ORDER BY resident_id")
    assert await asked.look(local(25, 11)) == 1
    assert await pass_seats_on(asked.worker_db, CONTEXT, now=local(26, 12)) == 0
    assert await asked.admin.fetch("SELECT * FROM registration ORDER BY resident_id") == before
    assert await remind(asked.worker_db, CONTEXT, now=local(26, 17)) == 1


async def test_a_yes_is_noted_once_and_the_person_is_not_asked_again(asked: Asked, tmp_path: Path, database_url: str) -> None:
    await asked.begin(local(27, 10))
    await asked.look(local(25, 11))
    before = await asked.admin.fetch("SELECT * FROM registration ORDER BY resident_id")
    async with browser(database_url, Hands(local(25, 12)), tmp_path) as visitor:
        page = await visitor.get(f"/o/{asked.link(asked.ada)}")
        assert "Are you still coming?" in page.text
        assert await asked.admin.fetchval("SELECT count(*) FROM reminder WHERE answer IS NOT NULL") == 0
        for _ in range(2):
            page = await visitor.post(f"/o/{asked.link(asked.ada)}", data={"answer": "coming"})
            assert "You keep your seat" in page.text
            assert "Are you still coming?" not in page.text
    assert await asked.admin.fetch("SELECT * FROM registration ORDER BY resident_id") == before
    assert await asked.admin.fetchval("SELECT count(*) FROM registration_change WHERE reason = 'still_coming' AND actor = 'resident'") == 1
    assert await asked.all_day_and_night(local(25, 12), local(28, 0)) == []


async def test_a_no_gives_the_seat_to_whoever_waits_within_a_minute(asked: Asked, tmp_path: Path, database_url: str) -> None:
    await asked.begin(local(27, 10))
    await asked.look(local(25, 11))
    async with browser(database_url, Hands(local(25, 12)), tmp_path) as visitor:
        for _ in range(2):
            page = await visitor.post(f"/o/{asked.link(asked.ada)}", data={"answer": "not_coming"})
            assert "somebody who waits can have it" in page.text
    assert await pass_seats_on(asked.worker_db, CONTEXT, now=local(25, 12) + MINUTE) == 1
    assert (await asked.state(asked.ada), await asked.state(asked.bo)) == ("cancelled", "offered")
    reasons = "SELECT reason FROM registration_change WHERE resident_id = $1 ORDER BY at, id"
    assert [row["reason"] for row in await asked.admin.fetch(reasons, asked.ada)] == ["yes", "not_coming"]


async def test_who_was_not_asked_about_the_date_as_it_stands_sees_no_question(asked: Asked, tmp_path: Path, database_url: str) -> None:
    await asked.begin(local(27, 10))
    async with browser(database_url, Hands(local(25, 12)), tmp_path) as visitor:
        assert "still coming" not in (await visitor.get(f"/o/{asked.link(asked.ada)}")).text
        await asked.look(local(25, 11))
        await asked.admin.execute("UPDATE session SET starts_at = $1, ends_at = $2", local(28, 10), local(28, 11))
        assert "still coming" not in (await visitor.get(f"/o/{asked.link(asked.ada)}")).text


async def test_a_no_to_the_question_ends_no_wait_and_no_offer(asked: Asked) -> None:
    await asked.begin(local(27, 10))
    await asked.say(actions.not_coming, asked.bo, local(25, 12))
    assert await asked.state(asked.bo) == "waiting"


@pytest.mark.parametrize("answer", [actions.still_coming, actions.not_coming])
async def test_once_the_date_has_begun_no_answer_changes_anything(asked: Asked, answer: object) -> None:
    await asked.begin(local(27, 10))
    await asked.look(local(25, 11))
    with pytest.raises(Gone):
        await asked.say(answer, asked.ada, local(27, 10))
    assert await asked.state(asked.ada) == "confirmed"
    assert await asked.admin.fetchval("SELECT answer FROM reminder") is None


async def test_a_neighbor_cannot_answer_for_another(asked: Asked, db: Database) -> None:
    await asked.begin(local(27, 10))
    await asked.look(local(25, 11))
    async with db.transaction(resident_id=asked.bo) as conn:
        assert await conn.execute("UPDATE reminder SET answer = 'no'") == "UPDATE 0"
    async with db.transaction(resident_id=asked.ada) as conn:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await conn.execute("UPDATE reminder SET starts_at = now()")
