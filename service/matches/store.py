"""Rows of match runs <-> Structs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from service import db, sql
from service.db import Conn
from service.matches.model import (
    ActivityRow,
    Named,
    NeverRow,
    OwnMatch,
    PairRow,
    Past,
    Region,
    ResidentRow,
    Run,
    SessionRow,
    Snapshot,
    StoredRun,
    Told,
    WeekLine,
)

queries = sql.load(__file__)


async def regions(conn: Conn) -> list[Region]:
    return await db.all_of(conn, queries.regions, Region)


async def region_by_slug(conn: Conn, slug: str) -> Region | None:
    return await db.one(conn, queries.region_by_slug, Region, slug=slug)


async def open_run(conn: Conn, *, region_id: UUID, week: date, seed: int, now: datetime) -> None:
    await db.run(conn, queries.open_run, region_id=region_id, week=week, seed=seed, now=now)


async def lock_run(conn: Conn, *, region_id: UUID, week: date) -> Run | None:
    return await db.one(conn, queries.lock_run, Run, region_id=region_id, week=week)


async def run_of_week(conn: Conn, *, region_id: UUID, week: date) -> Run | None:
    return await db.one(conn, queries.run_of_week, Run, region_id=region_id, week=week)


async def stored_run(conn: Conn, run_id: UUID) -> StoredRun | None:
    return await db.one(conn, queries.stored_run, StoredRun, run_id=run_id)


async def read_snapshot(conn: Conn, *, region_id: UUID, week: date, now: datetime, after: datetime, before: datetime) -> Snapshot:
    """Sessions that start in [after, before), and everything that bears on them; call it in one REPEATABLE READ transaction."""
    window = {"region_id": region_id, "after": after, "before": before}
    return Snapshot(
        residents=await db.all_of(conn, queries.residents, ResidentRow, region_id=region_id, week=week, now=now),
        activities=await db.all_of(conn, queries.activities, ActivityRow, now=now, **window),
        sessions=await db.all_of(conn, queries.sessions, SessionRow, **window),
        pairs=await db.all_of(conn, queries.pairs, PairRow, region_id=region_id, week=week, now=now),
        never=await db.all_of(conn, queries.never, NeverRow, **window),
    )


async def write_matches(conn: Conn, run_id: UUID, columns: dict[str, Sequence[Any]]) -> None:
    await db.run(conn, queries.write_matches, run_id=run_id, **columns)


async def write_empty_hands(conn: Conn, run_id: UUID, columns: dict[str, Sequence[Any]]) -> None:
    await db.run(conn, queries.write_empty_hands, run_id=run_id, **columns)


async def close_run(conn: Conn, *, run_id: UUID, now: datetime, **kept: Any) -> bool:
    """False when somebody else had closed it before."""
    return bool(await db.run(conn, queries.close_run, run_id=run_id, now=now, **kept))


async def region_by_id(conn: Conn, region_id: UUID) -> Region | None:
    return await db.one(conn, queries.region_by_id, Region, region_id=region_id)


async def read_offers(
    conn: Conn, *, region_id: UUID, now: datetime, after: datetime, before: datetime
) -> tuple[list[ActivityRow], list[SessionRow]]:
    """Activities and sessions that start in [after, before), as anybody may see them; call it in one REPEATABLE READ transaction."""
    window = {"region_id": region_id, "after": after, "before": before}
    return (
        await db.all_of(conn, queries.activities, ActivityRow, now=now, **window),
        await db.all_of(conn, queries.sessions, SessionRow, **window),
    )


async def published_ids(conn: Conn, region_id: UUID) -> list[UUID]:
    return [row["id"] for row in await conn.fetch(queries.published_ids.text, region_id)]


async def note_past(conn: Conn, past: Sequence[Past], *, now: datetime) -> None:
    # An array of arrays of different lengths is none in Postgres, so each list travels as text.
    texts = [",".join(map(repr, one.said_yes)) for one in past]
    ids, helped = [one.activity_id for one in past], [one.helped for one in past]
    await db.run(conn, queries.note_past, activity_ids=ids, said_yes=texts, helped=helped, now=now)


async def past_of_region(conn: Conn, region_id: UUID) -> list[Past]:
    return await db.all_of(conn, queries.past_of_region, Past, region_id=region_id)


async def told_sessions(conn: Conn, session_ids: Sequence[UUID], *, now: datetime) -> dict[UUID, Told]:
    found = await db.all_of(conn, queries.told_sessions, Told, session_ids=list(session_ids), now=now)
    return {one.id: one for one in found}


async def own_match(conn: Conn, *, match_id: UUID, matcher_id: UUID) -> OwnMatch | None:
    return await db.one(conn, queries.own_match, OwnMatch, match_id=match_id, matcher_id=matcher_id)


async def own_week(conn: Conn, *, region_id: UUID, matcher_id: UUID) -> list[WeekLine]:
    return await db.all_of(conn, queries.own_week, WeekLine, region_id=region_id, matcher_id=matcher_id)


async def own_never(conn: Conn, *, region_id: UUID, after: datetime, before: datetime) -> list[UUID]:
    """Sessions that the resident on whose behalf the transaction reads has answered or refused."""
    rows = await db.all_of(conn, queries.never, NeverRow, region_id=region_id, after=after, before=before)
    return [row.session_id for row in rows]


async def named_like(conn: Conn, activity_ids: Sequence[UUID], words: str) -> list[Named]:
    """The few whose title holds these words, the shortest first."""
    return await db.all_of(conn, queries.named_like, Named, activity_ids=list(activity_ids), words=words)
