"""`doorstep bench allocation`: prices and auction beside a solver of minimum cost flows and beside greedy, and the certified gap."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from matching import (
    F32,
    F64,
    I32,
    AllocationState,
    CandidatePairs,
    Scorer,
    Settings,
    SlateRules,
    candidates,
    canonical,
    dual_prices,
    open_state,
    pipeline,
    rules,
    week,
)
from matching import admit as admitted
from service.outcomes.bench import BenchmarkLine, asked_of, interleaved, line
from service.outcomes.bench_world import metro

PICKS = 5
WIDTH = 30  # pairs of each resident
FACTORS = (1.0, 3.0, 6.0)  # seats for each pick that people would like best
SAMPLE = 20_000  # residents that prices are first learned from
SCALE = 1e-4  # hazards so small that values add up like plain numbers: what a flow can solve


def allocation(residents: int, sessions: int, seed: int) -> Iterator[BenchmarkLine]:
    """Plain seats on the same pairs against the solver, then the whole week's certificate with every rule of a mail."""
    world = canonical(metro(residents, sessions, seed))[0]
    limits, scorer, knobs = rules.prepare(world), Scorer(), Settings(explore_share=0.0)
    asked = asked_of(limits, scorer, knobs)
    pairs = candidates.find(asked, keep=WIDTH, threads=2)
    for factor in FACTORS:
        yield from _against_flow(pairs.session, -np.expm1(-pairs.hazard), sessions, factor, seed)
    demand = float(pairs.load[:, :PICKS].sum())
    for factor in FACTORS:
        room = world.sessions.seats / world.sessions.seats.sum() * demand * factor
        tight = replace(world.sessions, attend_factor=(room / world.sessions.seats).astype(np.float32))
        report = week.match(replace(world, sessions=tight), scorer, knobs, seed).report
        size = f"{residents}x{sessions} factor {factor:g}"
        yield line("certified gap, every rule of a mail", size, report["certified_gap"], 0.005, "half a percent", 1.0, "share of the bound")


def _against_flow(session: I32, p: F32, sessions: int, factor: float, seed: int) -> Iterator[BenchmarkLine]:
    rng = np.random.default_rng(seed)
    room = np.floor(rng.dirichlet(np.full(sessions, 3.0)) * len(session) * PICKS * factor) + 1
    answers: dict[str, float] = {}

    def ours() -> None:
        answers["ours"] = _auctioned(session, p, room, seed)

    def solver() -> None:
        answers["flow"] = _flow(session, p, room)

    mine, theirs = interleaved(ours, solver, 1 if len(session) > 200_000 else 3)
    size = f"{len(session)}x{sessions}x{WIDTH} factor {factor:g}"
    name = "OR-tools minimum cost flow"
    yield line("value of whole picks on the same edges", size, answers["ours"], answers["flow"], name, 0.999, "expected visits")
    yield line("its time", size, mine, theirs, name, 0.8, "s")
    yield line(
        "value of whole picks on the same edges", size, answers["ours"], _greedy(session, p, room), "greedy", 1.02, "expected visits"
    )


def _state(session: I32, p: F32, room: F64) -> AllocationState:
    numbers, night = np.arange(len(room), dtype=np.int32), np.arange(len(room), dtype=np.int64) * 60
    plain = SlateRules(PICKS, PICKS, numbers, numbers, night, night + 60)
    pairs = CandidatePairs(session, (p * SCALE).astype(np.float32), np.ones(session.shape, np.float32))
    return open_state(plain, pairs, np.ones(len(session), np.float32), room + 0.5)


def _auctioned(session: I32, p: F32, room: F64, seed: int) -> float:
    state = _state(session, p, room)
    knobs = Settings(step=Settings().step * SCALE)
    dice = np.random.default_rng(seed).random(len(session))
    some = state.every(max(len(session) // SAMPLE, 1))
    start = dual_prices.DualPrices(np.zeros(len(room)), np.zeros(len(some.weight)))
    first = dual_prices.settle(some, start, steps=pipeline.SAMPLE_STEPS[0], threads=knobs.threads)
    price = pipeline.settle_all(state, first.price, 0.0, knobs)
    pipeline.fill(state, price, dice=dice, apart=np.zeros((0, 2), np.int32), settings=knobs)
    return float(p[state.held].sum(dtype=np.float64))


def _flow(session: I32, p: F32, room: F64) -> float:
    from ortools.graph.python import min_cost_flow

    solver, rows, m = min_cost_flow.SimpleMinCostFlow(), len(session), len(room)
    source, sink = rows + m, rows + m + 1
    here = session >= 0
    row, place = np.nonzero(here)
    cost = -np.rint(p[row, place].astype(np.float64) * 1e7).astype(np.int64)
    people, dates = np.arange(rows), np.arange(m)
    solver.add_arcs_with_capacity_and_unit_cost(row, rows + session[row, place], np.ones(len(row), np.int64), cost)
    solver.add_arcs_with_capacity_and_unit_cost(np.full(rows, source), people, np.full(rows, PICKS), np.zeros(rows, np.int64))
    solver.add_arcs_with_capacity_and_unit_cost(rows + dates, np.full(m, sink), room.astype(np.int64), np.zeros(m, np.int64))
    solver.add_arc_with_capacity_and_unit_cost(source, sink, rows * PICKS, 0)
    solver.set_node_supply(source, rows * PICKS)
    solver.set_node_supply(sink, -rows * PICKS)
    if solver.solve() != solver.OPTIMAL:
        raise RuntimeError("the solver found no flow")
    return -float(solver.optimal_cost()) / 1e7


def _greedy(session: I32, p: F32, room: F64) -> float:
    """Turn by turn everybody's best that has room, the highest first."""
    state, spare = _state(session, p, room), room + 0.5
    value, ones = 0.0, np.ones(len(session), np.float32)
    for _ in range(PICKS):
        waiting, tried = np.arange(len(session)), np.zeros(session.shape, bool)
        while len(waiting):
            fine = ~state.closed[waiting] & ~state.held[waiting] & ~tried[waiting] & (spare[session[waiting]] >= 1)
            worth = np.where(fine, p[waiting], -1)
            place = worth.argmax(axis=1)
            able = worth[np.arange(len(waiting)), place] > 0
            waiting, place = waiting[able], place[able]
            seated = admitted(session[waiting, place], ones[waiting], p[waiting, place], ones[waiting].astype(np.float64), spare)
            state.held[waiting[seated], place[seated]] = True
            value += float(p[waiting[seated], place[seated]].sum(dtype=np.float64))
            tried[waiting, place] = True
            waiting = np.delete(waiting, seated)
    return value
