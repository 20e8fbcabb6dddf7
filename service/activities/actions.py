"""Rows of activities: posting, changing, status. Their dates follow in the same transaction, by `registrations.schedule`."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from service.activities import store
from service.activities.model import FACT_FIELDS, Activity, ActivityFacts, Status
from service.activities.recurrence import check
from service.db import Conn
from service.errors import Conflict, Missing
from service.ids import new_id
from service.places.places import clock_of_place
from service.places.regions import slugify


def drawn_up(facts: ActivityFacts, *, organization_id: UUID, status: Status, now: datetime, **more: object) -> Activity:
    """A new activity, not yet written."""
    id = new_id(now)
    slug = f"{slugify(facts.title)}-{id.hex[-8:]}"
    words: dict[str, Any] = {name: getattr(facts, name) for name in FACT_FIELDS}
    base: dict[str, Any] = {
        "id": id,
        "slug": slug,
        "organization_id": organization_id,
        "status": status,
        "created_at": now,
        "changed_at": now,
    }
    return Activity(**words, **{**base, **more})


async def post(
    conn: Conn, *, organization_id: UUID, facts: ActivityFacts, reference: str | None, now: datetime, status: Status = "draft"
) -> tuple[Activity, bool]:
    """Write the row of a new activity, and whether it is new: the same reference again returns the first one.

    Its dates are made by `registrations.schedule.post`. Raises AskTheCenter for its rule.
    """
    check(facts.series, after=now)
    activity = drawn_up(facts, organization_id=organization_id, status=status, now=now, reference=reference)
    if await store.insert_one(conn, activity):
        return activity, True
    first = await store.by_reference(conn, organization_id=organization_id, reference=str(reference))
    assert first
    return first, False


async def edit(conn: Conn, *, organization_id: UUID, id: UUID, facts: ActivityFacts, sequence: int, now: datetime) -> Activity:
    """Write what is told, as seen at `sequence`. Raises Missing, AskTheCenter, or Conflict when somebody else was quicker."""
    check(facts.series, after=now)
    current = await _own(conn, organization_id=organization_id, id=id)
    words = {name: getattr(facts, name) for name in FACT_FIELDS}
    changed = msgspec.structs.replace(current, **words, sequence=sequence, changed_at=now)
    return await _changed(conn, changed)


async def set_status(conn: Conn, *, organization_id: UUID, id: UUID, status: Status, now: datetime) -> Activity:
    """Write the status alone. Raises Missing, Conflict."""
    current = await _own(conn, organization_id=organization_id, id=id)
    if current.status == status:
        return current
    return await _changed(conn, msgspec.structs.replace(current, status=status, changed_at=now))


def shown_zone(facts: ActivityFacts, now: datetime) -> str:
    """Whatever clock a calendar tells a series by, people live by the clock of its place, and are free or busy by it."""
    return clock_of_place(facts.zone, facts.lat, facts.lon, year=now.year)


async def _own(conn: Conn, *, organization_id: UUID, id: UUID) -> Activity:
    activity = await store.by_id(conn, id)
    if activity is None or activity.organization_id != organization_id:
        raise Missing
    return activity


async def _changed(conn: Conn, activity: Activity) -> Activity:
    if not await store.update_one(conn, activity):
        raise Conflict("changed_meanwhile")
    return msgspec.structs.replace(activity, sequence=activity.sequence + 1)
