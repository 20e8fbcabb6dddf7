"""Making the dates of activities what they should be. Who holds a seat is told by `registrations`, in the same transaction."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import nullcontext
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from service import db
from service.activities.actions import shown_zone
from service.activities.model import Activity
from service.activities.recurrence import SeriesExpander
from service.db import Conn
from service.sessions import store
from service.sessions.compare import compare
from service.sessions.model import HORIZON, UNDO, DateChanges, StoredDate, WantedDate

MANY = 100  # activities; for fewer, whole tables need not be read


def wanted_dates(activity: Activity, expand: SeriesExpander, now: datetime) -> list[WantedDate]:
    """The dates of the next eight weeks; none of what was called off or is told by another calendar. Raises AskTheCenter.

    A draft has its dates too, so that it can be looked at; the unpublished are hidden by their status.
    """
    if activity.status == "cancelled" or activity.merged_into:
        return []
    zone = ZoneInfo(shown_zone(activity, now))
    return [
        WantedDate(
            activity_id=activity.id,
            original_local=occurrence.original,
            starts_at_local=occurrence.starts_at.astimezone(zone).replace(tzinfo=None, fold=0),
            zone=zone.key,
            starts_at=occurrence.starts_at,
            ends_at=occurrence.ends_at,
        )
        for occurrence in expand(activity.series)
        if occurrence.ends_at > occurrence.starts_at and occurrence.starts_at < now + HORIZON
    ]


async def set_dates(
    conn: Conn,
    *,
    organization_id: UUID,
    activities: Sequence[Activity],
    relocated: Collection[UUID] = (),
    now: datetime,
    expand: SeriesExpander | None = None,
    undo: timedelta = UNDO,
) -> DateChanges:
    """Make the coming dates of these activities, all of one organization, exactly what they should be.

    relocated: ids of activities that take place somewhere else from now on; all their dates count as moved.
    expand: for a window that begins now and is at least as wide as the horizon. undo: how long a call-off may be
    taken back. Raises AskTheCenter.
    """
    activity_ids = [activity.id for activity in activities]
    expand = expand or SeriesExpander(after=now, before=now + HORIZON)
    wanted = [date for activity in activities for date in wanted_dates(activity, expand, now)]
    async with db.planned_for_many(conn) if len(activities) >= MANY else nullcontext():
        stored = await store.lock_dates(conn, organization_id=organization_id, activity_ids=activity_ids, now=now)
        result = compare(stored, wanted, relocated)
        await store.give_names(conn, names=result.renamed)
        added = await store.put_dates(conn, organization_id=organization_id, dates=wanted, now=now)
        cancelled = await store.cancel_dates(conn, session_ids=result.unwanted, now=now, undo=undo)
        relocated_dates = [date.session_id for date in result.moved if date.activity_id in relocated]
        await store.raise_sequences(conn, session_ids=relocated_dates, now=now)
        await store.put_seats(conn, organization_id=organization_id, activity_ids=activity_ids, now=now)
    return DateChanges(
        wanted=len(wanted), added=added, moved=tuple(result.moved), cancelled=tuple(cancelled), restored=_restored(stored, wanted)
    )


def _restored(stored: Sequence[StoredDate], wanted: Sequence[WantedDate]) -> tuple[UUID, ...]:
    """Ids of dates that were called off and are wanted again."""
    names = {(date.activity_id, date.original_local) for date in wanted}
    return tuple(date.session_id for date in stored if date.state == "cancelled" and (date.activity_id, date.original_local) in names)


async def dates_lost(conn: Conn, *, organization_id: UUID, activity: Activity, now: datetime) -> list[UUID]:
    """Ids of the dates that `set_dates` would cancel for this activity; changes nothing."""
    wanted = wanted_dates(activity, SeriesExpander(after=now, before=now + HORIZON), now)
    stored = await store.lock_dates(conn, organization_id=organization_id, activity_ids=[activity.id], now=now)
    return list(compare(stored, wanted, ()).unwanted)


async def cancel(conn: Conn, *, session_id: UUID, now: datetime) -> DateChanges:
    """Call off one date for good; nothing changes the second time. Raises Missing, for another center's date too."""
    await store.lock_seats(conn, session_id=session_id)
    return DateChanges(cancelled=tuple(await store.cancel_dates(conn, session_ids=[session_id], now=now, undo=timedelta(0))))
