"""Unmet demand: what enough neighbors would like and nobody offers them, released so that no count points at one of them.

One fixed grid, one release in each quarter, eleven people or more, counts in tens, sensitive topics never. A cell is released again
only when ten people are new to it. A release is shown for half a year and ends by the calendar.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

import msgspec
import numpy as np
from babel.dates import get_day_names

from matching import F64, I32, U64, demand
from service import db, sql
from service.db import Conn, Database
from service.interests.taxonomy import by_code, topics
from service.matches import after_run
from service.matches.rows import keys
from service.places.distance import distance_km
from service.web.i18n import Translator, mark

queries = sql.load(__file__)
GRID = 50  # thousandths of a degree: about five kilometers
COLUMNS = 360_000 // GRID
NEAR_KM = 12.0  # from a center to the middle of a cell
QUARTERS_SHOWN = 2
LONGEST_AGO = timedelta(days=15)
MOST_SHOWN = 6

# For matching.demand.BANDS.
WHEN = (
    mark("weekday mornings"),
    mark("weekday afternoons"),
    mark("weekday evenings"),
    mark("weekend mornings"),
    mark("weekend afternoons"),
    mark("weekend evenings"),
)
ON_DAY = (mark("{day} mornings"), mark("{day} afternoons"), mark("{day} evenings"))
assert len(WHEN) == len(demand.BANDS)
Cell = tuple[int, str, int]  # cell of the grid, topic, band


class PendingRun(msgspec.Struct, frozen=True):
    """A closed run whose demand was not looked at yet; region: its slug."""

    id: UUID
    region: str
    week: date


class _Run(msgspec.Struct, frozen=True):
    id: UUID
    region_id: UUID
    week: date


class _Released(msgspec.Struct, frozen=True):
    cell: int
    topic: str
    band: int
    matcher_ids: list[UUID] | None


class Wish(msgspec.Struct, frozen=True):
    """What some neighbors would like. people: in tens. day: of the week, -1 for no
    particular one. quarter: the first day of the one in which they were counted."""

    lat: float
    lon: float
    topic: str
    band: int
    day: int
    people: int
    quarter: date

    def what(self, say: Translator) -> str:
        return by_code()[self.topic].name(say.language)

    def when(self, say: Translator) -> str:
        if self.day < 0:
            return say(WHEN[self.band])
        return say(ON_DAY[self.band % len(ON_DAY)], day=get_day_names("wide", "stand-alone", locale=say.language)[self.day])


async def pending_runs(database: Database, *, now: datetime) -> list[PendingRun]:
    """The newest closed run of each region that left nothing behind yet."""
    async with database.transaction() as conn:
        return await db.all_of(conn, queries.pending_runs, PendingRun, not_before=now.date() - LONGEST_AGO)


async def after_match(database: Database, *, run_id: UUID, now: datetime) -> bool:
    """Write what a closed run leaves behind: the past of its activities, and once in a quarter what the region lacks.

    Once for each run, however often it is asked for; False where it was done.
    """
    async with database.transaction() as conn:
        run = await db.one(conn, queries.closed_run, _Run, run_id=run_id)
    if run is None:
        return False
    world = await after_run.world_of(database, run.id)
    gaps = await asyncio.to_thread(demand.unmet, world, cells_of(world.residents.lat, world.residents.lon))
    async with database.transaction() as conn:
        if not await db.value(conn, queries.claim, run_id=run.id, now=now):
            return False
        await after_run.note_past(conn, world, region_id=run.region_id, now=now)
        quarter = quarter_of(run.week)
        if await db.value(conn, queries.claim_look, region_id=run.region_id, quarter=quarter):
            await _release(conn, run.region_id, gaps, quarter=quarter)
    return True


async def near(conn: Conn, *, lat: float, lon: float, today: date) -> list[Wish]:
    """What a center's neighbors would like, most people first."""
    degrees = NEAR_KM / 110
    oldest = _quarters_before(quarter_of(today), QUARTERS_SHOWN - 1)
    wishes = await db.all_of(conn, queries.demand_since, Wish, quarter=oldest, south=lat - degrees, north=lat + degrees)
    return [wish for wish in wishes if wish.topic in by_code() and distance_km(lat, lon, wish.lat, wish.lon) <= NEAR_KM][:MOST_SHOWN]


def cells_of(lat: F64, lon: F64) -> I32:
    """[n] cell of the one grid there is, in whole thousandths of a degree, so that no home falls between two."""
    row = (np.rint(lat * 1000).astype(np.int64) + 90_000) // GRID
    column = (np.rint(lon * 1000).astype(np.int64) + 180_000) // GRID
    return np.asarray(row * COLUMNS + column, np.int32)


def middle_of(cell: int) -> tuple[float, float]:
    """Latitude and longitude."""
    row, column = divmod(cell, COLUMNS)
    return ((row + 0.5) * GRID - 90_000) / 1000, ((column + 0.5) * GRID - 180_000) / 1000


def releasable(gaps: Sequence[demand.Gap], already_written: Mapping[Cell, U64], codes: Sequence[str]) -> list[tuple[Cell, demand.Gap]]:
    """The gaps that may be released now. already_written: keys of whoever was counted in a cell before; codes: of the topic columns."""
    named = [((gap.area, codes[gap.topic], gap.band), gap) for gap in gaps]
    return [(cell, gap) for cell, gap in named if not by_code()[cell[1]].sensitive and demand.may_tell(gap.keys, already_written.get(cell))]


def quarter_of(day: date) -> date:
    return date(day.year, (day.month - 1) // 3 * 3 + 1, 1)


async def _release(conn: Conn, region_id: UUID, gaps: Sequence[demand.Gap], *, quarter: date) -> None:
    people = [row["matcher_id"] for row in await conn.fetch(queries.people.text, region_id)]
    person = {int(key): entry for key, entry in zip(keys(people), people, strict=True)}
    before = await db.all_of(conn, queries.released, _Released, region_id=region_id)
    already_written = {(entry.cell, entry.topic, entry.band): np.sort(keys(entry.matcher_ids or [])) for entry in before}
    for (cell, topic, band), gap in releasable(gaps, already_written, [topic.code for topic in topics()]):
        lat, lon = middle_of(cell)
        place = {"region_id": region_id, "cell": cell, "lat": lat, "lon": lon}
        demand_id = await db.value(conn, queries.tell, **place, topic=topic, band=band, day=gap.day, people=gap.people, quarter=quarter)
        counted = [person[int(key)] for key in gap.keys if int(key) in person]
        await db.run(conn, queries.count_in, demand_id=demand_id, matcher_ids=counted)


def _quarters_before(quarter: date, count: int) -> date:
    months = quarter.year * 12 + quarter.month - 1 - 3 * count
    return date(months // 12, months % 12 + 1, 1)
