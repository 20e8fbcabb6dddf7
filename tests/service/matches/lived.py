"""Weeks that were matched, answered and attended: people come to what is near, and seldom to anything else."""

from __future__ import annotations

import hashlib
from datetime import date, datetime, timedelta
from uuid import UUID

import asyncpg

from matching import Settings
from service.db import Database
from service.matches import actions

NEAR, FAR = 0.75, 0.08


async def live(
    worker_db: Database,
    admin: asyncpg.Connection,
    region: str,
    first: date,
    now: datetime,
    weeks: int,
    settings: Settings | None = None,
) -> None:
    """Match `weeks` weeks one after the other, each with what the weeks before it left behind."""
    for week in range(weeks):
        monday, later = first + timedelta(weeks=week), now + timedelta(weeks=week)
        await actions.match_week(worker_db, region=region, week=monday, now=later, settings=settings)
        await come(admin, monday, later + timedelta(days=8))


async def come(admin: asyncpg.Connection, monday: date, at: datetime, *, upside_down: bool = False) -> None:
    """Each pair has dice of its own, thrown by its ids: one match more or less changes nobody else's week."""
    rows = await admin.fetch(
        "SELECT m.matcher_id, m.session_id, s.activity_id, m.km < 0.2 * p.reach_km AS near FROM match AS m"
        " JOIN match_run AS r ON r.id = m.run_id  JOIN session AS s ON s.id = m.session_id"
        " JOIN profile AS p ON p.matcher_id = m.matcher_id WHERE r.week = $1 ORDER BY 1, 2",
        monday,
    )
    came = [_dice(row["matcher_id"], row["session_id"]) < (NEAR if row["near"] != upside_down else FAR) for row in rows]
    await admin.executemany(
        "INSERT INTO answer (matcher_id, session_id, activity_id, answer, at) VALUES ($1, $2, $3, 'attended', $4)",
        [(row["matcher_id"], row["session_id"], row["activity_id"], at) for row, there in zip(rows, came, strict=True) if there],
    )


def _dice(matcher_id: UUID, session_id: UUID) -> float:
    """0 to 1, the same for the same two."""
    return int.from_bytes(hashlib.blake2b(matcher_id.bytes + session_id.bytes, digest_size=6).digest(), "big") / 2**48
