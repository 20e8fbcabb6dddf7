"""From limits and a score to an allocation: prices from a sample, lists at those prices, an auction, and its bound."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from matching.allocate import auction, bound, candidates, dual_prices, improve, reservations
from matching.allocate.candidates import CandidateQuery, RankingWeights
from matching.allocate.dual_prices import DualPrices
from matching.allocate.state import WIDEST, AllocationState, SlateRules, open_state
from matching.limits.constraint_bits import constraint_bits
from matching.limits.rules import Limits
from matching.score.calibration import Calibration
from matching.score.protocol import PairScorer
from matching.score.session_value import session_values
from matching.world.arrays import F64, I32
from matching.world.settings import Settings

SAMPLE = 4  # units for each session that prices are first learned from
# Steps of the prices: on the sample's lists, on its lists made anew, and on all lists.
SAMPLE_STEPS = np.geomspace(1, 0.2, 10), np.geomspace(0.3, 0.02, 10)
STEPS = np.geomspace(0.2, 0.02, 12)
ENOUGH = 200_000  # lists: more of them cost memory and tell nothing new
LITTLE = 0.1  # lists are made as if everybody held as little as this part of the sample: the bound wants them steep
BELOW = 0.03  # and at prices this much lower, in expected visits per seat: the bound's may not be lower still
SHADE = 0.1  # the auction begins this part below: raising is its way to settle what prices alone leave open


@dataclass(frozen=True, slots=True)
class Allocation:
    state: AllocationState
    drawn: I32  # [u] session that dice put into a mail, or -1
    bound: float  # no week can be worth more


def allocate(limits: Limits, scorer: PairScorer, settings: Settings, rng: np.random.Generator) -> Allocation:
    """One region's week; deterministic for a generator's state, with any number of threads."""
    units, dates, rules = limits.units, limits.world.sessions, slate_rules(limits, settings)
    weight = np.diff(units.start).astype(np.float32)
    dice, luck = rng.random(units.count), rng.random(units.count)
    capacity = dates.seats.astype(np.float64) * dates.attend_factor * settings.capacity_factor
    if not units.count or not len(dates.key):
        return Allocation(open_state(rules, candidates.no_pairs(units.count, 0), weight, capacity), np.full(units.count, -1, np.int32), 0.0)
    ranking = RankingWeights(weight, np.zeros(len(dates.key), np.float32), session_values(limits.world, settings))
    query = CandidateQuery(limits, constraint_bits(limits), scorer, Calibration(scorer.probability), ranking)
    first = _from_a_sample(query, rules, settings, capacity)
    slope = (weight * np.exp(-np.quantile(first.taken, LITTLE))).astype(np.float32)
    listed = replace(ranking, slope=slope, price=np.maximum(first.price - BELOW, 0).astype(np.float32))
    pairs = candidates.find(replace(query, ranking=listed), keep=settings.candidates, threads=settings.threads)
    state = open_state(rules, pairs, weight, capacity)
    state.price[:] = first.price
    drawn = reservations.drawn_by_dice(pairs.session, luck, settings.explore_share)
    reservations.reserve(state, limits, settings, drawn, dice)
    price = settle_all(state, first.price, listed.price.astype(np.float64), settings)
    fill(state, price, dice=dice, apart=units.of[limits.world.apart], settings=settings)
    return Allocation(state, drawn, bound.bound(state, listed, price, settings.threads))


def _from_a_sample(query: CandidateQuery, rules: SlateRules, settings: Settings, capacity: F64) -> DualPrices:
    """Prices at which a sample would fill its share of the seats; every n-th unit by key, which says nothing about the person.

    Its lists are made anew at the prices that they led to: what was cheap is asked for once everything else is dear. `taken` is
    that of the units which may go anywhere.
    """
    count = query.limits.units.count
    units = np.arange(0, count, max(count // (SAMPLE * len(capacity)), 1), dtype=np.int32)
    settled = DualPrices(np.zeros(len(capacity)), np.zeros(len(units)))
    for steps in SAMPLE_STEPS:
        slope = query.ranking.slope * np.float32(np.exp(-np.median(settled.taken)))
        ranking = replace(query.ranking, slope=slope, price=settled.price.astype(np.float32))
        pairs = candidates.find(replace(query, ranking=ranking), keep=WIDEST, threads=settings.threads, units=units)
        state = open_state(rules, pairs, query.ranking.slope[units], capacity * (len(units) / count))
        settled = dual_prices.settle(state, settled, steps=steps, threads=settings.threads)
    anywhere = state.session[:, 0] >= 0
    return DualPrices(settled.price, settled.taken[anywhere] if anywhere.any() else np.zeros(1))


def settle_all(state: AllocationState, price: F64, floor: F64 | float, settings: Settings) -> F64:
    """[m] prices for these lists, none below `floor`."""
    some = state.every(-(-len(state.weight) // ENOUGH))
    start = DualPrices(price, np.zeros(len(some.weight)))
    return dual_prices.settle(some, start, steps=STEPS, floor=floor, threads=settings.threads).price


def fill(state: AllocationState, price: F64, *, dice: F64, apart: I32, settings: Settings) -> None:
    """Give out the seats that are left, beginning near these prices; what is held already stays. dice, apart: as in auction.run."""
    reserved = np.packbits(state.held, axis=1)
    state.price[:] = (1 - SHADE) * price
    auction.run(state, dice=dice, apart=apart, step=settings.step, threads=settings.threads)
    improve.improve(state, reserved, dice=dice, apart=apart, threads=settings.threads)


def slate_rules(limits: Limits, settings: Settings) -> SlateRules:
    dates, groups = limits.world.sessions, limits.world.activities
    family = groups.family[dates.activity]
    return SlateRules(settings.picks_max, settings.per_family, dates.activity, family, dates.start_min, dates.end_min)
