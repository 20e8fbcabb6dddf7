"""Rows of feedback <-> Structs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from service import sql
from service.db import Conn, all_of, one, run
from service.feedback.model import AnsweredVisit, Feedback, ReaderToAsk, Visit, VisitWords

_Q = sql.load(__file__)


class _SessionId(msgspec.Struct, frozen=True):
    session_id: UUID


async def readers_to_ask(
    conn: Conn, *, after: UUID, since: datetime, asked_before: datetime, now: datetime, batch: int
) -> list[ReaderToAsk]:
    """By person, with all dates that ended after `since`; after: the last person of the page before.

    Without those who were asked about anything after `asked_before`.
    """
    return await all_of(conn, _Q.readers_to_ask, ReaderToAsk, after=after, since=since, asked_before=asked_before, now=now, batch=batch)


async def claim(conn: Conn, *, resident_id: UUID, session_ids: Sequence[UUID], now: datetime) -> list[UUID]:
    """Note that these dates are asked about. Those that were not, until now."""
    rows = await all_of(conn, _Q.claim, _SessionId, resident_id=resident_id, session_ids=list(session_ids), now=now)
    return [row.session_id for row in rows]


async def visit(conn: Conn, *, session_id: UUID, resident_id: UUID) -> Visit | None:
    return await one(conn, _Q.visit, Visit, session_id=session_id, resident_id=resident_id)


async def others_to_answer(conn: Conn, *, session_id: UUID, resident_id: UUID) -> list[AnsweredVisit]:
    """Other dates of the same letter without an answer."""
    return await all_of(conn, _Q.others_to_answer, AnsweredVisit, session_id=session_id, resident_id=resident_id)


async def visits_of(conn: Conn, *, resident_id: UUID, most: int) -> list[AnsweredVisit]:
    return await all_of(conn, _Q.visits_of, AnsweredVisit, resident_id=resident_id, most=most)


async def answer(conn: Conn, feedback: Feedback, *, session_id: UUID, resident_id: UUID, now: datetime) -> None:
    """Write all answers, in place of those before."""
    await run(
        conn,
        _Q.answer,
        session_id=session_id,
        resident_id=resident_id,
        came=feedback.came,
        rating=feedback.rating,
        wants=feedback.wants,
        topics_changed=feedback.topics_changed,
        now=now,
    )


async def keep_away(conn: Conn, *, resident_id: UUID, activity_id: UUID, now: datetime) -> None:
    await run(conn, _Q.keep_away, resident_id=resident_id, activity_id=activity_id, now=now)


async def offer_again(conn: Conn, *, resident_id: UUID, activity_id: UUID) -> None:
    await run(conn, _Q.offer_again, resident_id=resident_id, activity_id=activity_id)


async def visit_words(conn: Conn) -> VisitWords:
    """How often a center's tick and a person's word differ; zeros for a transaction that is no operator's."""
    return await one(conn, _Q.visit_words, VisitWords) or VisitWords()
