"""Cases of misreading that lie beside the repository, each with the moment of reading and the right value in its README."""

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
from tests.service.feeds.calendars import counts
from tests.service.mail.neighbors import VAULT
from tests.shared import shared_data

SHARED = shared_data()
FOLDER = (SHARED or Path()) / "cases/feeds"
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="the cases of misread calendars are not on this machine")

MARCH, OCTOBER = datetime(2026, 3, 9, 13, tzinfo=UTC), datetime(2026, 10, 19, 13, tzinfo=UTC)


@pytest.fixture
async def durham(worker_db: Database) -> str:
    new = NewOrganization(kind="center", slug="oak", name="Oak House", postal_address="1 Oak St", zip="27701")
    async with worker_db.transaction() as conn:
        return (await organizations.create(conn, new=new, places=Places(), now=MARCH)).slug


async def read(number: str, center: str, worker_db: Database, *, now: datetime = MARCH) -> ImportReport:
    [path] = (path for path in FOLDER.glob(f"{number}-*") if path.suffix != ".README")
    return await import_source(worker_db, vault=VAULT, source=str(path), center=center, now=now)


async def shown(admin: asyncpg.Connection) -> list[str]:
    rows = await admin.fetch("SELECT starts_at_local FROM session WHERE state = 'scheduled' ORDER BY 1")
    return [f"{row['starts_at_local']:%m-%d %H:%M}" for row in rows]


async def test_01_one_date_cancelled_in_its_title(durham: str, worker_db: Database, admin: asyncpg.Connection) -> None:
    await read("01", durham, worker_db)
    assert await shown(admin) == ["03-10 07:00", "03-31 07:00", "04-07 07:00"]


@pytest.mark.parametrize(("number", "rows"), [("03", 3), ("22", 1), ("28", 2)])
async def test_whole_events_called_off(number: str, rows: int, durham: str, worker_db: Database, admin: asyncpg.Connection) -> None:
    assert counts(await read(number, durham, worker_db)) == {"cancelled": rows}
    assert await shown(admin) == []


async def test_12_instants_in_a_table(durham: str, worker_db: Database, admin: asyncpg.Connection) -> None:
    assert counts(await read("12", durham, worker_db)) == {"added": 2}
    assert await shown(admin) == ["03-12 18:00", "03-12 18:00"]


async def test_43_a_rule_in_utc_over_the_change_of_the_clock(durham: str, worker_db: Database, admin: asyncpg.Connection) -> None:
    await read("43", durham, worker_db, now=OCTOBER)
    assert (await shown(admin))[:3] == ["10-19 16:30", "10-26 16:30", "11-02 16:30"]
