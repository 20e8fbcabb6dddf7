"""The weekly run of an invented region, from rows in Postgres to committed matches, beside bare COPY of the same rows.

Reading is compared with binary COPY of the same tables out into memory, writing with binary COPY of the same rows into the same
table, its constraints and indexes included, by a superuser, whom row-level security does not bind. Each pair of runs is interleaved.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple, TypeVar
from uuid import UUID

import asyncpg

from matching import Scorer, Settings, week
from service import embedded
from service.db import Database, open_database
from service.errors import Broken
from service.matches import actions, check, scores, store
from service.matches.model import MatchRegion, Snapshot
from service.matches.rounds import WEEKLY
from service.outcomes.invented import fill

T = TypeVar("T")
MONDAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 23, tzinfo=UTC)
ROUNDS = 3
READ = ("profile", "pseudonym", "resident", "consent", "activity", "session", "seats", "answer", "match")  # the region's tables
MATCH = "matcher_id, session_id, rank, probability, propensity, km, reasons, drawn"


class Timed(NamedTuple):
    """Seconds of each part of one week."""

    read: float
    arrays: float
    matcher: float
    check: float
    columns: float
    write: float


class Rates(NamedTuple):
    """Rows a second, ours and the peer's, of interleaved rounds."""

    rows: int
    ours: float
    peer: float


def rows(residents: int, sessions: int, seed: int) -> list[dict[str, object]]:
    """One line for each comparison, in the shape of `doorstep bench`. Starts a Postgres of its own and takes it away again."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o711)  # the server's user must pass through
        servers = embedded.start(Path(folder) / "var", redis=False)
        try:
            _migrate(servers.admin_url, folder)
            return asyncio.run(_measured(servers, residents, sessions, seed))
        finally:
            servers.stop()


def _migrate(admin_url: str, folder: str) -> None:
    """By the command, in a process of its own: nothing here may know the migrations."""
    where = {"DOORSTEP_DATABASE_URL": admin_url, "DOORSTEP_REDIS_URL": "redis://127.0.0.1:1/0", "DOORSTEP_DATA_DIR": f"{folder}/other"}
    done = subprocess.run(
        [sys.executable, "-m", "service.cli", "migrate"], env=os.environ | where, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise Broken("migrations", fields={"said": done.stderr or done.stdout})


async def _measured(servers: embedded.Servers, residents: int, sessions: int, seed: int) -> list[dict[str, object]]:
    admin = await asyncpg.connect(servers.admin_url)
    database = await open_database(servers.database_url, role="doorstep_worker", size=2)
    try:
        slug = await fill(admin, residents=residents, sessions=sessions, seed=seed, monday=MONDAY, now=NOW)
        async with database.transaction() as conn:
            place = await store.region_by_slug(conn, slug)
        assert place is not None
        reading = await _reading(database, admin, place)
        timed, run_id, invitations = await _week(database, place)
        writing = await _writing(admin, run_id, invitations, timed.write)
    finally:
        await database.close()
        await admin.close()
    return _benchmark_lines(f"{residents}x{sessions}", reading, writing, timed)


async def _reading(database: Database, admin: asyncpg.Connection[asyncpg.Record], place: MatchRegion) -> Rates:
    """Rows are those of the tables, whatever is read of them."""
    count = sum([await admin.fetchval(f"SELECT count(*) FROM {name}") for name in READ])  # noqa: S608  our own names
    ours, peer = [], []
    for _ in range(ROUNDS):
        ours.append(await _seconds(lambda: _read(database, place)))
        peer.append(await _seconds(lambda: _copied_out(admin)))
    return Rates(count, count / statistics.median(ours), count / statistics.median(peer))


async def _seconds(work: Callable[[], Awaitable[object]]) -> float:
    began = time.perf_counter()
    await work()
    return time.perf_counter() - began


async def _read(database: Database, place: MatchRegion) -> Snapshot:
    after, before = actions.window(place.zone, MONDAY, NOW)
    async with database.transaction(isolation="repeatable_read") as conn:
        return await store.read_snapshot(conn, region_id=place.id, week=MONDAY, whom=WEEKLY.whom, now=NOW, after=after, before=before)


async def _copied_out(admin: asyncpg.Connection[asyncpg.Record]) -> list[bytes]:
    copied = []
    for name in READ:
        parts: list[bytes] = []

        async def keep(part: bytes, parts: list[bytes] = parts) -> None:
            parts.append(part)

        await admin.copy_from_table(name, output=keep, format="binary")
        copied.append(b"".join(parts))
    return copied


async def _week(database: Database, place: MatchRegion) -> tuple[Timed, UUID, int]:
    """One whole week, step by step, as `actions.match_week` takes them; (seconds, its run, its matches)."""
    async with database.transaction() as conn:
        await store.open_run(conn, region_id=place.id, week=MONDAY, round=WEEKLY.number, seed=1, now=NOW)
        run = await store.run_of_round(conn, region_id=place.id, week=MONDAY, round=WEEKLY.number)
    assert run is not None
    laps = [time.perf_counter()]

    def lap(result: T) -> T:
        laps.append(time.perf_counter())
        return result

    snapshot = lap(await _read(database, place))
    world = lap(actions.laid_out(snapshot, place, MONDAY, NOW))
    matched = lap(week.match(world, Scorer(), Settings(), 1))
    faults = lap(check.violations(snapshot, matched))
    if faults:
        raise Broken("match_breaks_limits", fields={fault.rule: str(fault.session) for fault in faults})
    written = lap(actions.columns(snapshot, world, matched))
    used = scores.InUse(Scorer(), "measured")
    async with database.transaction() as conn:
        done = actions.run_summary(run, place, MONDAY, snapshot, matched, used, seconds=0.0)
        await actions.write(conn, run, done, written, matched, used, now=NOW)
    lap(None)
    return Timed(*(end - begin for begin, end in pairwise(laps))), run.id, len(matched.picks.resident)


async def _writing(admin: asyncpg.Connection[asyncpg.Record], run_id: UUID, count: int, ours: float) -> Rates:
    """The week's rows once more, as those of another run, by COPY. Ours is the whole write: matches, empty hands, the closed run."""
    other = await admin.fetchval(
        "INSERT INTO match_run (region_id, week, seed, opened_at) SELECT region_id, $2, 1, $3 FROM match_run WHERE id = $1 RETURNING id",
        *(run_id, MONDAY + timedelta(weeks=1), NOW),
    )
    parts: list[bytes] = []

    async def keep(part: bytes) -> None:
        parts.append(part)

    same = f"SELECT uuidv7(), $2::uuid, {MATCH} FROM match WHERE run_id = $1"  # noqa: S608  our own names
    await admin.copy_from_query(same, run_id, other, output=keep, format="binary")

    async def given() -> AsyncIterator[bytes]:
        for part in parts:
            yield part

    columns = ["id", "run_id", *MATCH.split(", ")]
    peer = await _seconds(lambda: admin.copy_to_table("match", source=given(), columns=columns, format="binary"))
    return Rates(count, count / ours, count / peer)


def _benchmark_lines(size: str, reading: Rates, writing: Rates, timed: Timed) -> list[dict[str, object]]:
    whole = sum(timed)
    prepared = reading.rows / (reading.rows / reading.ours + timed.arrays)
    copied, whole_week = "binary COPY of the same tables", "the whole week, rows to rows"
    lines: list[tuple[str, float, float, str, str]] = [
        ("week: read", reading.ours, reading.peer, copied, "rows/s"),
        ("week: read into the matcher's arrays", prepared, reading.peer, copied, "rows/s"),
        ("week: write and commit", writing.ours, writing.peer, "binary COPY of the same rows, same constraints", "matches/s"),
    ]
    lines += [(f"week: {part}, share of the time", seconds, whole, whole_week, "s") for part, seconds in timed._asdict().items()]
    return [_line(name, size, *values) for name, values in ((line[0], line[1:]) for line in lines)]


def _line(name: str, size: str, ours: float, peer: float, peer_name: str, unit: str) -> dict[str, object]:
    """Bare COPY is the practical limit, and nothing takes longer than the whole."""
    ratio = round(ours / peer, 4)
    line = {"name": name, "size": size, "ours": round(ours, 3), "peer": round(peer, 3), "peer_name": peer_name, "ratio": ratio}
    return line | {"limit": 1.0, "ratio_to_limit": ratio, "unit": unit}
