"""What a source told, taken into our activities: all of it in one transaction, each of its rows counted once."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from service.activities import actions as activities
from service.activities import recurrence
from service.activities import store as activity_store
from service.activities.recurrence import Moved, Occurrence, Series
from service.activities.rule_text import AskTheCenter
from service.db import Conn
from service.feeds.model import Found, FoundEvent, Refused
from service.places.distance import rounded
from service.places.places import zone_of
from service.places.regions import region_for

USUAL_DURATION = timedelta(hours=1)  # where a source names no end
LONGEST = timedelta(days=1)


class Home(msgspec.Struct, frozen=True):
    """Where a feed belongs: the place of every event that names none we know. lat, lon: degrees."""

    name: str
    lat: float
    lon: float
    zone: str


class Report(msgspec.Struct, kw_only=True):
    """Rows of a source by what became of them: read = added + changed + unchanged + merged + cancelled + past + refused."""

    source: str
    read: int = 0
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    merged: int = 0
    cancelled: int = 0
    past: int = 0
    refused: int = 0
    reasons: dict[str, int] = {}
    rows: list[Refused] = []

    @property
    def counted(self) -> int:
        return self.added + self.changed + self.unchanged + self.merged + self.cancelled + self.past + self.refused


async def absorb(conn: Conn, *, source: str, organization_id: UUID, feed_id: UUID, found: Found, home: Home, now: datetime) -> Report:
    """Everything or, when something unforeseen happens, nothing: half a feed is never kept."""
    fates: Counter[str] = Counter()
    refused = list(found.refused)
    async with conn.transaction():
        for event in found.events:
            try:
                fate = await _take(conn, organization_id=organization_id, feed_id=feed_id, event=event, home=home, now=now)
            except AskTheCenter as why:
                refused.append(Refused(event.row, why.code, {k: str(v) for k, v in why.params.items()}, event.uid, event.title))
                fates["merged"] += event.rows - 1 - event.cancelled_rows
                fates["cancelled"] += event.cancelled_rows
                continue
            fates[fate] += 1
            fates["merged"] += event.rows - 1 - event.cancelled_rows
            fates["cancelled"] += event.cancelled_rows
    reasons = dict(Counter(row.code for row in refused))
    return Report(source=source, read=found.rows, refused=len(refused), reasons=reasons, rows=refused, **fates)


async def _take(conn: Conn, *, organization_id: UUID, feed_id: UUID, event: FoundEvent, home: Home, now: datetime) -> str:
    """The fate of one event. Raises AskTheCenter for what we cannot promise a time for."""
    if event.cancelled:
        gone = await activity_store.cancel(conn, organization_id=organization_id, feed_id=feed_id, uid=event.uid, now=now)
        if gone:
            await activity_store.write_sessions(conn, organization_id=organization_id, activity_id=gone, zone=home.zone, dates=[], now=now)
        return "cancelled"
    row = _place(event, home)
    series = _series(event, row["zone"])
    dates = recurrence.expand(series, after=now, before=now + activities.AHEAD)
    if not dates:
        return "past"
    if event.all_day:
        raise AskTheCenter("all_day")
    first = dates[0].starts_at
    if await activity_store.told_elsewhere(
        conn, title=event.title, place_key=row["place_key"], starts_at=first, feed_id=feed_id, uid=event.uid
    ):
        return "merged"
    return await _write(conn, organization_id, feed_id, event, row, series, dates, now)


async def _write(
    conn: Conn,
    organization_id: UUID,
    feed_id: UUID,
    event: FoundEvent,
    row: dict[str, Any],
    series: Series,
    dates: list[Occurrence],
    now: datetime,
) -> str:
    region_id = await region_for(conn, row["lat"], row["lon"], row.pop("town"), row["zone"])
    full = row | {
        "feed_id": feed_id,
        "uid": event.uid,
        "region_id": region_id,
        "title": event.title[:200],
        "description": activities.plain(event.description)[:10_000],
        "starts_at_local": series.start,
        "duration_min": int(series.duration.total_seconds() // 60),
        "rrule": series.rule,
        "excluded": list(series.exdates),
        "extra": list(series.rdates),
        "moved": [msgspec.to_builtins(moved) for moved in series.moved],
        "capacity": event.capacity,
        "minimum": None,
        "age_min": event.age_min,
        "age_max": event.age_max,
        "cost_cents": event.cost_cents,
        "languages": [],
        "access_yes": 0,
        "access_no": 0,
        "bring": "",
        "meeting_point": "",
        "getting_there": "",
        "url": event.url,
    }
    written = await activities.write(conn, organization_id=organization_id, row=full, dates=dates, now=now)
    if written is None:
        return "unchanged"
    return "added" if written.added else "changed"


def _place(event: FoundEvent, home: Home) -> dict[str, Any]:
    """An event without a place we know happens where its feed is at home."""
    known = event.lat is not None and event.lon is not None and (event.lat, event.lon) != (0, 0)
    lat, lon = rounded(event.lat or 0, event.lon or 0) if known else (home.lat, home.lon)
    return {
        "lat": lat,
        "lon": lon,
        "zone": event.zone or (zone_of(lat, lon) if known else home.zone),
        "town": home.name,
        "place_name": event.place[:300],
        "address": event.address[:500],
        "zip": event.zip,
        "place_key": activities.place_key(event.place, event.address, lat, lon),
    }


def _series(event: FoundEvent, zone: str) -> Series:
    duration = event.duration or USUAL_DURATION
    if not timedelta(minutes=5) <= duration <= LONGEST:
        raise AskTheCenter("duration", minutes=int(duration.total_seconds() // 60))
    return Series(
        start=event.start,
        duration=duration,
        zone=zone,
        rule=event.rrule,
        exdates=event.exdates,
        rdates=event.rdates,
        moved=tuple(Moved(moved.original, moved.start, moved.duration) for moved in event.overrides),
    )
