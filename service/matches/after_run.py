"""What a closed run leaves behind beside its matches: the arrays it was made from, and each activity's past told of nobody."""

from __future__ import annotations

import asyncio
import io
from datetime import datetime
from uuid import UUID

import numpy as np

from matching import World
from matching import rebuild_world as rebuild
from service.db import Conn, Database
from service.errors import Missing
from service.matches import store
from service.matches.model import ActivityPast
from service.matches.rows import keys


async def world_of(database: Database, run_id: UUID) -> World:
    """Raises Missing for a run that is not closed."""
    async with database.transaction() as conn:
        run = await store.stored_run(conn, run_id)
    if run is None:
        raise Missing(run=str(run_id))
    return await asyncio.to_thread(_opened, run.snapshot)


async def note_past(conn: Conn, world: World, *, region_id: UUID, now: datetime) -> int:
    """Write down the past of the run's activities; gives how many. Without names or keys of people: a preview needs none."""
    ids = await store.published_ids(conn, region_id)
    past = past_of(world, ids)
    await store.note_past(conn, past, now=now)
    return len(past)


def past_of(world: World, ids: list[UUID]) -> list[ActivityPast]:
    """By activity of the world that is among `ids`; numbers rising, so that their order tells nothing."""
    row_of = {int(key): row for row, key in enumerate(world.activities.key)}
    row_of_activity = {activity: row_of[int(key)] for activity, key in zip(ids, keys(ids), strict=True) if int(key) in row_of}
    yes: dict[int, list[float]] = {row: [] for row in row_of_activity.values()}
    for row, times in zip(world.pairs.activity.tolist(), world.pairs.said_yes.tolist(), strict=True):
        if times > 0 and row in yes:
            yes[row].append(times)
    helped = world.activities.helped
    return [
        ActivityPast(activity, sorted(yes[row]), None if np.isnan(helped[row]) else float(helped[row]))
        for activity, row in row_of_activity.items()
    ]


def _opened(snapshot: bytes) -> World:
    with np.load(io.BytesIO(snapshot), allow_pickle=False) as archive:
        return rebuild(dict(archive))
