"""Unmet demand: where enough people share a topic and a time of the week, and no session they may go to serves it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from matching.limits import rules
from matching.world.arrays import HALF_HOURS, I32, U64, Bool, World

FEWEST = 11  # people below whom a place and a topic could point at somebody
GRAIN = 10  # counts are floored to tens, so that one person joining rarely shows
FRESH = 10  # people new to a cell before it is told again
LIKES = 0.5  # interest, and share of a session's topic, from which it counts
LONG_ENOUGH = 4  # half hours in a row that somebody must have free
DAY_PARTS = ((16, 24), (24, 34), (34, 42))  # half hours: morning 8 to 12, afternoon 12 to 17, evening 17 to 21
BANDS = ("weekday morning", "weekday afternoon", "weekday evening", "weekend morning", "weekend afternoon", "weekend evening")


@dataclass(frozen=True, slots=True)
class Gap:
    """A group that a center could start. Only area, topic, band, day and `people` may leave the service."""

    area: int
    topic: int  # column of the topic arrays
    band: int  # of BANDS
    day: int  # of the week, on which most of them are free then; -1 where on no day enough are
    people: int  # floored to tens; where there is a day, those of that day
    keys: U64  # who they are, sorted: for `may_tell` alone


def unmet(world: World, area: I32) -> list[Gap]:
    """Gaps of one region, the largest first. `area` [n] is the fixed grid cell or ZIP group of each resident, -1 for none.

    A session that is full serves nobody new, so it closes no gap; one that a person has answered does.
    """
    limits = rules.prepare(world)
    days = free_days(world.residents.available)
    free = _in_bands(days)
    held = session_bands(world)
    gaps = []
    for topic in range(world.residents.topics.shape[1]):
        fans = np.flatnonzero((world.residents.topics[:, topic] >= LIKES) & (area >= 0)).astype(np.int32)
        offers = np.flatnonzero(world.activities.topics[world.sessions.activity, topic] >= LIKES).astype(np.int32)
        fans = fans[np.argsort(area[fans], kind="stable")]
        for neighbors in np.split(fans, np.flatnonzero(np.diff(area[fans])) + 1):
            if len(neighbors) >= FEWEST:
                missing = free[neighbors] & ~_served(limits, held, neighbors, offers)
                gaps += _gaps(world, int(area[neighbors[0]]), topic, neighbors, missing, days[neighbors])
    return sorted(gaps, key=lambda gap: (-gap.people, gap.area, gap.topic, gap.band))


def may_tell(now: U64, published: U64 | None) -> bool:
    """Whether a cell may be published: enough people, and enough of them new since it was last told.

    Without the second rule, two maps a week apart point at whoever joined in between.
    """
    if published is None:
        return len(now) >= FEWEST
    return len(now) >= FEWEST and len(np.setdiff1d(now, published)) >= FRESH


def free_bands(available: U64) -> Bool:
    """[n, 6] whether a person has two hours in a row in each band, on any of its days."""
    return _in_bands(free_days(available))


def free_days(available: U64) -> Bool:
    """[n, 3, 7] whether a person has two hours in a row in each part of each day."""
    bits = np.unpackbits(np.ascontiguousarray(available).view(np.uint8), axis=1, bitorder="little")[:, :HALF_HOURS]
    week = bits.reshape(len(available), 7, 48).astype(bool)
    free = np.zeros((len(available), len(DAY_PARTS), 7), bool)
    for part, (begin, end) in enumerate(DAY_PARTS):
        starts = end - begin - LONG_ENOUGH + 1
        in_a_row = np.stack([week[:, :, begin + late : begin + late + starts] for late in range(LONG_ENOUGH)])
        free[:, part] = np.any(np.all(in_a_row, axis=0), axis=2)
    return free


def _in_bands(days: Bool) -> Bool:
    return np.concatenate((days[:, :, :5].any(axis=2), days[:, :, 5:].any(axis=2)), axis=1)


def session_bands(world: World) -> I32:
    """[m] the band a session starts in; -1 at night."""
    day, hour = np.divmod(world.sessions.week_from.astype(np.int64), 48)
    band = np.full(len(day), -1, np.int32)
    for part, (begin, end) in enumerate(DAY_PARTS):
        inside = (hour >= begin) & (hour < end)
        band[inside] = part + 3 * (day[inside] >= 5)
    return band


def _served(limits: rules.Limits, held: I32, people: I32, offers: I32) -> Bool:
    """[people, 6] whether at least one session of the offers in each band is open to each person."""
    served = np.zeros((len(people), len(BANDS)), bool)
    offers = _near(limits, people, offers)
    if not len(offers):
        return served
    for rows in pairwise([*range(0, len(people), 512), len(people)]):
        block = np.arange(*rows)
        who, what = np.repeat(people[block], len(offers)), np.tile(offers, len(block))
        fine = rules.verdicts(limits, who, what)[1:].all(axis=0).reshape(len(block), len(offers))
        for band in range(len(BANDS)):
            served[block, band] = fine[:, held[offers] == band].any(axis=1)
    return served


def _near(limits: rules.Limits, people: I32, offers: I32) -> I32:
    """Offers that someone of one area could reach at all."""
    middle = limits.home[people].mean(axis=0)
    spread = np.linalg.norm(limits.home[people] - middle, axis=1) + limits.world.residents.reach_km[people]
    near: I32 = offers[np.linalg.norm(limits.place[offers] - middle, axis=1) <= spread.max()]
    return near


def _gaps(world: World, area: int, topic: int, people: I32, missing: Bool, days: Bool) -> list[Gap]:
    gaps = []
    for band in range(len(BANDS)):
        lacking = np.flatnonzero(missing[:, band])
        first = 5 * (band // len(DAY_PARTS))
        for day in (_busiest(days[lacking, band % len(DAY_PARTS)], first), -1):
            counted = lacking if day < 0 else lacking[days[lacking, band % len(DAY_PARTS), day]]
            keys = np.unique(world.residents.key[people[counted]])
            if len(keys) >= FEWEST:
                gaps.append(Gap(area, topic, band, day, len(keys) // GRAIN * GRAIN, keys))
                break
    return gaps


def _busiest(free: Bool, first: int) -> int:
    """The weekday or day of the weekend on which most are free, the earlier of two; free [k, 7]."""
    last = 5 if first == 0 else 7
    return first + int(np.argmax(free[:, first:last].sum(axis=0)))
