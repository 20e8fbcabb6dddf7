"""Rows of activities that nobody was heard of."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from service import sql
from service.db import Conn, all_of, one, run
from service.liveness.model import ActivitySilence, SilenceCounts, SilentActivity

_Q = sql.load(__file__)


async def forget_ended(conn: Conn, *, now: datetime) -> None:
    await run(conn, _Q.forget_ended, now=now)


async def bring_back(conn: Conn) -> int:
    """How many activities return to the letters, or stay in them, because somebody was heard of since the warning."""
    return await run(conn, _Q.bring_back)


async def leave(conn: Conn, *, now: datetime) -> int:
    """How many activities leave the letters now."""
    return await run(conn, _Q.leave, now=now)


async def silent(conn: Conn, *, since: datetime, now: datetime, least_dates: int, least_invitations: int) -> list[SilentActivity]:
    """Activities of which nobody was heard since then and whose center was not asked yet, center by center."""
    limits = {"least_dates": least_dates, "least_invitations": least_invitations}
    return await all_of(conn, _Q.silent, SilentActivity, since=since, now=now, **limits)


async def warn(conn: Conn, *, organization_id: UUID, activity_ids: Sequence[UUID], leaves_at: datetime, now: datetime) -> set[UUID]:
    """The activities of which nobody else has warned before."""
    query = _Q.warn
    params = {"organization_id": organization_id, "activity_ids": list(activity_ids), "leaves_at": leaves_at, "now": now}
    return {row["activity_id"] for row in await conn.fetch(query.text, *query.arguments(params))}


async def keep(conn: Conn, *, organization_id: UUID, activity_ids: Sequence[UUID], now: datetime) -> int:
    """How many of them were warned of, or had left."""
    return await run(conn, _Q.keep, organization_id=organization_id, activity_ids=list(activity_ids), now=now)


async def silences_of(conn: Conn, *, organization_id: UUID) -> list[ActivitySilence]:
    """Of one center, by title; on its behalf."""
    return await all_of(conn, _Q.silences_of, ActivitySilence, organization_id=organization_id)


async def counts(conn: Conn) -> SilenceCounts:
    """Zeros for a transaction that is no operator's."""
    return await one(conn, _Q.counts, SilenceCounts) or SilenceCounts()
