"""Rows of feeds."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from service import db
from service.db import Conn
from service.feeds.places import FeedHome
from service.ids import new_id
from service.sql import load

queries = load(__file__)


class Feed(msgspec.Struct, frozen=True, kw_only=True):
    """A source of a center; `next_fetch_at` is None for a file."""

    organization_id: UUID
    id: UUID
    source: str
    format: str
    home_name: str | None
    home_lat: float | None
    home_lon: float | None
    etag: str | None
    last_modified: str | None
    failures: int
    status: str
    next_fetch_at: datetime | None


async def put_feed(conn: Conn, *, organization_id: UUID, source: str, format: str, home: FeedHome, now: datetime) -> UUID:
    """The feed's id; the same source of a center is always the same feed."""
    row = {"organization_id": organization_id, "id": new_id(now), "source": source, "format": format, "now": now}
    id: UUID = await db.value(conn, queries.put_feed, **row, home_name=home.name, home_lat=home.lat, home_lon=home.lon)
    return id


async def note_report(conn: Conn, *, organization_id: UUID, id: UUID, report: dict[str, object], status: str) -> None:
    await db.run(conn, queries.note_report, organization_id=organization_id, id=id, report=report, status=status)


async def claim_due(conn: Conn, *, now: datetime, again_at: datetime) -> Feed | None:
    return await db.one(conn, queries.claim_due, Feed, now=now, again_at=again_at)


async def of_center(conn: Conn, *, organization_id: UUID) -> list[Feed]:
    return await db.all_of(conn, queries.feeds_of, Feed, organization_id=organization_id)


async def note_fetched(
    conn: Conn, *, organization_id: UUID, id: UUID, etag: str | None, last_modified: str | None, next_fetch_at: datetime
) -> None:
    marks = {"etag": etag, "last_modified": last_modified, "next_fetch_at": next_fetch_at}
    await db.run(conn, queries.note_fetched, organization_id=organization_id, id=id, **marks)


async def note_failure(conn: Conn, *, feed: Feed, next_fetch_at: datetime, report: dict[str, object]) -> str:
    """The feed's status from now on."""
    row = {"organization_id": feed.organization_id, "id": feed.id, "next_fetch_at": next_fetch_at, "report": report}
    status: str = await db.value(conn, queries.note_failure, **row)
    return status
