"""Builds a World out of a log: everybody may go everywhere, nothing is known but homes, interests and earlier answers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from matching.score.learn.next_activity import DAY_MIN, History
from matching.world.arrays import (
    CAR,
    F32,
    F64,
    HALF_HOURS,
    I16,
    I32,
    I64,
    OLDEST,
    PART_HALF_HOURS,
    WEEK_PARTS,
    WEEK_WORDS,
    Activities,
    Never,
    Pairs,
    Residents,
    Sessions,
    World,
)

REACH_KM = 60.0
FADE_WEEK = 0.9  # what is left of an answer after a week, as the service fades them


@dataclass(frozen=True, slots=True)
class Offer:
    """What can be offered: activities and their dates."""

    center: I32  # [a]
    family: I32
    lat: F64
    lon: F64
    topics: F32  # [a, t]
    text: F32  # [a, e]
    age_weeks: F32
    activity: I32  # [m]
    start_min: I64  # [m]
    size: F32 | None = None  # [a] people on an ordinary date; None: the answers of four weeks, by the week
    going: F32 | None = None  # [m] people who said yes before; None: the log does not say when they did


def town(offer: Offer, past: History, likes: F32, words: F32, now_min: int, habits: F32 | None = None) -> World:
    """Pairs come from `past`, fading; likes [n, t], words [n, e] and habits are the residents' rows."""
    m = len(offer.activity)
    return World(
        residents=_residents(past.lat, past.lon, likes, words, np.zeros((0, 0), np.float32) if habits is None else habits),
        activities=_activities(offer, past, now_min),
        sessions=Sessions(
            key=np.arange(m, dtype=np.uint64),
            activity=offer.activity,
            start_min=offer.start_min,
            end_min=offer.start_min + 120,
            week_from=half_hour(offer.start_min),
            week_to=half_hour(offer.start_min) + np.int16(4),
            seats=np.full(m, np.inf, np.float32),
            attend_factor=np.ones(m, np.float32),
            going=np.zeros(m, np.float32) if offer.going is None else offer.going,
        ),
        pairs=_pairs(past, len(offer.center), now_min),
        never=Never(np.zeros(0, np.int32), np.zeros(0, np.int32)),
        week_start_min=now_min,
    )


def _residents(lat: F64, lon: F64, likes: F32, words: F32, habits: F32) -> Residents:
    n = len(lat)
    return Residents(
        key=np.arange(n, dtype=np.uint64),
        lat=lat,
        lon=lon,
        reach_km=np.full(n, REACH_KM, np.float32),
        mode=np.full(n, CAR, np.uint8),
        age_low=np.full(n, 18, np.int16),
        age_high=np.full(n, OLDEST, np.int16),
        needs=np.zeros(n, np.uint32),
        cost_cents=np.zeros(n, np.int32),
        languages=np.ones(n, np.uint32),
        available=np.full((n, WEEK_WORDS), ~np.uint64(0)),
        party=np.ones(n, np.uint8),
        household=np.full(n, -1, np.int32),
        topics=likes,
        text=words,
        credit=np.zeros(n, np.float32),
        cohorts=np.zeros(n, np.bool_),
        habits=habits,
    )


def _activities(offer: Offer, past: History, now_min: int) -> Activities:
    a = len(offer.center)
    return Activities(
        key=past.keys,
        center=offer.center,
        family=offer.family,
        lat=offer.lat,
        lon=offer.lon,
        age_min=np.full(a, 18, np.int16),
        age_max=np.full(a, OLDEST, np.int16),
        provides=np.zeros(a, np.uint32),
        cost_cents=np.zeros(a, np.int32),
        languages=np.ones(a, np.uint32),
        topics=offer.topics,
        text=offer.text,
        size=lately(past, now_min, 28) / np.float32(4) if offer.size is None else offer.size,
        age_weeks=offer.age_weeks,
        helped=np.full(a, np.nan, np.float32),
    )


def _pairs(past: History, activities: int, now_min: int) -> Pairs:
    fade = FADE_WEEK ** ((now_min - past.at_min) / (7 * DAY_MIN))
    code, place = np.unique(past.resident.astype(np.int64) * activities + past.activity, return_inverse=True)
    yes = np.maximum(np.bincount(place, fade, len(code)), 1e-12).astype(np.float32)
    none = np.zeros(len(code), np.float32)
    resident, activity = np.divmod(code, activities)
    return Pairs(resident.astype(np.int32), activity.astype(np.int32), yes, none, none, none, none, none, none)


def half_hour(start_min: I64) -> I16:
    """Of the week from Monday, as the log's clock shows it."""
    return ((start_min // 30 + 3 * 48) % HALF_HOURS).astype(np.int16)  # the epoch began on a Thursday


def habits(past: History, start_min: I64, now_min: int) -> F32:
    """[n, WEEK_PARTS] yes answers by the part of the week of the date said yes to, fading from the day of `past`."""
    fade = FADE_WEEK ** ((now_min - past.at_min) / (7 * DAY_MIN))
    cell = past.resident.astype(np.int64) * WEEK_PARTS + half_hour(start_min) // PART_HALF_HOURS
    return np.bincount(cell, fade, len(past.lat) * WEEK_PARTS).reshape(-1, WEEK_PARTS).astype(np.float32)


def age_weeks(past: History, now_min: int) -> F32:
    """[a] weeks since the first thing known of each activity, 0 for one that nobody has gone to."""
    first = np.full(len(past.keys), now_min, np.int64)
    np.minimum.at(first, past.activity, past.at_min)
    return ((now_min - first) / (7 * DAY_MIN)).astype(np.float32)


def middles(past: History) -> tuple[F64, F64]:
    """[a] where the people of each activity live, the median; the region's middle when nobody is known."""
    lat, lon = (np.full(len(past.keys), float(np.median(homes))) for homes in (past.lat, past.lon))
    order = np.argsort(past.activity, kind="stable")
    for rows in np.split(order, np.flatnonzero(np.diff(past.activity[order])) + 1):
        if len(rows):
            lat[past.activity[rows[0]]] = np.median(past.lat[past.resident[rows]])
            lon[past.activity[rows[0]]] = np.median(past.lon[past.resident[rows]])
    return lat, lon


def visits(past: History) -> sp.csr_matrix:
    """[n, a] which activities each person knows, ones."""
    table = sp.csr_matrix((np.ones(len(past.resident), np.float32), (past.resident, past.activity)), (len(past.lat), len(past.keys)))
    table.data[:] = 1
    return table


def liking(past: History, topics: F32) -> F32:
    """[n, t] interests read from what people joined: half for one group of a topic, two thirds for two, and so on."""
    count = visits(past) @ topics
    liked: F32 = (count / (count + 1)).astype(np.float32)
    return liked


def profile(past: History, text: F32) -> F32:
    """[n, e] unit rows: the mean of the texts a person knows."""
    total = np.asarray(visits(past) @ text, np.float32)
    length = np.linalg.norm(total, axis=1, keepdims=True)
    return (total / np.where(length > 0, length, 1)).astype(np.float32)


def lately(past: History, now_min: int, days: int = 90) -> F32:
    """[a] answers of the last days."""
    count: F32 = np.bincount(past.activity[past.at_min >= now_min - days * DAY_MIN], minlength=len(past.keys)).astype(np.float32)
    return count
