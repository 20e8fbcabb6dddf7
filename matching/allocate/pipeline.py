"""From limits and a score to who is invited where: prices from a sample, lists at those prices, an auction, and its certificate."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from matching.allocate import auction, bound, candidates, dual_prices, improve, reservations
from matching.allocate.candidates import CandidateQuery, RankingWeights
from matching.allocate.dual_prices import DualPrices
from matching.allocate.state import AllocationState, SlateRules, open_state
from matching.limits.constraint_bits import constraint_bits
from matching.limits.rules import Limits
from matching.score.calibration import Calibration, hazard
from matching.score.protocol import PairScorer
from matching.score.session_value import session_values
from matching.world.arrays import F64, I32, I64
from matching.world.settings import Settings

SAMPLE = 1000  # cells for each session that prices are first learned from
COOLING = dual_prices.cooling(0.2, 0.01, 28)  # from no idea of the prices
AGAIN = np.concatenate((np.full(8, 0.03), dual_prices.cooling(0.03, 0.005, 16)))  # from prices that are nearly right
ENOUGH = 200_000  # lists: more of them cost memory and tell nothing new
LITTLE = 0.1  # lists are made as if everybody held as little as this part of the sample: the certificate wants them steep
BELOW = 0.03  # and at prices this much lower, in expected visits per seat: the certificate's may not be lower still
SHADE = 0.1  # the auction begins this part below: raising is its way to settle what prices alone leave open


@dataclass(frozen=True, slots=True)
class Allocation:
    market: AllocationState
    drawn: I32  # [u] session that dice put into a mail, or -1
    bound: float  # no week can be worth more


def allocate(limits: Limits, scorer: PairScorer, settings: Settings, rng: np.random.Generator) -> Allocation:
    """One region's week; deterministic for a generator's state, with any number of threads."""
    units = limits.units
    whole = np.diff(units.start).astype(np.float32)  # people
    dice, luck = rng.random(units.count), rng.random(units.count)
    dates, mails = limits.world.sessions, _mails(limits, settings)
    capacity = dates.seats.astype(np.float64) * dates.attend_factor * settings.capacity_factor
    if not units.count or not len(dates.key):
        nothing = candidates.no_pairs(units.count, 0)
        market = open_state(mails, nothing.session, nothing.load, nothing.load, whole, capacity)
        return Allocation(market, np.full(units.count, -1, np.int32), 0.0)
    taste = RankingWeights(whole, np.zeros(len(dates.key), np.float32), session_values(limits.world, settings))
    asked = CandidateQuery(limits, constraint_bits(limits), scorer, Calibration(scorer.probability), taste)
    first = _from_a_sample(asked, settings, capacity)
    slope = (whole * np.exp(-np.quantile(first.taken, LITTLE))).astype(np.float32)
    listed = replace(taste, slope=slope, price=np.maximum(first.price - BELOW, 0).astype(np.float32))
    edges = candidates.find(replace(asked, taste=listed), keep=settings.candidates, threads=settings.threads)
    x = np.where(edges.session >= 0, hazard(edges.p, taste.boost[edges.session]), 0).astype(np.float32)
    edges = replace(edges, p=x[:0])  # hazards say the same: a large town's memory
    market = open_state(mails, edges.session, x, edges.load, whole, capacity)
    market.price[:] = first.price
    drawn = reservations.drawn_by_dice(edges, luck, settings.explore_share)
    reservations.reserve(market, edges, limits, reservations.due(limits, settings, drawn, dice))
    price = settled(market, first.price, listed.price.astype(np.float64), settings)
    fill(market, price, dice=dice, apart=units.of[limits.world.apart], settings=settings)
    return Allocation(market, drawn, bound.bound(edges, listed, price, market, settings.threads))


def _from_a_sample(asked: CandidateQuery, settings: Settings, capacity: F64) -> DualPrices:
    """Prices at which a sample would fill its share of the seats; every n-th unit by key, which says nothing about the person."""
    count = asked.limits.units.count
    probe = np.arange(0, count, max(count // 500, 1), dtype=np.int32)
    per_unit_cells = max(len(candidates.sampled(asked, probe, settings.threads)[0].session) / len(probe), 1)
    units = np.arange(0, count, max(int(count * per_unit_cells / (SAMPLE * len(capacity))), 1), dtype=np.int32)
    cells, rows = candidates.sampled(asked, units, settings.threads)
    begin = DualPrices(np.zeros(len(capacity)), np.zeros(len(rows), np.float32))
    found = dual_prices.settle(cells, capacity * (len(units) / count), settings.picks_max, begin, COOLING, settings.threads)
    return found if len(rows) else DualPrices(begin.price, np.zeros(1, np.float32))


def settled(market: AllocationState, price: F64, floor: F64, settings: Settings) -> F64:
    """[m] prices for these lists, none below `floor`, by everybody's exact best mail in the end."""
    each = -(-len(market.weight) // ENOUGH)
    found, rows = again(market, price, each, settings)
    taken = np.zeros(len(market.weight[::each]))
    taken[rows] = found.taken
    return bound.settle_exactly(market, found.price, taken, floor, each, settings.threads)


def again(market: AllocationState, price: F64, each: int, settings: Settings) -> tuple[DualPrices, I64]:
    """The same over lists, every `each`-th of them; and the rows of those that have any candidate."""
    some = slice(None, None, each)
    cells, rows = dual_prices.listed(
        market.session[some], market.mails.activity, market.hazard[some], market.load[some], market.weight[some]
    )
    begin = DualPrices(price, np.zeros(len(cells.weight), np.float32))
    return dual_prices.settle(cells, market.capacity / each, settings.picks_max, begin, AGAIN, settings.threads), rows


def fill(market: AllocationState, price: F64, *, dice: F64, apart: I32, settings: Settings) -> None:
    """Give out the seats that are left, beginning near these prices; what is held already stays. dice, apart: as in auction.run."""
    promised = improve.held_bits(market)
    market.price[:] = (1 - SHADE) * price
    auction.run(market, dice=dice, apart=apart, step=settings.step)
    improve.improve(market, promised, dice=dice, apart=apart, threads=settings.threads)


def _mails(limits: Limits, settings: Settings) -> SlateRules:
    dates, groups = limits.world.sessions, limits.world.activities
    family = groups.family[dates.activity]
    return SlateRules(settings.picks_max, settings.per_family, dates.activity, family, dates.start_min, dates.end_min)
