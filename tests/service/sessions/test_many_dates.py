"""The dates of many activities at once: work grows with their number, whatever the planner believes about the tables."""

from datetime import datetime
from pathlib import Path
from uuid import UUID

import asyncpg

from service.activities import store as activities
from service.db import Conn, Database
from service.feeds.actions import import_source
from service.organizations import actions as organizations
from service.organizations.model import NewOrganization
from service.places.places import Places
from service.sessions import actions as sessions
from tests.service.mail.neighbors import VAULT

MANY = 300
# What ANALYZE leaves behind when it comes by while somebody else's rows are not committed yet: pages, and nothing in them.
EMPTY = (
    "UPDATE pg_class SET relpages = 2000, reltuples = 0 WHERE relname IN ('activity', 'session', 'seats')"
    " AND relnamespace = 'public'::regnamespace"
)
READ = "SELECT seq_tup_read + coalesce(idx_tup_fetch, 0) FROM pg_stat_xact_user_tables WHERE relname = 'activity'"


def calendar() -> str:
    events = [
        f"BEGIN:VEVENT\r\nUID:{n}@elm.example.org\r\nSUMMARY:Circle {n}\r\nDTSTART;TZID=America/New_York:202612{1 + n % 28:02}T100000\r\n"
        "DURATION:PT1H\r\nEND:VEVENT\r\n"
        for n in range(MANY)
    ]
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//elm//EN\r\n{''.join(events)}END:VCALENDAR\r\n"


async def rows_read(conn: Conn, organization: UUID, now: datetime) -> int:
    """Rows of `activity` that keeping the dates of all of an organization's activities reads."""
    posted = await activities.of_center(conn, organization_id=organization, after=UUID(int=0), limit=MANY)
    assert len(posted) == MANY
    before = await conn.fetchval(READ)
    await sessions.set_dates(conn, organization_id=organization, activities=posted, now=now)
    return int(await conn.fetchval(READ) - before)


async def test_each_activity_is_read_a_few_times_also_when_the_tables_are_believed_to_be_empty(
    worker_db: Database, admin: asyncpg.Connection, now: datetime, tmp_path: Path
) -> None:
    new = NewOrganization(kind="center", slug="elm", name="Elm House", postal_address="1 Elm St", zip="10001")
    async with worker_db.transaction() as conn:
        elm = await organizations.create(conn, new=new, places=Places(), now=now)
    (tmp_path / "elm.ics").write_text(calendar(), newline="")
    report = await import_source(worker_db, vault=VAULT, source=str(tmp_path / "elm.ics"), center="elm", now=now)
    assert report.sessions == MANY
    await admin.execute(EMPTY)
    try:
        async with worker_db.transaction() as conn:
            assert await rows_read(conn, elm.id, now) < 10 * MANY
    finally:
        await admin.execute("ANALYZE activity, session, seats")
