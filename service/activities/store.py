"""Rows of activities."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

import msgspec

from service import db
from service.activities.model import FACT_FIELDS, Activity, ActivityFacts
from service.db import Conn
from service.sql import load

queries = load(__file__, {"activity": Activity, "facts": ActivityFacts})


class Twin(msgspec.Struct, frozen=True):
    """A session of an activity that somebody else tells of; the title in lower case."""

    id: UUID
    title: str
    place_key: str
    starts_at: datetime


async def by_id(conn: Conn, id: UUID) -> Activity | None:
    return await db.one(conn, queries.activity_by_id, Activity, id=id)


async def by_slug(conn: Conn, slug: str) -> Activity | None:
    return await db.one(conn, queries.activity_by_slug, Activity, slug=slug)


async def by_reference(conn: Conn, *, organization_id: UUID, reference: str) -> Activity | None:
    return await db.one(conn, queries.activity_by_reference, Activity, organization_id=organization_id, reference=reference)


async def of_feed(conn: Conn, *, organization_id: UUID, feed_id: UUID) -> dict[str, Activity]:
    """By UID."""
    activities = await db.all_of(conn, queries.activities_of_feed, Activity, organization_id=organization_id, feed_id=feed_id)
    return {str(activity.uid): activity for activity in activities}


async def of_center(conn: Conn, *, organization_id: UUID, after: UUID, limit: int) -> list[Activity]:
    return await db.all_of(conn, queries.activities_of_center, Activity, organization_id=organization_id, after=after, limit=limit)


async def series_to_keep_ready(conn: Conn, *, since: datetime, after: UUID, limit: int) -> list[Activity]:
    """`since`: naive, a day before now, so that single dates of the past are passed over."""
    return await db.all_of(conn, queries.published_series, Activity, since=since, after=after, limit=limit)


async def twins_elsewhere(conn: Conn, *, feed_id: UUID | None, titles: list[str], now: datetime) -> list[Twin]:
    return await db.all_of(conn, queries.twins_elsewhere, Twin, feed_id=feed_id, titles=titles, now=now)


async def insert(conn: Conn, activities: Iterable[Activity]) -> None:
    await db.run_many(conn, queries.insert_activity, [_row(activity) for activity in activities])


async def insert_one(conn: Conn, activity: Activity) -> bool:
    """False where the reference is there already."""
    return await db.run(conn, queries.insert_activity, **_row(activity)) == 1


async def update(conn: Conn, activities: Iterable[Activity]) -> None:
    await db.run_many(conn, queries.update_activity, [_changes(activity) for activity in activities])


async def update_one(conn: Conn, activity: Activity) -> bool:
    """False where somebody else changed it since `activity.sequence`."""
    return await db.run(conn, queries.update_activity, **_changes(activity)) == 1


def _row(activity: Activity) -> dict[str, object]:
    return {name: getattr(activity, name) for name in activity.__struct_fields__}


def _changes(activity: Activity) -> dict[str, object]:
    columns = (*FACT_FIELDS, "organization_id", "id", "merged_into", "status", "sequence", "changed_at")
    return {name: getattr(activity, name) for name in columns}


class _Id(msgspec.Struct, frozen=True):
    id: UUID


async def coming_of_organization(conn: Conn, *, organization_id: UUID, now: datetime) -> list[UUID]:
    """Ids of every published date that has not begun and was not called off."""
    rows = await db.all_of(conn, queries.coming_of_organization, _Id, organization_id=organization_id, now=now)
    return [row.id for row in rows]


async def call_off_all(conn: Conn, *, organization_id: UUID, now: datetime) -> int:
    """How many activities are called off by this. Seats are not touched here."""
    return await db.run(conn, queries.call_off_all, organization_id=organization_id, now=now)
