"""What a center does to its own dates. Whoever loses a seat by it is written to, in the same transaction."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from service.activities.model import FACT_FIELDS, Activity, ActivityFacts, MovedDate
from service.centers import store
from service.centers.store import Date
from service.crypto import Vault
from service.db import Conn
from service.errors import Conflict, Gone, Invalid
from service.registrations import actions as registrations
from service.registrations import schedule
from service.registrations import store as seats
from service.sessions import actions as sessions
from service.sessions import store as session_rows
from service.sessions.model import HORIZON


async def call_off(conn: Conn, *, organization_id: UUID, session_id: UUID, vault: Vault, now: datetime, reason: str = "") -> int:
    """Call off one date: it leaves the series, so that nothing makes it again. How many letters; none the second time.

    The letters wait ten minutes, in which `restore` takes all of it back, unless the date begins within two hours.
    reason: one line for the people who are written to. Raises Missing for another center's date, Gone for one that has begun.
    """
    async with conn.transaction():
        date = await store.own_date(conn, organization_id=organization_id, session_id=session_id)
        if date.starts_at <= now:
            raise Gone("session_begun")
        activity = await store.own_activity(conn, organization_id=organization_id, id=date.activity_id)
        if date.original_local in activity.excluded:
            return 0
        await session_rows.set_cancel_reason(conn, session_id=session_id, reason=reason)  # before its letters are written
        without = _without(_facts(activity), date.original_local)
        _, scheduled = await schedule.edit(conn, before=activity, facts=without, sequence=activity.sequence, vault=vault, now=now)
    return scheduled.letters


async def move(
    conn: Conn, *, organization_id: UUID, session_id: UUID, starts_at: datetime, length: timedelta, vault: Vault, now: datetime
) -> int:
    """Hold one date at another time; its series keeps its rule. How many letters.

    Raises Missing for another center's date, Gone for one that has begun or is called off, Conflict for what a calendar tells,
    Invalid for a time that is over or more than eight weeks away.
    """
    async with conn.transaction():
        date = await store.own_date(conn, organization_id=organization_id, session_id=session_id)
        if date.starts_at <= now or date.state == "cancelled":
            raise Gone("session_begun" if date.state == "scheduled" else "session_cancelled")
        if not now < starts_at < now + HORIZON:
            raise Invalid(fields={"day": "past" if starts_at <= now else "beyond_eight_weeks"})
        activity = await store.own_activity(conn, organization_id=organization_id, id=date.activity_id)
        if activity.feed_id:
            raise Conflict("told_by_calendar")
        facts = _held(activity, date.original_local, starts_at=starts_at, length=length)
        _, scheduled = await schedule.edit(conn, before=activity, facts=facts, sequence=activity.sequence, vault=vault, now=now)
    return scheduled.letters


async def restore(conn: Conn, *, organization_id: UUID, session_id: UUID, vault: Vault, now: datetime) -> None:
    """Take a call-off back: the date, its seats, waits and offers are as they were, and no letter about it leaves.

    Twice is the same as once. Raises Missing for another center's date, Gone where letters have left or could have.
    """
    async with conn.transaction():
        date = await store.own_date(conn, organization_id=organization_id, session_id=session_id)
        if date.state == "scheduled":
            return
        if not await _may_return(conn, date, now=now):
            raise Gone("call_off_written")
        activity = await store.own_activity(conn, organization_id=organization_id, id=date.activity_id)
        await schedule.edit(conn, before=activity, facts=_with(activity, date), sequence=activity.sequence, vault=vault, now=now)
        if (await store.own_date(conn, organization_id=organization_id, session_id=session_id)).state != "scheduled":
            raise Gone("call_off_written")  # its activity was called off as a whole


async def _may_return(conn: Conn, date: Date, *, now: datetime) -> bool:
    """Whether nobody was written to yet that the date is off."""
    return date.undo_until is not None and date.undo_until > now and not await seats.call_off_left(conn, session_id=date.id)


async def call_off_all(conn: Conn, *, organization_id: UUID, id: UUID, vault: Vault, now: datetime) -> int:
    """Call off an activity with every coming date. How many letters are written. Raises Missing.

    The letters wait ten minutes, in which `restore_all` takes all of it back; of dates that begin within two hours they leave at once.
    """
    async with conn.transaction():
        await store.own_activity(conn, organization_id=organization_id, id=id)
        _, scheduled = await schedule.set_status(conn, organization_id=organization_id, id=id, status="cancelled", vault=vault, now=now)
    return scheduled.letters


async def restore_all(conn: Conn, *, organization_id: UUID, id: UUID, vault: Vault, now: datetime) -> int:
    """Take back that a whole activity was called off: its dates return as in `restore`.

    Dates of which people were written to already stay off: how many. Twice is the same as once.
    Raises Missing for another center's activity, Gone where no date can return.
    """
    async with conn.transaction():
        activity = await store.own_activity(conn, organization_id=organization_id, id=id)
        if activity.status != "cancelled":
            return 0
        returning, lost = await _called_off_with(conn, activity, now=now)
        if not returning:
            raise Gone("call_off_written")
        facts = _facts(activity)
        for date in lost:
            facts = _without(facts, date.original_local)
        await schedule.edit(conn, before=activity, facts=facts, sequence=activity.sequence, vault=vault, now=now)
        await schedule.set_status(conn, organization_id=organization_id, id=id, status="published", vault=vault, now=now)
    return len(lost)


async def undo_all_until(conn: Conn, activity: Activity, *, now: datetime) -> datetime | None:
    """Until when the call-off of a whole activity can be taken back; None: not, or no more."""
    if activity.status != "cancelled":
        return None
    returning, _ = await _called_off_with(conn, activity, now=now)
    return min((date.undo_until for date in returning if date.undo_until), default=None)


async def _called_off_with(conn: Conn, activity: Activity, *, now: datetime) -> tuple[list[Date], list[Date]]:
    """Coming dates that were called off with their activity: those that may return, and those that people know to be off."""
    dates = await store.called_off(conn, organization_id=activity.organization_id, activity_id=activity.id, now=now)
    together = [date for date in dates if date.original_local not in activity.excluded]
    returning = [date for date in together if await _may_return(conn, date, now=now)]
    return returning, [date for date in together if date not in returning]


async def change(conn: Conn, *, activity: Activity, facts: ActivityFacts, sequence: int, vault: Vault, now: datetime) -> int:
    """Keep what a center says anew, as seen at `sequence`. How many letters are written to people whose dates moved or are no more.

    Raises Conflict when somebody else was quicker, AskTheCenter for a rule that we do not follow.
    """
    _, scheduled = await schedule.edit(conn, before=activity, facts=facts, sequence=sequence, vault=vault, now=now)
    return scheduled.letters


async def take_back(conn: Conn, *, organization_id: UUID, id: UUID, vault: Vault, now: datetime) -> Activity:
    """Make a published activity a draft again. Raises Conflict while people hold seats: they would find nothing there."""
    activity = await store.own_activity(conn, organization_id=organization_id, id=id)
    dates = await dates_of(conn, activity, now=now)
    if await store.people(conn, organization_id=organization_id, session_ids=[date.id for date in dates]):
        raise Conflict("seats_are_taken")
    draft, _ = await schedule.set_status(conn, organization_id=organization_id, id=id, status="draft", vault=vault, now=now)
    return draft


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


async def dropped(conn: Conn, activity: Activity, facts: ActivityFacts, *, now: datetime) -> list[UUID]:
    """Ids of coming dates that `told` no longer gives, not even at another hour."""
    changed = msgspec.structs.replace(activity, **{name: getattr(facts, name) for name in FACT_FIELDS})
    return await sessions.dates_lost(conn, organization_id=activity.organization_id, activity=changed, now=now)


def _facts(activity: Activity) -> ActivityFacts:
    return ActivityFacts(**{name: getattr(activity, name) for name in FACT_FIELDS})


def _with(activity: Activity, date: Date) -> ActivityFacts:
    """With a date that was called off, at the hour that it had."""
    facts = _held(activity, date.original_local, starts_at=date.starts_at, length=date.ends_at - date.starts_at)
    return msgspec.structs.replace(facts, excluded=tuple(day for day in facts.excluded if day != date.original_local))


def _held(activity: Activity, original: datetime, *, starts_at: datetime, length: timedelta) -> ActivityFacts:
    """With one date of the series held at this time; none is an exception that is held as the series says."""
    facts = _facts(activity)
    start = starts_at.astimezone(ZoneInfo(activity.zone)).replace(tzinfo=None, fold=0)
    minutes = length // timedelta(minutes=1)
    others = tuple(moved_date for moved_date in facts.moved if moved_date.original != original)
    is_regular = (start, minutes) == (original, activity.duration_min)
    return msgspec.structs.replace(
        facts, moved=others if is_regular else (*others, MovedDate(original=original, start=start, duration_min=minutes))
    )


def _without(facts: ActivityFacts, original: datetime) -> ActivityFacts:
    moved = tuple(moved_date for moved_date in facts.moved if moved_date.original != original)
    return msgspec.structs.replace(facts, excluded=(*facts.excluded, original), moved=moved)
