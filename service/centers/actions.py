"""What a center does to its activities. Whoever had a seat at a date that is lost is written to, in the same transaction."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from service import access
from service.activities import actions as activities
from service.activities import store
from service.activities.model import Activity, Status
from service.activities.posting import NewActivity, told_of
from service.crypto import Vault
from service.db import Conn
from service.errors import Conflict, Missing, Stale
from service.organizations.model import Organization
from service.places.places import Places
from service.registrations import actions as registrations
from service.registrations import store as seats


async def post(
    conn: Conn, *, organization: Organization, new: NewActivity, status: Status, places: Places, now: datetime
) -> tuple[Activity, bool]:
    """The activity, and whether it is new: the same reference again returns the first one.

    Raises Invalid naming every wrong field.
    """
    if new.reference is not None:
        first = await store.by_reference(conn, organization_id=organization.id, reference=new.reference)
        if first:
            return first, False
    told = await told_of(conn, organization=organization, new=new, places=places, now=now)
    return await activities.post(conn, organization_id=organization.id, told=told, reference=new.reference, now=now, status=status), True


async def own(conn: Conn, *, organization: Organization, id: UUID) -> Activity:
    """Raises Missing: another center's activity looks as if it were not there."""
    found = await store.by_id(conn, id)
    if found is None or found.organization_id != organization.id:
        raise Missing
    return found


async def change(
    conn: Conn,
    *,
    organization: Organization,
    id: UUID,
    said: Mapping[str, Any],
    seen: int | None,
    places: Places,
    vault: Vault,
    now: datetime,
) -> Activity:
    """Change what is said (fields of NewActivity, and status). seen: the sequence that the change was written for.

    Raises Missing, Stale where it changed since, Conflict for what a calendar tells, Invalid naming every wrong field.
    """
    async with conn.transaction():
        activity = await own(conn, organization=organization, id=id)
        if seen is not None and seen != activity.sequence:
            raise Stale
        words = {name: value for name, value in said.items() if name != "status"}
        if words:
            activity = await _reworded(conn, organization, activity, words, places, now)
        if said.get("status") == "draft" and activity.status == "published" and await seats.seats_taken(conn, activity_id=id, now=now):
            raise Conflict("seats_are_taken")
        if "status" in said:
            activity = await activities.set_status(conn, organization_id=organization.id, id=id, status=said["status"], now=now)
        await registrations.release_cancelled(conn, activity_id=id, vault=vault, now=now)
        return activity


async def call_off(conn: Conn, *, organization_id: UUID, session_id: UUID, vault: Vault, now: datetime) -> int:
    """Call one date off for good; how many are told, zero when it was called off before. Raises Missing, Gone when it is over."""
    session = await store.session_by_id(conn, session_id)
    if session is None or session.organization_id != organization_id:
        raise Missing
    return await registrations.cancel_session(conn, session_id=session_id, vault=vault, now=now)


async def _reworded(
    conn: Conn, organization: Organization, activity: Activity, words: Mapping[str, Any], places: Places, now: datetime
) -> Activity:
    if activity.feed_id is not None:
        raise Conflict("told_by_calendar")
    new = msgspec.structs.replace(as_said(activity), **_moved(words))
    told = await told_of(conn, organization=organization, new=new, places=places, now=now)
    told = msgspec.structs.replace(told, extra=activity.extra, moved=activity.moved)
    return await activities.edit(conn, organization_id=organization.id, id=activity.id, told=told, sequence=activity.sequence, now=now)


def _moved(words: Mapping[str, Any]) -> dict[str, Any]:
    """A new ZIP without a point means that the old point does not hold either."""
    return ({"lat": None, "lon": None} if "zip" in words else {}) | dict(words)


def as_said(activity: Activity) -> NewActivity:
    """What a center would have to say to get this activity."""
    same = {name: getattr(activity, name) for name in NewActivity.__struct_fields__}
    changed = {
        "excluded": list(activity.excluded),
        "languages": list(activity.languages),
        "access_yes": access.codes_of(activity.access_yes),
        "access_no": access.codes_of(activity.access_no),
    }
    return NewActivity(**(same | changed))
