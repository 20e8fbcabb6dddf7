"""The rounds of a week: which run of a region's week a run is, and whom it matches. Pure."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec

from service.clock import monday_of

QUARTER = timedelta(minutes=15)
Whom = Literal["everybody", "unmatched", "newcomers"]


class Round(msgspec.Struct, frozen=True):
    """number: 0 is the week's run; n > 0 the run of the n-th quarter hour of the week, by the region's clock.

    whom: `unmatched` have no match of the week yet; `newcomers` of those wait for their first letter.
    """

    number: int
    whom: Whom = "unmatched"


WEEKLY = Round(0)


def week_of(zone: str, now: datetime) -> date:
    """The Monday of the week in which the region is."""
    return monday_of(now.astimezone(ZoneInfo(zone)).date())


def quarter_of(zone: str, week: date, at: datetime) -> int:
    """1 for the week's first quarter hour. Elapsed time: where clocks are put back, the repeated hour has its own four."""
    begins = datetime.combine(week, time(), ZoneInfo(zone)).astimezone(UTC)
    return 1 + (at.astimezone(UTC) - begins) // QUARTER
