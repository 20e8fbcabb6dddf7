"""From limits and a score to who is invited where: prices from a sample, lists at those prices, an auction, and its certificate."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from matching import allocate, candidates, certificate, pins, prices
from matching.barriers import barriers
from matching.candidates import Asked, Edges, Scorer, Taste
from matching.chance import Chance, hazard
from matching.inputs import F32, F64, I32
from matching.market import EXACT, Market, clashes
from matching.prices import Prices
from matching.rules import Limits
from matching.settings import Settings
from matching.units import per_unit
from matching.worth import worth

SAMPLE = 1_500_000  # cells that prices are first learned from: enough for each session to be asked for by many
COOLING = np.concatenate((prices.cooling(0.2, 0.02, 30), prices.cooling(0.02, 0.01, 15)))  # from no idea of the prices
AGAIN = np.full(12, 0.02)  # from prices that are nearly right
LITTLE = 0.1  # lists are made as if everybody held as little as this part of the sample: the certificate wants them steep
SHADE = 0.1  # the auction begins this part below: raising is its way to settle what prices alone leave open


@dataclass(frozen=True, slots=True)
class Traded:
    market: Market
    drawn: I32  # [u] session that dice put into a mail, or -1
    bound: float  # no week can be worth more


def trade(limits: Limits, scorer: Scorer, settings: Settings, rng: np.random.Generator) -> Traded:
    """One region's week; deterministic for a generator's state, with any number of threads."""
    units, people = limits.units, limits.world.residents
    weight = np.ones(len(people.key), np.float32)
    whole = per_unit(units, weight)
    dice, luck = rng.random(units.count), rng.random(units.count)
    dates = limits.world.sessions
    capacity = dates.seats.astype(np.float64) * dates.attend_factor * settings.capacity_factor
    if not units.count or not len(dates.key):
        nothing = candidates.nothing(units.count, 0)
        return Traded(_market(limits, settings, nothing, nothing.load, whole, capacity), np.full(units.count, -1, np.int32), 0.0)
    taste = Taste(whole, np.zeros(len(dates.key), np.float32), worth(limits.world, settings), weight)
    asked = Asked(limits, barriers(limits), scorer, Chance(scorer.probability), taste)
    first = _from_a_sample(asked, settings, capacity)
    slope = (whole * np.exp(-np.quantile(first.taken, LITTLE))).astype(np.float32)
    edges = candidates.find(
        replace(asked, taste=replace(taste, slope=slope, price=first.price.astype(np.float32))),
        keep=settings.candidates,
        threads=settings.threads,
    )
    x = np.where(edges.session >= 0, hazard(edges.p, taste.boost[edges.session]), 0).astype(np.float32)
    market = _market(limits, settings, edges, x, whole, capacity)
    drawn = pins.drawn_by_dice(edges, luck, settings.explore_share)
    market.held |= pins.pinned(edges, drawn, per_unit(units, people.credit), capacity, dice) & ~market.closed
    market.price[:] = (1 - SHADE) * _again(limits, market, first.price, settings).price
    allocate.run(market, dice=dice, apart=units.of[limits.world.apart], step=settings.step)
    return Traded(market, drawn, certificate.bound(edges, slope, first.price, market, _mails(limits, settings)))


def _from_a_sample(asked: Asked, settings: Settings, capacity: F64) -> Prices:
    """Prices at which a sample would fill its share of the seats; every n-th unit by key, which says nothing about the person."""
    count = asked.limits.units.count
    probe = np.arange(0, count, max(count // 500, 1), dtype=np.int32)
    per_unit_cells = max(len(candidates.sampled(asked, probe, settings.threads)[0].session) / len(probe), 1)
    units = np.arange(0, count, max(int(count * per_unit_cells / SAMPLE), 1), dtype=np.int32)
    cells, rows = candidates.sampled(asked, units, settings.threads)
    begin = Prices(np.zeros(len(capacity)), np.zeros(len(rows), np.float32))
    found = prices.settle(cells, capacity * (len(units) / count), settings.picks_max, begin, COOLING, settings.threads)
    return found if len(rows) else Prices(begin.price, np.zeros(1, np.float32))


def _again(limits: Limits, market: Market, price: F64, settings: Settings) -> Prices:
    """The same for everybody, over their lists."""
    cells, _ = prices.listed(market.session, limits.world.sessions.activity, market.hazard, market.load, market.weight)
    begin = Prices(price, np.zeros(len(cells.weight), np.float32))
    return prices.settle(cells, market.capacity, settings.picks_max, begin, AGAIN, settings.threads)


def _mails(limits: Limits, settings: Settings) -> certificate.Mails:
    dates, groups = limits.world.sessions, limits.world.activities
    family = groups.family[dates.activity]
    return certificate.Mails(settings.picks_max, settings.per_family, dates.activity, family, dates.start_min, dates.end_min)


def _market(limits: Limits, settings: Settings, edges: Edges, x: F32, whole: F32, capacity: F64) -> Market:
    family = limits.world.activities.family[limits.world.sessions.activity]
    none = edges.session < 0
    return Market(
        session=edges.session,
        hazard=x,
        load=edges.load,
        clash=clashes(limits.world, edges.session),
        family=np.where(none, -1, family[edges.session]) if len(family) else edges.session,
        weight=whole,
        capacity=capacity,
        picks_max=settings.picks_max,
        per_family=settings.per_family,
        held=np.zeros(edges.session.shape, bool),
        closed=none | (edges.load > capacity[edges.session] * (1 - EXACT)) if len(capacity) else none,
        price=np.zeros(len(capacity)),
    )
