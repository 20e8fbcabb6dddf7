"""Calendars taken in: what is told is kept, what is called off vanishes, what two tell is one, and every row is counted."""

from datetime import datetime, timedelta
from pathlib import Path

import asyncpg
import pytest

from service.centers import changes
from service.db import Database
from service.errors import Invalid
from service.feeds.actions import import_due, import_source
from service.feeds.fetch import Fetched, NotFetched
from service.organizations.model import Organization
from service.places.places import Places
from service.registrations import schedule
from tests.service.feeds.calendars import calendar, counts, event, scheduled, write
from tests.service.mail.neighbors import VAULT

YOGA = event("yoga", "Chair yoga", "20261201T100000", "RRULE:FREQ=WEEKLY")
CHESS = event("chess", "Chess for all", "20261202T180000")


async def test_what_is_told_again_changes_nothing(
    center: Organization, worker_db: Database, admin: asyncpg.Connection, tmp_path: Path, now: datetime
) -> None:
    source = write(tmp_path, YOGA, CHESS)
    assert counts(await import_source(worker_db, vault=VAULT, source=source, center="elm", now=now)) == {"added": 2}
    before = await admin.fetch("SELECT id, sequence, changed_at FROM session ORDER BY id")
    again = await import_source(worker_db, vault=VAULT, source=source, center="elm", now=now + timedelta(hours=1))
    assert counts(again) == {"unchanged": 2}
    assert await admin.fetch("SELECT id, sequence, changed_at FROM session ORDER BY id") == before
    assert (await scheduled(admin, "Chair yoga"))[:2] == ["12-01 10:00", "12-08 10:00"]
    assert len(await scheduled(admin, "Chair yoga")) == 7
    assert await admin.fetchval("SELECT count(*) FROM seats") == 8


async def test_a_date_that_is_called_off_vanishes_and_a_moved_one_keeps_its_identity(
    center: Organization, worker_db: Database, admin: asyncpg.Connection, tmp_path: Path, now: datetime
) -> None:
    await import_source(worker_db, vault=VAULT, source=write(tmp_path, YOGA), center="elm", now=now)
    moved_id = await admin.fetchval("SELECT id FROM session WHERE starts_at_local = '2026-12-15 10:00'")
    zone = "TZID=America/New_York"
    moved = event("yoga", "Chair yoga", "20261216T140000", f"RECURRENCE-ID;{zone}:20261215T100000")
    gone = event("yoga", "Chair yoga", "20261222T100000", f"RECURRENCE-ID;{zone}:20261222T100000", "STATUS:CANCELLED")
    without = YOGA.replace("DURATION", f"EXDATE;{zone}:20261208T100000\r\nDURATION")
    report = await import_source(worker_db, vault=VAULT, source=write(tmp_path, without, moved, gone), center="elm", now=now)
    assert counts(report) == {"changed": 1, "merged": 1, "cancelled": 1}
    assert (await scheduled(admin, "Chair yoga"))[:3] == ["12-01 10:00", "12-16 14:00", "12-29 10:00"]
    assert await admin.fetchval("SELECT starts_at_local FROM session WHERE id = $1", moved_id) == datetime(2026, 12, 16, 14)  # noqa: DTZ001
    assert await admin.fetchval("SELECT count(*) FROM session WHERE state = 'cancelled'") == 2


async def test_a_cancelled_event_and_one_that_is_not_told_any_more_both_vanish(
    center: Organization, worker_db: Database, admin: asyncpg.Connection, tmp_path: Path, now: datetime
) -> None:
    await import_source(worker_db, vault=VAULT, source=write(tmp_path, YOGA, CHESS), center="elm", now=now)
    report = await import_source(
        worker_db, vault=VAULT, source=write(tmp_path, YOGA.replace("DURATION", "STATUS:CANCELLED\r\nDURATION")), center="elm", now=now
    )
    assert counts(report) == {"cancelled": 1}
    assert report.vanished == 1
    assert await scheduled(admin, "Chair yoga") == await scheduled(admin, "Chess for all") == []


async def test_what_two_calendars_tell_is_one_activity(
    center: Organization, worker_db: Database, admin: asyncpg.Connection, tmp_path: Path, now: datetime
) -> None:
    await import_source(worker_db, vault=VAULT, source=write(tmp_path, YOGA), center="elm", now=now)
    other = write(
        tmp_path, event("other-id", "CHAIR Yoga", "20261201T100000"), CHESS, CHESS.replace("UID:chess", "UID:chess2"), name="other.ics"
    )
    for expected in ({"added": 1, "merged": 2}, {"unchanged": 1, "merged": 2}):
        assert counts(await import_source(worker_db, vault=VAULT, source=other, center="elm", now=now)) == expected
    assert await scheduled(admin, "CHAIR Yoga") == []
    assert await scheduled(admin, "Chess for all") == ["12-02 18:00"]


async def test_a_calendar_that_suddenly_loses_half_is_not_applied(
    center: Organization, worker_db: Database, admin: asyncpg.Connection, tmp_path: Path, now: datetime
) -> None:
    many = [event(f"e{n}", f"Talk {n}", f"202612{n + 10}T180000") for n in range(6)]
    await import_source(worker_db, vault=VAULT, source=write(tmp_path, *many), center="elm", now=now)
    report = await import_source(worker_db, vault=VAULT, source=write(tmp_path, *many[:2]), center="elm", now=now)
    assert report.quarantined
    assert await admin.fetchval("SELECT status FROM feed") == "quarantined"
    assert await admin.fetchval("SELECT count(*) FROM session WHERE state = 'scheduled'") == 6
    assert not (await import_source(worker_db, vault=VAULT, source=write(tmp_path, *many[:3]), center="elm", now=now)).quarantined


async def test_what_cannot_be_a_session_is_refused_by_name(
    center: Organization, worker_db: Database, tmp_path: Path, now: datetime
) -> None:
    rows = {
        "no_hour": "BEGIN:VEVENT\r\nUID:a\r\nSUMMARY:Day\r\nDTSTART;VALUE=DATE:20261201\r\nEND:VEVENT",
        "lasts_over_a_day": event("b", "Show", "20261201T100000").replace("PT1H", "P30D"),
        "frequency_not_read": event("c", "Ticks", "20261201T100000", "RRULE:FREQ=SECONDLY"),
        "online_only": event("d", "Call", "20261201T100000").replace("LOCATION:Elm House", "LOCATION:https://example.org/room"),
        "another_part_of_the_world": event("e", "Surf", "20261201T100000").replace("America/New_York", "Australia/Sydney"),
        "no_start": "BEGIN:VEVENT\r\nUID:f\r\nSUMMARY:Never\r\nEND:VEVENT",
    }
    report = await import_source(worker_db, vault=VAULT, source=write(tmp_path, *rows.values()), center="elm", now=now)
    assert {(refused.row, refused.code) for refused in report.refused} == set(enumerate(rows, start=1))
    assert counts(report) == {"refused": 6}


async def test_a_dry_run_and_a_broken_file_leave_nothing(
    center: Organization, worker_db: Database, admin: asyncpg.Connection, tmp_path: Path, now: datetime
) -> None:
    assert counts(await import_source(worker_db, vault=VAULT, source=write(tmp_path, YOGA), center="elm", dry_run=True, now=now)) == {
        "added": 1
    }
    (tmp_path / "page.ics").write_text("<html>Too many requests</html>", encoding="utf-8")
    with pytest.raises(Invalid):
        await import_source(worker_db, vault=VAULT, source=str(tmp_path / "page.ics"), center="elm", now=now)
    assert await admin.fetchval("SELECT count(*) FROM activity") == await admin.fetchval("SELECT count(*) FROM feed") == 0


async def test_old_dates_are_counted_and_not_kept(center: Organization, worker_db: Database, tmp_path: Path, now: datetime) -> None:
    source = write(tmp_path, event("old", "Old times", "20250101T100000"), CHESS)
    assert counts(await import_source(worker_db, vault=VAULT, source=source, center="elm", now=now)) == {"added": 1, "past": 1}


class Web:
    """The far web: one calendar at one address, or none."""

    def __init__(self, *answers: bytes | None) -> None:
        self.answers = list(answers)
        self.asked: list[str | None] = []

    async def __call__(self, url: str, *, etag: str | None = None, last_modified: str | None = None) -> Fetched:
        self.asked.append(etag)
        body = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if body is None:
            raise NotFetched("no_answer")
        return Fetched(None if etag == str(len(body)) else body, etag=str(len(body)))


ADDRESS = "https://example.org/town.ics"


async def test_an_address_is_fetched_again_when_it_is_due_and_asked_for_changes_only(
    center: Organization, worker_db: Database, admin: asyncpg.Connection, tmp_path: Path, now: datetime
) -> None:
    one, two = calendar(YOGA), calendar(YOGA, CHESS)
    web = Web(one, one, two)
    assert counts(await import_source(worker_db, vault=VAULT, source=ADDRESS, center="elm", now=now, fetch=web)) == {"added": 1}
    assert await import_due(worker_db, vault=VAULT, places=Places(), now=now + timedelta(hours=5), fetch=web) == []
    [unchanged] = await import_due(worker_db, vault=VAULT, places=Places(), now=now + timedelta(hours=7), fetch=web)
    assert unchanged.report is None
    [grown] = await import_due(worker_db, vault=VAULT, places=Places(), now=now + timedelta(hours=14), fetch=web)
    assert grown.report
    assert counts(grown.report) == {"added": 1, "unchanged": 1}
    assert web.asked == [None, str(len(one)), str(len(one))]


async def test_a_feed_that_keeps_failing_waits_longer_each_time_and_is_paused_after_five(
    center: Organization, worker_db: Database, admin: asyncpg.Connection, tmp_path: Path, now: datetime
) -> None:
    good = calendar(YOGA)
    await import_source(worker_db, vault=VAULT, source=ADDRESS, center="elm", now=now, fetch=Web(good))
    waits, at = [], now
    for _ in range(5):
        due = await admin.fetchval("SELECT next_fetch_at FROM feed")
        waits.append((due - at) / timedelta(hours=1))
        at = due
        [outcome] = await import_due(worker_db, vault=VAULT, places=Places(), now=at, fetch=Web(None))
        assert outcome.refusal == "no_answer"
    assert waits == [6, 12, 24, 48, 96]
    assert outcome.paused
    assert await import_due(worker_db, vault=VAULT, places=Places(), now=at + timedelta(days=30), fetch=Web(good)) == []
    assert len(await scheduled(admin, "Chair yoga")) == 7


async def test_an_error_page_in_place_of_a_calendar_takes_nothing_away(
    center: Organization, worker_db: Database, admin: asyncpg.Connection, tmp_path: Path, now: datetime
) -> None:
    good = calendar(YOGA)
    await import_source(worker_db, vault=VAULT, source=ADDRESS, center="elm", now=now, fetch=Web(good))
    [outcome] = await import_due(worker_db, vault=VAULT, places=Places(), now=now + timedelta(hours=6), fetch=Web(b"<html>Sorry</html>"))
    assert outcome.refusal == "not_a_calendar"
    assert len(await scheduled(admin, "Chair yoga")) == 7


async def test_a_private_address_is_refused_before_anything_is_fetched(center: Organization, worker_db: Database, now: datetime) -> None:
    for source in ("http://127.0.0.1/town.ics", "http://user@example.org/town.ics", "file://town.ics"):
        with pytest.raises(NotFetched):
            await import_source(worker_db, vault=VAULT, source=source, center="elm", now=now)


async def test_a_date_that_staff_called_off_stays_off_when_the_calendar_is_read_again(
    center: Organization, worker_db: Database, admin: asyncpg.Connection, tmp_path: Path, now: datetime
) -> None:
    source = write(tmp_path, YOGA)
    await import_source(worker_db, vault=VAULT, source=source, center="elm", now=now)
    session_id = await admin.fetchval("SELECT id FROM session WHERE starts_at_local = '2026-12-08 10:00'")
    async with worker_db.transaction(organization_id=center.id) as conn:
        for _ in range(2):
            await changes.call_off(conn, organization_id=center.id, session_id=session_id, vault=VAULT, now=now)
    await import_source(worker_db, vault=VAULT, source=source, center="elm", now=now)
    async with worker_db.transaction() as conn:
        await schedule.keep_all_ready(conn, vault=VAULT, now=now + timedelta(weeks=1))
    assert (await scheduled(admin, "Chair yoga"))[:3] == ["12-01 10:00", "12-15 10:00", "12-22 10:00"]
    assert len(await scheduled(admin, "Chair yoga")) == 7


async def test_single_instants_become_sessions_by_the_clock_of_the_place(
    center: Organization, worker_db: Database, admin: asyncpg.Connection, tmp_path: Path, now: datetime
) -> None:
    single = event("utc", "Dawn walk", "20261201T100000").replace(";TZID=America/New_York:20261201T100000", ":20261201T150000Z")
    weekly = (
        single.replace("UID:utc", "UID:weekly")
        .replace("Dawn walk", "Dusk walk")
        .replace("DURATION", "RRULE:FREQ=WEEKLY;COUNT=2\r\nDURATION")
    )
    await import_source(worker_db, vault=VAULT, source=write(tmp_path, single, weekly), center="elm", now=now)
    assert await scheduled(admin, "Dawn walk") == ["12-01 10:00"]
    assert await scheduled(admin, "Dusk walk") == ["12-01 10:00", "12-08 10:00"]


async def limits(admin: asyncpg.Connection, title: str) -> tuple[int | None, int | None, int | None]:
    row = await admin.fetchrow("SELECT age_min, age_max, cost_cents FROM activity WHERE title = $1", title)
    assert row
    return row["age_min"], row["age_max"], row["cost_cents"]


async def test_ages_and_prices_are_read_out_of_the_words_and_change_with_them(
    center: Organization, worker_db: Database, admin: asyncpg.Connection, tmp_path: Path, now: datetime
) -> None:
    original = event("stories", "Baby storytime", "20261202T100000", "DESCRIPTION:Free and open to the public.")
    await import_source(worker_db, vault=VAULT, source=write(tmp_path, original), center="elm", now=now)
    assert await limits(admin, "Baby storytime") == (0, 2, 0)
    later = original.replace("Baby storytime", "Stories (ages 3-5)").replace("Free and open to the public.", "Cost: $4 per child.")
    await import_source(worker_db, vault=VAULT, source=write(tmp_path, later), center="elm", now=now)
    assert await limits(admin, "Stories (ages 3-5)") == (3, 5, 400)


async def test_what_the_center_answered_is_not_overruled_by_a_guess(
    center: Organization, worker_db: Database, admin: asyncpg.Connection, tmp_path: Path, now: datetime
) -> None:
    source = write(tmp_path, event("club", "Kids chess club", "20261202T100000", "DESCRIPTION:$5 at the door\\, drop-in."))
    await import_source(worker_db, vault=VAULT, source=source, center="elm", now=now)
    assert await limits(admin, "Kids chess club") == (0, 12, 500)
    await admin.execute("UPDATE activity SET age_min = 6, age_max = 14, cost_cents = 0")
    assert counts(await import_source(worker_db, vault=VAULT, source=source, center="elm", now=now)) == {"unchanged": 1}
    assert await limits(admin, "Kids chess club") == (6, 14, 0)


async def test_a_town_stands_in_where_nobody_told_the_place(
    center: Organization, worker_db: Database, admin: asyncpg.Connection, tmp_path: Path, now: datetime
) -> None:
    (tmp_path / "ics_index.csv").write_text('file,home_place,home_lat,home_lon\ntown.ics,"Lancaster, PA",40.04,-76.3\n')
    with_address = CHESS.replace("LOCATION:Elm House", "LOCATION:12 Elm St\\, New York\\, NY 10001")
    await import_source(worker_db, vault=VAULT, source=write(tmp_path, YOGA, with_address), center="elm", now=now)
    rows = await admin.fetch("SELECT title, near_place, round(lat::numeric, 1)::text AS lat FROM activity ORDER BY title")
    assert [(*row,) for row in rows] == [("Chair yoga", "Lancaster, PA", "40.0"), ("Chess for all", "New York, NY", "40.7")]


async def test_the_center_stands_in_by_its_name_however_often_its_calendar_is_read(
    center: Organization, worker_db: Database, admin: asyncpg.Connection, now: datetime
) -> None:
    web = Web(calendar(YOGA), calendar(YOGA, CHESS))
    await import_source(worker_db, vault=VAULT, source=ADDRESS, center="elm", now=now, fetch=web)
    await import_due(worker_db, vault=VAULT, places=Places(), now=now + timedelta(hours=7), fetch=web)
    assert [row["near_place"] for row in await admin.fetch("SELECT near_place FROM activity")] == ["Elm House", "Elm House"]


async def test_what_is_over_opens_no_region(
    center: Organization, worker_db: Database, admin: asyncpg.Connection, tmp_path: Path, now: datetime
) -> None:
    before = await admin.fetchval("SELECT count(*) FROM region")
    far = event("far", "Long ago", "20201202T100000").replace("LOCATION:Elm House", "LOCATION:1 Bay St\\, Fresno\\, CA 93650")
    assert counts(await import_source(worker_db, vault=VAULT, source=write(tmp_path, far), center="elm", now=now)) == {"past": 1}
    assert await admin.fetchval("SELECT count(*) FROM region") == before


TABLE = """hall,program,day,from,to,youngest,oldest
7,Open swim,2026-12-01,10:00,11:00,13,
9,Preschool splash,2026-12-02,10:00,11:00,0,
9,Lane swim,2026-12-03,10:00,11:00,,
"""
MAP = """zone = "America/New_York"
[columns]
title = "program"
date = "day"
start_time = "from"
end_time = "to"
age_min = "youngest"
age_max = "oldest"
[places]
file = "halls.csv"
key = "hall"
columns = { place = "name", lat = "lat", lon = "lon" }
[home]
name = "Lancaster, PA"
lat = 40.04
lon = -76.3
"""


async def test_a_map_says_in_which_town_the_places_are_that_its_list_does_not_know(
    center: Organization, worker_db: Database, admin: asyncpg.Connection, tmp_path: Path, now: datetime
) -> None:
    for name, text in {"swim.csv": TABLE, "swim.toml": MAP, "halls.csv": "hall,name,lat,lon\n7,North Pool,40.1,-76.2\n"}.items():
        (tmp_path / name).write_text(text)
    report = await import_source(
        worker_db, vault=VAULT, source=str(tmp_path / "swim.csv"), center="elm", map_file=tmp_path / "swim.toml", now=now
    )
    assert counts(report) == {"added": 3}
    rows = await admin.fetch("SELECT title, place_name, near_place, age_min, age_max FROM activity ORDER BY title")
    assert [tuple(row) for row in rows] == [
        ("Lane swim", "Lancaster, PA", "Lancaster, PA", None, None),
        ("Open swim", "North Pool", "", 13, None),
        ("Preschool splash", "Lancaster, PA", "Lancaster, PA", 0, 5),
    ]
