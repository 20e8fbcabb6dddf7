"""Once a night, each region: a lesson from the weeks behind it."""

from __future__ import annotations

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import structlog

from service import sql
from service.db import run, value
from service.faults import contained
from service.matches import actions
from service.matches.learning import Lesson, learn
from service.matches.model import MatchRegion
from workers.context import Context

log = structlog.get_logger()

_Q = sql.load(__file__)
NIGHT = time(3)  # by the region's own clock: nobody waits for a week then


async def learn_nightly(context: Context) -> list[Lesson]:
    """The lessons of regions whose night has come. One that fails is told in the log and tried again the next night."""
    done = []
    for region in await actions.regions(context.database):
        with contained("lesson_failed", region=region.slug):
            lesson = await _lesson(context, region)
            if lesson:
                log.info("lesson", region=region.slug, promoted=lesson.promoted, reason=lesson.reason)
                done.append(lesson)
    return done


async def _lesson(context: Context, region: MatchRegion) -> Lesson | None:
    """None by day, after tonight's lesson, and when the worker must stop."""
    today = night_of(region.zone, context.clock())
    if context.stop.is_set() or today is None or not await _claimed(context, region, today):
        return None
    return await learn(context.database, region=region.slug, now=context.clock(), go_on=lambda: not context.stop.is_set())


async def _claimed(context: Context, region: MatchRegion, today: date) -> bool:
    """Whether this worker has tonight's lesson; a lesson takes minutes, so the claim is committed before it begins."""
    duty = f"learn {region.slug}"
    async with context.database.transaction() as conn:
        await run(conn, _Q.know_duty, duty=duty)
    async with context.database.transaction() as conn:
        return await value(conn, _Q.claim_duty, duty=duty, today=today) is not None


def night_of(zone: str, now: datetime) -> date | None:
    """The day whose night has come; None in the small hours before it."""
    local = now.astimezone(ZoneInfo(zone))
    return local.date() if local.time() >= NIGHT else None
