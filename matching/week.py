"""The week: a world, a score and a seed go in; picks with reasons, empty hands with counts, and a report come out."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # comes with scikit-learn, untyped

from matching import allocate, candidates, certificate, pins, reasons, rules
from matching.barriers import barriers
from matching.candidates import Asked, Edges, Scorer, Taste
from matching.canonical import Order, canonical
from matching.chance import Chance, hazard
from matching.companions import Companions, pair_up
from matching.inputs import F32, F64, I16, I32, Bool, World
from matching.market import EXACT, Market, running
from matching.reasons import Reasons
from matching.settings import Settings
from matching.units import per_unit
from matching.worth import worth


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
    first: I32  # [e, 9] sessions that each filter took first, in the order of rules.FILTERS; the last column passed them all
    alone: I32  # [e, 8] sessions that only this filter took


@dataclass(frozen=True, slots=True)
class Week:
    picks: Picks
    empty: Empty
    report: dict[str, Any]  # plain JSON types
    companions: Companions = field(default_factory=Companions)  # for first visits, of people who both asked for company


def match(world: World, scorer: Scorer, settings: Settings, seed: int) -> Week:
    """Match one region for one week. Same inputs and seed: same bytes, in whatever order the rows came."""
    given, order = canonical(world)
    with threadpool_limits(1, "blas"):
        limits = rules.prepare(given)
        weight = np.ones(len(given.residents.key), np.float32)
        market, drawn, bounds = _trade(limits, scorer, settings, weight, np.random.default_rng(seed))
        picks = _picks(limits, settings, market, drawn, order)
        empty = _empty(limits, market, order)
    report = _report(limits, scorer, settings, seed, market, bounds, empty)
    return Week(picks, empty, report, pair_up(world, picks.resident, picks.session, picks.p))


def _trade(limits: rules.Limits, scorer: Scorer, settings: Settings, weight: F32, rng: np.random.Generator) -> tuple[Market, I32, float]:
    sessions = limits.world.sessions
    boost = worth(limits.world, settings)
    whole = per_unit(limits.units, weight)
    dice, luck = rng.random(limits.units.count), rng.random(limits.units.count)
    capacity = sessions.seats.astype(np.float64) * sessions.attend_factor * settings.capacity_factor
    apart = limits.units.of[limits.world.apart]
    taste = Taste(whole, np.zeros(len(sessions.key), np.float32), boost, weight)
    if not limits.units.count or not len(sessions.key):
        nothing = Edges(
            np.zeros((limits.units.count, 0), np.int32),
            np.zeros((limits.units.count, 0), np.float32),
            np.zeros((limits.units.count, 0), np.float32),
        )
        return _market(limits, settings, nothing, taste, whole, capacity), np.full(limits.units.count, -1, np.int32), 0.0
    asked = Asked(limits, barriers(limits), scorer, Chance(scorer.probability), taste)
    edges = candidates.find(asked, keep=settings.candidates, threads=settings.threads)
    drawn = pins.drawn_by_dice(edges, luck, settings.explore_share)
    promised = pins.promised(limits, settings, drawn, dice)
    best = np.inf
    for turn in range(settings.passes):
        market = _market(limits, settings, edges, taste, whole, capacity)
        pins.hold(market, edges, limits, promised)
        allocate.run(market, dice=dice, apart=apart, step=settings.step)
        taken = (market.hazard * market.held).sum(axis=1, dtype=np.float64)
        taste = Taste(certificate.tangent(whole, taken), market.price.astype(np.float32), boost, weight)
        again = candidates.find(replace(asked, taste=taste), keep=settings.candidates, threads=settings.threads)
        best = min(best, certificate.bound(again, taste, taken, whole, capacity, settings.picks_max))
        edges = candidates.united(edges, again) if turn + 1 < settings.passes else edges
    return market, drawn, best


def _market(limits: rules.Limits, settings: Settings, edges: Edges, taste: Taste, whole: F32, capacity: F64) -> Market:
    sessions, activities = limits.world.sessions, limits.world.activities
    return Market(
        session=edges.session,
        hazard=np.where(edges.session >= 0, hazard(edges.p, taste.boost[edges.session]), 0).astype(np.float32),
        load=edges.load,
        weight=whole,
        capacity=capacity,
        activity=sessions.activity,
        family=activities.family[sessions.activity],
        start_min=sessions.start_min,
        end_min=sessions.end_min,
        picks_max=settings.picks_max,
        per_family=settings.per_family,
        held=np.zeros(edges.session.shape, bool),
        closed=edges.load > capacity[edges.session] * (1 - EXACT),
        price=np.zeros(len(sessions.key)),
    )


def _picks(limits: rules.Limits, settings: Settings, market: Market, drawn: I32, order: Order) -> Picks:
    row, place = np.nonzero(market.held)
    session = market.session[row, place]
    by_dice = np.asarray(session == drawn[row])
    line = np.lexsort((session, -market.hazard[row, place], by_dice, row))
    row, place, session, by_dice = row[line], place[line], session[line], by_dice[line]
    rank = (np.arange(len(row)) - np.searchsorted(row, row, side="left") + 1).astype(np.int16)
    x = market.hazard[row, place].astype(np.float64)
    before = running(row, x) - x
    value = market.weight[row] * np.exp(-before) * -np.expm1(-x)
    length = (market.session[:, : settings.candidates] >= 0).sum(axis=1)[row]  # the list that the dice saw
    odds = np.where(by_dice, settings.explore_share / np.maximum(length, 1), 1 - settings.explore_share)
    return _spread(limits, settings, order, row, session, rank, value, odds, by_dice, market.hazard[row, place])


def _spread(limits, settings, order, row, session, rank, value, odds, by_dice, x) -> Picks:  # type: ignore[no-untyped-def]
    """From units to their members."""
    first, size = limits.units.start[row], np.diff(limits.units.start)[row]
    inside = np.arange(int(size.sum())) - np.repeat(np.cumsum(size) - size, size)
    resident = limits.units.members[np.repeat(first, size) + inside]
    pick = np.repeat(np.arange(len(row)), size)
    line = np.lexsort((rank[pick], resident))
    resident, pick = resident[line], pick[line]
    p = -np.expm1(-x / worth(limits.world, settings)[session])
    share = (value / size)[pick]
    told = reasons.explain(limits, settings, resident, session[pick])
    back, theirs = order.residents[resident], order.sessions[session[pick]]
    return Picks(
        back, theirs, rank[pick], p[pick].astype(np.float32), share.astype(np.float32), odds[pick].astype(np.float32), by_dice[pick], told
    )


def _empty(limits: rules.Limits, market: Market, order: Order) -> Empty:
    idle = np.asarray(~market.held.any(axis=1))
    who = np.flatnonzero(idle[limits.units.of]).astype(np.int32)
    first, alone = rules.why_not(limits, who)
    return Empty(order.residents[who], first, alone)


def _report(
    limits: rules.Limits, scorer: Scorer, settings: Settings, seed: int, market: Market, best: float, empty: Empty
) -> dict[str, Any]:
    value = market.value()
    objective = float(value.sum())
    coming = -np.expm1(-(market.hazard * market.held).sum(axis=1, dtype=np.float64))
    low = np.sort(coming)[: max(len(coming) // 10, 1)]
    fed = np.bincount(market.session[market.held], weights=market.load[market.held].astype(np.float64), minlength=len(market.capacity))
    groups = np.bincount(limits.world.sessions.activity, weights=fed, minlength=len(limits.world.activities.key))
    return {
        "rules": rules.VERSION,
        "scorer": scorer.version,
        "snapshot": limits.world.snapshot_hash(),
        "seed": seed,
        "settings": asdict(settings) | {"threads": None},
        "residents": len(limits.world.residents.key),
        "sessions": len(limits.world.sessions.key),
        "invitations": int(market.held.sum()),
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
