"""The one row that holds how far the set-up has come."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from service import db
from service.db import Conn
from service.set_up.model import Progress
from service.sql import load

queries = load(__file__)


async def offer(conn: Conn, *, secret_hash: bytes, expires_at: datetime) -> bool:
    """Worker role. False: there is nothing to set up."""
    return bool(await db.run(conn, queries.offer, secret_hash=secret_hash, expires_at=expires_at))


async def progress(conn: Conn, secret_hash: bytes) -> Progress | None:
    """Held until the transaction ends."""
    return await db.one(conn, queries.progress, Progress, secret_hash=secret_hash)


async def has_operator(conn: Conn) -> bool:
    return bool(await db.value(conn, queries.has_operator))


async def form_slug(conn: Conn, form_id: UUID) -> str:
    return str(await db.value(conn, queries.form_by_id, form_id=form_id))
