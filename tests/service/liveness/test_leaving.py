"""An activity that nobody is heard of leaves the weekly letters by itself, a week after its center was asked; a sign of life keeps it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg
import pytest

from service.db import Database
from service.ids import new_id
from service.liveness.actions import LEAST_DATES, LEAST_INVITATIONS, SILENT_FOR
from service.registrations import actions as registrations
from tests.service.liveness.conftest import DAY, Riverton
from tests.service.liveness.silent import make_dates, make_people, make_silent
from tests.service.mail.neighbors import Date, make_resident, make_session, make_town

HOUR = timedelta(hours=1)


@pytest.fixture
async def silent(riverton: Riverton) -> Date:
    return await make_silent(riverton.admin, riverton.town, now=riverton.now)


async def test_a_silent_activity_leaves_the_letters_a_week_after_its_center_was_asked(riverton: Riverton, silent: Date) -> None:
    other = await make_session(riverton.admin, riverton.town, now=riverton.now, slug="new-choir", starts_in=12 * DAY)
    left_at = []
    for hours in range(0, 24 * 12, 6):
        after = hours * HOUR
        watched = await riverton.look(after)
        left_at += [riverton.now + after] * watched.left
        gone = bool(left_at)
        assert watched.warned == (1 if hours == 0 else 0)
        if hours % 24 == 0 and after < 9 * DAY:
            assert (silent.activity_id in await riverton.offered(after)) is not gone
        assert other.activity_id in await riverton.offered(after)
    [left] = left_at
    assert riverton.now + timedelta(days=7) < left <= riverton.now + timedelta(days=8)


async def test_people_keep_their_seats_and_the_public_page_stays(riverton: Riverton, silent: Date) -> None:
    guest = await make_resident(riverton.admin, riverton.town, now=riverton.now, email="guest@residents.example.org")
    long_ago = riverton.now - SILENT_FOR - DAY
    async with riverton.worker_db.transaction() as conn:
        await registrations.accept(conn, session_id=silent.id, resident_id=guest, now=long_ago)
    assert (await riverton.look()).warned == 1
    before = await riverton.admin.fetch("SELECT * FROM registration"), await riverton.admin.fetch("SELECT * FROM seats ORDER BY session_id")
    assert (await riverton.look(8 * DAY)).left == 1
    after = await riverton.admin.fetch("SELECT * FROM registration"), await riverton.admin.fetch("SELECT * FROM seats ORDER BY session_id")
    assert before == after
    assert [row["state"] for row in after[0]] == ["confirmed"]
    async with riverton.db.transaction() as conn:
        assert await conn.fetchval("SELECT status FROM activity WHERE id = $1", silent.activity_id) == "published"


# Signs of life. Each is given the activity, a past date of it, a person who was invited, and the moment.

Sign = Callable[[Riverton, Date, UUID, datetime], Awaitable[object]]


def answer(word: str, visit_by: str | None = None) -> Sign:
    async def give(riverton: Riverton, date: Date, person: UUID, at: datetime) -> object:
        return await riverton.admin.execute(
            "INSERT INTO answer (matcher_id, session_id, activity_id, answer, visit_by, at)"
            " SELECT n.matcher_id, $2, $3, $4, $5, $6 FROM pseudonym AS n WHERE n.resident_id = $1",
            person, date.id, date.activity_id, word, visit_by, at,
        )  # fmt: skip

    return give


async def walk_in(riverton: Riverton, date: Date, person: UUID, at: datetime) -> object:
    return await riverton.admin.execute(
        "INSERT INTO walk_in (organization_id, session_id, people, noted_at, key) VALUES ($1, $2, 2, $3, $4)",
        date.center_id, date.id, at, new_id(at),
    )  # fmt: skip


async def fetched_calendar(riverton: Riverton, date: Date, person: UUID, at: datetime) -> object:
    """The activity comes from a calendar that was last due at that moment."""
    feed_id = await riverton.admin.fetchval(
        "INSERT INTO feed (organization_id, source, format, next_fetch_at, created_at)"
        " VALUES ($1, 'https://example.org/c.ics', 'ics', $2, $2) RETURNING id", date.center_id, at,
    )  # fmt: skip
    return await riverton.admin.execute("UPDATE activity SET feed_id = $1, uid = 'quilts' WHERE id = $2", feed_id, date.activity_id)


async def twin_in_another_calendar(riverton: Riverton, date: Date, person: UUID, at: datetime) -> object:
    twin = await make_session(riverton.admin, riverton.town, now=riverton.now, slug="twin", merged_into=date.activity_id)
    return await fetched_calendar(riverton, Date(twin.id, twin.activity_id, twin.center_id), person, at)


async def press(riverton: Riverton, date: Date, person: UUID, at: datetime) -> object:
    return await riverton.admin.execute(
        "INSERT INTO activity_silence (activity_id, organization_id, kept_at) VALUES ($1, $2, $3)", date.activity_id, date.center_id, at
    )


SIGNS = {
    "a yes": answer("yes"),
    "a no": answer("no"),
    "a wish": answer("wanted"),
    "noted as there": answer("attended", "center"),
    "noted as missed": answer("missed", "center"),
    "the person's word": answer("attended", "person"),
    "a walk-in": walk_in,
    "a calendar": fetched_calendar,
    "a twin's calendar": twin_in_another_calendar,
    "a press": press,
}


async def past_date(riverton: Riverton, date: Date) -> Date:
    past = await riverton.admin.fetchval(
        "SELECT id FROM session WHERE activity_id = $1 AND ends_at <= $2 ORDER BY starts_at DESC LIMIT 1", date.activity_id, riverton.now
    )
    return Date(past, date.activity_id, date.center_id)


@pytest.mark.parametrize("sign", SIGNS)
async def test_one_sign_of_life_within_ten_weeks_is_enough(riverton: Riverton, sign: str) -> None:
    people = await make_people(riverton.admin, riverton.town, 2, now=riverton.now)
    date = await make_silent(riverton.admin, riverton.town, now=riverton.now, people=people)
    await SIGNS[sign](riverton, await past_date(riverton, date), people[0], riverton.now - SILENT_FOR + HOUR)
    assert (await riverton.look()).warned == 0
    assert await riverton.letters() == []


@pytest.mark.parametrize("sign", SIGNS)
async def test_a_sign_of_longer_ago_is_none(riverton: Riverton, sign: str) -> None:
    people = await make_people(riverton.admin, riverton.town, 2, now=riverton.now)
    date = await make_silent(riverton.admin, riverton.town, now=riverton.now, people=people)
    await SIGNS[sign](riverton, await past_date(riverton, date), people[0], riverton.now - SILENT_FOR - HOUR)
    assert (await riverton.look()).warned == 1


@pytest.mark.parametrize("sign", [sign for sign in SIGNS if sign != "a press"])
@pytest.mark.parametrize("days", [3, 12], ids=["while it is in the letters", "after it has left"])
async def test_a_sign_after_the_letter_keeps_it_or_brings_it_back(riverton: Riverton, sign: str, days: int) -> None:
    people = await make_people(riverton.admin, riverton.town, 2, now=riverton.now)
    date = await make_silent(riverton.admin, riverton.town, now=riverton.now, people=people)
    await make_dates(riverton.admin, date, [riverton.now + 20 * DAY])
    for after in (0, days):
        await riverton.look(after * DAY)
    assert (date.activity_id in await riverton.offered((days + 1) * DAY)) is (days == 3)
    await SIGNS[sign](riverton, await past_date(riverton, date), people[0], riverton.now + days * DAY + HOUR)
    watched = await riverton.look((days + 1) * DAY)
    assert (watched.returned, watched.left, watched.warned) == (1, 0, 0)
    assert date.activity_id in await riverton.offered((days + 1) * DAY)
    assert len(await riverton.letters()) == 2


# What is not silent.


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE activity SET status = 'draft'",
        "UPDATE organization SET closed_at = created_at WHERE kind = 'center'",
        "UPDATE session SET state = 'cancelled' WHERE starts_at > '2026-11-23'",
        "UPDATE session SET state = 'cancelled' WHERE starts_at < '2026-11-23'",
        "DELETE FROM match",
        "DELETE FROM digest",
        "UPDATE letter SET state = 'failed', sent_at = NULL",
        "UPDATE letter SET state = 'held', sent_at = NULL",
    ],
)
async def test_what_could_not_be_answered_is_not_silent(riverton: Riverton, silent: Date, change: str) -> None:
    await riverton.admin.execute(change)
    assert (await riverton.look()).warned == 0
    assert await riverton.rows() == []


async def test_an_activity_that_was_never_offered_to_anybody_is_not_silent(riverton: Riverton) -> None:
    await make_silent(riverton.admin, riverton.town, now=riverton.now, people=[])
    assert (await riverton.look()).warned == 0


async def test_the_least_number_of_invitations_and_dates_is_exact(riverton: Riverton) -> None:
    people = await make_people(riverton.admin, riverton.town, LEAST_INVITATIONS, now=riverton.now)
    for slug, dates, invited in (
        ("few-people", LEAST_DATES, LEAST_INVITATIONS // LEAST_DATES - 1),
        ("one-date", LEAST_DATES - 1, LEAST_INVITATIONS),
        ("enough", LEAST_DATES, LEAST_INVITATIONS // LEAST_DATES),
    ):
        await make_silent(riverton.admin, riverton.town, now=riverton.now, slug=slug, title=slug, dates=dates, people=people[:invited])
    assert (await riverton.look()).warned == 1
    [row] = await riverton.rows()
    assert await riverton.admin.fetchval("SELECT slug FROM activity WHERE id = $1", row["activity_id"]) == "enough"


async def test_what_is_taken_back_or_ends_is_forgotten_and_begins_anew(riverton: Riverton, silent: Date) -> None:
    await riverton.look()
    assert (await riverton.look(8 * DAY)).left == 1
    await riverton.admin.execute("UPDATE activity SET status = 'draft'")
    await riverton.look(8 * DAY + HOUR)
    assert await riverton.rows() == []


# The letter.


async def test_who_may_answer_for_the_center_gets_one_letter_a_week_before(riverton: Riverton, silent: Date) -> None:
    looks = await asyncio.gather(*(riverton.look() for _ in range(3)))
    assert sum(watched.warned for watched in looks) == 1
    assert {staff_id for staff_id, _ in await riverton.letters()} == {riverton.staff["owner"], riverton.staff["staff"]}
    [silence] = await riverton.rows()
    for days in range(1, 30):
        await riverton.look(days * DAY)
    assert len(await riverton.letters()) == 2
    row = await riverton.admin.fetchrow("SELECT min(not_before) AS begins, max(give_up_at) AS ends FROM letter WHERE staff_id IS NOT NULL")
    assert row
    assert row["begins"] + 7 * DAY <= silence["leaves_at"] == row["ends"] <= row["begins"] + 8 * DAY


async def test_one_letter_is_about_all_that_is_silent_at_a_center_and_about_nothing_of_others(riverton: Riverton) -> None:
    people = await make_people(riverton.admin, riverton.town, 2, now=riverton.now)
    for slug in ("quilts", "chess", "choir"):
        await make_silent(riverton.admin, riverton.town, now=riverton.now, slug=slug, title=f"Old {slug}", people=people)
    elsewhere = await make_town(riverton.admin, now=riverton.now, slug="hillside")
    strangers = await make_people(riverton.admin, elsewhere, 2, now=riverton.now, name="far")
    await make_silent(riverton.admin, elsewhere, now=riverton.now, slug="theirs", title="Their group", people=strangers)
    assert (await riverton.look()).warned == 4
    for _, content in await riverton.letters():
        assert [line for line in content.text.splitlines() if line.startswith("“")] == ["“Old chess”", "“Old choir”", "“Old quilts”"]
    assert len(await riverton.letters()) == 2  # nobody works at the other center


@pytest.mark.parametrize(("hour", "leaves"), [(1, "2026-11-23 10:00"), (15, "2026-11-23 15:00"), (22, "2026-11-24 10:00")])
async def test_nobody_is_written_to_at_night(riverton: Riverton, hour: int, leaves: str) -> None:
    """By the clock of the center, which is five hours behind."""
    await make_silent(riverton.admin, riverton.town, now=riverton.now)
    await riverton.look(timedelta(hours=hour - 10))
    due = await riverton.admin.fetchval("SELECT min(not_before) FROM letter WHERE staff_id IS NOT NULL")
    assert f"{due - 5 * HOUR:%Y-%m-%d %H:%M}" == leaves


async def test_a_center_whose_letter_fails_is_asked_at_the_next_look_and_keeps_nobody_waiting(
    riverton: Riverton, admin: asyncpg.Connection, worker_db: Database
) -> None:
    people = await make_people(admin, riverton.town, 2, now=riverton.now)
    await make_silent(admin, riverton.town, now=riverton.now, people=people)
    elsewhere = await make_town(admin, now=riverton.now, slug="hillside")
    strangers = await make_people(admin, elsewhere, 2, now=riverton.now, name="far")
    await make_silent(admin, elsewhere, now=riverton.now, slug="theirs", people=strangers)
    await admin.execute("UPDATE organization SET zone = 'Nowhere/Atlantis' WHERE id = $1", riverton.town.center_id)
    assert (await riverton.look()).warned == 1
    await admin.execute("UPDATE organization SET zone = 'America/New_York' WHERE id = $1", riverton.town.center_id)
    assert (await riverton.look(DAY)).warned == 1
    assert len(await riverton.letters()) == 2
