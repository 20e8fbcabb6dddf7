"""Matches the regions whose evening has come: everybody on Monday's, newcomers on the later ones."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from service.clock import monday_of
from service.faults import contained
from service.matches import actions
from service.matches.model import MatchRegion, RunSummary
from workers.context import Context

MATCH_AT = time(18)  # of Monday letters leave on Tuesday at ten; of the later evenings at once
LAST_WEEKLY = 2  # until Thursday at six the week's run for everybody is made up for


async def match_week(context: Context) -> list[RunSummary]:
    """Every region once a week, and again on each evening on which somebody waits for a first match. Rings for the letters.

    An evening that is matched already is left as it stands.
    """
    now = context.clock()
    done = []
    for region in await actions.regions(context.database):
        with contained("match_failed", region=region.slug):
            done += await _match_evening(context, region, now)
    if any(run.run_id for run in done):
        await context.bell.ring("send_digests")
    return done


async def _match_evening(context: Context, region: MatchRegion, now: datetime) -> list[RunSummary]:
    due = due_evening(region.zone, now)
    if due is None:
        return []
    week, evening = due
    done = []
    if evening <= LAST_WEEKLY:
        done.append(await actions.match_week(context.database, region=region.slug, week=week, now=now))
    if evening and await actions.waits(context.database, region_id=region.id, week=week, now=now):
        done.append(await actions.match_week(context.database, region=region.slug, week=week, evening=evening, now=now))
    return done


def due_evening(zone: str, now: datetime) -> tuple[date, int] | None:
    """(Monday of the week, days after it) of the last evening that has begun, by the region's own clock.

    None from the end of Sunday until Monday evening: the week is over, and the next one is about to be matched.
    """
    local = now.astimezone(ZoneInfo(zone))
    day = local.date() if local.time() >= MATCH_AT else local.date() - timedelta(days=1)
    week = monday_of(day)
    return (week, day.weekday()) if week == monday_of(local.date()) else None
