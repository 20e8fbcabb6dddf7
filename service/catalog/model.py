"""What the public sees of activities and their dates, and how it is asked for."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

import msgspec

from service.access import NEEDS
from service.activities.model import ActivityFacts, ActivitySummary

AHEAD = timedelta(days=14)
FARTHEST = timedelta(weeks=8)  # sessions are kept ready this far ahead
RADIUS_KM = 8.0
WIDEST_KM = 100.0
PAGE_SIZE = 30
MOST_PER_PAGE = 100

Answer = Literal["yes", "no", "not_said"]
Order = Literal["time", "near"]


class Search(msgspec.Struct, frozen=True, kw_only=True):
    """Published sessions that start within [begins, ends), at most `radius_km` from a point in degrees.

    topics: any of them; words: or a title that holds them. Neither: everything.
    """

    lat: float
    lon: float
    radius_km: float
    begins: datetime
    ends: datetime
    topics: tuple[str, ...] = ()
    words: str = ""


class ListedDate(ActivitySummary, frozen=True, kw_only=True):
    """One date in a list. `km` from the point that was asked about."""

    session_id: UUID
    starts_at: datetime
    ends_at: datetime
    zone: str
    slug: str
    center_name: str
    access_yes: int
    km: float


class ActivityDetails(ActivityFacts, frozen=True, kw_only=True):
    """One published activity with all that its center says. merged_into: the slug of the one it is the same as."""

    id: UUID
    slug: str
    status: Literal["published", "cancelled"]
    merged_into: str | None
    center_name: str
    center_website: str | None
    km: float = 0.0

    @property
    def access(self) -> dict[str, Answer]:
        """What the center answered for each need; what it did not answer is never taken for a yes or a no."""
        return answers(self.access_yes, self.access_no)


def answers(yes: int, no: int) -> dict[str, Answer]:
    """The bits of service.access as an answer to each need."""
    return {need: "yes" if yes & bit else "no" if no & bit else "not_said" for need, bit in NEEDS.items()}


class Day(msgspec.Struct, frozen=True, kw_only=True):
    """One date of an activity. cancel_reason: why it was called off; empty where the center gave none."""

    id: UUID
    activity_id: UUID
    state: Literal["scheduled", "cancelled"]
    cancel_reason: str
    starts_at: datetime
    ends_at: datetime
    zone: str
