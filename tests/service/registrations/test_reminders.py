"""Reminders: once for each seat and hour, at an hour that wakes nobody, and only to who may have forgotten."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from service.db import Database
from service.mail.actions import open_content
from service.mail.letter_context import LetterContext
from service.mail.model import Content
from service.registrations import actions
from service.registrations.receipts import write_receipts
from service.registrations.reminders import remind, window
from service.tokens import Purpose, Tokens
from tests.service.mail.conftest import Deliver
from tests.service.mail.neighbors import SECRET, VAULT, Date, Town, make_resident, make_session, make_town

TOKENS = Tokens([SECRET])
BASE = "https://doorstep.example.org"
CONTEXT = LetterContext(vault=VAULT, tokens=TOKENS, base_url=BASE)
HERE = ZoneInfo("America/New_York")
ZONES = ("America/New_York", "America/Los_Angeles", "Pacific/Kiritimati", "Asia/Kathmandu", "Europe/Berlin")
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


def local(day: int, hour: int, minute: int = 0) -> datetime:
    """A moment of November 2026 in New York. The tests' now is Monday, the 23rd, at ten."""
    return datetime(2026, 11, day, hour, minute, tzinfo=HERE)


@pytest.fixture
async def town(admin: asyncpg.Connection, now: datetime) -> Town:
    return await make_town(admin, now=now)


@pytest.fixture
async def person(admin: asyncpg.Connection, town: Town, now: datetime) -> UUID:
    return await make_resident(admin, town, now=now, email="ada@example.org")


class Reminded:
    """A person with a yes of days ago for a date of Friday, and the looks of the worker."""

    def __init__(self, admin: asyncpg.Connection, worker_db: Database, town: Town, person: UUID, now: datetime) -> None:
        self.admin, self.worker_db, self.town, self.person, self.now = admin, worker_db, town, person, now

    async def seat(self, starts_at: datetime, *, slug: str = "garden-morning", yes_at: datetime | None = None, **facts: object) -> Date:
        date = await make_session(self.admin, self.town, now=self.now, starts_in=starts_at - self.now, slug=slug, **facts)  # type: ignore[arg-type]
        async with self.worker_db.transaction() as conn:
            await actions.accept(conn, session_id=date.id, resident_id=self.person, now=yes_at or self.now)
        return date

    async def look(self, at: datetime) -> int:
        return await remind(self.worker_db, CONTEXT, now=at)

    async def all_day_and_night(self, first: datetime, last: datetime) -> list[datetime]:
        """The moments at which a look every half hour wrote a letter."""
        written, at = [], first
        while at <= last:
            written += [at] * await self.look(at)
            at += HOUR / 2
        return written

    async def letters(self) -> list[Content]:
        rows = await self.admin.fetch("SELECT id, content FROM letter ORDER BY queued_at, id")
        return [open_content(VAULT, row["content"], letter_id=row["id"], language="en") for row in rows]


@pytest.fixture
def reminded(admin: asyncpg.Connection, worker_db: Database, town: Town, person: UUID, now: datetime) -> Reminded:
    return Reminded(admin, worker_db, town, person, now)


@pytest.mark.parametrize(
    ("begins", "reminded_at"),
    [
        (local(27, 7), local(26, 16)),
        (local(27, 11, 59), local(26, 16)),
        (local(27, 12), local(27, 9)),
        (local(27, 18, 30), local(27, 9)),
        (local(27, 23), local(27, 9)),
        (local(27, 0, 30), local(26, 16)),
    ],
)
async def test_a_reminder_comes_the_afternoon_before_a_morning_and_the_morning_of_a_later_hour(
    reminded: Reminded, begins: datetime, reminded_at: datetime
) -> None:
    await reminded.seat(begins)
    assert await reminded.all_day_and_night(local(24, 0), local(28, 0)) == [reminded_at]


@given(
    starts_at=st.integers(0, 2 * 365 * 24 * 60).map(lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)),
    zone=st.sampled_from(ZONES),
)
def test_no_reminder_leaves_at_night_nor_when_it_is_of_no_use(starts_at: datetime, zone: str) -> None:
    opens_at, closes_at = window(starts_at, zone)
    here = ZoneInfo(zone)
    assert time(9) <= opens_at.astimezone(here).time()
    assert closes_at.astimezone(here).time() <= time(19)
    assert opens_at.astimezone(here).date() == closes_at.astimezone(here).date()
    assert HOUR <= starts_at - closes_at < starts_at - opens_at <= 24 * HOUR
    assert closes_at - opens_at >= 2 * HOUR, "an outage of an hour costs no reminder"


async def test_the_clock_is_the_readers_own(reminded: Reminded, admin: asyncpg.Connection) -> None:
    await admin.execute("UPDATE resident SET zone = 'America/Los_Angeles'")
    await reminded.seat(local(27, 18))  # three in the afternoon there
    assert await reminded.all_day_and_night(local(24, 0), local(28, 0)) == [local(27, 12)]


async def test_it_says_what_one_has_to_know_and_how_to_give_the_seat_back(reminded: Reminded, now: datetime) -> None:
    date = await reminded.seat(local(27, 10), bring="A cup", getting_there="Bus 5")
    assert await reminded.look(local(26, 17)) == 1
    [content] = await reminded.letters()
    assert content.subject == "Tomorrow: Garden morning"
    for line in (
        "You have a seat for Garden morning.", "When: Friday, November 27, 10:00 AM to 11:30 AM", "Bring: A cup", "Getting there: Bus 5",
        "Where: Riverton Community Center, 12 Mill Street, Riverton",
    ):  # fmt: skip
        assert line in content.text.replace("\xa0", " ").splitlines()
    token = content.text.partition(f"I can't come after all:\n{BASE}/o/")[2].split()[0]
    link = TOKENS.read(token, now=now, purposes=[Purpose.SEAT])
    assert (link.subject_id, link.resident_id) == (date.id, reminded.person)


async def test_the_subject_of_a_reminder_names_no_sensitive_group(reminded: Reminded) -> None:
    await reminded.seat(local(27, 15), title="Grief support group", topics=("grief",))
    await reminded.look(local(27, 9))
    [content] = await reminded.letters()
    assert content.subject.replace("\xa0", " ") == "Today: Friday, November 27, 3:00 PM"


@pytest.mark.parametrize("state", ["waiting", "offered", "declined", "cancelled", "expired", "attended", "missed"])
async def test_only_who_has_a_seat_is_reminded(reminded: Reminded, admin: asyncpg.Connection, state: str) -> None:
    await reminded.seat(local(27, 10))
    await admin.execute("UPDATE registration SET state = $1, waiting_since = changed_at, offer_until = changed_at", state)
    assert await reminded.look(local(26, 17)) == 0


async def test_a_date_that_is_called_off_is_not_reminded_of(reminded: Reminded, worker_db: Database, now: datetime) -> None:
    date = await reminded.seat(local(27, 10))
    async with worker_db.transaction() as conn:
        await actions.cancel_session(conn, session_id=date.id, vault=VAULT, now=now)
    assert await reminded.all_day_and_night(local(24, 0), local(28, 0)) == []


@pytest.mark.parametrize(("yes_at", "letters"), [(local(26, 9, 59), 1), (local(26, 10, 1), 0)])
async def test_whoever_said_yes_within_the_last_day_has_read_it_all_just_now(
    reminded: Reminded, worker_db: Database, yes_at: datetime, letters: int
) -> None:
    await reminded.seat(local(27, 10), yes_at=yes_at - MINUTE)
    assert await write_receipts(worker_db, CONTEXT, now=yes_at) == 1
    assert await reminded.look(local(26, 17)) == letters


async def test_whoever_took_a_seat_again_is_reminded_by_the_age_of_the_receipt(
    reminded: Reminded, worker_db: Database, now: datetime
) -> None:
    """A yes, days later an undo and a yes within a minute: no second receipt, so a reminder."""
    date = await reminded.seat(local(27, 10))
    await write_receipts(worker_db, CONTEXT, now=now + MINUTE)
    for change in (actions.undo, actions.accept):
        async with worker_db.transaction() as conn:
            await change(conn, session_id=date.id, resident_id=reminded.person, now=local(26, 15))
    assert await reminded.look(local(26, 17)) == 1


async def test_whoever_gave_the_seat_back_and_took_it_just_now_gets_the_receipt_and_no_reminder(
    reminded: Reminded, worker_db: Database, now: datetime
) -> None:
    date = await reminded.seat(local(27, 10))
    await write_receipts(worker_db, CONTEXT, now=now + MINUTE)
    async with worker_db.transaction() as conn:
        await actions.undo(conn, session_id=date.id, resident_id=reminded.person, now=now + HOUR)
    await write_receipts(worker_db, CONTEXT, now=now + 2 * HOUR)
    async with worker_db.transaction() as conn:
        await actions.accept(conn, session_id=date.id, resident_id=reminded.person, now=local(26, 17))
    assert await reminded.look(local(26, 17)) == 0
    assert await write_receipts(worker_db, CONTEXT, now=local(26, 17, 1)) == 1
    assert await reminded.look(local(26, 17, 1)) == 0


async def test_a_date_that_moves_is_reminded_of_anew(reminded: Reminded, admin: asyncpg.Connection) -> None:
    date = await reminded.seat(local(25, 10))
    assert await reminded.all_day_and_night(local(24, 0), local(24, 20)) == [local(24, 16)]
    await admin.execute("UPDATE session SET starts_at = $2, ends_at = $3 WHERE id = $1", date.id, local(27, 10), local(27, 11))
    assert await reminded.all_day_and_night(local(24, 20), local(28, 0)) == [local(26, 16)]


async def test_many_looks_at_once_write_one_reminder_for_each_person(
    reminded: Reminded, admin: asyncpg.Connection, worker_db: Database, town: Town, now: datetime
) -> None:
    date = await reminded.seat(local(27, 10))
    for n in range(4):
        person = await make_resident(admin, town, now=now, email=f"n{n}@example.org")
        async with worker_db.transaction() as conn:
            await actions.accept(conn, session_id=date.id, resident_id=person, now=now)
    looks = (remind(worker_db, CONTEXT, now=local(26, 17), batch=2) for _ in range(4))
    assert sum(await asyncio.gather(*looks)) == 5
    assert await admin.fetchval("SELECT count(DISTINCT resident_id) FROM letter") == 5


async def test_whoever_stopped_or_paused_the_weekly_letter_is_still_reminded_of_their_own_seat(
    reminded: Reminded, admin: asyncpg.Connection, now: datetime, send: Deliver
) -> None:
    await reminded.seat(local(27, 10))
    await admin.execute("UPDATE resident SET status = 'stopped', stopped_at = $1, paused_until = '2027-06-01'", now)
    await admin.execute("INSERT INTO suppression SELECT email_index, 'stopped', $1 FROM resident", now)
    await reminded.look(local(26, 17))
    assert (await send(at=local(26, 17))).sent == 1


async def test_after_an_outage_a_reminder_that_is_too_late_is_left_out_and_is_no_fault(reminded: Reminded) -> None:
    await reminded.seat(local(27, 10))
    with capture_logs() as lines:
        assert await reminded.look(local(26, 19)) == await reminded.look(local(27, 9)) == 0
    assert lines == []


async def test_a_reminder_that_could_not_leave_in_time_does_not_leave_at_night(reminded: Reminded, send: Deliver) -> None:
    await reminded.seat(local(27, 10))
    assert await reminded.look(local(26, 18, 59)) == 1
    assert (await send(at=local(26, 19))).sent == 0
