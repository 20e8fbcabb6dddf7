"""Importing activities: a file once, an address again and again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

import msgspec

from service.crypto import Vault
from service.db import Conn, Database
from service.errors import Broken, Invalid, Missing, Refusal
from service.faults import log_fault
from service.feeds import store
from service.feeds.absorb import ImportReport, absorb
from service.feeds.fetch import Fetched, checked, fetch
from service.feeds.maps import OUR_OWN, read_map
from service.feeds.model import ParsedCalendar
from service.feeds.places import FeedHome, home_beside, home_of_map
from service.feeds.reading import read, read_file
from service.feeds.store import Feed
from service.organizations import actions as organizations
from service.organizations.model import Organization
from service.places.places import Places, zone_of

Format = Literal["ics", "csv", "rpde", "jsonld"]
READ: tuple[Format, ...] = ("ics", "csv")
EVERY = timedelta(hours=6)
LONGEST_WAIT = timedelta(days=4)
AT_ONCE = 200

# Takes the keywords `etag` and `last_modified`.
Fetch = Callable[..., Awaitable[Fetched]]


async def import_source(
    database: Database,
    *,
    source: str,
    center: str,
    format: str | None = None,
    map_file: Path | None = None,
    dry_run: bool = False,
    places: Places | None = None,
    home: FeedHome | None = None,
    vault: Vault,
    now: datetime,
    fetch: Fetch = fetch,
) -> ImportReport:
    """Read a file or an address and absorb it for a center, as a feed of that name; an address is fetched again every six hours.

    `home`: where events without a place take place; else what the map or a list beside the file says, else the center.
    Raises Missing for the center or the file, Gone for a closed center, NotFetched, Invalid when it cannot be read at all.
    """
    async with database.transaction() as conn:
        organization = await organizations.find_open(conn, center)
    chosen = format or _by_ending(source)
    if chosen not in READ:
        raise Invalid("format_not_read", format=str(chosen))
    organization_home = FeedHome(name=organization.name, lat=organization.lat, lon=organization.lon, zone=organization.zone)
    task = _Import(organization, chosen, home or organization_home, places or Places(), dry_run, vault, now)
    if "://" in source:
        checked(source)
        return await _from_address(database, task, source, fetch)
    path = Path(source)
    if not await asyncio.to_thread(path.is_file):
        raise Missing(file=source)
    column_map = await asyncio.to_thread(read_map, map_file) if map_file else OUR_OWN
    task = msgspec.structs.replace(task, home=home or home_of_map(column_map) or home_beside(path, organization_home))
    calendar = await asyncio.to_thread(read_file, path, format=chosen, column_map=column_map, home_zone=task.home.zone)
    async with database.transaction(organization_id=organization.id) as conn:
        return await _absorbed(conn, task, path.name, calendar)


class _Import(msgspec.Struct, frozen=True):
    organization: Organization
    format: str
    home: FeedHome
    places: Places
    dry_run: bool
    vault: Vault
    now: datetime


async def _from_address(database: Database, task: _Import, source: str, fetch: Fetch) -> ImportReport:
    fetched = await fetch(source)
    calendar = await asyncio.to_thread(read, fetched.body or b"", name=source[:200], format=task.format, home_zone=task.home.zone)
    async with database.transaction(organization_id=task.organization.id) as conn:
        return await _absorbed(conn, task, source, calendar, fetched=fetched)


async def _absorbed(conn: Conn, task: _Import, source: str, calendar: ParsedCalendar, *, fetched: Fetched | None = None) -> ImportReport:
    savepoint = conn.transaction()
    await savepoint.start()
    organization_id = task.organization.id
    feed_id = await store.put_feed(conn, organization_id=organization_id, source=source, format=task.format, home=task.home, now=task.now)
    report = await absorb(
        conn,
        organization_id=organization_id,
        feed_id=feed_id,
        calendar=calendar,
        home=task.home,
        places=task.places,
        vault=task.vault,
        now=task.now,
    )
    if fetched:
        marks = {"etag": fetched.etag, "last_modified": fetched.last_modified}
        await store.note_fetched(conn, organization_id=organization_id, id=feed_id, next_fetch_at=task.now + EVERY, **marks)
    await (savepoint.rollback() if task.dry_run else savepoint.commit())
    return report


class Outcome(msgspec.Struct, frozen=True):
    """What became of one due feed: a report, or nothing new, or the refusal that is counted against it."""

    feed: Feed
    report: ImportReport | None = None
    refusal: str = ""
    paused: bool = False


async def import_due(
    database: Database, *, places: Places, vault: Vault, now: datetime, fetch: Fetch = fetch, at_most: int = AT_ONCE
) -> list[Outcome]:
    """Fetch and absorb what is due (worker role); a broken feed, or one that breaks us, hurts only itself."""
    outcomes: list[Outcome] = []
    while len(outcomes) < at_most:
        async with database.transaction() as conn:
            feed = await store.claim_due(conn, now=now, again_at=now + EVERY)
        if feed is None:
            break
        try:
            outcomes.append(Outcome(feed, await _again(database, feed, places=places, vault=vault, now=now, fetch=fetch)))
        except Refusal as refusal:
            outcomes.append(await _failed(database, feed, refusal, now=now))
        except Exception as error:
            log_fault("feed_failed", error, organization=str(feed.organization_id), feed=str(feed.id))
            outcomes.append(await _failed(database, feed, Broken(), now=now))
    return outcomes


async def _again(database: Database, feed: Feed, *, places: Places, vault: Vault, now: datetime, fetch: Fetch) -> ImportReport | None:
    """None where nothing is new."""
    fetched = await fetch(feed.source, etag=feed.etag, last_modified=feed.last_modified)
    feed_key, next_fetch_at = {"organization_id": feed.organization_id, "id": feed.id}, now + EVERY
    if fetched.body is None:
        async with database.transaction(organization_id=feed.organization_id) as conn:
            await store.note_fetched(conn, **feed_key, etag=feed.etag, last_modified=feed.last_modified, next_fetch_at=next_fetch_at)
        return None
    assert feed.home_lat is not None
    assert feed.home_lon is not None
    home = FeedHome(name=feed.home_name or "", lat=feed.home_lat, lon=feed.home_lon, zone=zone_of(feed.home_lat, feed.home_lon))
    calendar = await asyncio.to_thread(read, fetched.body, name=feed.source[:200], format=feed.format, home_zone=home.zone)
    async with database.transaction(organization_id=feed.organization_id) as conn:
        report = await absorb(
            conn,
            organization_id=feed.organization_id,
            feed_id=feed.id,
            calendar=calendar,
            home=home,
            places=places,
            vault=vault,
            now=now,
        )
        # A quarantined calendar is looked at again by a person, so its marks are not kept: the next fetch must bring it whole.
        etag, last_modified = (None, None) if report.quarantined else (fetched.etag, fetched.last_modified)
        await store.note_fetched(conn, **feed_key, etag=etag, last_modified=last_modified, next_fetch_at=next_fetch_at)
    return report


async def _failed(database: Database, feed: Feed, refusal: Refusal, *, now: datetime) -> Outcome:
    wait = min(LONGEST_WAIT, EVERY * 2 ** (feed.failures + 1))
    async with database.transaction(organization_id=feed.organization_id) as conn:
        report: dict[str, object] = {"refusal": refusal.code, "params": {name: str(value)[:200] for name, value in refusal.params.items()}}
        status = await store.note_failure(conn, feed=feed, next_fetch_at=now + wait, report=report)
    return Outcome(feed, refusal=refusal.code, paused=status == "paused")


def _by_ending(source: str) -> str | None:
    name = source.partition("?")[0].lower().removesuffix(".gz")
    ending = name.rpartition(".")[2]
    return {"ics": "ics", "ical": "ics", "csv": "csv"}.get(ending, "ics" if "://" in source else None)
