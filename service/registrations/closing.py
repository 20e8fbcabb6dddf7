"""Closing an organization: its dates are called off, whoever had a seat is written to, and nobody gets in any more."""

from __future__ import annotations

from datetime import datetime

import msgspec

from service.activities import store as activities
from service.crypto import Vault
from service.db import Conn
from service.errors import Conflict
from service.organizations import actions as organizations
from service.organizations.model import Organization
from service.registrations.actions import cancel_session


class Closed(msgspec.Struct, frozen=True, kw_only=True):
    """What the closing came to. letters: how many people are written to; closed: false where it was closed before."""

    closed: bool
    dates: int = 0
    activities: int = 0
    letters: int = 0


async def close(conn: Conn, *, organization: Organization, vault: Vault, now: datetime, call_off: bool = False) -> Closed:
    """Close an organization in one transaction (worker role). Twice is the same as once.

    Its published activities are called off, its keys and sign-ins end, its forms take nobody. Raises Conflict("seats_are_held") with
    `people` where seats would be lost, unless they are to be called off.
    """
    async with conn.transaction():
        await organizations.lock(conn, organization.id)
        if (await organizations.find(conn, organization.slug)).closed_at:
            return Closed(closed=False)
        dates = await activities.coming_of_organization(conn, organization_id=organization.id, now=now)
        letters = sum([await cancel_session(conn, session_id=date, vault=vault, now=now) for date in dates])
        if letters and not call_off:
            raise Conflict("seats_are_held", slug=organization.slug, people=letters)
        called_off = await activities.call_off_all(conn, organization_id=organization.id, now=now)
        await organizations.mark_closed(conn, organization_id=organization.id, now=now)
    return Closed(closed=True, dates=len(dates), activities=called_off, letters=letters)
