"""Writes what closed runs leave behind; in a lane of its own, so that no letter waits for it."""

from __future__ import annotations

from service.faults import contained
from service.outcomes import demand
from workers.context import Context


async def after_match(context: Context) -> int:
    """Number of runs. One that a crash left undone is found by the next look."""
    done = 0
    for run in await demand.pending_runs(context.database, now=context.clock()):
        if context.stop.is_set():
            break
        with contained("after_match_failed", region=run.region, week=str(run.week)):
            done += await demand.after_match(context.database, run_id=run.id, now=context.clock())
    return done
