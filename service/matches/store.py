"""Rows of match runs <-> Structs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

import msgspec
import numpy as np

from service import db, sql
from service.activities.model import ActivitySummary
from service.db import Conn
from service.matches.model import (
    ActivityPast,
    ActivityRow,
    MatchRegion,
    MatchRun,
    Named,
    OwnMatch,
    Score,
    SessionRow,
    ShownSession,
    Snapshot,
    StoredRun,
    WeekLine,
)
from service.matches.packed import ANSWER, APART, INVITED, NEVER, OUTCOME, PERSON, PackedResidents, Table, table, uuids
from service.matches.rounds import Whom
from service.sql import Query

queries = sql.load(__file__, {"summary": ActivitySummary})
REMEMBERED = timedelta(weeks=26)  # an invitation from before that says nothing any more
PART = 20_000  # rows of one statement
LETTER_GAP = timedelta(days=3)  # between two letters to one person
PROMISE = timedelta(weeks=1)  # weeks back whose invitations may still be answered


class _Promised(msgspec.Struct, frozen=True):
    session_id: UUID
    guests: float


async def regions(conn: Conn) -> list[MatchRegion]:
    return await db.all_of(conn, queries.regions, MatchRegion)


async def region_by_slug(conn: Conn, slug: str) -> MatchRegion | None:
    return await db.one(conn, queries.region_by_slug, MatchRegion, slug=slug)


async def open_run(conn: Conn, *, region_id: UUID, week: date, round: int, seed: int, now: datetime) -> None:
    await db.run(conn, queries.open_run, region_id=region_id, week=week, round=round, seed=seed, now=now)


async def lock_run(conn: Conn, *, region_id: UUID, week: date, round: int) -> MatchRun | None:
    return await db.one(conn, queries.lock_run, MatchRun, region_id=region_id, week=week, round=round)


async def run_of_round(conn: Conn, *, region_id: UUID, week: date, round: int) -> MatchRun | None:
    return await db.one(conn, queries.run_of_round, MatchRun, region_id=region_id, week=week, round=round)


async def somebody_waits(conn: Conn, *, region_id: UUID, week: date, now: datetime) -> bool:
    """Whether an evening's run would have anybody to match for whom there is news."""
    letter_since = now - LETTER_GAP
    return bool(await db.value(conn, queries.somebody_waits, region_id=region_id, week=week, letter_since=letter_since, now=now))


async def newcomers_wait(conn: Conn, *, region_id: UUID, week: date, now: datetime) -> bool:
    return bool(await db.value(conn, queries.newcomers_wait, region_id=region_id, week=week, now=now))


async def stored_run(conn: Conn, run_id: UUID) -> StoredRun | None:
    return await db.one(conn, queries.stored_run, StoredRun, run_id=run_id)


async def read_snapshot(
    conn: Conn, *, region_id: UUID, week: date, now: datetime, after: datetime, before: datetime, whom: Whom = "everybody"
) -> Snapshot:
    """Sessions that start in [after, before), and everything that bears on them; call it in one REPEATABLE READ transaction."""
    window = {"region_id": region_id, "after": after, "before": before}
    return Snapshot(
        residents=await residents(conn, region_id=region_id, week=week, whom=whom, now=now),
        activities=await db.all_of(conn, queries.activities, ActivityRow, now=now, **window),
        sessions=await _sessions(conn, region_id=region_id, week=week, after=after, before=before),
        answers=await answers(conn, region_id=region_id, now=now),
        invited=await _invited(conn, region_id=region_id, week=week, now=now),
        never=np.concatenate([await _packed(conn, query, NEVER, **window) for query in (queries.never, queries.offered)]),
        apart=await _packed(conn, queries.apart, APART, region_id=region_id),
    )


async def _sessions(conn: Conn, *, region_id: UUID, week: date, after: datetime, before: datetime) -> list[SessionRow]:
    window = {"region_id": region_id, "after": after, "before": before}
    guests = {row.session_id: row.guests for row in await db.all_of(conn, queries.promised, _Promised, since=week - PROMISE, **window)}
    sessions = await db.all_of(conn, queries.sessions, SessionRow, **window)
    return [msgspec.structs.replace(row, promised=guests[row.id]) if row.id in guests else row for row in sessions]


async def residents(conn: Conn, *, region_id: UUID, week: date, whom: Whom = "everybody", now: datetime) -> PackedResidents:
    params = {"region_id": region_id, "week": week, "whom": whom, "letter_since": now - LETTER_GAP, "now": now}
    row = await conn.fetchrow(queries.residents.text, *queries.residents.arguments(params))
    assert row is not None  # an aggregate always gives one
    languages, topics, disliked, words = (row[name] or [] for name in ("languages", "topics", "disliked", "words"))
    return PackedResidents(table(row["packed"], PERSON, row["rows"]), languages, topics, disliked, words)


async def answers(conn: Conn, *, region_id: UUID, now: datetime) -> Table:
    """Everything that was said or done in the region before `now`."""
    return await _packed(conn, queries.answers, ANSWER, region_id=region_id, now=now)


async def _invited(conn: Conn, *, region_id: UUID, week: date, now: datetime) -> Table:
    runs = await conn.fetch(
        queries.runs_before.text, *queries.runs_before.arguments({"region_id": region_id, "week": week, "since": week - REMEMBERED})
    )
    parts = [await _packed(conn, queries.invited, INVITED, run_id=run["id"], now=now) for run in runs]
    return np.concatenate(parts) if parts else np.zeros(0, INVITED)


async def _packed(conn: Conn, query: Query, kind: np.dtype[np.void], **params: object) -> Table:
    row = await conn.fetchrow(query.text, *query.arguments(params))
    assert row is not None  # an aggregate always gives one
    return table(row["packed"], kind, row["rows"])


async def write_matches(conn: Conn, run_id: UUID, columns: dict[str, Sequence[object]]) -> None:
    await _in_parts(conn, queries.write_matches, run_id, columns)


async def write_empty_hands(conn: Conn, run_id: UUID, columns: dict[str, Sequence[object]]) -> None:
    await _in_parts(conn, queries.write_empty_hands, run_id, columns)


async def _in_parts(conn: Conn, query: Query, run_id: UUID, columns: dict[str, Sequence[object]]) -> None:
    """No statement so long that its time limit or its memory could be met."""
    rows = len(next(iter(columns.values())))
    for at in range(0, rows, PART):
        await db.run(conn, query, run_id=run_id, **{name: values[at : at + PART] for name, values in columns.items()})


async def close_run(conn: Conn, *, run_id: UUID, now: datetime, **columns: object) -> bool:
    """False when somebody else had closed it before."""
    return bool(await db.run(conn, queries.close_run, run_id=run_id, now=now, **columns))


async def region_by_id(conn: Conn, region_id: UUID) -> MatchRegion | None:
    return await db.one(conn, queries.region_by_id, MatchRegion, region_id=region_id)


async def read_coming(
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


async def note_past(conn: Conn, past: Sequence[ActivityPast], *, now: datetime) -> None:
    # An array of arrays of different lengths is none in Postgres, so each list travels as text.
    texts = [",".join(map(repr, activity.said_yes)) for activity in past]
    ids, helped = [activity.activity_id for activity in past], [activity.helped for activity in past]
    await db.run(conn, queries.note_past, activity_ids=ids, said_yes=texts, helped=helped, now=now)


async def past_of_region(conn: Conn, region_id: UUID) -> list[ActivityPast]:
    return await db.all_of(conn, queries.past_of_region, ActivityPast, region_id=region_id)


async def shown_sessions(conn: Conn, session_ids: Sequence[UUID], *, now: datetime) -> dict[UUID, ShownSession]:
    rows = await db.all_of(conn, queries.shown_sessions, ShownSession, session_ids=list(session_ids), now=now)
    return {row.id: row for row in rows}


async def own_match(conn: Conn, *, match_id: UUID, matcher_id: UUID) -> OwnMatch | None:
    return await db.one(conn, queries.own_match, OwnMatch, match_id=match_id, matcher_id=matcher_id)


async def own_week(conn: Conn, *, region_id: UUID, matcher_id: UUID) -> list[WeekLine]:
    return await db.all_of(conn, queries.own_week, WeekLine, region_id=region_id, matcher_id=matcher_id)


async def own_never(conn: Conn, *, region_id: UUID, after: datetime, before: datetime) -> list[UUID]:
    """Sessions that the resident on whose behalf the transaction reads has answered or refused."""
    rows = await _packed(conn, queries.never, NEVER, region_id=region_id, after=after, before=before)
    return uuids(rows["session"])


async def named_like(conn: Conn, activity_ids: Sequence[UUID], words: str) -> list[Named]:
    """The few whose title holds these words, the shortest first."""
    return await db.all_of(conn, queries.named_like, Named, activity_ids=list(activity_ids), words=words)


async def champion(conn: Conn, region_id: UUID) -> Score | None:
    return await db.one(conn, queries.champion, Score, region_id=region_id)


async def score_of_version(conn: Conn, region_id: UUID, version: str) -> Score | None:
    return await db.one(conn, queries.score_of_version, Score, region_id=region_id, version=version)


async def keep_score(conn: Conn, region_id: UUID, *, now: datetime, **columns: object) -> bool:
    """False when the version is there already."""
    return bool(await db.run(conn, queries.keep_score, region_id=region_id, now=now, **columns))


async def retire_champion(conn: Conn, region_id: UUID, *, now: datetime) -> None:
    """In the transaction that keeps the next one."""
    await db.run(conn, queries.retire_champion, region_id=region_id, now=now)


async def forget_unused(conn: Conn, region_id: UUID) -> None:
    await db.run(conn, queries.forget_unused, region_id=region_id)


async def note_lesson(conn: Conn, region_id: UUID, *, now: datetime, **columns: object) -> None:
    await db.run(conn, queries.note_lesson, region_id=region_id, now=now, **columns)


async def closed_runs(conn: Conn, region_id: UUID, *, since: date, until: date) -> list[tuple[UUID, date]]:
    query = queries.closed_runs
    rows = await conn.fetch(query.text, *query.arguments({"region_id": region_id, "since": since, "until": until}))
    return [(row["id"], row["week"]) for row in rows]


async def outcomes(conn: Conn, run_id: UUID) -> Table:
    return await _packed(conn, queries.outcomes, OUTCOME, run_id=run_id)
