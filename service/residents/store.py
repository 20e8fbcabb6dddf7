"""Rows of residents <-> Structs."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from service import db, sql
from service.db import Conn
from service.residents.model import Resident

queries = sql.load(__file__)


async def by_address(conn: Conn, indexes: Sequence[bytes]) -> Resident | None:
    found = await db.all_of(conn, queries.by_address, Resident, email_indexes=list(indexes))
    return found[0] if found else None


async def lock(conn: Conn, resident_id: UUID) -> Resident | None:
    return await db.one(conn, queries.lock, Resident, resident_id=resident_id)
