"""What a score may look at, column by column: each with a name, a unit and a fixed grid of cells.

A feature is about a session alone, about what lies between a person and an activity (`past`), or about a pair (`pair`).
Products of a person's and a session's row are taken on whole numbers, so that sums in float32 are exact: the same pair gets
the same value in any block, on any number of threads, with any BLAS.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from matching.world.arrays import F32, I32, I64, World

STEP = 1024.0  # fixed-point scale of a factor; a product of two is in units of STEP ** -2 and stays far below 2 ** 24


@dataclass(frozen=True, slots=True)
class Feature:
    """One column; values below `low` or above `high` count as the nearest cell.

    `monotone`: +1 when more must never score less, -1 when more must never score more, 0 when the data may say.
    """

    name: str
    unit: str
    about: Literal["session", "past", "pair"]
    low: float
    high: float
    cells: int
    monotone: int = 0


FEATURES: tuple[Feature, ...] = (
    Feature("topic", "mean liking of the session's topics, -1 to 1", "pair", -1.0, 1.0, 128, 1),
    Feature("text", "cosine of the words, -1 to 1", "pair", -1.0, 1.0, 128, 1),
    Feature("next", "log2 of the chance to be this person's next activity", "pair", -14.0, -1.0, 104, 1),
    Feature("alike", "log2(0.002 + EASE of the activities the person knows)", "pair", -9.0, 0.0, 72, 1),
    Feature("family", "log2 of the person's share of the topic family against everybody's", "pair", -3.0, 5.0, 64, 1),
    Feature("habit", "log2 of the person's share of yes answers in that part of the week against everybody's", "pair", -3.0, 5.0, 64, 1),
    Feature("center", "log2(1 + faded yes answers to the same center)", "pair", 0.0, 6.0, 48, 1),
    Feature("away", "share of the person's reach", "pair", 0.0, 1.0, 256, -1),
    Feature("size", "log2(1 + people in the room)", "session", 0.0, 8.0, 64),
    Feature("price", "dollars", "session", 0.0, 64.0, 64, -1),
    Feature("newness", "log2(1 + weeks since the first session)", "session", 0.0, 10.0, 64),
    Feature("helped", "share of first visits that became second ones, 0.3 when unknown", "session", 0.0, 1.0, 64, 1),
    Feature("hour", "half hour of the day the session starts", "session", 0.0, 48.0, 48),
    Feature("weekday", "days since Monday", "session", 0.0, 7.0, 7),
    Feature("soon", "log2(1 + days from the week's Monday to the start)", "session", 0.0, 10.0, 80),
    Feature("dates", "log2 of the dates of the activity on offer", "session", 0.0, 6.0, 48),
    Feature("going", "log2(1 + people who said yes to this date already)", "session", 0.0, 8.0, 64, 1),
    Feature("popular", "log2(1 + faded yes answers to the activity)", "session", 0.0, 12.0, 64, 1),
    Feature("trend", "log2 of the recent part of the faded yes answers against everybody's", "session", -4.0, 4.0, 64),
    Feature("said_yes", "times, faded", "past", 0.0, 8.0, 64, 1),
    Feature("said_no", "times, faded", "past", 0.0, 8.0, 64, -1),
    Feature("attended", "times, faded", "past", 0.0, 8.0, 64, 1),
    Feature("missed", "times, faded", "past", 0.0, 8.0, 64),
    Feature("invited", "times without an answer, faded", "past", 0.0, 8.0, 64, -1),
    Feature("rating", "last feedback, -1 to 1", "past", -1.0, 1.0, 8, 1),
    Feature("faces", "people there met before", "past", 0.0, 16.0, 64, 1),
)
NAMES: tuple[str, ...] = tuple(feature.name for feature in FEATURES)
BY_NAME: dict[str, Feature] = {feature.name: feature for feature in FEATURES}
PAST: tuple[str, ...] = tuple(feature.name for feature in FEATURES if feature.about == "past")
HELPED_UNKNOWN = 0.3


def cell(feature: Feature, values: F32) -> I64:
    """The cell of each value on the feature's grid, 0 to cells - 1."""
    scale = np.float32(feature.cells / (feature.high - feature.low))
    inside: I64 = np.clip((values - np.float32(feature.low)) * scale, np.float32(0), np.float32(feature.cells - 1)).astype(np.int64)
    return inside


def middles(feature: Feature) -> F32:
    """[cells] the value in the middle of each cell."""
    width = (feature.high - feature.low) / feature.cells
    return (feature.low + width * (np.arange(feature.cells) + 0.5)).astype(np.float32)


def shares(topics: F32) -> F32:
    """Rows divided by their sum where that passes 1: a product with them is a mean over what the session is about."""
    divided: F32 = topics / np.maximum(topics.sum(axis=1, keepdims=True, dtype=np.float32), np.float32(1))
    return divided


def whole(values: F32) -> F32:
    """Whole numbers of 1/STEP, as float32."""
    steps: F32 = np.rint(values * np.float32(STEP))
    return steps


def of_sessions(world: World) -> dict[str, F32]:
    """The columns about a session alone, each [m]."""
    sessions, activities = world.sessions, world.activities
    row = sessions.activity
    popularity = np.bincount(world.pairs.activity, weights=world.pairs.said_yes, minlength=len(activities.key))
    recent = np.bincount(world.pairs.activity, weights=world.pairs.said_yes**2, minlength=len(activities.key))
    level = recent.sum() / max(popularity.sum(), 1e-9)
    helped = np.nan_to_num(activities.helped, nan=HELPED_UNKNOWN)
    columns = {
        "size": np.log2(1 + np.maximum(activities.size, 0))[row],
        "price": activities.cost_cents[row] / 100,
        "newness": np.log2(1 + np.maximum(activities.age_weeks, 0))[row],
        "helped": helped[row],
        "hour": sessions.week_from % 48,
        "weekday": sessions.week_from // 48,
        "soon": np.log2(1 + np.maximum(sessions.start_min - world.week_start_min, 0) / 1440),
        "dates": np.log2(np.maximum(np.bincount(row, minlength=len(activities.key)), 1))[row],
        "going": np.log2(1 + sessions.going) if len(sessions.going) else np.zeros(len(row)),
        "popular": np.log2(1 + popularity)[row],
        "trend": np.log2((recent + 1) / (popularity * level + 1))[row],
    }
    return {name: column.astype(np.float32) for name, column in columns.items()}


def of_pairs(world: World) -> dict[str, F32]:
    """The columns about what lies between, each [p], rows as in `world.pairs`."""
    return {name: getattr(world.pairs, name) for name in PAST}


def pair_codes(world: World) -> I64:
    """[p] one rising number for each row of `world.pairs`."""
    codes: I64 = world.pairs.resident.astype(np.int64) * len(world.activities.key) + world.pairs.activity
    return codes


def pair_rows(codes: I64, world: World, resident: I32, session: I32) -> I64:
    """The row in `world.pairs` of each (person, activity of the session); -1 for strangers."""
    wanted = resident.astype(np.int64) * len(world.activities.key) + world.sessions.activity[session]
    if not len(codes):
        return np.full(len(wanted), -1, np.int64)
    at = np.minimum(np.searchsorted(codes, wanted), len(codes) - 1)
    return np.where(codes[at] == wanted, at, -1)
