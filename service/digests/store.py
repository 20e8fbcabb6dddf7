"""Rows of weekly letters."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

import msgspec

from service import sql
from service.activities.model import ActivitySummary
from service.db import Conn, all_of, value
from service.digests.model import DigestRun, Match, Reader
from service.matches.store import LETTER_GAP

_Q = sql.load(__file__, {"summary": ActivitySummary})


class _Week(msgspec.Struct, frozen=True):
    week: date


async def runs(conn: Conn, *, week: date, region: str | None) -> list[DigestRun]:
    return await all_of(conn, _Q.runs, DigestRun, week=week, region=region)


async def due_weeks(conn: Conn, *, not_before_week: date) -> list[date]:
    return [row.week for row in await all_of(conn, _Q.due_weeks, _Week, not_before_week=not_before_week)]


async def readers(conn: Conn, *, run_id: UUID, week: date, after: UUID, now: datetime, batch: int) -> list[Reader]:
    return await all_of(
        conn, _Q.readers, Reader, run_id=run_id, week=week, after=after, letter_since=now - LETTER_GAP, now=now, batch=batch
    )


async def matches(conn: Conn, *, run_id: UUID, matcher_ids: list[UUID]) -> dict[UUID, list[Match]]:
    """By person, in the order of their rank."""
    by_matcher: dict[UUID, list[Match]] = {}
    for match in await all_of(conn, _Q.matches, Match, run_id=run_id, matcher_ids=matcher_ids):
        by_matcher.setdefault(match.matcher_id, []).append(match)
    return by_matcher


async def claim(conn: Conn, *, resident_id: UUID, week: date, run_id: UUID, letter_id: UUID, now: datetime) -> bool:
    """False where this week's letter is there, or another week's was written within days."""
    await value(conn, _Q.lock_reader, resident_id=resident_id)
    since = now - LETTER_GAP
    claimed = await value(
        conn, _Q.claim, resident_id=resident_id, week=week, run_id=run_id, letter_id=letter_id, letter_since=since, now=now
    )
    return bool(claimed)
