"""Whoever confirms gets real matches at once, on any day and at any hour, by the same limits, seats and dice as the week's letters."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.matches import actions
from service.matches.rounds import NOTICE, quarter_of, week_of
from tests.service.mail.neighbors import Town, make_resident, make_session, make_town
from tests.workers.conftest import ZONE, Hand, at
from workers.context import Context
from workers.match_week import match_week
from workers.send_digests import send_digests

NEW_YORK = ZoneInfo(ZONE)
MINUTE = timedelta(minutes=1)
HOURS = (time(0, 30), time(9), time(18, 20), time(23, 58))
PUT_BACK, PUT_ON = date(2026, 10, 26), date(2026, 3, 2)  # weeks on whose Sundays the clocks are changed
DAYS = [(date(2026, 11, 23), day) for day in range(7)] + [(monday, day) for monday in (PUT_BACK, PUT_ON) for day in (5, 6)]
PAIRS = (
    "SELECT m.session_id FROM match AS m JOIN pseudonym AS n USING (matcher_id) JOIN digest AS d USING (resident_id, run_id)"
    " WHERE n.resident_id = $1 AND d.week = $2"
)


async def look(context: Context, hand: Hand, now: datetime) -> None:
    """One minute of the worker."""
    hand.now = now
    await match_week(context)
    await send_digests(context)


async def open_town(admin: asyncpg.Connection, *, now: datetime, days: int = 24, capacity: int | None = 100) -> Town:
    """Every day of the coming `days` has a date at two in the afternoon (by New York's winter clock)."""
    place = await make_town(admin, now=now)
    first = now.astimezone(UTC).replace(hour=19, minute=0)
    for day in range(days):
        starts_in = first + timedelta(days=day) - now
        await make_session(admin, place, now=now, starts_in=starts_in, slug=f"date-{day}", capacity=capacity)
    return place


async def joins(admin: asyncpg.Connection, place: Town, *, now: datetime) -> UUID:
    """Somebody who presses the button in their letter now."""
    return await make_resident(admin, place, now=now.astimezone(UTC), email=f"pressed-{now.timestamp()}@example.org")


async def letters(admin: asyncpg.Connection, resident_id: UUID) -> list[tuple[date, datetime, datetime]]:
    """(week, composed at, leaves at) of each weekly letter of a person, in order."""
    rows = await admin.fetch(
        "SELECT d.week, d.composed_at, l.not_before FROM digest AS d JOIN letter AS l ON l.id = d.letter_id"
        " WHERE d.resident_id = $1 ORDER BY d.composed_at", resident_id,
    )  # fmt: skip
    return [tuple(row) for row in rows]


async def rounds(admin: asyncpg.Connection) -> list[tuple[int, int]]:
    """(round, people in it) of each run, in the order of time."""
    rows = await admin.fetch("SELECT round, (report -> 'done' ->> 'residents')::integer AS people FROM match_run ORDER BY opened_at")
    return [tuple(row) for row in rows]


@pytest.mark.parametrize(("monday", "day"), DAYS)
async def test_the_first_letter_leaves_a_minute_after_the_press_on_any_day_at_any_hour(
    monday: date, day: int, context: Context, admin: asyncpg.Connection, hand: Hand
) -> None:
    begins = datetime.combine(monday, time(), NEW_YORK)
    place = await open_town(admin, now=begins - timedelta(days=1))
    await joins(admin, place, now=begins - timedelta(days=1))
    for past in range(day):  # the town lives
        await look(context, hand, datetime.combine(monday + timedelta(days=past), time(18), NEW_YORK))
    for hour in HOURS:
        pressed = datetime.combine(monday + timedelta(days=day), hour, NEW_YORK).astimezone(UTC)
        newcomer = await joins(admin, place, now=pressed)
        await look(context, hand, pressed + MINUTE)
        assert await letters(admin, newcomer) == [(monday, pressed + MINUTE, pressed + MINUTE)], hour
        offered = await admin.fetch(f"SELECT starts_at FROM session WHERE id IN ({PAIRS})", newcomer, monday)
        assert offered
        until = datetime.combine(monday + timedelta(weeks=2), time(), NEW_YORK)
        assert all(pressed + NOTICE <= row["starts_at"] < until for row in offered)


async def test_nobody_is_written_to_at_night_who_pressed_hours_before(context: Context, admin: asyncpg.Connection, hand: Hand) -> None:
    """The worker was away."""
    place = await open_town(admin, now=at(-1, 9))
    newcomer = await joins(admin, place, now=at(3, 23))
    await look(context, hand, at(4, 2))
    assert [leaves_at for _, _, leaves_at in await letters(admin, newcomer)] == [at(4, 10)]


async def test_what_begins_before_a_letter_of_the_night_is_read_is_offered_to_nobody(
    context: Context, admin: asyncpg.Connection, hand: Hand
) -> None:
    """Posted on Thursday night for Friday at nine, it would be a match without a letter, and keep the next one away."""
    place = await make_town(admin, now=at(-1, 9))

    async def post(name: str, *, now: datetime, begins: datetime) -> None:
        await make_session(admin, place, now=now.astimezone(UTC), starts_in=begins - now, slug=name, capacity=100)

    await post("first", now=at(-1, 9), begins=at(4, 14))
    neighbor = await joins(admin, place, now=at(-1, 10))
    for day in range(8):
        await look(context, hand, at(day, 18, 1))
    assert len(await letters(admin, neighbor)) == 1
    await post("early", now=at(10, 20), begins=at(11, 9))
    await look(context, hand, at(10, 20, 5))
    assert not await admin.fetchval(
        "SELECT count(*) FROM match AS m JOIN session AS s ON s.id = m.session_id WHERE s.starts_at = $1", at(11, 9)
    )
    await post("later", now=at(11, 12), begins=at(13, 14))
    await look(context, hand, at(11, 18, 1))
    assert [composed_at for _, composed_at, _ in await letters(admin, neighbor)][1:] == [at(11, 18, 1)]


async def test_a_letter_of_sunday_night_is_made_up_for_on_monday(context: Context, admin: asyncpg.Connection, hand: Hand) -> None:
    """The worker fell between match and letter, and the week ended."""
    place = await open_town(admin, now=at(-1, 9))
    newcomer = await joins(admin, place, now=at(6, 23, 58))
    hand.now = at(6, 23, 59)
    await match_week(context)
    assert [people for _, people in await rounds(admin)] == [1]
    await look(context, hand, at(7, 0, 5))
    assert [composed_at for _, composed_at, _ in await letters(admin, newcomer)] == [at(7, 0, 5)]


@pytest.mark.parametrize("day", range(7))
async def test_a_town_has_its_first_letters_when_its_first_residents_confirm(
    day: int, context: Context, admin: asyncpg.Connection, hand: Hand
) -> None:
    place = await open_town(admin, now=at(day, 9))
    await look(context, hand, at(day, 9, 1))
    assert await rounds(admin) == []
    newcomers = [await joins(admin, place, now=at(day, 9, minute)) for minute in (30, 31, 32)]
    for minute in range(31, 50):
        await look(context, hand, at(day, 9, minute))
    composed = [await letters(admin, newcomer) for newcomer in newcomers]
    assert [len(each) for each in composed] == [1, 1, 1]
    assert max(composed_at for ((_, composed_at, _),) in composed) <= at(day, 9, 45)


async def test_newcomers_of_a_quarter_hour_share_a_run_and_the_seats(context: Context, admin: asyncpg.Connection, hand: Hand) -> None:
    place = await make_town(admin, now=at(-1, 9))
    await make_session(admin, place, now=at(-1, 9), starts_in=timedelta(days=9), capacity=2)
    for minute in range(0, 60, 3):
        for name in "abcd":
            await make_resident(admin, place, now=at(4, 9, minute).astimezone(UTC), email=f"{name}-{minute}@example.org")
        await look(context, hand, at(4, 9, minute))
    first = quarter_of(ZONE, week_of(ZONE, at(4, 9)), at(4, 9))
    assert await rounds(admin) == [(first - 60, 4), (first, 4), (first + 1, 16), (first + 2, 20), (first + 3, 20)]
    invited = await admin.fetchval("SELECT sum(m.probability * p.party) FROM match AS m JOIN profile AS p USING (matcher_id)")
    assert 1 < invited <= 2 * 1.001


async def test_the_weekly_letter_offers_no_date_of_the_first_again(context: Context, admin: asyncpg.Connection, hand: Hand) -> None:
    """The first letter of Friday holds all dates that there are; the one of Tuesday what was posted since."""
    place = await make_town(admin, now=at(-1, 9))
    for day in (10, 12):
        await make_session(admin, place, now=at(-1, 9), starts_in=timedelta(days=day + 1), slug=f"date-{day}", capacity=100)
    newcomer = await joins(admin, place, now=at(4, 9))
    await look(context, hand, at(4, 9, 1))
    posted = await make_session(admin, place, now=at(6, 9), starts_in=timedelta(days=6), slug="posted-since", capacity=100)
    for hours in range(24 * 7):
        await look(context, hand, at(4, 9) + timedelta(hours=hours))
    composed = await letters(admin, newcomer)
    assert [week for week, _, _ in composed] == [at(0, 0).date(), at(7, 0).date()]
    assert composed[1][1] - composed[0][1] >= timedelta(days=3)
    first, second = [[row["session_id"] for row in await admin.fetch(PAIRS, newcomer, week)] for week, _, _ in composed]
    assert len(first) == 2
    assert second == [posted.id]


async def test_two_workers_at_once_write_one_letter(context: Context, admin: asyncpg.Connection, hand: Hand) -> None:
    place = await open_town(admin, now=at(-1, 9))
    newcomer = await joins(admin, place, now=at(5, 20))
    hand.now = at(5, 20, 1)
    await asyncio.gather(*(match_week(context) for _ in range(3)))
    await asyncio.gather(*(send_digests(context) for _ in range(3)))
    await look(context, hand, at(5, 20, 20))
    assert [people for _, people in await rounds(admin)] == [1]
    assert len(await letters(admin, newcomer)) == 1
    assert await admin.fetchval("SELECT count(*) FROM letter") == 1


async def test_newcomers_of_monday_morning_leave_the_weeks_run_to_the_others(
    context: Context, admin: asyncpg.Connection, hand: Hand
) -> None:
    place = await open_town(admin, now=at(-9, 9))
    old = await joins(admin, place, now=at(-8, 9))
    await look(context, hand, at(-8, 9, 1))
    newcomer = await joins(admin, place, now=at(0, 9))
    await look(context, hand, at(0, 9, 1))
    await look(context, hand, at(0, 18))
    assert [people for _, people in await rounds(admin)] == [1, 1, 1]
    assert [week for week, _, _ in await letters(admin, newcomer)] == [at(0, 0).date()]
    assert (await letters(admin, old))[-1][2] == at(1, 10)


async def test_whom_no_date_suits_the_evening_tries_again(context: Context, admin: asyncpg.Connection, hand: Hand) -> None:
    place = await make_town(admin, now=at(-1, 9))
    newcomer = await joins(admin, place, now=at(4, 9))
    for minute in range(1, 40):
        await look(context, hand, at(4, 9, minute))
    assert len(await rounds(admin)) == 1, "nobody is matched again and again"
    await make_session(admin, place, now=at(4, 12).astimezone(UTC))
    await look(context, hand, at(4, 18))
    assert [composed_at for _, composed_at, _ in await letters(admin, newcomer)] == [at(4, 18)]


async def test_the_run_of_a_newcomer_replays_byte_by_byte(context: Context, admin: asyncpg.Connection, hand: Hand) -> None:
    place = await open_town(admin, now=at(-1, 9))
    await joins(admin, place, now=at(6, 9))
    hand.now = at(6, 9, 1)
    (done,) = await match_week(context)
    assert done.run_id is not None
    assert (await actions.replay(context.database, run_id=done.run_id)).equal
    odds = await admin.fetch("SELECT propensity, drawn FROM match")
    assert odds
    assert all(0 < row["propensity"] <= 1 for row in odds)


@given(
    st.datetimes(datetime.fromisoformat("2026-01-01"), datetime.fromisoformat("2027-12-31"), timezones=st.just(UTC)),
    st.sampled_from([ZONE, "Asia/Tokyo", "Europe/London", "Africa/Cairo"]),
)
def test_every_quarter_hour_of_a_week_has_a_round_of_its_own(now: datetime, zone: str) -> None:
    """Also where an hour is lived twice; the table takes no number above 676."""
    week, later = week_of(zone, now), now + timedelta(minutes=15)
    assert 1 <= quarter_of(zone, week, now) <= 676
    assert quarter_of(zone, week, later) == quarter_of(zone, week, now) + 1
