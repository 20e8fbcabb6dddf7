"""A week is closed when it has been matched with the people it has, and nobody waits longer than the next evening."""

from datetime import UTC, date, datetime, timedelta

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.matches import actions
from tests.service.mail.neighbors import Town, make_resident, make_session, make_town
from tests.workers.conftest import ZONE, Hand, at
from workers.context import Context
from workers.match_week import due_evening, evening_quarter, match_week
from workers.send_digests import send_digests

MONDAY = date(2026, 11, 23)


async def people(admin: asyncpg.Connection, place: Town, hand: Hand, *names: str) -> None:
    for name in names:
        await make_resident(admin, place, now=hand(), email=f"{name}@example.org")


async def runs(admin: asyncpg.Connection) -> list[tuple[date, int, int]]:
    """(week, round, people in it) of each run, in order."""
    rows = await admin.fetch(
        "SELECT week, round, (report -> 'done' ->> 'residents')::integer AS residents FROM match_run ORDER BY week, round"
    )
    return [tuple(row) for row in rows]


async def test_a_town_that_is_opened_on_a_tuesday_matches_its_people_at_once(
    context: Context, admin: asyncpg.Connection, hand: Hand
) -> None:
    hand.now = at(1, 10)
    place = await make_town(admin, now=hand())
    await make_session(admin, place, now=hand(), capacity=100)
    await match_week(context)
    assert not await runs(admin), "a week without people is not closed"
    await people(admin, place, hand, "ada")
    hand.now = at(1, 10, 1)
    await match_week(context)
    await people(admin, place, hand, *(f"neighbor{n}" for n in range(39)))
    hand.now = at(1, 10, 2)
    await match_week(context)
    await send_digests(context)
    assert await runs(admin) == [(MONDAY, 0, 1), (MONDAY, (24 + 10) * 4 + 1, 39)]
    assert await admin.fetchval("SELECT count(DISTINCT matcher_id) FROM match") == 40
    assert await admin.fetchval("SELECT count(*) FROM digest WHERE week = $1", MONDAY) == 40


@pytest.mark.parametrize("day", range(7))
async def test_whoever_confirms_on_any_day_is_matched_by_the_next_evening(
    day: int, context: Context, admin: asyncpg.Connection, hand: Hand
) -> None:
    hand.now = at(0, 8)
    place = await make_town(admin, now=hand())
    await people(admin, place, hand, "ada")
    for ahead in range(2, 15):
        await make_session(admin, place, now=hand(), starts_in=timedelta(days=ahead, hours=4), slug=f"morning-{ahead}")
    hand.now = at(0, 18)
    await match_week(context)
    hand.now = at(day, 19)  # the evening's own run is over
    await match_week(context)
    await people(admin, place, hand, "bo")
    hand.now = at(day + 1, 18)
    await match_week(context)
    newcomer = "SELECT count(*) FROM match AS m JOIN pseudonym AS n USING (matcher_id) JOIN resident AS r ON r.id = n.resident_id"
    assert await admin.fetchval(f"{newcomer} WHERE r.confirmed_at > $1", at(0, 12)) > 0


async def test_an_evening_on_which_nobody_waits_leaves_nothing_behind(context: Context, admin: asyncpg.Connection, hand: Hand) -> None:
    hand.now = at(0, 18)
    place = await make_town(admin, now=hand())
    await make_session(admin, place, now=hand())
    await people(admin, place, hand, "ada")
    paused = await make_resident(admin, place, now=hand(), email="on-a-break@example.org")
    await admin.execute("UPDATE resident SET paused_until = $2 WHERE id = $1", paused, at(20, 0))
    for day in range(7):
        for hour in (18, 23):
            hand.now = at(day, hour)
            await match_week(context)
    assert await runs(admin) == [(MONDAY, 0, 1)]


async def test_who_got_nothing_gets_what_is_posted_later_in_the_week(context: Context, admin: asyncpg.Connection, hand: Hand) -> None:
    hand.now = at(0, 18)
    place = await make_town(admin, now=hand())
    await people(admin, place, hand, "ada")
    await match_week(context)
    hand.now = at(1, 18)
    await match_week(context)
    assert await runs(admin) == [(MONDAY, 0, 1)], "nothing new was posted"
    hand.now = at(2, 9)
    await make_session(admin, place, now=hand())
    hand.now = at(2, 18)
    await match_week(context)
    assert await runs(admin) == [(MONDAY, 0, 1), (MONDAY, evening_quarter(ZONE, MONDAY, 2), 1)]
    assert await admin.fetchval("SELECT count(*) FROM match") == 1


async def test_a_letter_of_sunday_is_not_followed_by_one_of_tuesday(context: Context, admin: asyncpg.Connection, hand: Hand) -> None:
    hand.now = at(6, 9)
    place = await make_town(admin, now=hand())
    for ahead in range(1, 12):
        await make_session(admin, place, now=hand(), starts_in=timedelta(days=ahead, hours=4), slug=f"morning-{ahead}")
    await people(admin, place, hand, "ada")
    written = []
    for hours in range(24 * 8):
        hand.now = at(6, 9) + timedelta(hours=hours)
        await match_week(context)
        await send_digests(context)
        written.append(await admin.fetchval("SELECT count(*) FROM digest"))
    times = await admin.fetch("SELECT week, composed_at FROM digest ORDER BY week")
    assert [row["week"] for row in times] == [MONDAY, MONDAY + timedelta(weeks=1)]
    assert times[1]["composed_at"] - times[0]["composed_at"] >= timedelta(days=3)


async def test_the_seats_of_unanswered_invitations_are_not_given_twice(context: Context, admin: asyncpg.Connection, hand: Hand) -> None:
    """On each evening newcomers arrive; the guests that all runs together expect stay within the seats of the one date."""
    place = await make_town(admin, now=hand())
    await make_session(admin, place, now=hand(), starts_in=timedelta(days=6), capacity=2)
    for evening in range(5):
        hand.now = at(evening, 17)
        await people(admin, place, hand, *(f"neighbor-{evening}-{n}" for n in range(15)))
        hand.now = at(evening, 18)
        await match_week(context)
    invited = "SELECT sum(m.probability * p.party) FROM match AS m JOIN profile AS p USING (matcher_id)"
    assert 1 < await admin.fetchval(invited) <= 2 * 1.001
    assert len(await runs(admin)) == 5
    twice = "SELECT count(*) FROM (SELECT matcher_id FROM match GROUP BY matcher_id HAVING count(DISTINCT run_id) > 1) AS t"
    assert await admin.fetchval(twice) == 0


async def test_an_evening_replays_byte_by_byte(context: Context, admin: asyncpg.Connection, hand: Hand) -> None:
    hand.now = at(2, 18)
    place = await make_town(admin, now=hand())
    await make_session(admin, place, now=hand())
    await people(admin, place, hand, "ada")
    await match_week(context)
    await people(admin, place, hand, "bo")
    hand.now = at(4, 18)
    done = await match_week(context)
    assert [run.residents for run in done] == [1]
    assert done[0].run_id is not None
    assert (await actions.replay(context.database, run_id=done[0].run_id)).equal


@pytest.mark.parametrize(
    ("instant", "due"),
    [
        ("2026-11-23T17:59-05:00", None),
        ("2026-11-23T18:00-05:00", (MONDAY, 0)),
        ("2026-11-24T17:59-05:00", (MONDAY, 0)),
        ("2026-11-24T18:00-05:00", (MONDAY, 1)),
        ("2026-11-29T23:59-05:00", (MONDAY, 6)),
        ("2026-11-30T00:00-05:00", None),
    ],
)
def test_the_last_evening_that_has_begun_is_due(instant: str, due: tuple[date, int] | None) -> None:
    assert due_evening(ZONE, datetime.fromisoformat(instant)) == due


@given(
    st.datetimes(datetime.fromisoformat("2026-01-01"), datetime.fromisoformat("2027-12-31"), timezones=st.just(UTC)),
    st.sampled_from([ZONE, "Asia/Tokyo", "Europe/London"]),
)
def test_from_any_instant_an_evening_comes_within_a_day(instant: datetime, zone: str) -> None:
    """Clocks that are put back make a day of 25 hours."""
    dues = {due_evening(zone, instant + timedelta(minutes=30 * half)) for half in range(51)} - {None}
    assert dues - {due_evening(zone, instant)}
