"""Once a day: activities that nobody was heard of leave the weekly letters, and their centers are asked a week before."""

from __future__ import annotations

from service.liveness import actions
from service.liveness.model import Watched
from workers.context import Context
from workers.daily import claimed

DUTY = "watch_silence"


async def watch_silence(context: Context) -> Watched | None:
    """What changed; None where today's look was made already, or another worker is at it."""
    async with claimed(context, DUTY) as conn:
        if conn is None:
            return None
        watched = await actions.watch(context.database, context.letter_context, now=context.clock())
    if watched.warned:
        await context.bell.ring("deliver_letters")
    return watched
