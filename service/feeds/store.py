"""Rows of feeds."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from service import db
from service.db import Conn
from service.feeds.places import Home
from service.ids import new_id
from service.sql import load

queries = load(__file__)


async def put_feed(conn: Conn, *, organization_id: UUID, source: str, format: str, home: Home, now: datetime) -> UUID:
    """The feed's id; the same source of a center is always the same feed."""
    row = {"organization_id": organization_id, "id": new_id(now), "source": source, "format": format, "now": now}
    id: UUID = await db.value(conn, queries.put_feed, **row, home_name=home.name, home_lat=home.lat, home_lon=home.lon)
    return id


async def note_report(conn: Conn, *, organization_id: UUID, id: UUID, report: dict[str, object], status: str) -> None:
    await db.run(conn, queries.note_report, organization_id=organization_id, id=id, report=report, status=status)
