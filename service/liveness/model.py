"""Activities that nobody was heard of, and what has become of them."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import msgspec

ONE_SECOND = timedelta(seconds=1)


class SilentActivity(msgspec.Struct, frozen=True, kw_only=True):
    """An activity to warn of. zone: of its center."""

    id: UUID
    organization_id: UUID
    title: str
    center_name: str
    zone: str


class ActivitySilence(msgspec.Struct, frozen=True, kw_only=True):
    """An activity whose center was asked. left_at None: until leaves_at letters invite people to it as ever."""

    activity_id: UUID
    title: str
    leaves_at: datetime
    left_at: datetime | None

    @property
    def last_moment(self) -> datetime:
        """On the day at whose end invitations stop."""
        return self.leaves_at - ONE_SECOND


class SilenceCounts(msgspec.Struct, frozen=True, kw_only=True):
    """warned: the center was asked, and letters still invite people. gone: no letter invites people any more."""

    warned: int = 0
    gone: int = 0


class Watched(msgspec.Struct, frozen=True, kw_only=True):
    """What one look changed, in activities."""

    returned: int
    left: int
    warned: int
