"""Every real calendar and table is absorbed: no crash, every row counted, the same again changes nothing."""

from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest

from service.db import Database
from service.feeds.absorb import ImportReport
from service.feeds.actions import import_source
from service.organizations import actions as organizations
from service.organizations.model import NewOrganization
from service.places.places import Places
from tests.service.mail.neighbors import VAULT
from tests.shared import REPOSITORY, shared_data

SHARED = shared_data()
pytestmark = pytest.mark.skipif(SHARED is None, reason="the real calendars are not on this machine")
DATA = (SHARED or Path()) / "data"
TABLES = {
    "toronto-dropin": ("toronto-dropin/dropin.csv.gz", datetime(2025, 12, 8, 12, tzinfo=UTC)),
    "nyc-volunteer": ("nyc-volunteer/opportunities.csv", datetime(2011, 9, 5, 12, tzinfo=UTC)),
}


@pytest.fixture
async def center(worker_db: Database, now: datetime) -> str:
    new = NewOrganization(kind="center", slug="elm", name="Elm House", postal_address="1 Elm St", zip="10001")
    async with worker_db.transaction() as conn:
        return (await organizations.create(conn, new=new, places=Places(), now=now)).slug


def shown(name: str, report: ImportReport) -> str:
    names = ("read", "added", "merged", "cancelled", "past", "sessions")
    return " ".join(
        [name, *(f"{field} {getattr(report, field)}" for field in names), f"refused {len(report.refused)}", str(report.reasons)]
    )


async def test_fifty_three_calendars_are_absorbed_and_the_second_time_changes_nothing(
    center: str, worker_db: Database, admin: asyncpg.Connection
) -> None:
    now = datetime(2026, 4, 13, 12, tzinfo=UTC)
    files = sorted((DATA / "community-calendar/ics").glob("*.ics"))
    assert len(files) > 50
    noticed: dict[str, dict[str, int]] = {}
    for path in files:
        report = await import_source(worker_db, vault=VAULT, source=str(path), center=center, now=now)
        assert report.read == report.counted
        assert report.read == path.read_bytes().count(b"BEGIN:VEVENT")
        again = await import_source(worker_db, vault=VAULT, source=str(path), center=center, now=now)
        assert again.read == again.counted
        assert (again.added, again.changed, again.vanished, again.quarantined) == (0, 0, 0, False), path.name
        noticed |= {path.stem: report.noticed} if report.noticed else {}
        print(shown(path.stem, report))
    assert noticed == {
        "bloomington-s-arts-events": {"refresh_interval_unreadable": 2},
        "petaluma-regional-library": {"zone_short_name": 138},
    }
    weeks = "s.starts_at >= '2026-04-13' AND s.starts_at < '2026-04-20' AND s.state = 'scheduled'"
    assert await admin.fetchval(f"SELECT count(*) FROM session AS s WHERE {weeks}") > 100


@pytest.mark.parametrize("name", TABLES)
async def test_real_tables_are_absorbed_through_their_maps(name: str, center: str, worker_db: Database, admin: asyncpg.Connection) -> None:
    file, now = TABLES[name]
    map_file = REPOSITORY / f"deploy/maps/{name}.toml"
    report = await import_source(worker_db, vault=VAULT, source=str(DATA / file), center=center, map_file=map_file, now=now)
    assert report.read == report.counted
    assert report.added > 100
    assert report.sessions > 100
    print(shown(name, report))
    if name == "toronto-dropin":
        assert report.refused == []
        assert await admin.fetchval("SELECT count(*) FILTER (WHERE near_place = 'Toronto, ON') FROM activity") > 1000
        children = "title ~* '\\y(child|preschool|early years)\\y' AND title !~* 'adult'"
        assert await admin.fetchval(f"SELECT count(*) FROM activity WHERE {children}") > 100
        assert await admin.fetch(f"SELECT title FROM activity WHERE {children} AND (age_max IS NULL OR age_max >= 18)") == []
    if name == "nyc-volunteer":
        assert await admin.fetchval("SELECT max(capacity) FROM seats") == 9999
