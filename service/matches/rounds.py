"""The rounds of a week: which run of a region's week a run is, and whom it matches. Pure."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec

from service.clock import monday_of
from service.mail.hours import humane

QUARTER = timedelta(minutes=15)
NOTICE = timedelta(hours=12)  # nobody is invited to something that starts sooner
READING = timedelta(hours=2)  # from when a letter arrives until the first thing that it invites to
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


def begins_after(zone: str, round: Round, now: datetime) -> datetime:
    """From when on a date may be offered by a later round: what is written in the night arrives in the morning.

    A person who was offered only what begins before would have a match of the week, and no letter. Newcomers' letters leave at once.
    """
    arrives_at = now if round.whom == "newcomers" else humane(now, zone)
    return max(now + NOTICE, arrives_at + READING)


def quarter_of(zone: str, week: date, at: datetime) -> int:
    """1 for the week's first quarter hour. Elapsed time: where clocks are put back, the repeated hour has its own four."""
    begins = datetime.combine(week, time(), ZoneInfo(zone)).astimezone(UTC)
    return 1 + (at.astimezone(UTC) - begins) // QUARTER
