"""A resident's own view of the matcher: their match, their week, and what kept the other sessions away. Nothing is changed."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec
import numpy as np

from matching import I32, preview, rules
from service.db import Conn, Database
from service.errors import Missing
from service.matches import limits, store
from service.matches.actions import SPAN
from service.matches.examples import counts
from service.matches.limits import Wishing
from service.matches.model import Named, OwnMatch, ResidentRow, WeekLine
from service.matches.region_preview import RegionPreview, RegionPreviews
from service.matches.rounds import NOTICE
from service.residents.model import Profile


class LookedUp(msgspec.Struct, frozen=True):
    """One activity and the limits that keep it away on its nearest miss; none: it fits."""

    activity: Named
    stopped_by: list[str]


class Others(msgspec.Struct, frozen=True, kw_only=True):
    """The coming seven days. first, alone: as `limits` counts them."""

    wishing: Wishing
    total: int
    first: dict[str, int]
    alone: dict[str, int]
    looked_up: list[LookedUp]

    @property
    def limit(self) -> str:
        return limits.correctable({}, self.alone)


async def match_of(conn: Conn, profile: Profile, match_id: UUID) -> OwnMatch:
    """Raises Missing for what is not this resident's, as for what is not there. The transaction reads on the resident's behalf."""
    match = await store.own_match(conn, match_id=match_id, matcher_id=profile.matcher_id)
    if match is None:
        raise Missing
    return match


async def week_of(conn: Conn, profile: Profile) -> list[WeekLine]:
    return await store.own_week(conn, region_id=profile.region_id, matcher_id=profile.matcher_id)


async def answered(conn: Conn, profile: Profile, *, now: datetime) -> list[UUID]:
    """Sessions of the coming days that the resident answered. The transaction reads on the resident's behalf."""
    after = now + NOTICE
    return await store.own_never(conn, region_id=profile.region_id, after=after, before=after + 2 * SPAN)


async def others(
    database: Database, previews: RegionPreviews, profile: Profile, answered: list[UUID], *, about: str, now: datetime
) -> Others:
    """about: words of a title to look up, or nothing."""
    row, wishing = row_of(profile), Wishing(profile.travel, profile.needs)
    region_preview = await previews.of(database, profile.region_id, now=now)
    if region_preview is None or not region_preview.sessions:
        return Others(wishing=wishing, total=0, first={}, alone={}, looked_up=[])
    never = region_preview.never(row, answered)
    first, alone = counts(region_preview, row, never=never)
    named: list[Named] = []
    if about:
        async with database.transaction() as conn:
            named = await store.named_like(conn, region_preview.activities, about)
    looked_up = [LookedUp(activity, nearest_miss(region_preview, row, activity.id, never)) for activity in named]
    return Others(wishing=wishing, total=len(region_preview.sessions), first=first, alone=alone, looked_up=looked_up)


def nearest_miss(region_preview: RegionPreview, row: ResidentRow, activity_id: UUID, never: I32) -> list[str]:
    """The limits that stand before the date that fewest of them stand before."""
    stopped = preview.stopped_by(
        region_preview.region, region_preview.person(row), region_preview.rows_of_activity(activity_id), never=never
    )
    date = stopped[:, int(np.argmin(stopped.sum(axis=0)))]
    return [name for name, stops in zip(rules.FILTERS, date, strict=True) if stops]


def row_of(profile: Profile) -> ResidentRow:
    """A profile as the matcher reads it."""
    same = {name: getattr(profile, name) for name in ResidentRow.__struct_fields__ if name != "credit"}
    return ResidentRow(**same, credit=0)
