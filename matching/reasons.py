"""Why a match was made: short codes with numbers, true by recomputation from the same facts and score terms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from matching.features import pair_codes, pair_rows
from matching.inputs import F32, I16, I32, I64, World
from matching.rules import Limits, distance_km, prepare
from matching.settings import Settings

CODES = ("none", "topic", "words", "near", "came_before", "said_yes", "faces", "new_group", "small_group", "free", "time")
# The two numbers: topic (topic column, weight 0..1), words (cosine, 0), near (km, 0), came_before (visits, 0), said_yes (count, 0),
# faces (people met before, 0), new_group (weeks, 0), small_group (people, 0), free (0, 0), time (first half hour, one past the last).
MOST = 4  # reasons kept with a match
CLOSE = 8_192  # pairs worked on at once


@dataclass(frozen=True, slots=True)
class Reasons:
    """k matches, the strongest reason first, `none` after the last."""

    code: I16  # [k, MOST] position in CODES
    number: F32  # [k, MOST, 2]
    strength: F32  # [k, MOST]


def explain(limits: Limits, settings: Settings, resident: I32, session: I32) -> Reasons:
    """Facts that speak for each pair, ordered by how much they usually matter to people."""
    k = len(resident)
    told = Reasons(np.zeros((k, MOST), np.int16), np.zeros((k, MOST, 2), np.float32), np.zeros((k, MOST), np.float32))
    codes = pair_codes(limits.world)
    for at in range(0, k, CLOSE):
        here = slice(at, at + CLOSE)
        told.code[here], told.number[here], told.strength[here] = _strongest(_facts(limits, settings, codes, resident[here], session[here]))
    return told


def _strongest(facts: list[tuple[str, F32, F32, F32]]) -> tuple[I16, F32, F32]:
    strength = np.concatenate([said for _, _, _, said in facts], axis=1)
    code = np.concatenate([np.full(said.shape, CODES.index(name), np.int16) for name, _, _, said in facts], axis=1)
    number = np.stack([np.concatenate([fact[which] for fact in facts], axis=1) for which in (1, 2)], axis=2)
    order = np.argsort(-strength, axis=1, kind="stable")[:, :MOST]
    line = np.arange(len(order))[:, None]
    strength = strength[line, order]
    true = strength > 0
    return np.where(true, code[line, order], 0).astype(np.int16), number[line, order] * true[:, :, None], strength * true


def recompute(world: World, settings: Settings, resident: I32, session: I32) -> Reasons:
    """The same from nothing but the world; equal to what was stored, for every match."""
    return explain(prepare(world), settings, resident, session)


def _facts(limits: Limits, settings: Settings, codes: I64, resident: I32, session: I32) -> list[tuple[str, F32, F32, F32]]:
    """(code, first number, second number, strength), each [k, how many of this code]."""
    world = limits.world
    who, groups, activity = world.residents, world.activities, world.sessions.activity[session]
    km = distance_km(limits, resident, session)
    cosine = np.einsum("ij,ij->i", who.text[resident], groups.text[activity])
    known = _known(world, codes, resident, session)
    zero = np.zeros(len(resident), np.float32)
    reach = np.maximum(who.reach_km[resident], np.float32(0.1))
    week_from, week_to = world.sessions.week_from[session], world.sessions.week_to[session]
    weeks, size = groups.age_weeks[activity], groups.size[activity]
    free = (groups.cost_cents[activity] == 0) & (who.cost_cents[resident] == 0)
    lines: list[tuple[str, Any, Any, Any]] = [
        ("words", cosine, zero, np.where(cosine > 0.2, cosine, 0)),
        ("near", km, zero, np.where(km <= 0.5 * reach, 0.5 - 0.4 * km / reach, 0)),
        ("came_before", known["attended"], zero, np.minimum(known["attended"], 3)),
        ("said_yes", known["said_yes"], zero, 0.8 * np.minimum(known["said_yes"], 1) * (known["attended"] == 0)),
        ("faces", known["faces"], zero, np.minimum(known["faces"], 2)),
        ("new_group", weeks, zero, np.where(weeks < settings.new_weeks, 0.35, 0)),
        ("small_group", size, zero, np.where((size > 0) & (size <= settings.small_size), 0.3, 0)),
        ("free", zero, zero, np.where(free, 0.4, 0)),
        ("time", week_from, week_to, np.full(len(resident), 0.05, np.float32)),
    ]
    return [*_topics(world, resident, activity), *((n, _column(a), _column(b), _column(s)) for n, a, b, s in lines)]


def _column(values: np.ndarray) -> F32:
    return values.astype(np.float32)[:, None]


def _topics(world: World, resident: I32, activity: I32) -> list[tuple[str, F32, F32, F32]]:
    """The two topics that the person and the activity share most."""
    shared = world.residents.topics[resident] * world.activities.topics[activity]
    found, line = [], np.arange(len(shared))
    for _ in range(min(2, shared.shape[1])):
        best = shared.argmax(axis=1)
        weight = shared[line, best]
        found.append(("topic", _column(best), _column(weight), _column(np.where(weight > 0.1, weight, 0))))
        shared[line, best] = -np.inf
    return found


def _known(world: World, codes: I64, resident: I32, session: I32) -> dict[str, F32]:
    rows = pair_rows(codes, world, resident, session)
    columns = {"attended": world.pairs.attended, "said_yes": world.pairs.said_yes, "faces": world.pairs.faces}
    zero = np.zeros(len(rows), np.float32)
    return {name: np.where(rows >= 0, column[rows], zero) if len(column) else zero for name, column in columns.items()}
