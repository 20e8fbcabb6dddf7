"""What is called off in words ends like any cancellation, also where it was taken in before the words were read."""

from datetime import datetime, timedelta
from pathlib import Path

import asyncpg
import pytest

from service.db import Database
from service.feeds.actions import import_source
from service.organizations.model import Organization
from service.registrations import schedule
from tests.service.feeds.calendars import calendar, counts, event, scheduled, write
from tests.service.mail.neighbors import VAULT

ZONE = "TZID=America/New_York"
BELLS = event("bells", "Hand bells", "20261201T100000", "RRULE:FREQ=WEEKLY;COUNT=5")
STEW = event("stew", "Stew night", "20261203T180000")
TABLE = "title,start,status\n"


def one_date(title: str, day: str, *more: str) -> str:
    return event("bells", title, f"202612{day}T100000", f"RECURRENCE-ID;{ZONE}:202612{day}T100000", *more)


CALL_OFFS = {
    "its status": one_date("Hand bells", "08", "STATUS:CANCELLED"),
    "another spelling of it": one_date("Hand bells", "08", "STATUS:Canceled - ice"),
    "its title": one_date("Hand bells - CANCELLED", "08"),
    "a closed house": one_date("HOUSE CLOSED", "08"),
    "no bells": one_date("No hand bells", "08"),
    "its description": one_date("Hand bells", "08", "DESCRIPTION:This class has been cancelled."),
    "no start": f"BEGIN:VEVENT\r\nUID:bells\r\nRECURRENCE-ID;{ZONE}:20261208T100000\r\nSTATUS:CANCELLED\r\nEND:VEVENT",
}


@pytest.mark.parametrize("way", CALL_OFFS)
async def test_a_date_called_off_in_words_ends_like_one_with_the_status(
    way: str, center: Organization, worker_db: Database, admin: asyncpg.Connection, tmp_path: Path, now: datetime
) -> None:
    await import_source(worker_db, vault=VAULT, source=write(tmp_path, BELLS), center="elm", now=now)
    report = await import_source(worker_db, vault=VAULT, source=write(tmp_path, BELLS, CALL_OFFS[way]), center="elm", now=now)
    assert counts(report) == {"changed": 1, "cancelled": 1}
    assert await scheduled(admin, "Hand bells") == ["12-01 10:00", "12-15 10:00", "12-22 10:00", "12-29 10:00"]
    off = await admin.fetch("SELECT starts_at_local, sequence FROM session WHERE state = 'cancelled'")
    assert [(f"{row['starts_at_local']:%m-%d}", row["sequence"]) for row in off] == [("12-08", 1)]


async def test_a_whole_event_called_off_in_its_title_is_counted_and_not_shown(
    center: Organization, worker_db: Database, admin: asyncpg.Connection, tmp_path: Path, now: datetime
) -> None:
    titles = ("CANCELED: Soup", "Bread (postponed)", "House closed")
    rows = [event(str(number), title, "20261201T100000") for number, title in enumerate(titles)]
    report = await import_source(worker_db, vault=VAULT, source=write(tmp_path, *rows, STEW), center="elm", now=now)
    assert counts(report) == {"added": 1, "cancelled": 3}
    assert await admin.fetchval("SELECT array_agg(title) FROM activity") == ["Stew night"]


async def test_a_calendar_with_the_method_cancel_calls_its_events_off(
    center: Organization, worker_db: Database, admin: asyncpg.Connection, tmp_path: Path, now: datetime
) -> None:
    await import_source(worker_db, vault=VAULT, source=write(tmp_path, STEW), center="elm", now=now)
    report = await import_source(worker_db, vault=VAULT, source=write(tmp_path, STEW, head="METHOD:CANCEL"), center="elm", now=now)
    assert counts(report) == {"cancelled": 1}
    assert await scheduled(admin, "Stew night") == []


async def test_an_activity_without_a_date_left_is_not_offered(
    center: Organization, worker_db: Database, admin: asyncpg.Connection, tmp_path: Path, now: datetime
) -> None:
    await import_source(worker_db, vault=VAULT, source=write(tmp_path, BELLS, STEW), center="elm", now=now)
    off = [one_date("Hand bells CANCELLED", day) for day in ("01", "08", "15", "22", "29")]
    report = await import_source(worker_db, vault=VAULT, source=write(tmp_path, BELLS, *off, STEW), center="elm", now=now)
    assert counts(report) == {"cancelled": 5, "past": 1, "unchanged": 1}
    assert await scheduled(admin, "Hand bells") == []
    async with worker_db.transaction() as conn:
        await schedule.keep_all_ready(conn, vault=VAULT, now=now + timedelta(days=1))
    assert await scheduled(admin, "Hand bells") == []


async def test_what_was_taken_in_before_its_words_were_read_is_off_after_the_next_import(
    center: Organization, worker_db: Database, admin: asyncpg.Connection, tmp_path: Path, now: datetime
) -> None:
    """The rows that an older version left: the title of the whole event, and the called-off date as one held at its own time."""
    await import_source(worker_db, vault=VAULT, source=write(tmp_path, BELLS, STEW), center="elm", now=now)
    await admin.execute("UPDATE activity SET title = 'CANCELLED Stew night' WHERE uid = 'stew'")
    date = '[{"original": "2026-12-08T10:00:00", "start": "2026-12-08T10:00:00"}]'
    await admin.execute(f"UPDATE activity SET moved = '{date}' WHERE uid = 'bells'")
    source = write(tmp_path, BELLS, one_date("Hand bells CANCELLED", "08"), STEW.replace("Stew night", "CANCELLED Stew night"))
    report = await import_source(worker_db, vault=VAULT, source=source, center="elm", now=now)
    assert counts(report) == {"changed": 1, "cancelled": 2}
    assert await scheduled(admin, "CANCELLED Stew night") == []
    assert "12-08 10:00" not in await scheduled(admin, "Hand bells")


async def test_the_title_of_a_series_calls_off_one_of_its_days(
    center: Organization, worker_db: Database, admin: asyncpg.Connection, tmp_path: Path, now: datetime
) -> None:
    series = BELLS.replace("Hand bells", "Hand bells (no class 12/15 & 12/22)")
    await import_source(worker_db, vault=VAULT, source=write(tmp_path, series), center="elm", now=now)
    assert await scheduled(admin, "Hand bells (no class 12/15 & 12/22)") == ["12-01 10:00", "12-08 10:00", "12-29 10:00"]


async def test_half_a_table_called_off_in_its_titles_is_applied_and_not_quarantined(
    center: Organization, worker_db: Database, admin: asyncpg.Connection, tmp_path: Path, now: datetime
) -> None:
    """Rows without an id are known by their title: a week of snow must not look like a calendar that lost its events."""
    names = ["Soup", "Bread", "Bells", "Kites", "Chess"]
    source = tmp_path / "town.csv"
    source.write_text(TABLE + "".join(f"{name},2026-12-0{day} 18:00,\n" for day, name in enumerate(names, start=1)))
    assert counts(await import_source(worker_db, vault=VAULT, source=str(source), center="elm", now=now)) == {"added": 5}
    source.write_text(TABLE + "".join(f"CANCELLED - {name},2026-12-0{day} 18:00,\n" for day, name in enumerate(names, start=1)))
    assert counts(await import_source(worker_db, vault=VAULT, source=str(source), center="elm", now=now)) == {"cancelled": 5}
    assert await admin.fetchval("SELECT count(*) FROM session WHERE state = 'scheduled'") == 0


IN_UTC = calendar(
    "BEGIN:VEVENT\r\nUID:kites\r\nSUMMARY:Kites\r\nDTSTART:20261020T203000Z\r\nDURATION:PT1H\r\nRRULE:FREQ=WEEKLY;COUNT=14\r\nEND:VEVENT"
)


async def test_dates_kept_in_utc_keep_their_identity_and_those_called_off_stay_off(
    center: Organization, worker_db: Database, admin: asyncpg.Connection, tmp_path: Path, now: datetime
) -> None:
    (tmp_path / "town.ics").write_bytes(IN_UTC)
    await import_source(worker_db, vault=VAULT, source=str(tmp_path / "town.ics"), center="elm", now=now)
    before = await scheduled(admin, "Kites")
    assert {moment[6:] for moment in before} == {"16:30"}
    # As an older version kept them: named by the hour in UTC, one of them called off by staff.
    await admin.execute("UPDATE session SET original_local = original_local + interval '4 hours'")
    await admin.execute("UPDATE activity SET zone = 'UTC', starts_at_local = '2026-10-20 20:30', excluded = '{2026-12-08 20:30}'")
    await admin.execute("UPDATE session SET state = 'cancelled' WHERE original_local = '2026-12-08 20:30'")
    ids = await admin.fetch("SELECT id FROM session ORDER BY original_local")
    report = await import_source(worker_db, vault=VAULT, source=str(tmp_path / "town.ics"), center="elm", now=now)
    assert counts(report) == {"changed": 1}
    assert await admin.fetch("SELECT id FROM session ORDER BY original_local") == ids
    assert await scheduled(admin, "Kites") == [moment for moment in before if not moment.startswith("12-08")]


async def test_a_rule_that_stays_in_utc_is_noticed_by_name(
    center: Organization, worker_db: Database, tmp_path: Path, now: datetime
) -> None:
    unsayable = IN_UTC.replace(b"20261020T203000Z", b"20261104T003000Z").replace(b"WEEKLY", b"MONTHLY;BYDAY=1WE")
    (tmp_path / "town.ics").write_bytes(unsayable)
    report = await import_source(worker_db, vault=VAULT, source=str(tmp_path / "town.ics"), center="elm", now=now)
    assert report.noticed == {"rule_in_utc": 1}
