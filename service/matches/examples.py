"""Real matches for somebody who has told us wishes and a place, and nothing else. Nothing of it is kept."""

from __future__ import annotations

from datetime import datetime

import msgspec

from matching import I32, preview, rules
from service.db import Database
from service.interests.model import Guess
from service.interests.words import did_you_mean
from service.matches import limits, store
from service.matches.limits import Wishing
from service.matches.model import ResidentRow, ShownSession
from service.matches.reason_types import Reason
from service.matches.region_preview import NOBODY, RegionPreview, RegionPreviews
from service.matches.results import reasons
from service.places.places import Places
from service.places.regions import all_regions, nearest
from service.residents.actions import as_matched, home_of
from service.residents.model import Home, PlacedWishes
from service.residents.week import is_any_time


class Example(msgspec.Struct, frozen=True):
    """km: as the crow flies; None where only the town is known. any_time: who asks ticked no times."""

    session: ShownSession
    km: float | None
    reasons: list[Reason]
    any_time: bool


class PreviewExamples(msgspec.Struct, frozen=True, kw_only=True):
    """found: as the first weekly letter would hold them if no seat were short.

    nothing_near: we know of no session in that region. first, alone: as `limits` counts them; empty where something was found.
    """

    wishing: Wishing
    examples: list[Example]
    nothing_near: bool = False
    first: dict[str, int] = {}
    alone: dict[str, int] = {}
    guesses: list[Guess] = []

    @property
    def limit(self) -> str:
        """The limit to correct first where nothing was found."""
        return "" if self.examples else limits.correctable(self.first, self.alone)


async def examples(database: Database, previews: RegionPreviews, places: Places, *, wishes: PlacedWishes, now: datetime) -> PreviewExamples:
    """Raises Invalid for a place nobody knows."""
    home = home_of(wishes, places)
    row = person(wishes, home)
    wishing, guesses = Wishing(row.travel, row.needs), did_you_mean(wishes.words)
    async with database.transaction() as conn:
        region = nearest(await all_regions(conn), home.lat, home.lon)
    region_preview = await previews.of(database, region.id, now=now) if region else None
    if region_preview is None or not region_preview.sessions:
        return PreviewExamples(wishing=wishing, examples=[], nothing_near=True, guesses=guesses)
    shown = await _shown_examples(database, region_preview, row, now=now)
    first, alone = ({}, {}) if shown else counts(region_preview, row, never=region_preview.never(row))
    return PreviewExamples(wishing=wishing, examples=shown, first=first, alone=alone, guesses=guesses)


def person(wishes: PlacedWishes, home: Home) -> ResidentRow:
    """Somebody who has said yes or no to nothing yet."""
    return ResidentRow(
        matcher_id=NOBODY,
        lat=home.lat,
        lon=home.lon,
        cohorts=False,
        credit=0,
        **as_matched(wishes, language=wishes.language),
    )


def counts(region_preview: RegionPreview, row: ResidentRow, *, never: I32) -> tuple[dict[str, int], dict[str, int]]:
    """By limit: how many sessions it took first (and "passed": how many none took), and how many it alone took."""
    first, alone = preview.why_not(region_preview.region, region_preview.person(row), never=never)
    return dict(zip((*rules.FILTERS, "passed"), first.tolist(), strict=True)), dict(zip(rules.FILTERS, alone.tolist(), strict=True))


async def _shown_examples(database: Database, region_preview: RegionPreview, row: ResidentRow, *, now: datetime) -> list[Example]:
    best = preview.best(region_preview.region, region_preview.person(row), never=region_preview.never(row))
    ids = [region_preview.sessions[session] for session in best.session[best.picks]]
    async with database.transaction() as conn:
        by_session = await store.shown_sessions(conn, ids, now=now)
    picks = zip(ids, best.km[best.picks].tolist(), best.reasons.code, best.reasons.number, strict=True)
    return [
        _example(by_session[session], km, reasons(code, number, region_preview.vocabulary), row)
        for session, km, code, number in picks
        if session in by_session
    ]


def _example(session: ShownSession, km: float, reasons: list[Reason], row: ResidentRow) -> Example:
    return Example(session, None if session.near_place else km, reasons, is_any_time(row.available))
