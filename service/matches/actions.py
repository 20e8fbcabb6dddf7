"""Match runs: open, read one snapshot, match in a thread, check by a second look, write and close."""

from __future__ import annotations

import asyncio
import hashlib
import io
import time
import zipfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import fields
from datetime import date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
import numpy as np

from matching import Scorer, Settings, World, rules, week
from matching import rebuild_world as rebuild
from matching import world_arrays as arrays
from service.db import Conn, Database
from service.errors import Broken, Missing
from service.interests.sensitive import only_for_who_asked
from service.interests.taxonomy import topics
from service.interests.words import embedding
from service.matches import check, scores, store
from service.matches.model import MatchRegion, MatchRun, Replayed, RunSummary, Snapshot, StoredRun
from service.matches.results import columns_of_empty, columns_of_matches, result_bytes
from service.matches.rounds import NOTICE, WEEKLY, Round, begins_after
from service.matches.rows import Vocabulary, to_world

FIRST_DAY = timedelta(days=2)  # the mail goes out on Tuesday: the week it speaks of begins on Wednesday
SPAN = timedelta(days=7)


async def regions(database: Database) -> list[MatchRegion]:
    async with database.transaction() as conn:
        return await store.regions(conn)


async def match_week(
    database: Database,
    *,
    region: str,
    week: date,
    now: datetime,
    round: Round = WEEKLY,
    dry_run: bool = False,
    settings: Settings | None = None,
) -> RunSummary:
    """Match one round of a region's week: whoever has no match of the week yet, or of those only newcomers.

    A run that is closed already is reported as it stands: nothing is matched twice. Where nobody is there to be matched, no run is
    written, so that whoever comes later finds the round open.
    Raises Missing for an unknown region, Broken when the second look finds a broken limit (then nothing is written).
    """
    began = time.monotonic()
    async with database.transaction() as conn:
        place = await store.region_by_slug(conn, region)
        if place is None:
            raise Missing(region=region)
        run = None if dry_run else await store.run_of_round(conn, region_id=place.id, week=week, round=round.number)
    if run and run.report:
        return msgspec.convert(run.report["done"], RunSummary)
    seed = seed_of(region, week, round.number)
    snapshot, used = await _snapshot(database, place, week=week, round=round, now=now)
    if not len(snapshot.residents):
        return nobody(place, week, used)
    world, result = await asyncio.to_thread(_match, snapshot, place, week, now, seed, used.scorer, settings or Settings())
    faults = await asyncio.to_thread(check.violations, snapshot, result)
    if faults:
        raise Broken("match_breaks_limits", fields={f"{fault.resident} {fault.session}": fault.rule for fault in faults[:20]})
    run = None if dry_run else await _open(database, place, week=week, round=round.number, seed=seed, now=now)
    done = run_summary(run, place, week, snapshot, result, used, seconds=time.monotonic() - began)
    if run is None:
        return done
    written = await asyncio.to_thread(columns, snapshot, world, result)
    async with database.transaction() as conn:
        return await write(conn, run, done, written, result, used, now=now)


async def waits(database: Database, *, region_id: UUID, week: date, now: datetime) -> bool:
    """Whether a later evening of the week has anybody to match for whom there is news."""
    async with database.transaction() as conn:
        return await store.somebody_waits(conn, region_id=region_id, week=week, now=now)


async def newcomers_wait(database: Database, *, region_id: UUID, week: date, now: datetime) -> bool:
    """Whether somebody waits for a first letter whom no run of the week has looked at."""
    async with database.transaction() as conn:
        return await store.newcomers_wait(conn, region_id=region_id, week=week, now=now)


async def replay(database: Database, *, run_id: UUID) -> Replayed:
    """Match a closed run again from its stored arrays, by its own score and settings, and compare bytes.

    Raises Missing for a run that is not there or not closed, Broken when its version of the rules is
    another, or its score or its arrays cannot be read any more.
    """
    async with database.transaction() as conn:
        run = await store.stored_run(conn, run_id)
        if run is None:
            raise Missing(run=str(run_id))
        scorer = await scores.of_run(conn, run)
    if run.rules_version != rules.VERSION:
        raise Broken("rules_unknown", fields={str(run.week): run.rules_version})
    world = stored_world(run)
    result = await asyncio.to_thread(week.match, world, scorer, settings_of(run), run.seed)
    again = hashlib.sha256(result_bytes(result)).hexdigest()
    return Replayed(run.id, run.result_hash, again, again == run.result_hash and world.snapshot_hash() == run.snapshot_hash)


def stored_world(run: StoredRun) -> World:
    """What the matcher was given: what was known before that week, and nothing that came later. Raises Broken."""
    try:
        with np.load(io.BytesIO(run.snapshot), allow_pickle=False) as archive:
            return rebuild(dict(archive))
    except (OSError, EOFError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise Broken("snapshot_cannot_be_read", fields={str(run.week): f"{type(error).__name__}: {error}"}) from error


def settings_of(run: StoredRun) -> Settings:
    """Those the run was matched with; a knob that did not exist then is left as it is now."""
    names = {knob.name for knob in fields(Settings)} - {"threads"}
    stored = run.report.get("matcher", {}).get("settings", {})
    return Settings(**{name: value for name, value in stored.items() if name in names})


def window(zone: str, week: date, now: datetime, round: Round = WEEKLY) -> tuple[datetime, datetime]:
    """[after, before): the seven days that a week's mail speaks of; in a later round what is left of the week, and the next one."""
    monday = datetime(week.year, week.month, week.day, tzinfo=ZoneInfo(zone))
    if round.number:
        return begins_after(zone, round, now), monday + 2 * SPAN
    after = max(monday + FIRST_DAY, now + NOTICE)
    return after, after + SPAN


def seed_of(region: str, week: date, round: int = WEEKLY.number) -> int:
    name = f"{region} {week} {round}" if round else f"{region} {week}"
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=4).digest(), "big")


def vocabulary() -> Vocabulary:
    return Vocabulary([topic.code for topic in topics()], {topic.code: topic.family for topic in topics()}, only_for_who_asked())


async def _open(database: Database, place: MatchRegion, *, week: date, round: int, seed: int, now: datetime) -> MatchRun | None:
    async with database.transaction() as conn:
        await store.open_run(conn, region_id=place.id, week=week, round=round, seed=seed, now=now)
        return await store.run_of_round(conn, region_id=place.id, week=week, round=round)


async def _snapshot(database: Database, place: MatchRegion, *, week: date, round: Round, now: datetime) -> tuple[Snapshot, scores.InUse]:
    after, before = window(place.zone, week, now, round)
    span = {"after": after, "before": before}
    async with database.transaction(isolation="repeatable_read") as conn:
        snapshot = await store.read_snapshot(conn, region_id=place.id, week=week, whom=round.whom, now=now, **span)
        return snapshot, await scores.in_use(conn, place.id)


def _match(
    snapshot: Snapshot, place: MatchRegion, monday: date, now: datetime, seed: int, scorer: Scorer, settings: Settings
) -> tuple[World, week.Week]:
    world = laid_out(snapshot, place, monday, now)
    return world, week.match(world, scorer, settings, seed)


def laid_out(snapshot: Snapshot, place: MatchRegion, monday: date, now: datetime) -> World:
    space = embedding([f"{row.title} {row.description[:500]}" for row in snapshot.activities])
    return to_world(snapshot, week=monday, zone=place.zone, now=now, vocabulary=vocabulary(), embed=space.transform)


def run_summary(
    run: MatchRun | None, place: MatchRegion, monday: date, snapshot: Snapshot, result: week.Week, used: scores.InUse, *, seconds: float
) -> RunSummary:
    blame = Counter(rules.FILTERS[int(np.argmax(row))] for row in result.empty.first[:, : len(rules.FILTERS)] if row.any())
    return RunSummary(
        run_id=run.id if run else None,
        region=place.slug,
        week=monday,
        residents=len(snapshot.residents),
        sessions=len(snapshot.sessions),
        matches=len(result.picks.resident),
        without_match=len(result.empty.resident),
        filters=dict(blame),
        violations=0,
        seconds=round(seconds, 3),
        certified_gap=float(result.report["certified_gap"]),
        model=used.scorer.version,
        fallback=used.fallback,
    )


def nobody(place: MatchRegion, monday: date, used: scores.InUse) -> RunSummary:
    """A round without anybody to match: nothing is written."""
    return RunSummary(
        run_id=None,
        region=place.slug,
        week=monday,
        residents=0,
        sessions=0,
        matches=0,
        without_match=0,
        filters={},
        violations=0,
        seconds=0.0,
        certified_gap=0.0,
        model=used.scorer.version,
        fallback=used.fallback,
    )


class Written(NamedTuple):
    """A week as the database takes it."""

    matches: dict[str, Sequence[object]]
    empties: dict[str, Sequence[object]]
    run_columns: dict[str, object]  # of the run itself


def columns(snapshot: Snapshot, world: World, result: week.Week) -> Written:
    run_columns: dict[str, object] = {
        "snapshot": _archive(world),
        "snapshot_hash": world.snapshot_hash(),
        "result_hash": hashlib.sha256(result_bytes(result)).hexdigest(),
    }
    return Written(columns_of_matches(snapshot, result, vocabulary(), world), columns_of_empty(snapshot, result), run_columns)


async def write(
    conn: Conn, run: MatchRun, done: RunSummary, written: Written, result: week.Week, used: scores.InUse, *, now: datetime
) -> RunSummary:
    """Matches and the closed run in one transaction; whoever comes second reports what the first one wrote."""
    locked = await store.lock_run(conn, region_id=run.region_id, week=run.week, round=run.round)
    if locked is None or locked.state == "closed":
        return msgspec.convert(locked.report["done"], RunSummary) if locked and locked.report else done
    await store.write_matches(conn, run.id, written.matches)
    await store.write_empty_hands(conn, run.id, written.empties)
    if used.fallback:
        await scores.keep_prior(conn, run.region_id, used.scorer, now=now)
    model = {"version": used.scorer.version, "fallback": used.fallback, "card": used.scorer.model.card}
    report = {"done": msgspec.to_builtins(done), "matcher": result.report, "model": model}
    versions = {"rules_version": rules.VERSION, "model_version": used.scorer.version}
    await store.close_run(conn, run_id=run.id, now=now, report=report, **versions, **written.run_columns)
    return done


def _archive(world: World) -> bytes:
    """As numpy.savez_compressed, at the lowest level: half the time for a tenth more bytes (the words' coordinates hardly shrink)."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, array in arrays(world).items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as file:
                np.lib.format.write_array(file, np.asanyarray(array), allow_pickle=False)
    return buffer.getvalue()
