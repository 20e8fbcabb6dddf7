"""Importing activities from a file or an address."""

from __future__ import annotations

import asyncio
import zlib
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from service.db import Conn, Database
from service.errors import Invalid, Missing
from service.feeds import ical, store, table
from service.feeds.absorb import Report, absorb
from service.feeds.inflate import Bomb, inflated
from service.feeds.maps import OUR_OWN, Map, read_map
from service.feeds.model import Found
from service.feeds.places import Home, home_beside
from service.feeds.vevent import Unreadable
from service.organizations import actions as organizations
from service.organizations.model import Organization
from service.places.places import Places

Format = Literal["ics", "csv", "rpde", "jsonld"]
LARGEST_CALENDAR = 50 * 2**20


async def import_source(
    database: Database,
    *,
    source: str,
    center: str,
    format: str | None = None,
    map_file: Path | None = None,
    dry_run: bool = False,
    home: Home | None = None,
    places: Places | None = None,
    now: datetime,
) -> Report:
    """Read a file and absorb it for a center, as a feed named after the file.

    `home`: where events without a place take place; else what a list beside the file says, else the center.
    Raises Missing for the center or the file, Invalid when the file cannot be read at all.
    """
    if "://" in source:
        raise Invalid("address_not_imported", source=source[:200])
    path = Path(source)
    chosen = format or _by_ending(path)
    if chosen not in ("ics", "csv"):
        raise Invalid("format_not_read", format=str(chosen))
    if not await asyncio.to_thread(path.is_file):
        raise Missing(file=source)
    async with database.work() as conn:
        organization = await organizations.find(conn, center)
    home = home or home_beside(path, _home_of(organization))
    found = await asyncio.to_thread(_read, path, chosen, map_file, home)
    async with database.work(organization_id=organization.id) as conn:
        return await _absorbed(conn, organization, path.name, chosen, found, home=home, places=places or Places(), dry_run=dry_run, now=now)


async def _absorbed(
    conn: Conn,
    organization: Organization,
    source: str,
    format: str,
    found: Found,
    *,
    home: Home,
    places: Places,
    dry_run: bool,
    now: datetime,
) -> Report:
    savepoint = conn.transaction()
    await savepoint.start()
    feed_id = await store.put_feed(conn, organization_id=organization.id, source=source, format=format, home=home, now=now)
    report = await absorb(
        conn, source=source, organization_id=organization.id, feed_id=feed_id, found=found, home=home, places=places, now=now
    )
    await (savepoint.rollback() if dry_run else savepoint.commit())
    return report


def _home_of(organization: Organization) -> Home:
    return Home(name=organization.name, zip=organization.zip, lat=organization.lat, lon=organization.lon, zone=organization.zone)


def _by_ending(path: Path) -> str | None:
    endings = [ending for ending in path.suffixes if ending != ".gz"]
    return {".ics": "ics", ".ical": "ics", ".csv": "csv", ".tsv": "csv"}.get(endings[-1].lower() if endings else "")


def _read(path: Path, format: str, map_file: Path | None, home: Home) -> Found:
    told = read_map(map_file) if map_file else OUR_OWN
    try:
        data = path.read_bytes()
        if format == "csv":
            return table.parse(data, told=told, places=_places_beside(path, told), home_zone=home.zone)
        raw = inflated(data, most=LARGEST_CALENDAR) if data[:2] == b"\x1f\x8b" else data
        return ical.parse(raw, home_zone=home.zone)
    except OSError as error:
        raise Invalid("file_unreadable", file=path.name, why=error.strerror or "") from None
    except (Bomb, zlib.error):
        raise Invalid("file_unreadable", file=path.name, why="gzip") from None
    except ical.NotACalendar:
        raise Invalid("not_a_calendar", file=path.name) from None
    except Unreadable as why:
        raise _invalid(path, why) from None


def _invalid(path: Path, why: Unreadable) -> Invalid:
    params: dict[str, Any] = {"file": path.name, **why.params}
    return Invalid(why.code, **params)


def _places_beside(path: Path, told: Map) -> bytes:
    """The map's list of places must lie beside the table itself."""
    return path.with_name(Path(told.places.file).name).read_bytes() if told.places else b""
