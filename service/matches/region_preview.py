"""A region's coming sessions, prepared for one person at a time: for examples before a sign-up, and for "why not that?"."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
import numpy as np

from matching import I32, Pairs, Residents, Scorer, Settings, World, preview
from service.clock import monday_of
from service.db import Conn, Database
from service.interests.words import embedding
from service.matches import scores, store
from service.matches.actions import SPAN, vocabulary
from service.matches.model import ActivityPast, MatchRegion, ResidentRow, Snapshot
from service.matches.packed import PackedResidents
from service.matches.rounds import NOTICE
from service.matches.rows import Embed, Vocabulary, spoken_by, to_residents, to_world

FRESH_FOR = timedelta(minutes=5)
MOST_REGIONS = 50  # kept in one process; the longest unused goes first
NOBODY = UUID(int=0)
SOMEBODY = ResidentRow(
    matcher_id=NOBODY, lat=0.0, lon=0.0, reach_km=1.0, travel="walk", age_low=18, age_high=130, needs=0, cost_cents=0, languages=[],
    available=b"\x00" * 42, party=1, topics=[], disliked=[], words="", cohorts=False, credit=0,
)  # fmt: skip


class RegionPreview(NamedTuple):
    """One region, prepared. sessions, activities: ids by their row in its World."""

    region: preview.PreparedRegion
    sessions: list[UUID]
    activities: list[UUID]
    spoken: list[str]
    vocabulary: Vocabulary
    texts: list[str]  # of the activities, on which `embed` was fitted
    embed: Embed
    made_at: datetime

    def person(self, row: ResidentRow | PackedResidents) -> Residents:
        """One person, as a row or as columns of one row."""
        return to_residents(row if isinstance(row, PackedResidents) else [row], self.vocabulary, self.spoken, self.embed)

    def rows_of(self, session_ids: Sequence[UUID]) -> I32:
        """Of those sessions that lie ahead here."""
        place = {session: row for row, session in enumerate(self.sessions)}
        return np.array(sorted(place[session_id] for session_id in set(session_ids) if session_id in place), np.int32)

    def never(self, row: ResidentRow, answered: Sequence[UUID] = ()) -> I32:
        """Sessions that this person answered, and those about a topic that they refuse."""
        columns = [self.vocabulary.column[code] for code in row.disliked if code in self.vocabulary.column]
        world = self.region.limits.world
        refused = np.any(world.activities.topics[:, columns] > 0, axis=1)[world.sessions.activity]
        return np.union1d(self.rows_of(answered), self.region.rows[refused]).astype(np.int32)

    def rows_of_activity(self, activity_id: UUID) -> I32:
        if activity_id not in self.activities:
            return np.zeros(0, np.int32)
        region = self.region
        return np.sort(region.rows[region.limits.world.sessions.activity == self.activities.index(activity_id)])


class RegionPreviews:
    """Regions prepared in this process, each made anew when it is five minutes old, by one request for all that wait."""

    def __init__(self) -> None:
        self._previews: dict[UUID, RegionPreview] = {}
        self._locks: dict[UUID, asyncio.Lock] = {}

    async def of(self, database: Database, region_id: UUID, *, now: datetime) -> RegionPreview | None:
        """None for a region that is not there."""
        async with self._locks.setdefault(region_id, asyncio.Lock()):
            region_preview = self._previews.pop(region_id, None)
            if region_preview is None or not region_preview.made_at <= now < region_preview.made_at + FRESH_FOR:
                region_preview = await prepare(database, region_id, now=now, before=region_preview)
            if region_preview:
                self._previews[region_id] = region_preview
        while len(self._previews) > MOST_REGIONS:
            self._previews.pop(next(iter(self._previews)))
        return region_preview


async def prepare(database: Database, region_id: UUID, *, now: datetime, before: RegionPreview | None = None) -> RegionPreview | None:
    """The week that begins in twelve hours, read as anybody may read it: no row of any resident is looked at.

    before: the same region prepared earlier; where no activity changed its words, the dearest part is taken from there.
    """
    async with database.transaction(isolation="repeatable_read") as conn:
        place = await store.region_by_id(conn, region_id)
        if place is None:
            return None
        snapshot = await _coming(conn, place, now=now)
        past = await store.past_of_region(conn, region_id)
        used = await scores.in_use(conn, region_id)
    week = monday_of(now.astimezone(ZoneInfo(place.zone)).date())
    return await asyncio.to_thread(_prepared, snapshot, past, place, used.scorer, week, now, before)


async def _coming(conn: Conn, place: MatchRegion, *, now: datetime) -> Snapshot:
    after = now + NOTICE
    activities, sessions = await store.read_coming(conn, region_id=place.id, now=now, after=after, before=after + SPAN)
    return Snapshot(residents=[SOMEBODY], activities=activities, sessions=sessions)


def _prepared(
    snapshot: Snapshot,
    past: list[ActivityPast],
    place: MatchRegion,
    scorer: Scorer,
    week: date,
    now: datetime,
    before: RegionPreview | None,
) -> RegionPreview:
    noted = {entry.activity_id: entry for entry in past}
    series = [msgspec.structs.replace(row, helped=noted[row.id].helped) if row.id in noted else row for row in snapshot.activities]
    snapshot = msgspec.structs.replace(snapshot, activities=series)
    texts = [f"{row.title} {row.description[:500]}" for row in series]
    embed = before.embed if before and before.texts == texts else embedding(texts).transform
    words = vocabulary()
    world = to_world(snapshot, week=week, zone=place.zone, now=now, vocabulary=words, embed=embed)
    world = _with_past(world, [noted[row.id].said_yes if row.id in noted else [] for row in series])
    return RegionPreview(
        region=preview.open_region(world, scorer, Settings()),
        sessions=[row.id for row in snapshot.sessions],
        activities=[row.id for row in series],
        spoken=spoken_by([], series),
        vocabulary=words,
        texts=texts,
        embed=embed,
        made_at=now,
    )


def _with_past(world: World, said_yes: list[list[float]]) -> World:
    """Everybody's answers put down to one person who is not there: a score asks how many, never who."""
    activity = np.repeat(np.arange(len(said_yes)), [len(answers) for answers in said_yes]).astype(np.int32)
    zero = np.zeros(len(activity), np.float32)
    yes = np.array([times for answers in said_yes for times in answers], np.float32)
    return replace(world, pairs=Pairs(np.zeros(len(activity), np.int32), activity, yes, *[zero] * 6))
