"""Counts for the operator's first page, never who is counted; and what the readiness check asks of the database."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

import msgspec

from service import db
from service.db import Conn
from service.feedback import store as feedback
from service.feedback.model import VisitWords
from service.liveness import store as liveness
from service.liveness.model import SilenceCounts
from service.sql import load

queries = load(__file__)


class ResidentCounts(msgspec.Struct, frozen=True):
    """Of one region. unconfirmed: signed up, and did not press the button in their first letter yet."""

    region_id: UUID
    active: int
    unconfirmed: int


class TownCounts(msgspec.Struct, frozen=True):
    id: UUID
    name: str
    activities: int


class RunCounts(msgspec.Struct, frozen=True, kw_only=True):
    """One match run: week is its Monday."""

    town: str
    week: date
    state: str
    people: int
    matches: int
    letters: int


class _Letters(msgspec.Struct, frozen=True):
    state: str
    letters: int


class OperatorOverview(msgspec.Struct, frozen=True, kw_only=True):
    """How it stands now. letters: those that are not done, by state; worker_seen_at: None where no worker ever ran."""

    towns: list[tuple[TownCounts, ResidentCounts]]
    runs: list[RunCounts]
    letters: dict[str, int]
    worker_seen_at: datetime | None
    visit_words: VisitWords
    silences: SilenceCounts

    @property
    def active(self) -> int:
        return sum(residents.active for _, residents in self.towns)

    @property
    def unconfirmed(self) -> int:
        return sum(residents.unconfirmed for _, residents in self.towns)

    @property
    def activities(self) -> int:
        return sum(town.activities for town, _ in self.towns)

    @property
    def letters_waiting(self) -> int:
        return sum(self.letters.get(state, 0) for state in ("pending", "leased", "sending"))

    @property
    def letters_in_doubt(self) -> int:
        return sum(self.letters.get(state, 0) for state in ("ambiguous", "held"))


async def standing(conn: Conn, *, since: date) -> OperatorOverview:
    """For a transaction that presented an operator's session."""
    residents = {row.region_id: row for row in await db.all_of(conn, queries.residents, ResidentCounts)}
    towns = await db.all_of(conn, queries.towns, TownCounts)
    return OperatorOverview(
        towns=[(town, residents.get(town.id, ResidentCounts(town.id, 0, 0))) for town in towns],
        runs=await db.all_of(conn, queries.runs, RunCounts, since=since),
        letters={row.state: row.letters for row in await db.all_of(conn, queries.letters, _Letters)},
        worker_seen_at=await db.value(conn, queries.worker_seen),
        visit_words=await feedback.visit_words(conn),
        silences=await liveness.counts(conn),
    )


async def answer(conn: Conn) -> None:
    """Returns as soon as the database has answered anything at all."""
    await db.value(conn, queries.alive)


async def newest_migration(conn: Conn) -> int:
    return int(await db.value(conn, queries.newest_migration) or 0)


async def armed_elsewhere(conn: Conn, *, place: str) -> bool:
    """Whether the sender was armed for another copy of this database, or another place."""
    return bool(await db.value(conn, queries.armed_elsewhere, place=place))
