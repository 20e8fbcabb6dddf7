"""A fault in one region, center, calendar or letter is logged with its place, and the others get their turn."""

from __future__ import annotations

import asyncio
import io
import json
import re
from collections.abc import AsyncIterator, Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from uuid import UUID

import asyncpg
import numpy as np
import pytest
from structlog.testing import capture_logs
from structlog.typing import EventDict

from service.clock import monday_of
from service.db import Database
from service.feeds import store
from service.feeds.fetch import Fetched
from service.feeds.places import FeedHome
from service.matches import actions as matches
from service.matches import learning
from service.outcomes.matching import report
from tests.rows import first_row
from tests.service.mail.neighbors import Date, Town, make_resident, make_session, make_town
from tests.service.matches import town as towns
from tests.waiting import until
from tests.workers.test_import_feeds import CALENDAR, subscribe
from tests.workers.test_work import settings_for, working
from workers.after_match import after_match
from workers.context import Context, open_context
from workers.import_feeds import import_feeds
from workers.keep_ready import keep_ready
from workers.learn import learn_nightly
from workers.match_week import match_week
from workers.send_digests import send_digests

NO_ZONE = "Nowhere/At_All"
PLACE = re.compile(r"(service|matching|workers)/[a-z_/]+\.py:\d+")
Lines = list[EventDict]


@pytest.fixture
def lines() -> Iterator[Lines]:
    with capture_logs() as captured:
        yield captured


@pytest.fixture
async def context(database_url: str, tmp_path: Path, now: datetime) -> AsyncIterator[Context]:
    async with open_context(settings_for(database_url, "", tmp_path), lambda: now, asyncio.Event()) as opened:
        yield opened


async def build(worker_db: Database, rng: np.random.Generator, now: datetime, *slugs: str) -> None:
    async with worker_db.transaction() as conn:
        for slug in slugs:
            await towns.build(conn, rng, now, residents=6, activities=8, weeks=6, slug=slug)


async def lose_zone(admin: asyncpg.Connection, slug: str) -> None:
    """A zone that this machine's list does not have: every job that asks for the local time breaks."""
    await admin.execute("UPDATE region SET zone = $2 WHERE slug = $1", slug, NO_ZONE)


def only(lines: Lines, event: str) -> EventDict:
    """The one line of that event; it names fault, message and place."""
    (line,) = [line for line in lines if line["event"] == event]
    assert line["log_level"] == "error"
    assert line["fault"]
    assert PLACE.fullmatch(line["place"]), line["place"]
    assert NO_ZONE not in line["message"]
    return line


async def test_a_region_that_cannot_learn_holds_up_no_other(
    admin: asyncpg.Connection, worker_db: Database, context: Context, rng: np.random.Generator, now: datetime, lines: Lines
) -> None:
    await build(worker_db, rng, now, "ash", "birch")
    await lose_zone(admin, "ash")
    assert [lesson.region for lesson in await learn_nightly(context)] == ["birch"]
    line = only(lines, "lesson_failed")
    assert (line["region"], line["fault"]) == ("ash", "ZoneInfoNotFoundError")


async def test_a_region_that_cannot_be_matched_holds_up_no_other(
    admin: asyncpg.Connection, database_url: str, tmp_path: Path, worker_db: Database, rng: np.random.Generator, now: datetime, lines: Lines
) -> None:
    evening = datetime.fromisoformat("2026-11-23T19:00-05:00").astimezone(now.tzinfo)
    await build(worker_db, rng, evening, "ash", "birch")
    await lose_zone(admin, "ash")
    async with open_context(settings_for(database_url, "", tmp_path), lambda: evening, asyncio.Event()) as context:
        assert [done.region for done in await match_week(context)] == ["birch"]
    assert only(lines, "match_failed")["region"] == "ash"


async def test_a_week_without_a_match_is_learned_from_and_reported(
    admin: asyncpg.Connection, worker_db: Database, context: Context, rng: np.random.Generator, now: datetime, lines: Lines
) -> None:
    await build(worker_db, rng, now, "ash", "birch")
    long_ago = monday_of(now.date()) - timedelta(weeks=3)
    await admin.execute("UPDATE profile SET available = $1", bytes(42))  # nobody has an hour
    for region in ("ash", "birch"):
        done = await matches.match_week(worker_db, region=region, week=long_ago, now=now)
        assert done.matches == 0
    assert [(lesson.region, lesson.weeks) for lesson in await learn_nightly(context)] == [("ash", 1), ("birch", 1)]
    figures = await report(worker_db, region="ash", weeks=12, now=now)
    assert (figures.weeks, figures.offers, figures.honest) == ([str(long_ago)], 0, None)
    assert not [line for line in lines if line["log_level"] == "error"]


async def test_a_damaged_week_is_left_out_and_the_others_teach(
    admin: asyncpg.Connection, worker_db: Database, rng: np.random.Generator, now: datetime, lines: Lines
) -> None:
    await build(worker_db, rng, now, "ash")
    first = monday_of(now.date()) - timedelta(weeks=4)
    weeks = [first + timedelta(weeks=week) for week in range(2)]
    for week in weeks:
        await matches.match_week(worker_db, region="ash", week=week, now=now)
    await damage(admin, weeks[0])
    lesson = await learning.learn(worker_db, region="ash", now=now)
    assert lesson is not None
    assert lesson.weeks == 1
    assert (await report(worker_db, region="ash", weeks=12, now=now)).weeks == [str(weeks[1])]
    left_out = [line for line in lines if line["event"] == "run_left_out"]
    assert {(line["region"], line["week"], line["fault"]) for line in left_out} == {("ash", str(weeks[0]), "IndexError")}


async def damage(admin: asyncpg.Connection, week: date) -> None:
    """Arrays that can be read and do not fit together: sessions of activities that are not there."""
    snapshot = await admin.fetchval("SELECT snapshot FROM match_run WHERE week = $1", week)
    with np.load(io.BytesIO(snapshot), allow_pickle=False) as archive:
        flat = dict(archive)
    flat["sessions.activity"] = flat["sessions.activity"] + np.int32(10_000)
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **flat)
    await admin.execute("UPDATE match_run SET snapshot = $2 WHERE week = $1", week, buffer.getvalue())


async def test_what_one_region_leaves_behind_holds_up_no_other(
    admin: asyncpg.Connection, worker_db: Database, context: Context, rng: np.random.Generator, now: datetime, lines: Lines
) -> None:
    await build(worker_db, rng, now, "ash", "birch")
    week = monday_of(now.date())
    for region in ("ash", "birch"):
        await matches.match_week(worker_db, region=region, week=week, now=now)
    await admin.execute("UPDATE match_run SET snapshot = 'torn' WHERE region_id = (SELECT id FROM region WHERE slug = 'ash')")
    assert await after_match(context) == 1
    line = only(lines, "after_match_failed")
    assert (line["region"], line["week"]) == ("ash", str(week))


async def a_match(admin: asyncpg.Connection, town: Town, week: date, now: datetime, *residents: UUID, date: Date) -> None:
    run_id = await admin.fetchval(
        "INSERT INTO match_run (region_id, week, state, seed, result_hash, snapshot, opened_at, closed_at)"
        " VALUES ($1, $2, 'closed', 1, 'x', 'x', $3, $3) RETURNING id",
        *(town.region_id, week, now),
    )
    reasons = json.dumps([{"code": "topic", "topic": "gardening", "weight": 1.0}])
    for resident_id in residents:
        await admin.execute(
            "INSERT INTO match (run_id, matcher_id, session_id, rank, probability, propensity, km, reasons)"
            " SELECT $1, matcher_id, $3, 1, 0.5, 0.5, 0.6, $4::jsonb FROM pseudonym WHERE resident_id = $2",
            *(run_id, resident_id, date.id, reasons),
        )


async def test_a_letter_or_a_region_at_fault_keeps_no_other_letter_back(
    admin: asyncpg.Connection, context: Context, now: datetime, lines: Lines
) -> None:
    week = monday_of(now.date())
    for slug in ("ash", "birch"):
        town = await make_town(admin, now=now, slug=slug)
        zones = [NO_ZONE, "America/New_York"]
        people = [await make_resident(admin, town, now=now, email=f"{slug}{n}@example.org", zone=zone) for n, zone in enumerate(zones)]
        await a_match(admin, town, week, now, *people, date=await make_session(admin, town, now=now, slug=f"{slug}-garden"))
    await lose_zone(admin, "ash")
    (done,) = await send_digests(context)
    assert (done.queued, done.failed) == (1, 2)
    assert only(lines, "letters_not_composed")["region"] == "ash"
    assert only(lines, "letter_not_composed")["region"] == "birch"
    assert "example.org" not in str(lines)


async def test_a_series_at_fault_keeps_its_dates_and_the_others_get_theirs(
    admin: asyncpg.Connection, context: Context, now: datetime, lines: Lines
) -> None:
    dates = []
    for slug in ("ash", "birch"):
        town = await make_town(admin, now=now, slug=slug)
        dates += [await make_session(admin, town, now=now, slug=f"{slug}-{n}", title=f"{slug} {n}", rrule="FREQ=WEEKLY") for n in range(2)]
    await admin.execute("UPDATE activity SET zone = $2 WHERE id = $1", dates[0].activity_id, NO_ZONE)
    assert await keep_ready(context)
    rows = await admin.fetch("SELECT activity_id, count(*) AS n FROM session WHERE state = 'scheduled' GROUP BY activity_id")
    number = {row["activity_id"]: row["n"] for row in rows}
    assert number[dates[0].activity_id] == 1
    assert all(number[date.activity_id] > 4 for date in dates[1:])
    line = only(lines, "dates_not_kept")
    assert (line["organization"], line["activity"]) == (str(dates[0].center_id), str(dates[0].activity_id))


async def test_a_calendar_that_breaks_the_import_is_counted_and_the_next_is_read(
    admin: asyncpg.Connection, worker_db: Database, database_url: str, tmp_path: Path, now: datetime, lines: Lines
) -> None:
    async def fetch(source: str, *, etag: str | None, last_modified: str | None) -> Fetched:
        if ":1/" in source:
            raise RecursionError("maximum recursion depth exceeded while reading 'Ada Lovelace, 12 Mill Street'")
        return Fetched(body=CALENDAR, etag=etag, last_modified=last_modified)

    await subscribe(worker_db, 1, now)
    center = await first_row(admin, "SELECT organization_id, source FROM feed")
    async with worker_db.transaction(organization_id=center["organization_id"]) as conn:
        feed = (await store.of_center(conn, organization_id=center["organization_id"]))[0]
        assert feed.home_lat is not None
        assert feed.home_lon is not None
        home = FeedHome(name="Elm House", lat=feed.home_lat, lon=feed.home_lon, zone="America/New_York")
        source = center["source"].replace(":1/", ":2/")
        other = await store.put_feed(conn, organization_id=feed.organization_id, source=source, format="ics", home=home, now=now)
        await store.note_fetched(conn, organization_id=feed.organization_id, id=other, etag=None, last_modified=None, next_fetch_at=now)
    async with open_context(settings_for(database_url, "", tmp_path), lambda: now, asyncio.Event(), fetch=fetch) as context:
        done = await import_feeds(context)
    assert {outcome.feed.id: outcome.refusal for outcome in done} == {feed.id: "broken", other: ""}
    assert await admin.fetchval("SELECT failures FROM feed WHERE id = $1", feed.id) == 1
    (line,) = [line for line in lines if line["event"] == "feed_failed"]
    assert (line["fault"], line["feed"], line["organization"]) == ("RecursionError", str(feed.id), str(feed.organization_id))
    assert "Lovelace" not in str(lines)


async def test_a_look_that_fails_says_what_and_where(
    admin: asyncpg.Connection, database_url: str, tmp_path: Path, now: datetime, lines: Lines
) -> None:
    """There is a file where the mailbox should be a folder."""
    (tmp_path / "in_the_way").write_text("")

    async def failed() -> bool:
        return any(line["event"] == "look_failed" for line in lines)

    async with working(settings_for(database_url, "", tmp_path / "in_the_way"), now):
        await until(failed)
    line = next(line for line in lines if line["event"] == "look_failed")
    assert line["look"] == "deliver_letters"
    assert line["message"]
    assert str(tmp_path) not in line["message"]
    assert PLACE.fullmatch(line["place"])
