"""How staff prove who they are: a mailed link, then a session.

Opening a link changes nothing, because mail scanners open links; only the press of its button uses it up. A used or old link
explains itself and lets its holder have a new one mailed to the address on record.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from uuid import UUID

from service import db
from service.crypto import Vault, hash_secret
from service.db import Conn, see_as
from service.errors import Gone, Missing, TooMany, Unauthenticated
from service.mail import actions as mail
from service.mail.model import Content
from service.organizations import letters, store
from service.organizations.actions import add_staff, find
from service.organizations.model import (
    INVITATION_LIFE,
    SESSION_LIFE,
    SIGN_IN_LIFE,
    SIGN_INS_PER_HOUR,
    Role,
    SignIn,
    Staff,
    StaffSession,
)
from service.organizations.store import queries

HOUR_S = 3600


async def invite(
    conn: Conn, *, vault: Vault, email: str, organization: str, role: Role, base_url: str, language: str, now: datetime
) -> str:
    """Give somebody a role and mail them a link, which is returned too, for an operator who has no mail yet.

    Raises Missing for an unknown organization, Forbidden for a role it cannot give, TooMany for the sixth link to one person in an hour.
    """
    place = await find(conn, organization)
    staff_id = await add_staff(conn, vault=vault, organization=place, email=email, role=role, now=now)
    if await _links_of_an_hour(conn, organization_id=place.id, staff_id=staff_id, now=now) >= SIGN_INS_PER_HOUR:
        raise TooMany(retry_after_s=HOUR_S)
    url = await _new_link(conn, organization_id=place.id, staff_id=staff_id, base_url=base_url, life=INVITATION_LIFE, now=now)
    content = letters.invitation(place.name, url, language)
    await _mail(
        conn, vault=vault, organization_id=place.id, staff_id=staff_id, language=language, content=content, life=INVITATION_LIFE, now=now
    )
    return url


async def ask(conn: Conn, *, vault: Vault, email: str, base_url: str, language: str, now: datetime) -> None:
    """Mail a link to whoever works somewhere under this address.

    Nothing is told to the caller, whether the address is known or not; at most five an hour for each person.
    """
    await see_as(conn, presented=vault.indexes(email))
    works = await store.staff_by_address(conn, vault.indexes(email))
    if works:
        await _mail_link(conn, vault=vault, staff=works[0], base_url=base_url, language=language, now=now)


async def ask_again(conn: Conn, *, vault: Vault, secret: str, base_url: str, language: str, now: datetime) -> None:
    """The same for the holder of an old link. Raises Missing for a link that we never wrote."""
    staff = await _staff_of_link(conn, await _link(conn, secret))
    await _mail_link(conn, vault=vault, staff=staff, base_url=base_url, language=language, now=now)


async def look(conn: Conn, *, secret: str, now: datetime) -> Staff:
    """Who this link would sign in; changes nothing. Raises Missing for an unknown link, Gone for a used or old one."""
    link = await _link(conn, secret)
    if link.used_at is not None or link.expires_at <= now:
        raise Gone("sign_in_over")
    return await _staff_of_link(conn, link)


async def enter(conn: Conn, *, secret: str, now: datetime) -> StaffSession:
    """Use the link up and open a session. Raises as `look` does; of two presses at once one gets in."""
    staff = await look(conn, secret=secret, now=now)
    if not await db.run(conn, queries.use_sign_in, secret_hash=hash_secret(secret), now=now):
        raise Gone("sign_in_over")
    return await _open_session(conn, staff=staff, now=now)


async def who(conn: Conn, *, secret: str, now: datetime) -> Staff:
    """The staff member behind a session's secret; from here on the transaction sees their organization's rows.

    Raises Unauthenticated.
    """
    secret_hash = hash_secret(secret)
    await see_as(conn, presented=[secret_hash])
    owner = await store.session_owner(conn, secret_hash, now=now)
    if owner is None:
        raise Unauthenticated
    await see_as(conn, organization_id=owner[0])
    staff = await store.staff_by_id(conn, organization_id=owner[0], staff_id=owner[1])
    if staff is None:
        raise Unauthenticated
    return staff


async def places_of(conn: Conn, *, staff: Staff) -> list[Staff]:
    """Everywhere this person works, this place among them."""
    await see_as(conn, organization_id=staff.organization_id, presented=[staff.email_index])
    return await store.staff_by_address(conn, [staff.email_index])


async def switch(conn: Conn, *, staff: Staff, old_secret: str, organization_id: UUID, now: datetime) -> StaffSession:
    """A session for another place of the same person; the old one ends. Raises Missing where they do not work."""
    there = [place for place in await places_of(conn, staff=staff) if place.organization_id == organization_id]
    if not there:
        raise Missing
    await leave(conn, secret=old_secret)
    await see_as(conn, organization_id=organization_id)
    return await _open_session(conn, staff=there[0], now=now)


async def open_for(conn: Conn, *, organization_id: UUID, staff_id: UUID, now: datetime) -> StaffSession:
    """A session for somebody who proved by other means who they are. Raises Missing."""
    await see_as(conn, organization_id=organization_id)
    staff = await store.staff_by_id(conn, organization_id=organization_id, staff_id=staff_id)
    if staff is None:
        raise Missing
    return await _open_session(conn, staff=staff, now=now)


async def leave(conn: Conn, *, secret: str) -> None:
    """End a session; twice is the same as once."""
    await see_as(conn, presented=[hash_secret(secret)])
    await db.run(conn, queries.delete_session, secret_hash=hash_secret(secret))


async def _open_session(conn: Conn, *, staff: Staff, now: datetime) -> StaffSession:
    secret, expires_at = secrets.token_urlsafe(32), now + SESSION_LIFE
    await db.run(
        conn,
        queries.insert_session,
        secret_hash=hash_secret(secret),
        organization_id=staff.organization_id,
        staff_id=staff.id,
        now=now,
        expires_at=expires_at,
    )
    return StaffSession(secret=secret, staff=staff, expires_at=expires_at)


async def _link(conn: Conn, secret: str) -> SignIn:
    """The kept link; the transaction then sees its organization's rows."""
    secret_hash = hash_secret(secret)
    await see_as(conn, presented=[secret_hash])
    link = await store.sign_in_by_secret(conn, secret_hash)
    if link is None:
        raise Missing("link_unknown")
    await see_as(conn, organization_id=link.organization_id, presented=[secret_hash])
    return link


async def _staff_of_link(conn: Conn, link: SignIn) -> Staff:
    staff = await store.staff_by_id(conn, organization_id=link.organization_id, staff_id=link.staff_id)
    if staff is None:
        raise Missing("link_unknown")
    return staff


async def _mail_link(conn: Conn, *, vault: Vault, staff: Staff, base_url: str, language: str, now: datetime) -> None:
    await see_as(conn, organization_id=staff.organization_id)
    if await _links_of_an_hour(conn, organization_id=staff.organization_id, staff_id=staff.id, now=now) >= SIGN_INS_PER_HOUR:
        return
    url = await _new_link(conn, organization_id=staff.organization_id, staff_id=staff.id, base_url=base_url, life=SIGN_IN_LIFE, now=now)
    content = letters.sign_in(staff.organization_name, url, language)
    await _mail(
        conn,
        vault=vault,
        organization_id=staff.organization_id,
        staff_id=staff.id,
        language=language,
        content=content,
        life=SIGN_IN_LIFE,
        now=now,
    )


async def _links_of_an_hour(conn: Conn, *, organization_id: UUID, staff_id: UUID, now: datetime) -> int:
    since = now - timedelta(seconds=HOUR_S)
    return int(await db.value(conn, queries.sign_ins_since, organization_id=organization_id, staff_id=staff_id, since=since))


async def _new_link(conn: Conn, *, organization_id: UUID, staff_id: UUID, base_url: str, life: timedelta, now: datetime) -> str:
    secret = secrets.token_urlsafe(32)
    await db.run(
        conn,
        queries.insert_sign_in,
        secret_hash=hash_secret(secret),
        organization_id=organization_id,
        staff_id=staff_id,
        now=now,
        expires_at=now + life,
    )
    return f"{base_url.rstrip('/')}/sign-in/{secret}"


async def _mail(
    conn: Conn,
    *,
    vault: Vault,
    organization_id: UUID,
    staff_id: UUID,
    language: str,
    content: Content,
    life: timedelta,
    now: datetime,
) -> None:
    """A link that no longer works is not sent: the ledger gives up when the link does."""
    await mail.queue(
        conn,
        kind="sign_in",
        contents={language: content},
        vault=vault,
        now=now,
        staff_id=staff_id,
        organization_id=organization_id,
        give_up_at=now + life,
    )
