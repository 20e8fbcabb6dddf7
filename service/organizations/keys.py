"""API keys: `doorstep_<8 characters>_<43 characters>`, shown once, kept as a hash."""

from __future__ import annotations

import re
import secrets
import string
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from service import db
from service.crypto import hash_secret
from service.db import Conn, see_as
from service.errors import Conflict, Gone, Invalid, Missing, Unauthenticated
from service.organizations import store
from service.organizations.model import KEY_LIFE, KEY_OVERLAP, SCOPES, Key, Organization, Scope
from service.organizations.store import queries

LONGEST_OVERLAP = timedelta(days=7)
_ID_LETTERS = string.ascii_lowercase + string.digits
_KEY = re.compile(r"doorstep_([a-z0-9]{8})_[A-Za-z0-9_-]{43}\Z")


async def mint(conn: Conn, *, organization_id: UUID, scopes: Sequence[Scope], now: datetime, life: timedelta = KEY_LIFE) -> str:
    """The whole key, for the only time. Raises Invalid for unknown scopes or a life over a year."""
    _checked(scopes)
    if not timedelta(0) < life <= KEY_LIFE:
        raise Invalid(fields={"life": "at_most:365"})
    key_id = "".join(secrets.choice(_ID_LETTERS) for _ in range(8))
    key = f"doorstep_{key_id}_{secrets.token_urlsafe(32)}"
    await db.run(
        conn,
        queries.insert_key,
        id=key_id,
        organization_id=organization_id,
        secret_hash=hash_secret(key),
        scopes=sorted(set(scopes)),
        now=now,
        expires_at=now + life,
    )
    return key


async def verify(conn: Conn, *, key: str, now: datetime) -> Key:
    """Whose key this is; from here on the transaction sees that organization's rows.

    Raises Unauthenticated, in the same way for unknown, expired and revoked keys.
    """
    shape = _KEY.match(key)
    if not shape:
        raise Unauthenticated("key_unknown")
    secret_hash = hash_secret(key)
    await see_as(conn, presented=[secret_hash])
    stored = await store.key_by_secret(conn, key_id=shape[1], secret_hash=secret_hash)
    if stored is None or stored.revoked_at is not None or stored.expires_at <= now:
        raise Unauthenticated("key_unknown")
    await see_as(conn, organization_id=stored.organization_id)
    await db.run(conn, queries.note_use, id=stored.id, now=now)
    return stored


class Issued(msgspec.Struct, frozen=True, kw_only=True):
    """key: the whole of it, for the only time; None where a key like it was made before."""

    id: str
    scopes: tuple[str, ...]
    expires_at: datetime
    key: str | None = None


async def issue(
    conn: Conn, *, organization: Organization, scopes: Sequence[str], now: datetime, another: bool = False
) -> tuple[Issued, bool]:
    """A key with these scopes, and whether it was made now: a living one of the same scopes is only named, unless `another` is wanted.

    Raises Invalid for unknown scopes, Gone for a closed organization.
    """
    if organization.closed_at:
        raise Gone("organization_closed", slug=organization.slug)
    wanted = tuple(sorted(set(_checked(scopes))))
    same = [key for key in await store.keys_of(conn, organization.id) if key.lives(now) and key.scopes == wanted]
    if same and not another:
        return Issued(id=same[0].id, scopes=same[0].scopes, expires_at=same[0].expires_at), False
    return await _issue(conn, organization_id=organization.id, scopes=wanted, now=now), True


async def rotate(conn: Conn, *, organization_id: UUID, key_id: str, now: datetime, overlap: timedelta = KEY_OVERLAP) -> Issued:
    """A new key with the same scopes; the old one works for `overlap` more. After a refusal the transaction must not be committed.

    Raises Missing for a key that is not theirs, Conflict("key_replaced") with `replaced_by` and `ends_at` the second time, Gone for one
    that works no longer, Invalid for an overlap below zero or above a week.
    """
    if not timedelta(0) <= overlap <= LONGEST_OVERLAP:
        raise Invalid(fields={"overlap_hours": f"at_most:{LONGEST_OVERLAP // timedelta(hours=1)}"})
    old = await _own(conn, organization_id=organization_id, key_id=key_id)
    if old.revoked_at is not None or old.expires_at <= now:
        raise Gone("key_over", key=key_id, organization=old.organization_slug)
    issued = await _issue(conn, organization_id=organization_id, scopes=_checked(old.scopes), now=now)
    if not await db.run(conn, queries.replace_key, id=key_id, replaced_by=issued.id, ends_at=now + overlap, now=now):
        old = await _own(conn, organization_id=organization_id, key_id=key_id)
        raise Conflict("key_replaced", key=key_id, replaced_by=old.replaced_by, ends_at=old.expires_at)
    if not overlap:
        await db.run(conn, queries.revoke_key, organization_id=organization_id, id=key_id, now=now)
    return issued


async def by_id(conn: Conn, key_id: str) -> Key:
    """Raises Missing. Worker role: whoever's it is."""
    key = await db.one(conn, queries.key_by_id, Key, id=key_id)
    if key is None:
        raise Missing("key_not_there", key=key_id)
    return key


async def revoke(conn: Conn, *, organization_id: UUID, key_id: str, now: datetime) -> None:
    """Raises Missing for a key that is not theirs; twice is the same as once."""
    await _own(conn, organization_id=organization_id, key_id=key_id)
    await db.run(conn, queries.revoke_key, organization_id=organization_id, id=key_id, now=now)


async def _own(conn: Conn, *, organization_id: UUID, key_id: str) -> Key:
    keys = [key for key in await store.keys_of(conn, organization_id) if key.id == key_id]
    if not keys:
        raise Missing("key_not_there", key=key_id)
    return keys[0]


async def _issue(conn: Conn, *, organization_id: UUID, scopes: Sequence[Scope], now: datetime) -> Issued:
    key = await mint(conn, organization_id=organization_id, scopes=scopes, now=now)
    return Issued(id=id_of(key), scopes=tuple(sorted(scopes)), expires_at=now + KEY_LIFE, key=key)


def id_of(key: str) -> str:
    """The name of a key that may be shown again: its first part, or the text itself where it is that name already."""
    shape = _KEY.match(key)
    return shape[1] if shape else key


def _checked(scopes: Sequence[str]) -> list[Scope]:
    valid = {scope: scope for scope in SCOPES}
    if not scopes or not set(scopes) <= set(valid):
        raise Invalid(fields={"scopes": f"scope:{', '.join(SCOPES)}"})
    return [valid[scope] for scope in SCOPES if scope in scopes]
