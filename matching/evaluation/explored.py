"""What the dice of a past week could have put into a mail: the lists they drew from, found again from the week's own arrays."""

from __future__ import annotations

import numpy as np
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # comes with scikit-learn, untyped

from matching.allocate.pipeline import allocate
from matching.limits import rules
from matching.score.scorer import Scorer
from matching.world.arrays import F32, F64, I32, I64, World
from matching.world.canonical import canonical
from matching.world.settings import Settings


def lists(world: World, scorer: Scorer, settings: Settings, seed: int, resident: I32) -> tuple[I32, I64]:
    """([k, K] sessions each of these residents' units could have been given, -1 after the last; [k] the unit's first resident).

    Rows are those of the world that was given. A drawn session has the chance 1 / length of the list among its unit's explorers.
    """
    given, order = canonical(world)
    place = np.empty(len(order.residents), np.int32)
    place[order.residents] = np.arange(len(place), dtype=np.int32)
    with threadpool_limits(1, "blas"):
        limits = rules.prepare(given)
        # The whole trade once more: whatever its lists hang on, they are the same again.
        state = allocate(limits, scorer, settings, np.random.default_rng(seed)).state
    session = state.session[:, : settings.candidates]
    unit = limits.units.of[place[resident]]
    places = session[unit]
    first = order.residents[limits.units.members[limits.units.start[unit]]]
    return np.where(places >= 0, order.sessions[places], -1).astype(np.int32), first.astype(np.int64)


def best_of(value: F64, listed: I32, most: int) -> F64:
    """[k, K] the odds with which a policy that mails its `most` best of each list would have taken each of them."""
    there = listed >= 0
    ranked = np.argsort(np.argsort(np.where(there, -value, np.inf), axis=1, kind="stable"), axis=1, kind="stable")
    chosen = there & (ranked < most)
    return np.asarray(chosen / np.maximum(chosen.sum(axis=1, keepdims=True), 1), np.float64)


def chances(world: World, scorer: Scorer, resident: I32, listed: I32) -> tuple[F64, F32]:
    """([k, K] chance that each resident comes to each listed session; [k, K] km). Cells of -1 mean nothing."""
    who = np.repeat(resident, listed.shape[1])
    session = np.maximum(listed, 0).ravel()
    km = rules.distance_km(rules.prepare(world), who, session)
    p = scorer.probability(scorer.pair_logits(world, who, session, km))
    return p.reshape(listed.shape).astype(np.float64), km.reshape(listed.shape)
