"""The week: a world, a score and a seed go in; picks with reasons, empty hands with counts, and a report come out."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

import numpy as np
from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]  # comes with scikit-learn, untyped

from matching import reasons
from matching.allocate.pipeline import allocate
from matching.allocate.state import AllocationState, running_sums
from matching.limits import rules
from matching.reasons import Reasons
from matching.score.protocol import PairScorer
from matching.score.session_value import session_values
from matching.world.arrays import F32, I16, I32, Bool, World
from matching.world.canonical import Order, canonical
from matching.world.settings import Settings


@dataclass(frozen=True, slots=True)
class Picks:
    """k rows, by resident key and then rank; row numbers are those of the world that was given."""

    resident: I32
    session: I32
    rank: I16  # 1 is the first in the mail
    p: F32  # chance of coming if invited
    value: F32  # what this pick adds to the objective where it stands, last to first
    propensity: F32  # with which the dice left or put this session here
    drawn: Bool  # by dice
    reasons: Reasons


@dataclass(frozen=True, slots=True)
class Empty:
    """Residents who get nothing, by key."""

    resident: I32  # [e]
    first: I32  # [e, 10] sessions that each filter took first, in the order of rules.FILTERS; the last column passed them all
    alone: I32  # [e, 9] sessions that only this filter took


@dataclass(frozen=True, slots=True)
class Week:
    picks: Picks
    empty: Empty
    report: dict[str, Any]  # plain JSON types


def match(world: World, scorer: PairScorer, settings: Settings, seed: int) -> Week:
    """Match one region for one week. Same inputs and seed: same bytes, in whatever order the rows came."""
    given, order = canonical(world)
    with _blas().limit(limits=1, user_api="blas"):
        limits = rules.prepare(given)
        allocation = allocate(limits, scorer, settings, np.random.default_rng(seed))
        picks = _picks(limits, settings, allocation.state, allocation.drawn, order)
        empty = _empty(limits, allocation.state, order)
    report = _report(limits, scorer, settings, seed, allocation.state, allocation.bound, empty)
    return Week(picks, empty, report)


@cache
def _blas() -> ThreadpoolController:
    """Found once: looking for libraries takes a tenth of the time of a week of few people."""
    return ThreadpoolController()


def _picks(limits: rules.Limits, settings: Settings, state: AllocationState, drawn: I32, order: Order) -> Picks:
    row, place = np.nonzero(state.held)
    session = state.session[row, place]
    by_dice = np.asarray(session == drawn[row])
    line = np.lexsort((session, -state.hazard[row, place], by_dice, row))
    row, place, session, by_dice = row[line], place[line], session[line], by_dice[line]
    rank = (np.arange(len(row)) - np.searchsorted(row, row, side="left") + 1).astype(np.int16)
    x = state.hazard[row, place].astype(np.float64)
    before = running_sums(row, x) - x
    value = state.weight[row] * np.exp(-before) * -np.expm1(-x)
    length = (state.session[:, : settings.candidates] >= 0).sum(axis=1)[row]  # the list that the dice saw
    odds = np.where(by_dice, settings.explore_share / np.maximum(length, 1), 1 - settings.explore_share)
    return _spread(limits, settings, order, row, session, rank, value, odds, by_dice, state.hazard[row, place])


def _spread(limits, settings, order, row, session, rank, value, odds, by_dice, x) -> Picks:  # type: ignore[no-untyped-def]
    """From units to their members."""
    first, size = limits.units.start[row], np.diff(limits.units.start)[row]
    inside = np.arange(int(size.sum())) - np.repeat(np.cumsum(size) - size, size)
    resident = limits.units.members[np.repeat(first, size) + inside]
    pick = np.repeat(np.arange(len(row)), size)
    line = np.lexsort((rank[pick], resident))
    resident, pick = resident[line], pick[line]
    p = -np.expm1(-x / session_values(limits.world, settings)[session])
    share = (value / size)[pick]
    reasons_of_picks = reasons.explain(limits, settings, resident, session[pick])
    back, theirs = order.residents[resident], order.sessions[session[pick]]
    return Picks(
        back,
        theirs,
        rank[pick],
        p[pick].astype(np.float32),
        share.astype(np.float32),
        odds[pick].astype(np.float32),
        by_dice[pick],
        reasons_of_picks,
    )


def _empty(limits: rules.Limits, state: AllocationState, order: Order) -> Empty:
    idle = np.asarray(~state.held.any(axis=1))
    who = np.flatnonzero(idle[limits.units.of]).astype(np.int32)
    first, alone = rules.why_not(limits, who)
    return Empty(order.residents[who], first, alone)


def _report(
    limits: rules.Limits, scorer: PairScorer, settings: Settings, seed: int, state: AllocationState, best: float, empty: Empty
) -> dict[str, Any]:
    value = state.value()
    objective = float(value.sum())
    coming = -np.expm1(-(state.hazard * state.held).sum(axis=1, dtype=np.float64))
    low = np.sort(coming)[: max(len(coming) // 10, 1)]
    fed = np.bincount(state.session[state.held], weights=state.load[state.held].astype(np.float64), minlength=len(state.capacity))
    groups = np.bincount(limits.world.sessions.activity, weights=fed, minlength=len(limits.world.activities.key))
    return {
        "rules": rules.VERSION,
        "scorer": scorer.version,
        "snapshot": limits.world.snapshot_hash(),
        "seed": seed,
        "settings": asdict(settings) | {"threads": None},
        "residents": len(limits.world.residents.key),
        "sessions": len(limits.world.sessions.key),
        "invitations": int(state.held.sum()),
        "objective": objective,
        "bound": best,
        "certified_gap": max(best - objective, 0.0) / best if best > 0 else 0.0,
        "worst_tenth": float(low.mean()) if len(low) else 0.0,
        "exposure": {str(int(key)): round(float(seats), 6) for key, seats in zip(limits.world.activities.key, groups, strict=True)},
        "empty": len(empty.resident),
        "credits": _credits(limits, empty),
        "filters": dict(zip((*rules.FILTERS, "passed"), empty.first.sum(axis=0).tolist(), strict=True)),
    }


def _credits(limits: rules.Limits, empty: Empty) -> int:
    """How many empty hands had a feasible session: they are owed one next week."""
    return int((empty.first[:, -1] > 0).sum())
