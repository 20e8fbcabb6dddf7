"""API keys: `doorstep_<8 characters>_<43 characters>`, shown once, kept as a hash."""

from __future__ import annotations

import re
import secrets
import string
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from service import db
from service.crypto import hash_secret
from service.db import Conn, see_as
from service.errors import Invalid, Missing, Unauthenticated
from service.organizations import store
from service.organizations.model import KEY_LIFE, SCOPES, Key, Scope
from service.organizations.store import queries

_ID_LETTERS = string.ascii_lowercase + string.digits
_KEY = re.compile(r"doorstep_([a-z0-9]{8})_[A-Za-z0-9_-]{43}\Z")


async def mint(conn: Conn, *, organization_id: UUID, scopes: Sequence[Scope], now: datetime, life: timedelta = KEY_LIFE) -> str:
    """The whole key, for the only time. Raises Invalid for unknown scopes or a life over a year."""
    if not scopes or not set(scopes) <= set(SCOPES):
        raise Invalid(fields={"scopes": "choice"})
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
    found = await store.key_by_secret(conn, key_id=shape[1], secret_hash=secret_hash)
    if found is None or found.revoked_at is not None or found.expires_at <= now:
        raise Unauthenticated("key_unknown")
    await see_as(conn, organization_id=found.organization_id)
    await db.run(conn, queries.note_use, id=found.id, now=now)
    return found


async def revoke(conn: Conn, *, organization_id: UUID, key_id: str, now: datetime) -> None:
    """Raises Missing for a key that is not theirs; twice is the same as once."""
    if key_id not in {key.id for key in await store.keys_of(conn, organization_id)}:
        raise Missing
    await db.run(conn, queries.revoke_key, organization_id=organization_id, id=key_id, now=now)
