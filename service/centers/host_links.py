"""The link by which a host without an account notes who came to one date."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from service.centers import store
from service.centers.store import Date, HostLink
from service.db import Conn, see_as
from service.errors import Conflict, Gone
from service.tokens import NOBODY, Purpose, Tokens

ENDS_AFTER = timedelta(hours=6)  # the end of the date; paper and late presses of a hall without network still arrive


def ends_at(date: Date) -> datetime:
    return date.ends_at + ENDS_AFTER


def may_have(date: Date, *, now: datetime) -> bool:
    return date.state == "scheduled" and now < ends_at(date)


def address(link_id: UUID, *, tokens: Tokens, base_url: str) -> str:
    """The link itself. It holds no hour: a date that moves takes the end of its link along."""
    return f"{base_url}/host/{tokens.mint(Purpose.HOST, resident_id=NOBODY, epoch=0, subject_id=link_id)}"


async def ensure(conn: Conn, *, organization_id: UUID, session_id: UUID, now: datetime) -> UUID:
    """The id of the date's link, which is made where there is none. Called on behalf of the center.

    Raises Missing for another center's date, Conflict where the date is over or was called off.
    """
    date = await store.own_date(conn, organization_id=organization_id, session_id=session_id)
    if not may_have(date, now=now):
        raise Conflict("session_cancelled" if date.state == "cancelled" else "session_over")
    return await store.ensure_host_link(conn, organization_id=organization_id, session_id=session_id, now=now)


async def renew(conn: Conn, *, organization_id: UUID, session_id: UUID, now: datetime) -> UUID:
    """Another link; the one before stops. Raises as `ensure`."""
    await store.withdraw_host_link(conn, organization_id=organization_id, session_id=session_id)
    return await ensure(conn, organization_id=organization_id, session_id=session_id, now=now)


async def withdraw(conn: Conn, *, organization_id: UUID, session_id: UUID, now: datetime) -> None:
    """The link stops; a date without a link stays so. Raises Missing for another center's date. now: as the other changes have it."""
    await store.own_date(conn, organization_id=organization_id, session_id=session_id)
    await store.withdraw_host_link(conn, organization_id=organization_id, session_id=session_id)


async def open_link(conn: Conn, id: UUID, *, now: datetime) -> HostLink:
    """What the link opens. The transaction presented the id, and from now on sees the rows of the center as its members do.

    So whatever follows names the link's own date. Raises Gone for a link that was withdrawn or has ended.
    """
    link = await store.host_link(conn, id)
    if link is None:
        raise Gone("host_link_ended")
    await see_as(conn, organization_id=link.organization_id)
    date = await store.own_date(conn, organization_id=link.organization_id, session_id=link.session_id)
    if now >= ends_at(date):
        raise Gone("host_link_ended")
    return link
