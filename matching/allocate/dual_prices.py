"""Dual prices: what an expected seat of each session costs, so that demand meets seats.

Minimizes the dual of the allocation by subgradient steps with momentum. At every step each row answers with its exact best
slate, so that prices know of overlaps, activities and families. Dates of one activity are nearly perfect substitutes: answers
to the same prices would all move from one date to another at once. So each row adds a small random utility of its own to every
pair, and the answers of many rows change smoothly with the prices (a perturbed maximizer, Berthet et al. 2020).
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from matching.allocate.slates import best_slates
from matching.allocate.state import AllocationState, chunks
from matching.world.arrays import F32, F64

MOMENTUM = 0.7  # of the direction of the step before: single answers swing
NOISE = np.float32(0.4)  # width of the random utility of a seat, in the step of its price
TINY = 1e-9  # seats
ROUNDS = 6  # of branching, where only the direction counts
EMPTY = np.float32(-1)  # net gain of an empty place


@dataclass(frozen=True, slots=True)
class DualPrices:
    """[m] what an expected seat costs; [r] the hazard that each row takes at these prices."""

    price: F64
    taken: F64


def settle(state: AllocationState, start: DualPrices, *, steps: F64, floor: F64 | float = 0.0, threads: int = 1) -> DualPrices:
    """Walk from `start` to prices at which demand meets seats, none below `floor`; 0 where seats have no end.

    steps: how far a price moves in each step where nobody asks for a seat, in what a seat is worth to the middle row.
    The value of a row is concave in its hazard. It is taken as linear around the hazard of the steps before, [r] `start.taken`.
    Same result with any number of threads.
    """
    finite = np.isfinite(state.capacity)
    seats = np.where(finite, state.capacity, 0)
    price, direction = np.where(finite, np.maximum(start.price, floor), floor), np.zeros(len(seats))
    rows = _Rows(state, start.taken.copy())
    with ThreadPoolExecutor(max_workers=threads) as pool:
        for step in steps * seat_value(state):
            parts = pool.map(lambda part, price=price, step=step: rows.demand(part, price, step), chunks(len(rows.taken)))
            demand = sum(parts, np.zeros(len(seats)))
            shortage = np.where(finite, (demand - seats) / np.maximum(np.maximum(demand, seats), TINY), 0)
            direction = MOMENTUM * direction + (1 - MOMENTUM) * shortage
            price = np.maximum(price + step * direction, floor)
    return DualPrices(price, rows.taken)


def seat_value(state: AllocationState) -> float:
    """What an expected seat of its best session is worth to the middle row."""
    each = np.divide(state.hazard, state.load, out=np.zeros_like(state.hazard), where=state.load > 0).max(axis=1, initial=0)
    return float(np.median((state.weight * each)[each > 0])) if each.any() else 0.0


class _Rows:
    """The rows of a state while prices settle: what each asked for in the step before, and about how much of it it takes."""

    def __init__(self, state: AllocationState, taken: F64) -> None:
        self.state, self.taken = state, taken
        self.chosen = np.zeros(state.session.shape, bool)
        self.noise: F32 = np.random.default_rng(0).random(state.session.shape, np.float32) - np.float32(0.5)

    def demand(self, part: slice, price: F64, step: float) -> F64:
        """[m] expected seats that these rows ask for, each with its best slate."""
        state, taken = self.state, self.taken[part]
        session, hazard, load = state.session[part], state.hazard[part], state.load[part]
        slope = (state.weight[part] * np.exp(-taken)).astype(np.float32)[:, None]
        cost = price.astype(np.float32)[session] + NOISE * np.float32(step) * self.noise[part]
        net = np.where(session >= 0, slope * hazard - cost * load, EMPTY)
        slates = best_slates(net, state.clash[part], state.family[part], state.rules, self.chosen[part], ROUNDS)
        self.chosen[part] = slates.chosen
        self.taken[part] += (1 - MOMENTUM) * ((hazard * slates.chosen).sum(axis=1) - taken)
        return np.asarray(np.bincount(session[slates.chosen], load[slates.chosen], len(price)), np.float64)
