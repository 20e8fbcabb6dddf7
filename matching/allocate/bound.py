"""The dual bound: how far from the best possible a week can be at most, over every feasible pair, without any solver."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from matching.allocate.candidates import DATES, RankingWeights
from matching.allocate.dual_prices import EMPTY
from matching.allocate.slates import best_slates
from matching.allocate.state import AllocationState, SlateRules, chunks
from matching.world.arrays import F64, I32, U64, Bool


def bound(state: AllocationState, listed: RankingWeights, price: F64, threads: int = 1) -> float:
    """No week that keeps the hard limits and the rules of a mail is worth more (weak duality).

    The lists must be the best by listed.slope * hazard - listed.price * load out of all pairs, and no `price` below listed.price.
    A concave value lies below each of its tangents, so a unit gets at most the tangent at what it holds, plus the best
    slate by net gain; seats are paid for at their price.
    """
    finite = np.isfinite(state.capacity)
    total = float((price[finite] * state.capacity[finite]).sum())
    if not state.session.shape[1]:
        return total
    with ThreadPoolExecutor(max_workers=threads) as pool:
        return total + sum(pool.map(lambda rows: _most(state, listed, price, rows), chunks(len(state.weight))))


def _most(state: AllocationState, listed: RankingWeights, price: F64, rows: slice) -> float:
    """What these rows may get beyond what they pay."""
    session, hazard, load, weight = state.session[rows], state.hazard[rows], state.load[rows], state.weight[rows]
    slope, here, rules = listed.slope[rows], session >= 0, state.rules
    then = np.where(here, slope[:, None] * hazard - listed.price[session] * load, EMPTY)
    full, last = here[:, -1], last_dates(session, rules)
    # Where a list was made for a flatter value than the unit's own, what it left out is only known there.
    held = (hazard * state.held[rows]).sum(axis=1)
    taken = np.where(full | last.any(axis=1), np.maximum(held, np.log(weight / slope)), held)
    steep = weight * np.exp(-taken)
    then *= np.minimum(steep / slope, 1)[:, None]  # what was left out nets no more than this now: prices rose, the value is flatter
    outside = np.where(full, np.maximum(then.min(axis=1), 0), 0)[:, None]  # any number of such pairs, free of every rule
    net = np.where(here, steep[:, None] * hazard - price.astype(np.float32)[session] * load, EMPTY)
    net = (np.where(last, then, net) - outside).astype(np.float32)
    clash = loosened(state.clash[rows], session, last, rules)
    slates = best_slates(net, clash, state.family[rows], rules, state.held[rows])
    return float((weight - steep - steep * taken + slates.bound + rules.picks_max * outside[:, 0]).sum(dtype=np.float64))


def last_dates(session: I32, rules: SlateRules) -> Bool:
    """[r, K] the last date that a list has room for, of activities that have more: those left out netted no more when it was made."""
    activity = np.where(session >= 0, rules.activity[session], -1)
    several = (np.bincount(rules.activity) > DATES)[activity] & (session >= 0)
    rows = np.flatnonzero(several.sum(axis=1) >= DATES)
    code = activity[rows].astype(np.int64) << 8 | np.arange(session.shape[1])
    code.sort(axis=1)
    line, at = np.nonzero(code[:, DATES - 1 :] >> 8 == code[:, : 1 - DATES] >> 8)
    out = np.zeros(session.shape, bool)
    out[rows[line], code[line, at + DATES - 1] & 255] = True
    return out & several


def loosened(clash: U64, session: I32, last: Bool, rules: SlateRules) -> U64:
    """The same bits [r, K], but a last date, which stands for dates at other hours, only excludes its own activity."""
    line, place = np.nonzero(last)
    activity = rules.activity[session[line]]
    same = (activity == activity[np.arange(len(line)), place][:, None]) & (session[line] >= 0)
    bits = np.uint64(1) << np.arange(session.shape[1], dtype=np.uint64)
    clash = clash.copy()
    np.bitwise_and.at(clash, line, np.where(same, ~np.uint64(0), ~bits[place][:, None]))
    clash[line, place] = (same * bits).sum(axis=1, dtype=np.uint64)
    return clash
