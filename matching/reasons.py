"""Why a match was made: short codes with numbers, true by recomputation from the same facts and score terms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from matching.limits.rules import Limits, distance_km, prepare
from matching.score.features import pair_codes, pair_rows
from matching.world.arrays import F32, I16, I32, I64, World
from matching.world.settings import Settings

# What the numbers of a reason are, by its code. topic: column of the topics; weight: 0 to 1; likeness: cosine; visits and times: faded by
# the week; people of `faces`: met before, of `small_group`: places; week_from, week_to: half hours of the week, one past the last.
NUMBERS: dict[str, tuple[str, ...]] = {
    "none": (),
    "topic": ("topic", "weight"),
    "words": ("likeness",),
    "near": ("km",),
    "came_before": ("visits",),
    "said_yes": ("times",),
    "faces": ("people",),
    "new_group": ("weeks",),
    "small_group": ("people",),
    "free": (),
    "time": ("week_from", "week_to"),
}
CODES = tuple(NUMBERS)
MOST = 4  # reasons kept with a match
CLOSE = 8_192  # pairs worked on at once
Fact = tuple[str, Any, Any, Any]  # code, its two numbers, strength: each [k], or one for all


@dataclass(frozen=True, slots=True)
class Reasons:
    """k matches, the strongest reason first, `none` after the last."""

    code: I16  # [k, MOST] position in CODES
    number: F32  # [k, MOST, 2] as NUMBERS says of the code, zeros after them
    strength: F32  # [k, MOST]


def explain(limits: Limits, settings: Settings, resident: I32, session: I32) -> Reasons:
    """Facts that speak for each pair, ordered by how much they usually matter to people."""
    k = len(resident)
    strongest = Reasons(np.zeros((k, MOST), np.int16), np.zeros((k, MOST, 2), np.float32), np.zeros((k, MOST), np.float32))
    codes = pair_codes(limits.world)
    for at in range(0, k, CLOSE):
        here = slice(at, at + CLOSE)
        facts = _facts(limits, settings, codes, resident[here], session[here])
        strongest.code[here], strongest.number[here], strongest.strength[here] = _strongest(facts, len(resident[here]))
    return strongest


def _strongest(facts: list[Fact], k: int) -> tuple[I16, F32, F32]:
    strength, number = np.zeros((k, len(facts)), np.float32), np.zeros((k, len(facts), 2), np.float32)
    for at, (_, first, second, weight) in enumerate(facts):
        number[:, at, 0], number[:, at, 1], strength[:, at] = first, second, weight
    code = np.array([CODES.index(name) for name, _, _, _ in facts], np.int16)
    order = np.argsort(-strength, axis=1, kind="stable")[:, :MOST]
    line = np.arange(k)[:, None]
    strength = strength[line, order]
    true = strength > 0
    return code[order] * true, number[line, order] * true[:, :, None], strength * true


def recompute(world: World, settings: Settings, resident: I32, session: I32) -> Reasons:
    """The same from nothing but the world; equal to what was stored, for every match."""
    return explain(prepare(world), settings, resident, session)


def _facts(limits: Limits, settings: Settings, codes: I64, resident: I32, session: I32) -> list[Fact]:
    world = limits.world
    who, groups, activity = world.residents, world.activities, world.sessions.activity[session]
    km = distance_km(limits, resident, session)
    cosine = np.einsum("ij,ij->i", who.text[resident], groups.text[activity])
    past = _past_of_pairs(world, codes, resident, session)
    reach = np.maximum(who.reach_km[resident], np.float32(0.1))
    week_from, week_to = world.sessions.week_from[session], world.sessions.week_to[session]
    weeks, size = groups.age_weeks[activity], groups.size[activity]
    free = (groups.cost_cents[activity] == 0) & (who.cost_cents[resident] == 0)
    return [
        *_topics(world, resident, activity),
        ("words", cosine, 0, np.where(cosine > 0.2, cosine, 0)),
        ("near", km, 0, np.where(km <= 0.5 * reach, 0.5 - 0.4 * km / reach, 0)),
        ("came_before", past["attended"], 0, np.minimum(past["attended"], 3)),
        ("said_yes", past["said_yes"], 0, 0.8 * np.minimum(past["said_yes"], 1) * (past["attended"] == 0)),
        ("faces", past["faces"], 0, np.minimum(past["faces"], 2)),
        ("new_group", weeks, 0, np.where(weeks < settings.new_weeks, 0.35, 0)),
        ("small_group", size, 0, np.where((size > 0) & (size <= settings.small_size), 0.3, 0)),
        ("free", 0, 0, np.where(free, 0.4, 0)),
        ("time", week_from, week_to, 0.05),
    ]


def _topics(world: World, resident: I32, activity: I32) -> list[Fact]:
    """The two topics that the person and the activity share most."""
    shared = world.residents.topics[resident] * world.activities.topics[activity]
    facts, line = [], np.arange(len(shared))
    for _ in range(min(2, shared.shape[1])):
        best = shared.argmax(axis=1)
        weight = shared[line, best]
        facts.append(("topic", best, weight, np.where(weight > 0.1, weight, 0)))
        shared[line, best] = -np.inf
    return facts


def _past_of_pairs(world: World, codes: I64, resident: I32, session: I32) -> dict[str, F32]:
    rows = pair_rows(codes, world, resident, session)
    columns = {"attended": world.pairs.attended, "said_yes": world.pairs.said_yes, "faces": world.pairs.faces}
    zero = np.zeros(len(rows), np.float32)
    return {name: np.where(rows >= 0, column[rows], zero) if len(column) else zero for name, column in columns.items()}
