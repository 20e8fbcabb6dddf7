"""Posting, changing and calling off activities; their coming sessions are kept ready in the same transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from service.activities import store
from service.activities.model import HORIZON, TOLD_FIELDS, Activity, Session, Status, Told
from service.activities.recurrence import check, expand
from service.activities.store import Date
from service.db import Conn
from service.errors import Conflict, Gone, Missing
from service.faults import log_fault
from service.ids import new_id
from service.places.places import clock_of_place
from service.places.regions import slugify

KEPT_READY_AT_ONCE = 500


def drawn_up(told: Told, *, organization_id: UUID, status: Status, now: datetime, **more: object) -> Activity:
    """A new activity, not yet written."""
    id = new_id(now)
    slug = f"{slugify(told.title)}-{id.hex[-8:]}"
    words: dict[str, Any] = {name: getattr(told, name) for name in TOLD_FIELDS}
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
    conn: Conn, *, organization_id: UUID, told: Told, reference: str | None, now: datetime, status: Status = "draft"
) -> Activity:
    """Post an activity; the same reference again returns the first one, so a retry is harmless. Raises AskTheCenter for its rule."""
    check(told.series, after=now)
    activity = drawn_up(told, organization_id=organization_id, status=status, now=now, reference=reference)
    async with conn.transaction():
        if not await store.insert_one(conn, activity):
            first = await store.by_reference(conn, organization_id=organization_id, reference=str(reference))
            assert first
            return first
        await keep_ready(conn, organization_id=organization_id, activities=[activity], now=now)
    return activity


async def edit(conn: Conn, *, organization_id: UUID, id: UUID, told: Told, sequence: int, now: datetime) -> Activity:
    """Change what is told, as seen at `sequence`. Raises Missing, or Conflict when somebody else was quicker."""
    check(told.series, after=now)
    current = await _own(conn, organization_id=organization_id, id=id)
    words = {name: getattr(told, name) for name in TOLD_FIELDS}
    changed = msgspec.structs.replace(current, **words, sequence=sequence, changed_at=now)
    return await _changed(conn, changed, now=now)


async def set_status(conn: Conn, *, organization_id: UUID, id: UUID, status: Status, now: datetime) -> Activity:
    """Publish, take back or call off; calling off cancels every coming session. Raises Missing, Conflict."""
    current = await _own(conn, organization_id=organization_id, id=id)
    if current.status == status:
        return current
    return await _changed(conn, msgspec.structs.replace(current, status=status, changed_at=now), now=now)


async def cancel_session(conn: Conn, *, organization_id: UUID, session_id: UUID, now: datetime) -> Session:
    """Call off one date for good: neither the rule nor a calendar that is read again brings it back. Twice is the same as once.

    Raises Missing, or Gone when it is over. Seats are not touched here: whoever holds one is told by `registrations`.
    """
    async with conn.transaction():
        session = await store.lock_session(conn, organization_id=organization_id, id=session_id)
        if session is None:
            raise Missing
        if session.ends_at <= now:
            raise Gone("session_over")
        if session.state == "scheduled":
            await store.cancel_session(conn, session=session, now=now)
    return msgspec.structs.replace(session, state="cancelled")


async def keep_ready(conn: Conn, *, organization_id: UUID, activities: Sequence[Activity], now: datetime) -> int:
    """Make the sessions of the next eight weeks; what is not told any more is cancelled. Number of dates.

    Series of one organization only. Raises AskTheCenter for a series nobody checked.
    """
    dates = [date for activity in activities for date in _dates(activity, now)]
    touched = [activity.id for activity in activities]
    await store.put_dates(conn, organization_id=organization_id, touched=touched, dates=dates, now=now)
    return len(dates)


async def keep_all_ready(conn: Conn, *, now: datetime) -> int:
    """The daily look at every published series (worker role). Number of dates kept.

    A series at fault is logged and keeps the dates it has; the others get theirs.
    """
    kept, after, since = 0, UUID(int=0), (now - timedelta(days=1)).replace(tzinfo=None)
    while batch := await store.series_to_keep_ready(conn, since=since, after=after, limit=KEPT_READY_AT_ONCE):
        for organization_id in {activity.organization_id for activity in batch}:
            own = [activity for activity in batch if activity.organization_id == organization_id]
            kept += await _kept_of_center(conn, organization_id=organization_id, activities=own, now=now)
        after = batch[-1].id
    return kept


async def _kept_of_center(conn: Conn, *, organization_id: UUID, activities: Sequence[Activity], now: datetime) -> int:
    """Number of dates. All series together; only where one of them is at fault, each by itself."""
    try:
        async with conn.transaction():
            return await keep_ready(conn, organization_id=organization_id, activities=activities, now=now)
    except Exception as error:
        if len(activities) == 1:
            log_fault("dates_not_kept", error, organization=str(organization_id), activity=str(activities[0].id))
            return 0
    each = [await _kept_of_center(conn, organization_id=organization_id, activities=[activity], now=now) for activity in activities]
    return sum(each)


def _dates(activity: Activity, now: datetime) -> list[Date]:
    """A draft has its sessions too, so that it can be looked at; the unpublished are hidden by their status."""
    if activity.status == "cancelled" or activity.merged_into:
        return []
    zone = ZoneInfo(shown_zone(activity, now))
    return [
        Date(activity.id, found, found.starts_at.astimezone(zone).replace(tzinfo=None, fold=0), zone.key)
        for found in expand(activity.series, after=now, before=now + HORIZON)
        if found.ends_at > found.starts_at
    ]


def shown_zone(told: Told, now: datetime) -> str:
    """Whatever clock a calendar tells a series by, people live by the clock of its place, and are free or busy by it."""
    return clock_of_place(told.zone, told.lat, told.lon, year=now.year)


async def _own(conn: Conn, *, organization_id: UUID, id: UUID) -> Activity:
    found = await store.by_id(conn, id)
    if found is None or found.organization_id != organization_id:
        raise Missing
    return found


async def _changed(conn: Conn, activity: Activity, *, now: datetime) -> Activity:
    async with conn.transaction():
        if not await store.update_one(conn, activity):
            raise Conflict("changed_meanwhile")
        await keep_ready(conn, organization_id=activity.organization_id, activities=[activity], now=now)
    return msgspec.structs.replace(activity, sequence=activity.sequence + 1)
