"""What a center's program says of its activities, posted and changed by the same rules as on the center's pages."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from service import access
from service.activities import store as kept
from service.activities.model import Activity, ActivityFacts, Status
from service.activities.posting import NewActivity, facts_of_posting
from service.centers import changes, store
from service.crypto import Vault
from service.db import Conn
from service.errors import Conflict, Stale
from service.organizations.model import Organization
from service.places.places import Places
from service.registrations import schedule


async def post(
    conn: Conn, *, organization: Organization, new: NewActivity, status: Status, places: Places, vault: Vault, now: datetime
) -> tuple[Activity, bool]:
    """The activity, and whether it is new: the same reference again returns the first one.

    Raises Invalid naming every wrong field.
    """
    if new.reference is not None:
        first = await kept.by_reference(conn, organization_id=organization.id, reference=new.reference)
        if first:
            return first, False
    facts = await facts_of_posting(conn, organization=organization, new=new, places=places, now=now)
    activity = await schedule.post(
        conn, organization_id=organization.id, facts=facts, reference=new.reference, vault=vault, now=now, status=status
    )
    return activity, True


async def change(
    conn: Conn,
    *,
    organization: Organization,
    id: UUID,
    fields: Mapping[str, Any],
    seen: int | None,
    places: Places,
    vault: Vault,
    now: datetime,
) -> Activity:
    """Change what is said (fields of NewActivity, and status). seen: the sequence that the change was written for.

    Raises Missing, Stale where it changed since, Conflict for what a calendar tells, Invalid naming every wrong field.
    """
    async with conn.transaction():
        activity = await store.own_activity(conn, organization_id=organization.id, id=id)
        if seen is not None and seen != activity.sequence:
            raise Stale
        words = {name: value for name, value in fields.items() if name != "status"}
        if words:
            facts = await _reworded(conn, organization, activity, words, places, now)
            await changes.change(conn, activity=activity, facts=facts, sequence=activity.sequence, vault=vault, now=now)
        if fields.get("status", activity.status) != activity.status:
            await _set_status(conn, organization, id, fields["status"], vault, now)
        return await store.own_activity(conn, organization_id=organization.id, id=id)


async def _set_status(conn: Conn, organization: Organization, id: UUID, status: Status, vault: Vault, now: datetime) -> None:
    if status == "cancelled":
        await changes.call_off_all(conn, organization_id=organization.id, id=id, vault=vault, now=now)
    elif status == "draft":
        await changes.take_back(conn, organization_id=organization.id, id=id, vault=vault, now=now)
    else:
        await schedule.set_status(conn, organization_id=organization.id, id=id, status=status, vault=vault, now=now)


async def _reworded(
    conn: Conn, organization: Organization, activity: Activity, words: Mapping[str, object], places: Places, now: datetime
) -> ActivityFacts:
    if activity.feed_id is not None:
        raise Conflict("told_by_calendar")
    new = msgspec.structs.replace(as_said(activity), **_moved(words))
    facts = await facts_of_posting(conn, organization=organization, new=new, places=places, now=now)
    same_point = "lat" not in words and (facts.lat, facts.lon) == (activity.lat, activity.lon)
    near_place = activity.near_place if same_point else facts.near_place
    return msgspec.structs.replace(facts, extra=activity.extra, moved=activity.moved, near_place=near_place)


def _moved(words: Mapping[str, object]) -> dict[str, object]:
    """A new ZIP without a point means that the old point does not hold either."""
    return ({"lat": None, "lon": None} if "zip" in words else {}) | dict(words)


def as_said(activity: Activity) -> NewActivity:
    """What a center would have to say to get this activity."""
    same = {name: getattr(activity, name) for name in NewActivity.__struct_fields__}
    needs = {name: tuple(access.codes_of(getattr(activity, name))) for name in ("access_yes", "access_no")}
    return NewActivity(**(same | needs))
