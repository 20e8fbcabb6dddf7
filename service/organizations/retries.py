"""A retry gets the first answer: what was answered to an Idempotency-Key is kept for a day."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from service import db
from service.crypto import derive
from service.db import Conn
from service.errors import Conflict, Invalid
from service.organizations.store import queries

KEPT = timedelta(hours=24)


class Answer(msgspec.Struct, frozen=True):
    """What went out: a status of success, the headers of the answer's own, the body as it was sent."""

    status: int
    headers: dict[str, str]
    body: bytes


class _Kept(msgspec.Struct, frozen=True):
    request_hash: bytes
    status: int | None
    headers: dict[str, str] | None
    body: bytes | None


def fingerprints(secrets: Sequence[bytes], *, method: str, path: str, body: bytes) -> list[bytes]:
    """Of a request, under every living key, newest first. Keyed, because a body may name a person."""
    asked = b"\0".join((method.encode(), path.encode(), body))
    return [hmac.digest(derive(secret, "retries"), asked, "sha256") for secret in secrets]


async def first(conn: Conn, *, organization_id: UUID, key: str, asked: Sequence[bytes], now: datetime) -> Answer | None:
    """The kept answer, or None: then this request is the first, and `keep` must follow in the same transaction.

    Raises Invalid where the key was used for another request, Conflict where the first one is not through yet.
    """
    claimed = await db.run(
        conn,
        queries.claim_answer,
        organization_id=organization_id,
        key=key,
        request_hash=asked[0],
        now=now,
        expires_at=now + KEPT,
    )
    if claimed:
        return None
    stored = await db.one(conn, queries.first_answer, _Kept, organization_id=organization_id, key=key)
    if stored is None or stored.status is None or stored.body is None:
        raise Conflict("retry_too_early")
    if not any(hmac.compare_digest(stored.request_hash, digest) for digest in asked):
        raise Invalid("key_used_otherwise")
    return Answer(stored.status, stored.headers or {}, stored.body)


async def keep(conn: Conn, answer: Answer, *, organization_id: UUID, key: str) -> None:
    await db.run(
        conn,
        queries.keep_answer,
        organization_id=organization_id,
        key=key,
        status=answer.status,
        headers=answer.headers,
        body=answer.body,
    )


async def forget(conn: Conn, *, now: datetime) -> int:
    """Drop what nobody may ask for again (worker role); how many."""
    return await db.run(conn, queries.forget_answers, now=now)
