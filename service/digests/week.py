"""When a weekly letter leaves, and when it is too late for it. Pure."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from service.mail.hours import humane

SEND_DAY, SEND_AT = 1, time(10)  # Tuesday at ten: people are up, and the week still lies ahead
AWAKE = timedelta(hours=1)  # after the button was pressed
LAST_DAY, LAST_AT = 3, time(18)  # Thursday evening: later, half of the week would be over


def leave_at(week: date, zone: str, now: datetime, *, weekly: bool = True, confirmed_at: datetime | None = None) -> datetime:
    """Of the weekly run: Tuesday at ten where the resident lives; of a later round or after that: the next humane hour. week: a Monday.

    Whoever confirmed within the hour is awake and waits: their letter leaves at once.
    """
    if confirmed_at and confirmed_at <= now <= confirmed_at + AWAKE:
        return now
    planned = datetime.combine(week + timedelta(days=SEND_DAY), SEND_AT, ZoneInfo(zone))
    return planned if weekly and now <= planned else humane(now, zone)


def give_up_at(week: date, zone: str, leaves_at: datetime) -> datetime:
    """Thursday evening; a letter that was composed late gets a day."""
    planned = datetime.combine(week + timedelta(days=LAST_DAY), LAST_AT, ZoneInfo(zone))
    return max(planned, leaves_at + timedelta(days=1))


def is_over(week: date, zone: str, now: datetime) -> bool:
    return now.astimezone(ZoneInfo(zone)).date() >= week + timedelta(days=7)
