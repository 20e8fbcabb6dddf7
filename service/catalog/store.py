"""Rows that the public may see, as Structs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from service import db
from service.activities.model import ActivityFacts, ActivitySummary
from service.catalog.model import ActivityDetails, Day, ListedDate, Order, Search
from service.db import Conn
from service.places.distance import EARTH_KM
from service.sql import load

queries = load(__file__, {"summary": ActivitySummary, "facts": ActivityFacts})


async def listed(conn: Conn, search: Search, *, order: Order, skip: int, limit: int) -> list[ListedDate]:
    """Dates in the order of time, or each activity once with its next date, nearest first."""
    query = queries.listed_by_time if order == "time" else queries.listed_by_distance
    return await db.all_of(conn, query, ListedDate, **_wanted(search), skip=skip, limit=limit)


async def shown_near(conn: Conn, search: Search, *, skip: int, limit: int) -> list[ActivityDetails]:
    """Activities with a date in the period, nearest first."""
    return await db.all_of(conn, queries.shown_near, ActivityDetails, **_wanted(search), skip=skip, limit=limit)


async def shown_by_slug(conn: Conn, slug: str) -> ActivityDetails | None:
    """Called-off and merged ones too: their pages explain themselves."""
    return await db.one(conn, queries.shown_by_slug, ActivityDetails, slug=slug)


async def slug_of_session(conn: Conn, session_id: UUID) -> str | None:
    slug: str | None = await db.value(conn, queries.slug_of_session, session_id=session_id)
    return slug


async def day(conn: Conn, session_id: UUID) -> Day | None:
    return await db.one(conn, queries.day, Day, session_id=session_id)


async def days(conn: Conn, activity_ids: Sequence[UUID], *, begins: datetime, ends: datetime) -> dict[UUID, list[Day]]:
    """Coming dates of each activity, in order."""
    by_activity: dict[UUID, list[Day]] = {id: [] for id in activity_ids}
    for row in await db.all_of(conn, queries.days, Day, activity_ids=list(activity_ids), begins=begins, ends=ends):
        by_activity[row.activity_id].append(row)
    return by_activity


def _wanted(search: Search) -> dict[str, object]:
    return {
        "lat": search.lat,
        "lon": search.lon,
        "high": math.degrees(search.radius_km / EARTH_KM),
        "radius_km": search.radius_km,
        "begins": search.begins,
        "ends": search.ends,
        "topics": list(search.topics),
        "words": search.words.casefold(),
        "everything": not (search.topics or search.words),
    }
