"""What a center does to its own dates. Whoever loses a seat by it is written to, in the same transaction."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from service.activities import actions as activities
from service.activities.model import HORIZON, TOLD_FIELDS, Activity, Told
from service.activities.recurrence import expand
from service.centers import store
from service.centers.store import Date
from service.crypto import Vault
from service.db import Conn
from service.errors import Conflict, Gone
from service.registrations import actions as registrations


async def call_off(conn: Conn, *, organization_id: UUID, session_id: UUID, vault: Vault, now: datetime) -> int:
    """Call off one date for good: it leaves the series too, so that nothing makes it again. How many are told; none the second time.

    Raises Missing for another center's date, Gone for one that has begun.
    """
    async with conn.transaction():
        date = await store.own_date(conn, organization_id=organization_id, session_id=session_id)
        if date.starts_at <= now:
            raise Gone("session_begun")
        told = await registrations.cancel_session(conn, session_id=session_id, vault=vault, now=now)
        activity = await store.own_activity(conn, organization_id=organization_id, id=date.activity_id)
        if date.original_local not in activity.excluded:
            await activities.edit(
                conn,
                organization_id=organization_id,
                id=activity.id,
                told=_without(activity, date.original_local),
                sequence=activity.sequence,
                now=now,
            )
    return told


async def call_off_all(conn: Conn, *, organization_id: UUID, id: UUID, vault: Vault, now: datetime) -> int:
    """Call off an activity with every coming date. How many letters are written. Raises Missing."""
    async with conn.transaction():
        activity = await store.own_activity(conn, organization_id=organization_id, id=id)
        told = await _cancel(conn, await dates_of(conn, activity, now=now), vault=vault, now=now)
        await activities.set_status(conn, organization_id=organization_id, id=id, status="cancelled", now=now)
    return told


async def change(conn: Conn, *, activity: Activity, told: Told, sequence: int, vault: Vault, now: datetime) -> int:
    """Keep what a center says anew, as seen at `sequence`. How many letters are written to people whose dates are no more.

    Raises Conflict when somebody else was quicker, AskTheCenter for a rule that we do not follow.
    """
    async with conn.transaction():
        written = await _cancel(conn, await dropped(conn, activity, told, now=now), vault=vault, now=now)
        await activities.edit(conn, organization_id=activity.organization_id, id=activity.id, told=told, sequence=sequence, now=now)
    return written


async def take_back(conn: Conn, *, organization_id: UUID, id: UUID, now: datetime) -> Activity:
    """Make a published activity a draft again. Raises Conflict while people hold seats: they would find nothing there."""
    activity = await store.own_activity(conn, organization_id=organization_id, id=id)
    dates = await dates_of(conn, activity, now=now)
    if await store.people(conn, organization_id=organization_id, session_ids=[date.id for date in dates]):
        raise Conflict("seats_are_taken")
    return await activities.set_status(conn, organization_id=organization_id, id=id, status="draft", now=now)


async def change_capacity(conn: Conn, *, organization_id: UUID, session_id: UUID, capacity: int | None, now: datetime) -> None:
    """The seats of one date. Raises Missing for another center's, Gone when it has begun, Conflict below the seats taken."""
    date = await store.own_date(conn, organization_id=organization_id, session_id=session_id)
    if date.starts_at <= now or date.state == "cancelled":
        raise Gone("session_begun" if date.state == "scheduled" else "session_cancelled")
    await registrations.change_capacity(conn, session_id=session_id, capacity=capacity)


async def dates_of(conn: Conn, activity: Activity, *, now: datetime) -> list[Date]:
    """Its coming dates, all of them."""
    organization_id = activity.organization_id
    return await store.coming(
        conn, organization_id=organization_id, begins=now, ends=now + 2 * HORIZON, activity_id=activity.id, limit=5_000
    )


async def dropped(conn: Conn, activity: Activity, told: Told, *, now: datetime) -> list[Date]:
    """Coming dates that `told` no longer gives."""
    kept = {one.original for one in expand(told.series, after=now, before=now + HORIZON)}
    return [date for date in await dates_of(conn, activity, now=now) if date.original_local not in kept]


async def _cancel(conn: Conn, dates: list[Date], *, vault: Vault, now: datetime) -> int:
    return sum([await registrations.cancel_session(conn, session_id=date.id, vault=vault, now=now) for date in dates])


def _without(activity: Activity, original: datetime) -> Told:
    told = Told(**{name: getattr(activity, name) for name in TOLD_FIELDS})
    moved = tuple(one for one in told.moved if one.original != original)
    return msgspec.structs.replace(told, excluded=(*told.excluded, original), moved=moved)
