"""Matches the regions whose week has come."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from service.clock import monday_of
from service.faults import contained
from service.matches import actions
from service.matches.model import Done
from workers.context import Context

MATCH_DAY, MATCH_AT = 0, time(18)  # Monday evening: letters leave on Tuesday at ten
LAST_DAY = 3  # after Thursday the week is let go


async def match_week(context: Context) -> list[Done]:
    """Every region once a week; a week that is matched already is left as it stands. Rings for the letters."""
    now = context.clock()
    done = []
    for region in await actions.regions(context.database):
        with contained("match_failed", region=region.slug):
            week = due_week(region.zone, now)
            if week is not None:
                done.append(await actions.match_week(context.database, region=region.slug, week=week, now=now))
    if done:
        await context.bell.ring("send_digests")
    return done


def due_week(zone: str, now: datetime) -> date | None:
    """Monday of the week to match now: from Monday evening to Thursday, by the region's own clock."""
    local = now.astimezone(ZoneInfo(zone))
    monday = monday_of(local.date())
    opens = datetime.combine(monday + timedelta(days=MATCH_DAY), MATCH_AT, local.tzinfo)
    return monday if opens <= local < opens + timedelta(days=LAST_DAY) else None
