"""Every door that changes an activity ends here: its row, its dates, and the letters to those whose dates changed.

Pages, the API, imports, call-offs and the daily look differ only in what they want an activity to be.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from service.activities import actions as activities
from service.activities import store as activity_store
from service.activities.model import Activity, ActivityFacts, Status
from service.activities.recurrence import SeriesExpander
from service.crypto import Vault
from service.db import Conn
from service.faults import log_fault
from service.registrations.change_letters import Writer
from service.registrations.dates import tell
from service.registrations.model import Actor
from service.registrations.place_words import is_same_place, place_text
from service.sessions import actions as sessions
from service.sessions.model import UNDO

BATCH = 500


class ActivityChange(msgspec.Struct, frozen=True, kw_only=True):
    """An activity as its row is now, and as it was; before: None for a new one."""

    after: Activity
    before: Activity | None = None

    @property
    def is_relocated(self) -> bool:
        """Whether people have to go somewhere else: other words for the place, whatever their order and spelling of capitals."""
        return self.before is not None and not is_same_place(place_text(self.before), place_text(self.after))


class Scheduled(msgspec.Struct, frozen=True, kw_only=True):
    """dates: how many the activities have now; letters: to people whose dates changed."""

    dates: int = 0
    letters: int = 0


async def keep_dates(
    conn: Conn,
    *,
    organization_id: UUID,
    changes: Sequence[ActivityChange],
    vault: Vault,
    now: datetime,
    actor: Actor = "staff",
    expand: SeriesExpander | None = None,
    at_once: bool = False,
) -> Scheduled:
    """Make the dates of these activities, all of one organization, what their rows say. Raises AskTheCenter.

    expand: of whoever has expanded the series already, from `now` over at least the horizon.
    at_once: the letters do not wait, and no call-off can be taken back.
    """
    relocated = {change.after.id: place_text(change.before) for change in changes if change.before and change.is_relocated}
    async with conn.transaction():
        result = await sessions.set_dates(
            conn,
            organization_id=organization_id,
            activities=[change.after for change in changes],
            relocated=relocated.keys(),
            now=now,
            expand=expand,
            undo=timedelta(0) if at_once else UNDO,
        )
        writer = Writer(organization_id=organization_id, vault=vault, now=now, at_once=at_once)
        letters = await tell(conn, result, writer=writer, actor=actor, places_before=relocated)
    return Scheduled(dates=result.wanted, letters=letters)


async def post(
    conn: Conn, *, organization_id: UUID, facts: ActivityFacts, reference: str | None, vault: Vault, now: datetime, status: Status = "draft"
) -> Activity:
    """Post an activity; the same reference again returns the first one, so a retry is harmless. Raises AskTheCenter for its rule."""
    async with conn.transaction():
        activity, is_new = await activities.post(
            conn, organization_id=organization_id, facts=facts, reference=reference, now=now, status=status
        )
        if is_new:
            await keep_dates(conn, organization_id=organization_id, changes=[ActivityChange(after=activity)], vault=vault, now=now)
    return activity


async def edit(
    conn: Conn, *, before: Activity, facts: ActivityFacts, sequence: int, vault: Vault, now: datetime
) -> tuple[Activity, Scheduled]:
    """Change what is said of an activity, as seen at `sequence`. Raises Missing, AskTheCenter, Conflict when somebody was quicker."""
    async with conn.transaction():
        after = await activities.edit(conn, organization_id=before.organization_id, id=before.id, facts=facts, sequence=sequence, now=now)
        change = ActivityChange(before=before, after=after)
        scheduled = await keep_dates(conn, organization_id=before.organization_id, changes=[change], vault=vault, now=now)
    return after, scheduled


async def set_status(
    conn: Conn, *, organization_id: UUID, id: UUID, status: Status, vault: Vault, now: datetime
) -> tuple[Activity, Scheduled]:
    """Publish, take back or call off; calling off cancels every coming date. Raises Missing, Conflict.

    Published again within ten minutes, the dates return with their seats. A draft has none, and is called off for good.
    """
    async with conn.transaction():
        before = await activity_store.by_id(conn, id)
        activity = await activities.set_status(conn, organization_id=organization_id, id=id, status=status, now=now)
        changes = [ActivityChange(before=activity, after=activity)]
        for_good = before is not None and (before.status, status) == ("draft", "cancelled")
        return activity, await keep_dates(conn, organization_id=organization_id, changes=changes, vault=vault, now=now, at_once=for_good)


async def keep_all_ready(conn: Conn, *, vault: Vault, now: datetime) -> int:
    """The daily look at every published series (worker role). Number of dates.

    A series at fault is logged and keeps the dates it has; the others get theirs.
    """
    dates, after, since = 0, UUID(int=0), (now - timedelta(days=1)).replace(tzinfo=None)
    while batch := await activity_store.series_to_keep_ready(conn, since=since, after=after, limit=BATCH):
        for organization_id in sorted({activity.organization_id for activity in batch}):
            of_center = [activity for activity in batch if activity.organization_id == organization_id]
            dates += await _keep_ready(conn, organization_id=organization_id, activities=of_center, vault=vault, now=now)
        after = batch[-1].id
    return dates


async def _keep_ready(conn: Conn, *, organization_id: UUID, activities: Sequence[Activity], vault: Vault, now: datetime) -> int:
    """All series of a center together; only where one of them is at fault, each by itself."""
    changes = [ActivityChange(before=activity, after=activity) for activity in activities]
    try:
        return (await keep_dates(conn, organization_id=organization_id, changes=changes, vault=vault, now=now, actor="system")).dates
    except Exception as error:
        if len(activities) == 1:
            log_fault("dates_not_kept", error, organization=str(organization_id), activity=str(activities[0].id))
            return 0
    each = [
        await _keep_ready(conn, organization_id=organization_id, activities=[activity], vault=vault, now=now) for activity in activities
    ]
    return sum(each)
