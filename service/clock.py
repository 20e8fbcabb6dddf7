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


class MovableClock:
    """Runs on at the usual pace, and can be put forward: the days after a sample week pass at a press."""

    def __init__(self, start: datetime, *, real: Clock = system_clock) -> None:
        self._real, self._ahead = real, start - real()

    def __call__(self) -> datetime:
        return self._real() + self._ahead

    def move_to(self, instant: datetime) -> None:
        """Show `instant` now. Never back: what is past already stays as it is."""
        self._ahead = max(self._ahead, instant - self._real())


def monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())


def parse_week(text: str) -> date:
    """Monday of an ISO week written like 2026-W48. Raises ValueError for anything else."""
    return datetime.strptime(f"{text}-1", "%G-W%V-%u").replace(tzinfo=UTC).date()


def week_name(monday: date) -> str:
    return f"{monday:%G-W%V}"
