"""The hours in which a letter may arrive. Pure."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

WAKING = (time(9), time(19))  # by the reader's clock
MORNING = time(10)  # when what waited for the night to end arrives


def is_waking(at: datetime, zone: str) -> bool:
    return WAKING[0] <= at.astimezone(ZoneInfo(zone)).time() < WAKING[1]


def humane(at: datetime, zone: str) -> datetime:
    """`at`, or the morning after where it falls into the night."""
    if is_waking(at, zone):
        return at
    local = at.astimezone(ZoneInfo(zone))
    day = local.date() if local.time() < WAKING[0] else local.date() + timedelta(days=1)
    return datetime.combine(day, MORNING, ZoneInfo(zone))
