"""An activity that takes place every week, and to which letters invited people who said nothing."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import asyncpg

from service.ids import new_id
from tests.service.digests.test_compose_week import pair
from tests.service.mail.neighbors import Date, Town, make_resident, make_session

WEEK = timedelta(weeks=1)
INTO_THE_WEEK = timedelta(days=2)
BEFORE_THE_DATE = timedelta(days=1)


async def make_dates(admin: asyncpg.Connection, date: Date, begins: list[datetime]) -> list[Date]:
    """More dates of an activity, each an hour long."""
    made = []
    for moment in begins:
        session_id = new_id(moment)
        await admin.execute(
            "INSERT INTO session (organization_id, id, activity_id, original_local, starts_at_local, zone, starts_at, ends_at, changed_at)"
            " VALUES ($1, $2, $3, $4, $4, 'America/New_York', $5, $6, $5)",
            date.center_id, session_id, date.activity_id, moment.replace(tzinfo=None), moment, moment + timedelta(hours=1),
        )  # fmt: skip
        await admin.execute("INSERT INTO seats (session_id, capacity) VALUES ($1, 10)", session_id)
        made.append(Date(session_id, date.activity_id, date.center_id))
    return made


async def invite(admin: asyncpg.Connection, town: Town, dates: list[Date], people: list[UUID], *, letter_state: str = "sent") -> None:
    """A weekly letter to each of the people for each date, sent the day before it."""
    for date in dates:
        begins: datetime = await admin.fetchval("SELECT starts_at FROM session WHERE id = $1", date.id)
        sent_at = begins - BEFORE_THE_DATE
        week = begins.date() - timedelta(days=begins.weekday())
        run_id = await admin.fetchval(
            "INSERT INTO match_run (region_id, week, round, state, seed, result_hash, snapshot, opened_at, closed_at)"
            " VALUES ($1, $2, 0, 'closed', 1, 'x', 'x', $3, $3)"
            " ON CONFLICT (region_id, week, round) DO UPDATE SET seed = 1 RETURNING id",
            town.region_id, week, sent_at,
        )  # fmt: skip
        for person in people:
            rank = 1 + await admin.fetchval(
                "SELECT count(*) FROM match WHERE run_id = $1 AND matcher_id = (SELECT matcher_id FROM pseudonym WHERE resident_id = $2)",
                run_id, person,
            )  # fmt: skip
            await pair(admin, run_id, person, date, rank=rank)
            if rank > 1:
                continue
            letter_id = await admin.fetchval(
                "INSERT INTO letter (kind, resident_id, message_id, content, state, not_before, give_up_at, queued_at, sent_at)"
                " VALUES ('digest', $1, $2, 'x', $3, $4, $5, $4, $6) RETURNING id",
                person, new_id(sent_at).hex, letter_state, sent_at, sent_at + WEEK, sent_at if letter_state == "sent" else None,
            )  # fmt: skip
            await admin.execute(
                "INSERT INTO digest (resident_id, week, run_id, letter_id, composed_at) VALUES ($1, $2, $3, $4, $5)",
                person, week, run_id, letter_id, sent_at,
            )  # fmt: skip


async def make_people(admin: asyncpg.Connection, town: Town, number: int, *, now: datetime, name: str = "silent") -> list[UUID]:
    return [await make_resident(admin, town, now=now, email=f"{name}-{n}@residents.example.org") for n in range(number)]


async def make_silent(
    admin: asyncpg.Connection,
    town: Town,
    *,
    now: datetime,
    slug: str = "old-quilts",
    title: str = "Old quilts",
    dates: int = 10,
    people: list[UUID] | None = None,
    letter_state: str = "sent",
    **columns: object,
) -> Date:
    """An activity with a date in nine days, dates in the weeks before now, and two people (unless named) invited to each of those.

    The earliest of ten was 68 days ago. Returns the date to come.
    """
    date = await make_session(admin, town, now=now, slug=slug, title=title, starts_in=timedelta(days=9), **columns)  # type: ignore[arg-type]
    past = await make_dates(admin, date, [now - WEEK * (n + 1) + INTO_THE_WEEK for n in range(dates)])
    invited = people if people is not None else await make_people(admin, town, 2, now=now)
    await invite(admin, town, past, invited, letter_state=letter_state)
    return date
