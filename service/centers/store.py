"""Rows that a center's pages show together: dates with their seats, counts of people and never who they are."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from service import db
from service.activities import store as activities
from service.activities.model import Activity, Status
from service.db import Conn
from service.errors import Missing
from service.registrations.model import State
from service.sql import load

queries = load(__file__)


class Date(msgspec.Struct, frozen=True, kw_only=True):
    """One date of a center's activity. capacity None: not said.

    Of a call-off. cancel_reason: empty where none was given. undo_until: until then it may be taken back; None: not at all.
    """

    id: UUID
    activity_id: UUID
    state: Literal["scheduled", "cancelled"]
    cancel_reason: str
    undo_until: datetime | None
    original_local: datetime
    starts_at: datetime
    ends_at: datetime
    zone: str
    title: str
    status: Status
    capacity: int | None
    taken: int
    waiting: int


class Guest(msgspec.Struct, frozen=True, kw_only=True):
    """A seat of a date. handle: stands for the person on this roster and nowhere else. party: who comes in all."""

    session_id: UUID
    handle: UUID
    state: State
    party: int
    is_new: bool


class WaitingParty(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who waits for a seat. party: who comes in all. put_first_reason: why the center serves them first; None: it does not."""

    handle: UUID
    party: int
    put_first_reason: str | None


class Fullness(msgspec.Struct, frozen=True, kw_only=True):
    """Dates that took place with a stated capacity, and what was taken of it."""

    dates: int
    seats: int
    taken: int


class SealedName(msgspec.Struct, frozen=True, kw_only=True):
    """Opens as "resident.name" of the row resident_id. Only somebody who said yes to being named has one."""

    handle: UUID
    resident_id: UUID
    name: bytes


class NeedCount(msgspec.Struct, frozen=True, kw_only=True):
    """need: a bit of `access.NEEDS`."""

    need: int
    people: int


class HostLink(msgspec.Struct, frozen=True, kw_only=True):
    """A link that opens the roster of one date."""

    id: UUID
    session_id: UUID
    organization_id: UUID


async def coming(
    conn: Conn, *, organization_id: UUID, begins: datetime, ends: datetime, activity_id: UUID | None = None, limit: int = 200
) -> list[Date]:
    """Dates that take place, of one activity or of all."""
    return await db.all_of(
        conn, queries.coming, Date, organization_id=organization_id, begins=begins, ends=ends, activity_id=activity_id, limit=limit
    )


async def fullness(conn: Conn, *, organization_id: UUID, begins: datetime, ends: datetime) -> Fullness:
    """How full the dates of a period were."""
    counted = await db.one(conn, queries.fullness, Fullness, organization_id=organization_id, begins=begins, ends=ends)
    assert counted is not None  # a count always gives a row
    return counted


async def own_date(conn: Conn, *, organization_id: UUID, session_id: UUID) -> Date:
    """Raises Missing, for another center's date too."""
    date = await db.one(conn, queries.own_date, Date, organization_id=organization_id, session_id=session_id)
    if date is None:
        raise Missing
    return date


async def own_activity(conn: Conn, *, organization_id: UUID, id: UUID) -> Activity:
    """Raises Missing, for another center's activity too."""
    activity = await activities.by_id(conn, id)
    if activity is None or activity.organization_id != organization_id or activity.merged_into:
        raise Missing
    return activity


async def people(conn: Conn, *, organization_id: UUID, session_ids: Sequence[UUID]) -> int:
    """How many hold a seat at any of these dates."""
    return int(await db.value(conn, queries.people, organization_id=organization_id, session_ids=list(session_ids)))


async def called_off(conn: Conn, *, organization_id: UUID, activity_id: UUID, now: datetime) -> list[Date]:
    """Dates to come of an activity that do not take place."""
    return await db.all_of(conn, queries.called_off, Date, organization_id=organization_id, activity_id=activity_id, now=now)


async def guests(conn: Conn, *, organization_id: UUID, session_ids: Sequence[UUID]) -> list[Guest]:
    """Of these dates, in the order in which they said yes."""
    return await db.all_of(conn, queries.guests, Guest, organization_id=organization_id, session_ids=list(session_ids))


async def waiting(conn: Conn, *, organization_id: UUID, session_id: UUID) -> list[WaitingParty]:
    """In the order in which free seats are offered."""
    return await db.all_of(conn, queries.waiting, WaitingParty, organization_id=organization_id, session_id=session_id)


async def sealed_names(conn: Conn, *, session_id: UUID) -> list[SealedName]:
    """Called on behalf of the center; for another center's date there is none."""
    return await db.all_of(conn, queries.names, SealedName, session_id=session_id)


async def sealed_names_of_waiting(conn: Conn, *, session_id: UUID) -> list[SealedName]:
    """Called on behalf of the center; for another center's date there is none."""
    return await db.all_of(conn, queries.waiting_names, SealedName, session_id=session_id)


async def need_counts(conn: Conn, *, session_id: UUID) -> list[NeedCount]:
    """Called on behalf of the center; for another center's date there is none."""
    return await db.all_of(conn, queries.needs, NeedCount, session_id=session_id)


async def host_link(conn: Conn, id: UUID) -> HostLink | None:
    """The transaction presents the id. None where the link was withdrawn, or its center is closed."""
    return await db.one(conn, queries.host_link, HostLink, id=id)


async def host_link_id(conn: Conn, *, organization_id: UUID, session_id: UUID) -> UUID | None:
    stored: UUID | None = await db.value(conn, queries.host_link_id, organization_id=organization_id, session_id=session_id)
    return stored


async def ensure_host_link(conn: Conn, *, organization_id: UUID, session_id: UUID, now: datetime) -> UUID:
    """Its id. The date's link, if it has one, stays as it is."""
    link_id: UUID = await db.value(conn, queries.ensure_host_link, organization_id=organization_id, session_id=session_id, now=now)
    return link_id


async def withdraw_host_link(conn: Conn, *, organization_id: UUID, session_id: UUID) -> None:
    await db.run(conn, queries.withdraw_host_link, organization_id=organization_id, session_id=session_id)


async def date_by_code(conn: Conn, *, organization_id: UUID, code: str, since: datetime) -> UUID | None:
    """code: eight hex digits in lower case. Only of dates that begin after `since`."""
    session_id: UUID | None = await db.value(conn, queries.date_by_code, organization_id=organization_id, code=code, since=since)
    return session_id
