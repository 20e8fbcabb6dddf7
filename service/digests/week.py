"""When a weekly letter leaves, and when it is too late for it. Pure."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from service.mail.hours import humane

SEND_DAY, SEND_AT = 1, time(10)  # Tuesday at ten: people are up, and the week still lies ahead
LAST_DAY, LAST_AT = 3, time(18)  # Thursday evening: later, half of the week would be over


def leave_at(week: date, zone: str, now: datetime) -> datetime:
    """Tuesday at ten where the resident lives; after that, the next humane hour. week: a Monday."""
    planned = datetime.combine(week + timedelta(days=SEND_DAY), SEND_AT, ZoneInfo(zone))
    return planned if now <= planned else humane(now, zone)


def give_up_at(week: date, zone: str, leaves_at: datetime) -> datetime:
    """Thursday evening; a letter that was composed late gets a day."""
    planned = datetime.combine(week + timedelta(days=LAST_DAY), LAST_AT, ZoneInfo(zone))
    return max(planned, leaves_at + timedelta(days=1))


def is_over(week: date, zone: str, now: datetime) -> bool:
    return now.astimezone(ZoneInfo(zone)).date() >= week + timedelta(days=7)
