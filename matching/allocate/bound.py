"""How far from the best possible a week can be at most, over every feasible pair, without any solver; and the prices that say so best."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from matching.allocate.candidates import DATES, CandidatePairs, RankingWeights
from matching.allocate.slates import best_sets
from matching.allocate.state import AllocationState, SlateRules, chunks
from matching.world.arrays import F64, I32, I64, U64, Bool

NONE = np.float32(-1)  # net gain of an empty place
LOOKS = 10
STEP = 0.2  # of the part by which demand and seats differ, in expected visits per seat; less from look to look
SLOWER = 2  # looks after which a step is half as long
MEMORY = 0.7  # of the direction of the look before: single answers swing
TINY = 1e-9  # seats
BRIEF = 6  # rounds of branching, where only the direction counts


def settle_exactly(market: AllocationState, price: F64, taken: F64, floor: F64, each: int = 1, threads: int = 1) -> F64:
    """[m] prices from `floor` on, begun at `price`, at which the bound over every `each`-th of these lists is the least seen.

    Subgradient steps, each with everybody's exact best mail: smoothed prices (prices.py) take no notice of dates that overlap, nor
    of a family that a mail has enough of, and so ask too much. taken: [r] hazards that those rows are likely to hold. Same result
    with any number of threads.
    """
    finite = np.isfinite(market.capacity)
    seats = np.where(finite, market.capacity / each, 0)
    price = np.maximum(price, floor)
    best, least, way = price, np.inf, np.zeros(len(price))
    answers = _Answers(market, np.arange(0, len(market.weight), each), taken, threads)
    for look in range(LOOKS if price.any() else 0):
        more, demand = answers(price)
        if float(price @ seats) + more < least:
            best, least = price, float(price @ seats) + more
        short = np.where(finite, (demand - seats) / np.maximum(np.maximum(demand, seats), TINY), 0)
        way = MEMORY * way + (1 - MEMORY) * short
        price = np.maximum(price + STEP / (1 + look / SLOWER) * way, floor)
    answers.close()
    return best


class _Answers:
    """Everybody's best mail at prices; remembers from look to look what each row chose, and about how much of it it takes."""

    def __init__(self, market: AllocationState, rows: I64, taken: F64, threads: int) -> None:
        self.market, self.rows, self.taken = market, rows, taken.copy()
        self.chosen = np.zeros((len(rows), market.session.shape[1]), bool)
        self.pool = ThreadPoolExecutor(max_workers=threads)

    def __call__(self, price: F64) -> tuple[float, F64]:
        """(what all may get beyond what they pay, [m] expected seats that they ask for)."""
        more, demand = 0.0, np.zeros(len(price))
        for net, asked in self.pool.map(lambda part: self._look(part, price), chunks(len(self.rows))):
            more += net
            demand += asked
        return more, demand

    def close(self) -> None:
        self.pool.shutdown()

    def _look(self, part: slice, price: F64) -> tuple[float, F64]:
        market, at, taken = self.market, self.rows[part], self.taken[part].copy()
        session, hazard, load, weight = market.session[at], market.hazard[at], market.load[at], market.weight[at]
        steep = weight * np.exp(-taken)
        net = np.where(session >= 0, steep[:, None] * hazard - price[session] * load, NONE).astype(np.float32)
        mails = market.mails
        sets = best_sets(net, market.clash[at], market.family[at], mails.picks_max, mails.per_family, self.chosen[part], BRIEF)
        self.chosen[part] = sets.chosen
        self.taken[part] += (1 - MEMORY) * ((hazard * sets.chosen).sum(axis=1) - taken)
        asked = np.asarray(np.bincount(session[sets.chosen], load[sets.chosen], len(price)), np.float64)
        return float((weight - steep - steep * taken + sets.bound).sum(dtype=np.float64)), asked


def bound(edges: CandidatePairs, listed: RankingWeights, price: F64, market: AllocationState, threads: int = 1) -> float:
    """No week that keeps the hard limits and the rules of a mail is worth more (weak duality).

    `edges` must be the best by listed.slope * hazard - listed.price * load out of all pairs, and no `price` below listed.price.
    A concave value lies below each of its tangents, so a unit gets at most the tangent at what it holds, plus the best set of a
    mail by net gain; seats are paid for at their price.
    """
    finite = np.isfinite(market.capacity)
    total = float((price[finite] * market.capacity[finite]).sum())
    if not edges.session.shape[1]:
        return total
    with ThreadPoolExecutor(max_workers=threads) as pool:
        return total + sum(pool.map(lambda rows: _most(edges, listed, price, market, rows), chunks(len(market.weight))))


def _most(edges: CandidatePairs, listed: RankingWeights, price: F64, market: AllocationState, rows: slice) -> float:
    """What these rows may get beyond what they pay."""
    session, hazard, load, weight = edges.session[rows], market.hazard[rows], edges.load[rows], market.weight[rows]
    slope, here, mails = listed.slope[rows], session >= 0, market.mails
    then = np.where(here, slope[:, None] * hazard - listed.price[session] * load, NONE)
    full, last = here[:, -1], last_dates(session, mails)
    # Where a list was made for a flatter value than the unit's own, what it left out is only known there.
    held = (hazard * market.held[rows]).sum(axis=1)
    taken = np.where(full | last.any(axis=1), np.maximum(held, np.log(weight / slope)), held)
    steep = weight * np.exp(-taken)
    then *= np.minimum(steep / slope, 1)[:, None]  # what was left out nets no more than this now: prices rose, the value is flatter
    outside = np.where(full, np.maximum(then.min(axis=1), 0), 0)[:, None]  # any number of such pairs, free of every rule
    net = np.where(here, steep[:, None] * hazard - price.astype(np.float32)[session] * load, NONE)
    net = (np.where(last, then, net) - outside).astype(np.float32)
    clash = loosened(market.clash[rows], session, last, mails)
    sets = best_sets(net, clash, market.family[rows], mails.picks_max, mails.per_family, market.held[rows])
    return float((weight - steep - steep * taken + sets.bound + mails.picks_max * outside[:, 0]).sum(dtype=np.float64))


def last_dates(session: I32, mails: SlateRules) -> Bool:
    """[r, K] the last date that a list has room for, of activities that have more: those left out netted no more when it was made."""
    activity = np.where(session >= 0, mails.activity[session], -1)
    several = (np.bincount(mails.activity) > DATES)[activity] & (session >= 0)
    rows = np.flatnonzero(several.sum(axis=1) >= DATES)
    code = activity[rows].astype(np.int64) << 8 | np.arange(session.shape[1])
    code.sort(axis=1)
    line, at = np.nonzero(code[:, DATES - 1 :] >> 8 == code[:, : 1 - DATES] >> 8)
    out = np.zeros(session.shape, bool)
    out[rows[line], code[line, at + DATES - 1] & 255] = True
    return out & several


def loosened(clash: U64, session: I32, last: Bool, mails: SlateRules) -> U64:
    """The same bits [r, K], but a last date, which stands for dates at other hours, only excludes its own activity."""
    line, place = np.nonzero(last)
    activity = mails.activity[session[line]]
    same = (activity == activity[np.arange(len(line)), place][:, None]) & (session[line] >= 0)
    bits = np.uint64(1) << np.arange(session.shape[1], dtype=np.uint64)
    clash = clash.copy()
    np.bitwise_and.at(clash, line, np.where(same, ~np.uint64(0), ~bits[place][:, None]))
    clash[line, place] = (same * bits).sum(axis=1, dtype=np.uint64)
    return clash
