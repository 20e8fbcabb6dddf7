"""Reading a file of activities into a center."""

from __future__ import annotations

import asyncio
from datetime import datetime
from pathlib import Path
from typing import Literal

from service import db, sql
from service.db import Database
from service.errors import Invalid, Missing
from service.feeds import ical, maps, table
from service.feeds.absorb import Home, Report, absorb
from service.feeds.model import Found
from service.feeds.vevent import Unreadable
from service.ids import new_id
from service.organizations import actions as organizations
from service.organizations.model import Organization

queries = sql.load(__file__)
Format = Literal["ics", "csv", "rpde", "jsonld"]
ENDINGS: dict[str, Format] = {".ics": "ics", ".csv": "csv", ".gz": "csv"}
LONGEST_REPORT = 200  # refused rows that are kept word for word


class Rollback(Exception):
    """Ends a dry run: everything was tried, nothing is kept."""


async def import_source(
    database: Database,
    *,
    source: str,
    center: str,
    now: datetime,
    format: str | None = None,
    map_file: Path | None = None,
    dry_run: bool = False,
    home: Home | None = None,
) -> Report:
    """Read a file into a center, as a feed named after the file.

    Raises Missing for an unknown center or file, Invalid for a format that is not read from files.
    """
    path = Path(source)
    chosen = format or ENDINGS.get(path.suffix.lower())
    if chosen not in ("ics", "csv"):
        raise Invalid("format_not_read", fields={"format": "give --format ics or csv for a file"})
    if not await asyncio.to_thread(path.is_file):
        raise Missing(file=source)
    report: Report | None = None
    try:
        async with database.work() as conn:
            organization = await organizations.find(conn, center)
            at = home or Home(organization.name, organization.lat, organization.lon, organization.zone)
            found = await asyncio.to_thread(read, path, chosen, map_file, at.zone)
            feed_id = await db.value(
                conn,
                queries.write_feed,
                organization_id=organization.id,
                id=new_id(now),
                source=path.name,
                format=chosen,
                home_name=at.name,
                home_lat=at.lat,
                home_lon=at.lon,
                now=now,
            )
            report = await absorb(conn, source=path.name, organization_id=organization.id, feed_id=feed_id, found=found, home=at, now=now)
            await _keep(conn, organization, feed_id, report)
            if dry_run:
                raise Rollback
    except Rollback:
        pass
    assert report is not None
    return report


def read(path: Path, format: str, map_file: Path | None, home_zone: str) -> Found:
    """The file's events. Raises Invalid when the file as a whole is not what it should be."""
    try:
        if format == "ics":
            return ical.parse(path.read_bytes(), home_zone=home_zone)
        told = maps.read_map(map_file) if map_file else maps.OUR_OWN
        places = (path.parent / told.places.file).read_bytes() if told.places else b""
        return table.parse(path.read_bytes(), told=told, places=places, home_zone=home_zone)
    except Unreadable as why:
        raise Invalid(why.code, **why.params) from why


async def _keep(conn: db.Conn, organization: Organization, feed_id: object, report: Report) -> None:
    shortened = Report(**{**{name: getattr(report, name) for name in report.__struct_fields__}, "rows": report.rows[:LONGEST_REPORT]})
    await db.run(conn, queries.keep_report, organization_id=organization.id, id=feed_id, report=shortened)
