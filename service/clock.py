"""Time as an argument: mains choose a clock, everything below is told the instant."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

Clock = Callable[[], datetime]


def system_clock() -> datetime:
    return datetime.now(UTC)


def clock_starting_at(start: datetime, *, real: Clock = system_clock) -> Clock:
    """A clock that shows `start` now and runs on at the usual pace: weeks of the past can be walked through."""
    ahead = start - real()
    return lambda: real() + ahead


def monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())


def parse_week(text: str) -> date:
    """Monday of an ISO week written like 2026-W48. Raises ValueError for anything else."""
    return datetime.strptime(f"{text}-1", "%G-W%V-%u").replace(tzinfo=UTC).date()


def week_name(monday: date) -> str:
    return f"{monday:%G-W%V}"
