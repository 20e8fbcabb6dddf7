"""Matches the regions whose time has come: everybody on Monday evening, newcomers at once, who still waits on the later evenings."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from service.clock import monday_of
from service.faults import contained
from service.matches import actions
from service.matches.model import MatchRegion, RunSummary
from service.matches.rounds import Round, quarter_of, week_of
from workers.context import Context

MATCH_AT = time(18)  # of Monday letters leave on Tuesday at ten; of all later rounds at once
LAST_WEEKLY = 2  # until Thursday at six the week's run for everybody is made up for


async def match_week(context: Context) -> list[RunSummary]:
    """Every region once a week, again on each evening on which somebody waits, and at once for newcomers. Rings for the letters.

    A round that is matched already is left as it stands, so newcomers of one quarter hour share a run or wait for the next quarter.
    """
    now = context.clock()
    done = []
    for region in await actions.regions(context.database):
        with contained("match_failed", region=region.slug):
            done += await _match_evening(context, region, now)
            done += await _match_newcomers(context, region, now)
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
        round = Round(evening_quarter(region.zone, week, evening))
        done.append(await actions.match_week(context.database, region=region.slug, week=week, round=round, now=now))
    return done


async def _match_newcomers(context: Context, region: MatchRegion, now: datetime) -> list[RunSummary]:
    week = week_of(region.zone, now)
    if not await actions.newcomers_wait(context.database, region_id=region.id, week=week, now=now):
        return []
    round = Round(quarter_of(region.zone, week, now), whom="newcomers")
    return [await actions.match_week(context.database, region=region.slug, week=week, round=round, now=now)]


def due_evening(zone: str, now: datetime) -> tuple[date, int] | None:
    """(Monday of the week, days after it) of the last evening that has begun, by the region's own clock.

    None from the end of Sunday until Monday evening: the week is over, and the next one is about to be matched.
    """
    local = now.astimezone(ZoneInfo(zone))
    day = local.date() if local.time() >= MATCH_AT else local.date() - timedelta(days=1)
    week = monday_of(day)
    return (week, day.weekday()) if week == monday_of(local.date()) else None


def evening_quarter(zone: str, week: date, evening: int) -> int:
    """The round of an evening is the quarter hour with which it begins, whenever it is matched. evening: days after Monday."""
    return quarter_of(zone, week, datetime.combine(week + timedelta(days=evening), MATCH_AT, ZoneInfo(zone)))
