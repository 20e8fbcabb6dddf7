"""A row that a test is sure of."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncpg

    from service.db import Conn


async def first_row(conn: Conn, query: str, *arguments: object) -> asyncpg.Record:
    """Fails the test when the query gives no row."""
    row = await conn.fetchrow(query, *arguments)
    assert row is not None, query
    return row
