"""Prices, the auction and the certificate, held against solvers and against every possible choice."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ortools.graph.python import min_cost_flow
from scipy.optimize import linprog

from matching.allocate import auction, bound, candidates, dual_prices, improve, pipeline, slates
from matching.allocate.dual_prices import DualPrices
from matching.allocate.state import EXACT, AllocationState, CandidatePairs, SlateRules, clashes, open_state
from matching.limits import rules
from matching.world.canonical import canonical
from matching.world.settings import Settings
from tests.matching.worlds import PlainScore, a_world

seeds = st.integers(0, 2**32 - 1)
PICKS = 5


def a_market(seed: int, rows: int = 400, sessions: int = 40, width: int = 20, factor: float = 1.0) -> AllocationState:
    """Plain seats: every invitation takes one, values are nearly linear, nothing excludes anything."""
    rng = np.random.default_rng(seed)
    session = np.argsort(rng.random((rows, sessions)), axis=1)[:, :width].astype(np.int32)
    liked = rng.random(sessions) ** 2
    value = (rng.random((rows, width)) * (0.3 + liked[session])).astype(np.float32)
    room = np.maximum(np.round(rng.dirichlet(np.full(sessions, 3.0)) * rows * PICKS * factor), 1).astype(np.float64)
    numbers, night = np.arange(sessions, dtype=np.int32), np.arange(sessions, dtype=np.int64) * 60
    mails = SlateRules(PICKS, PICKS, numbers, numbers, night, night + 60)
    seats = np.ones(session.shape, np.float32)
    return open_state(mails, CandidatePairs(session, value * np.float32(1e-4), seats), np.ones(rows, np.float32), room + 0.5)


def settled(market: AllocationState, threads: int = 1) -> DualPrices:
    start = DualPrices(np.zeros(len(market.capacity)), np.zeros(len(market.weight)))
    return dual_prices.settle(market, start, steps=np.geomspace(0.5, 0.002, 60), threads=threads)


def best_flow(market: AllocationState) -> float:
    """The most that whole picks can be worth, by a solver of minimum cost flows."""
    solver = min_cost_flow.SimpleMinCostFlow()
    rows, sessions = len(market.weight), len(market.capacity)
    source, sink, scale = rows + sessions, rows + sessions + 1, 1e9
    for row in range(rows):
        solver.add_arc_with_capacity_and_unit_cost(source, row, PICKS, 0)
        for place, session in enumerate(market.session[row]):
            solver.add_arc_with_capacity_and_unit_cost(row, rows + int(session), 1, -round(float(market.hazard[row, place]) * scale))
    for session, room in enumerate(market.capacity):
        solver.add_arc_with_capacity_and_unit_cost(rows + session, sink, int(room), 0)
    solver.add_arc_with_capacity_and_unit_cost(source, sink, rows * PICKS, 0)
    solver.set_node_supply(source, rows * PICKS)
    solver.set_node_supply(sink, -rows * PICKS)
    assert solver.solve() == solver.OPTIMAL
    return float(-solver.optimal_cost() / scale)


@settings(max_examples=8, deadline=None)
@given(seeds, st.sampled_from([0.6, 1.0, 3.0]))
def test_the_auction_comes_as_close_as_a_solver_of_flows_can_tell(seed: int, factor: float) -> None:
    market = a_market(seed, factor=factor)
    market.price[:] = (1 - pipeline.SHADE) * settled(market).price
    rng = np.random.default_rng(seed)
    auction.run(market, dice=rng.random(len(market.weight)), apart=np.zeros((0, 2), np.int32), step=1e-7)
    used = np.bincount(market.session[market.held], minlength=len(market.capacity))
    assert (used <= market.capacity).all()
    assert market.value().sum() >= 0.998 * best_flow(market)


def a_week(seed: int, rows: int = 60, sessions: int = 18, width: int = 9) -> AllocationState:
    """Few seats in expectation, mails with clashes and families, values that bend, some seats promised before anybody bids."""
    rng = np.random.default_rng(seed)
    activity = rng.integers(0, 12, sessions).astype(np.int32)
    start = rng.integers(0, 40, sessions)
    family = rng.integers(0, 4, 12).astype(np.int32)[activity]
    mails = SlateRules(3, 1, activity, family, start, start + rng.integers(1, 12, sessions))
    session = np.argsort(rng.random((rows, sessions)), axis=1)[:, :width].astype(np.int32)
    session[rng.random((rows, width)) < 0.1] = -1
    p = rng.uniform(0.01, 0.6, (rows, width)).astype(np.float32)
    load = p * rng.integers(1, 4, (rows, 1)).astype(np.float32)
    market = open_state(mails, CandidatePairs(session, -np.log1p(-p), load), np.ones(rows, np.float32), rng.uniform(0.3, 4, sessions))
    given_first = np.flatnonzero((rng.random(rows) < 0.3) & ~market.closed[:, 0])
    for row in given_first:
        market.held[row, 0] = market.load[row, 0] <= market.spare()[market.session[row, 0]]
    return market


@settings(max_examples=40, deadline=None)
@given(seeds)
def test_choosing_again_never_lowers_the_week_nor_breaks_a_promise(seed: int) -> None:
    market, rng = a_week(seed), np.random.default_rng(seed)
    dice, apart = rng.random(len(market.weight)), rng.integers(0, len(market.weight), (5, 2)).astype(np.int32)
    promised, first = np.packbits(market.held, axis=1), market.held.copy()
    auction.run(market, dice=dice, apart=apart, step=5e-3)
    held_before, before = market.held.copy(), market.value()
    improve.improve(market, promised, dice=dice, apart=apart)
    assert market.value().sum() >= before.sum() * (1 - 1e-6)  # float32
    assert (market.spare() >= -1e-9).all()
    assert not (market.held & market.closed).any()
    free = np.setdiff1d(np.arange(len(market.weight)), apart)
    assert (market.held >= first)[free].all()
    assert (market.held == held_before)[apart.ravel()].all()
    assert all(
        market.held[row].sum() <= 3 and fits(market.session[row, market.held[row]], market.rules) for row in free if market.held[row].any()
    )


def test_choosing_again_mends_a_mail_that_was_picked_one_by_one() -> None:
    """The best by itself overlaps two others that are worth more together."""
    hour = np.array([0, 0, 60]), np.array([120, 60, 120])
    mails = SlateRules(2, 2, np.arange(3, dtype=np.int32), np.arange(3, dtype=np.int32), *hour)
    hazard = np.array([[0.3, 0.25, 0.25]], np.float32)
    market = open_state(mails, CandidatePairs(np.arange(3, dtype=np.int32)[None], hazard, hazard), np.ones(1, np.float32), np.full(3, 9.0))
    dice, apart = np.zeros(1), np.zeros((0, 2), np.int32)
    promised = np.packbits(market.held, axis=1)
    market.held[0, 0] = True
    improve.improve(market, promised, dice=dice, apart=apart)
    assert market.held.tolist() == [[False, True, True]]


def test_choosing_again_passes_a_seat_to_whoever_has_nothing_else() -> None:
    """The first holds the only seat that the second could use, and would be nearly as well off elsewhere."""
    numbers, night = np.arange(2, dtype=np.int32), np.arange(2, dtype=np.int64) * 60
    mails = SlateRules(1, 1, numbers, numbers, night, night + 60)
    hazard = np.array([[0.30, 0.29], [0.28, 0]], np.float32)
    session = np.array([[0, 1], [0, -1]], np.int32)
    market = open_state(mails, CandidatePairs(session, hazard, hazard), np.ones(2, np.float32), np.array([0.35, 0.35]))
    market.price[:] = 0.5, 0
    market.held[0, 0] = True
    improve.improve(market, np.packbits(np.zeros((2, 2), bool), axis=1), dice=np.zeros(2), apart=np.zeros((0, 2), np.int32))
    assert market.held.tolist() == [[False, True], [True, False]]


@settings(max_examples=20, deadline=None)
@given(seeds)
def test_prices_are_the_same_with_any_number_of_threads_and_none_is_below_its_floor(seed: int) -> None:
    market, floor = a_week(seed), np.random.default_rng(seed).uniform(0, 0.05, 18)
    start = DualPrices(np.zeros(18), np.zeros(60))
    prices = [
        dual_prices.settle(market, start, steps=np.geomspace(0.2, 0.02, 10), floor=floor, threads=threads).price for threads in (1, 2)
    ]
    assert (prices[0] >= floor).all()
    assert prices[0].tobytes() == prices[1].tobytes()


def test_prices_bound_the_week_nearly_as_tightly_as_any_prices_could() -> None:
    """With clashes, families and values that bend: against the dual of all slates, by a solver of linear programs."""
    weeks = [a_week(seed) for seed in range(12)]
    best = sum(least_bound(market) for market in weeks)
    assert best <= sum(the_most(market, settled(market).price) for market in weeks) <= 1.02 * best


def least_bound(market: AllocationState) -> float:
    """What `the_most` is at the best of all prices: every unit a mixture of the slates that it could hold."""
    value, row, load = [], [], []
    for at, (session, hazard, seats) in enumerate(zip(market.session, market.hazard, market.load, strict=True)):
        for some in (list(some) for k in (1, 2, 3) for some in combinations(np.flatnonzero(session >= 0), k)):
            if fits(session[some], market.rules):
                value.append(np.expm1(-hazard[some].sum()))
                row.append(at)
                load.append(np.bincount(session[some], seats[some], len(market.capacity)))
    whole = np.arange(len(market.weight))[:, None] == np.array(row)
    room = np.concatenate((np.ones(len(whole)), market.capacity))
    return -float(linprog(value, np.concatenate((whole, np.array(load).T)), room).fun)


def the_most(market: AllocationState, price: np.ndarray) -> float:
    """What no week can be worth at these prices, by every set that every mail could hold."""
    total = float(price @ market.capacity)
    for session, hazard, load in zip(market.session, market.hazard, market.load, strict=True):
        every = (list(some) for k in (1, 2, 3) for some in combinations(np.flatnonzero(session >= 0), k))
        worth = (-np.expm1(-hazard[some].sum()) - price[session[some]] @ load[some] for some in every if fits(session[some], market.rules))
        total += max(0.0, float(max(worth, default=0)))
    return total


@settings(max_examples=8, deadline=None)
@given(seeds)
def test_prices_meet_demand_with_seats(seed: int) -> None:
    """At the prices found, the dual's value is near the solver's optimum: nothing could be gained by other prices."""
    market = a_market(seed)
    price = settled(market).price
    net = market.hazard - price[market.session].astype(np.float32)
    best = np.maximum(-np.sort(-net, axis=1)[:, :PICKS], 0).sum(dtype=np.float64)
    whole_seats = np.floor(market.capacity)
    assert best_flow(market) <= best + (price * whole_seats).sum() <= 1.01 * best_flow(market)


def test_dates_that_are_as_good_as_each_other_cost_the_same() -> None:
    """Three dates of one activity have seats for half of those who want to come; the other activity is worth a fifth to them."""
    rng, number, hour = np.random.default_rng(1), np.array([0, 0, 0, 1], np.int32), np.arange(4) * 100
    hazard = rng.uniform(0.1, 0.5, (600, 1)).astype(np.float32) * np.array([1, 1, 1, 0.2], np.float32)
    session = np.tile(np.arange(4, dtype=np.int32), (600, 1))
    pairs = CandidatePairs(session, hazard, hazard)
    market = open_state(SlateRules(1, 1, number, number, hour, hour + 60), pairs, np.ones(600, np.float32), np.full(4, 30.0))
    price = settled(market).price
    assert np.ptp(price[:3]) < 0.01
    assert price[:3].min() > 0.5 > 0.1 > price[3]


def test_prices_of_many_rows_are_the_same_with_any_number_of_threads() -> None:
    market = a_market(3, rows=9000)
    prices = [settled(market, threads).price for threads in (1, 2)]
    assert prices[0].tobytes() == prices[1].tobytes()
    assert prices[0].any()


@settings(max_examples=80, deadline=None)
@given(seeds, st.sampled_from([1, 2]))
def test_the_best_set_of_a_mail_is_the_best_of_every_set_that_fits(seed: int, per_family: int) -> None:
    rng = np.random.default_rng(seed)
    sessions, width, picks, rows = 24, 10, 4, 6
    activity = rng.integers(0, 12, sessions).astype(np.int32)
    start = rng.integers(0, 30, sessions)
    family = rng.integers(0, 4, 12).astype(np.int32)[activity]
    mails = SlateRules(picks, per_family, activity, family, start, start + rng.integers(1, 9, sessions))
    session = np.stack([rng.choice(sessions, width, replace=False) for _ in range(rows)]).astype(np.int32)
    net = rng.normal(0.3, 0.5, (rows, width)).astype(np.float32)
    session[:, -2:], net[:, -2:] = -1, dual_prices.EMPTY
    pinned = np.arange(width) == rng.integers(0, width - 2, (rows, 1))
    best_slates = slates.best_slates(net, clashes(mails, session), np.where(session < 0, -1, family[session]), mails, pinned)
    for row in range(rows):
        every = (list(some) for k in range(1, picks + 1) for some in combinations(range(width - 2), k))
        best = max((float(net[row, some].sum()) for some in every if fits(session[row, some], mails)), default=0)
        chosen = np.flatnonzero(best_slates.chosen[row])
        assert best_slates.net[row] == pytest.approx(max(best, 0), abs=1e-5) == pytest.approx(float(net[row, chosen].sum()), abs=1e-5)
        assert best_slates.bound[row] == best_slates.net[row]
        assert not len(chosen) or (len(chosen) <= picks and fits(session[row, chosen], mails))


def fits(some: np.ndarray, mails: SlateRules) -> bool:
    apart = all(mails.end_min[a] <= mails.start_min[b] or mails.end_min[b] <= mails.start_min[a] for a, b in combinations(some, 2))
    return bool(apart and len(set(mails.activity[some])) == len(some) and np.bincount(mails.family[some]).max() <= mails.per_family)


@settings(max_examples=25, deadline=None)
@given(seeds, st.sampled_from([(1, 3), (2, 12), (40, 60)]), st.sampled_from([4, 12, 48]))
def test_no_week_is_worth_more_than_its_certificate_says(seed: int, seats: tuple[int, int], listed: int) -> None:
    """Not the week that was found, and no week found with other dice and other knobs, whatever its lists left out."""
    world = a_world(np.random.default_rng(seed), residents=150, sessions=40, seats=seats, easy=1.0)
    knobs = Settings(explore_share=0)
    limits = rules.prepare(canonical(world)[0])
    allocation = pipeline.allocate(limits, PlainScore(), replace(knobs, candidates=listed), np.random.default_rng(seed))
    assert allocation.state.value().sum() <= allocation.bound * (1 + 1e-5)
    for other, step in ((1, 1e-3), (2, 5e-2)):
        again = pipeline.allocate(limits, PlainScore(), replace(knobs, step=step), np.random.default_rng(other))
        assert again.state.value().sum() <= allocation.bound * (1 + 1e-5)
        assert (again.state.spare() >= -EXACT * again.state.capacity).all()


def test_a_date_that_a_list_had_no_room_for_is_in_the_certificate() -> None:
    """All listed dates of an activity overlap the other one; the next, which the list left out, goes with it."""
    dates = candidates.DATES
    hour = np.array([*range(0, 10 * dates, 10), 500, 0])
    number = np.array([0] * (dates + 1) + [1], np.int32)
    mails = SlateRules(2, 2, number, number, hour, hour + 100)
    session = np.array([[*range(dates), dates + 1, -1]], np.int32)
    hazard = np.array([[*(0.30 - 0.01 * np.arange(dates)), 0.20, 0]], np.float32)
    ones, seats = np.ones(1, np.float32), np.full(len(hour), np.inf)
    market = open_state(mails, CandidatePairs(session, hazard, hazard), ones, seats)
    market.held[0, 0] = True
    listed = candidates.RankingWeights(ones, np.zeros(len(hour), np.float32), np.ones(len(hour), np.float32))
    most = bound.bound(market, listed, np.zeros(len(hour)))
    assert 1 - np.exp(-(0.30 - 0.01 * dates) - 0.20) <= most <= 1 - np.exp(-0.30 - 0.20)
