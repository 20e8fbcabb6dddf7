"""The question of the morning after: once for each date, one letter a day, at an hour that wakes nobody, and only to who may be asked."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.db import Database
from service.feedback.asking import ASKED_WITHIN, ask_after_visits, opens_at
from service.mail.model import Content
from service.registrations import actions
from service.tokens import Purpose
from tests.service.feedback.conftest import CONTEXT, HOUR, TOKENS, Asked, local
from tests.service.mail.conftest import Deliver
from tests.service.mail.neighbors import VAULT, Town, make_resident, make_session
from tests.service.visitor import HOME

ZONES = ("America/New_York", "America/Los_Angeles", "Pacific/Kiritimati", "Asia/Kathmandu", "Europe/Berlin")
CHANGES_OF_THE_CLOCK = (
    datetime(2026, 11, 1, tzinfo=ZoneInfo("America/New_York")),
    datetime(2027, 3, 14, tzinfo=ZoneInfo("America/New_York")),
)


@pytest.mark.parametrize("begins", [local(24, 0, 5), local(24, 10), local(24, 18), local(24, 22)])
async def test_the_question_comes_once_at_nine_on_the_morning_after(asked: Asked, begins: datetime) -> None:
    await asked.seat(begins)
    assert await asked.all_day_and_night(local(24, 0), local(29, 0)) == [local(25, 9)]


async def test_a_date_that_ends_after_midnight_is_asked_about_a_day_later(asked: Asked) -> None:
    await asked.seat(local(24, 23))
    assert await asked.all_day_and_night(local(24, 23), local(29, 0)) == [local(26, 9)]


@given(
    ends_at=st.integers(0, 2 * 365 * 24 * 60).map(lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)),
    zone=st.sampled_from(ZONES),
)
def test_nobody_is_woken_and_there_is_a_whole_day_to_ask_in(ends_at: datetime, zone: str) -> None:
    here = ZoneInfo(zone)
    opens = opens_at(ends_at, zone)
    assert opens.astimezone(here).time() == time(9)
    assert opens.astimezone(here).date() == ends_at.astimezone(here).date() + timedelta(days=1)
    assert 8 * HOUR <= opens.astimezone(UTC) - ends_at <= ASKED_WITHIN - 14 * HOUR


@pytest.mark.parametrize("change", CHANGES_OF_THE_CLOCK)
async def test_over_both_changes_of_the_clock_it_is_nine_by_the_clock_on_the_wall(asked: Asked, change: datetime) -> None:
    """The night before the change lies between the date and the question."""
    begins = (change - timedelta(days=1)).replace(hour=15)
    date = await make_session(asked.admin, asked.town, now=asked.now, starts_in=begins.astimezone(UTC) - asked.now)
    await asked.accept(date, asked.person)
    first = begins.astimezone(UTC)
    [written] = await asked.all_day_and_night(first, first + timedelta(days=4))
    assert written.astimezone(ZoneInfo("America/New_York")).replace(tzinfo=None) == change.replace(hour=9, tzinfo=None)


async def test_the_clock_is_the_readers_own(asked: Asked) -> None:
    await asked.admin.execute("UPDATE resident SET zone = 'America/Los_Angeles'")
    await asked.seat(local(24, 10))
    assert await asked.all_day_and_night(local(24, 10), local(28, 0)) == [local(25, 12)]


async def test_several_dates_of_a_day_are_asked_about_in_one_letter(asked: Asked) -> None:
    dates = [await asked.seat(local(24, hour), slug=f"group-{hour}", title=f"Group at {hour}") for hour in (10, 14, 18)]
    assert await asked.all_day_and_night(local(24, 10), local(28, 0)) == [local(25, 9)]
    [content] = await asked.letters()
    assert content.subject == "Did you go? We ask about 3 dates"
    assert all(content.text.count(f"Group at {hour}") == 1 for hour in (10, 14, 18))
    assert linked(content) == {date.id for date in dates}


def linked(content: Content) -> set[object]:
    tokens = [part.split("?")[0] for part in content.text.split(f"{HOME}/feedback/")[1:]]
    return {TOKENS.read(token, now=local(26, 0), purposes=[Purpose.FEEDBACK]).subject_id for token in tokens}


async def test_there_is_no_second_letter_on_one_day(asked: Asked) -> None:
    await asked.seat(local(24, 10))
    first = await asked.look(local(25, 9))
    await asked.seat(local(24, 12), slug="porch-checkers")  # a seat that another way than the page brought
    assert (first, await asked.all_day_and_night(local(25, 9), local(28, 0))) == (1, [local(26, 9)])


@pytest.mark.parametrize("state", ["waiting", "offered", "declined", "cancelled", "expired"])
async def test_only_who_had_a_seat_is_asked(asked: Asked, state: str) -> None:
    await asked.seat(local(24, 10))
    await asked.admin.execute("UPDATE registration SET state = $1, waiting_since = changed_at, offer_until = changed_at", state)
    assert await asked.all_day_and_night(local(24, 10), local(29, 0)) == []


@pytest.mark.parametrize("state", ["attended", "missed"])
async def test_who_was_ticked_by_the_center_is_asked_all_the_same(asked: Asked, state: str) -> None:
    await asked.tick(await asked.seat(local(24, 10)), state)
    assert await asked.look(local(25, 9)) == 1


async def test_nobody_is_asked_about_a_date_that_was_called_off(asked: Asked, worker_db: Database) -> None:
    date = await asked.seat(local(24, 10))
    async with worker_db.transaction() as conn:
        await actions.cancel_session(conn, session_id=date.id, vault=VAULT, now=local(24, 9))
    assert await asked.all_day_and_night(local(24, 10), local(29, 0)) == []


async def test_nor_about_one_that_was_called_off_while_its_seats_stayed(asked: Asked) -> None:
    """As a calendar does, that takes a date off after it began."""
    await asked.seat(local(24, 10))
    await asked.admin.execute("UPDATE session SET state = 'cancelled'")
    assert await asked.look(local(25, 9)) == 0


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE resident SET status = 'stopped', stopped_at = created_at",
        "UPDATE resident SET paused_until = '2027-06-01'",
        "UPDATE consent SET withdrawn_at = given_at",
    ],
    ids=["stopped", "paused", "withdrew consent"],
)
async def test_a_question_is_no_notice_who_wants_no_letters_is_not_asked(asked: Asked, send: Deliver, change: str) -> None:
    """Nor does it leave where they said so after it was written."""
    await asked.seat(local(24, 10))
    await asked.admin.execute(change)
    assert await asked.look(local(25, 9)) == 0
    await asked.admin.execute("UPDATE resident SET status = 'active', stopped_at = NULL, paused_until = NULL")
    await asked.admin.execute("UPDATE consent SET withdrawn_at = NULL")
    assert await asked.look(local(25, 9)) == 1
    if "consent" not in change:  # a stop and a pause change the resident's own row, which the sender reads
        await asked.admin.execute(change)
        assert (await send(at=local(25, 10))).sent == 0


async def test_many_looks_at_once_ask_each_person_once(asked: Asked, admin: asyncpg.Connection, town: Town, now: datetime) -> None:
    date = await asked.seat(local(24, 10))
    for n in range(4):
        await asked.accept(date, await make_resident(admin, town, now=now, email=f"n{n}@example.org"))
    other = await make_session(admin, town, now=now, starts_in=timedelta(hours=26), slug="porch-checkers")
    for (person,) in await admin.fetch("SELECT id FROM resident"):
        await asked.accept(other, person)
    assert sum(await asyncio.gather(*(asked.look(local(25, 17)) for _ in range(4)))) == 5
    assert await admin.fetchval("SELECT count(DISTINCT resident_id) FROM letter") == 5
    assert await admin.fetchval("SELECT count(*) FROM feedback") == 10


async def test_pages_of_the_look_lose_nobody(
    asked: Asked, admin: asyncpg.Connection, town: Town, now: datetime, worker_db: Database
) -> None:
    date = await asked.seat(local(24, 10))
    for n in range(4):
        await asked.accept(date, await make_resident(admin, town, now=now, email=f"n{n}@example.org"))
    assert await ask_after_visits(worker_db, CONTEXT, now=local(25, 9), batch=2) == 5


async def test_a_question_that_could_not_leave_by_evening_does_not_leave_at_night(asked: Asked, send: Deliver) -> None:
    await asked.seat(local(24, 10))
    assert await asked.look(local(25, 18, 59)) == 1
    assert (await send(at=local(25, 19))).sent == 0


async def test_the_subject_names_no_sensitive_group(asked: Asked) -> None:
    await asked.seat(local(24, 15), title="Grief support group", topics=("grief",))
    await asked.look(local(25, 9))
    [content] = await asked.letters()
    assert content.subject.replace("\xa0", " ") == "Did you go? Tuesday, November 24, 3:00 PM"


async def test_the_letter_can_be_stopped_by_one_click(asked: Asked, date: object) -> None:
    [content] = await asked.letters()
    assert content.stop_url
    assert content.stop_url in content.text
    assert content.stop_url in content.html
