"""What an expected seat of each session is worth while everybody wants the best for themselves: prices at which demand meets seats.

The dual of the linear relaxation, smoothed: a unit takes a pick with the logistic chance of (its net gain - what its last pick
gains) / temperature, instead of all or nothing. Accelerated projected gradient (Beck and Teboulle 2009, with the restart of
O'Donoghue and Candes 2015), each price scaled by its own curvature, which bounds the whole curvature because a unit's last pick only
ever dampens it. The temperature falls from look to look. Prices guide; the auction makes them hold, the certificate judges them.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from matching.world.arrays import F32, F64, I32, I64

CHUNK = 1 << 16  # cells worked on at once: they stay in the cache
FAR = np.float32(30)
NOBODY = np.int32(2**31 - 1)
STEP = 3.0  # the most that a price moves in one look, in temperatures
CARE = 0.5  # of the step that the curvature at one point suggests: whole ones swing about the answer and never rest


@dataclass(frozen=True, slots=True)
class Cells:
    """What rows may pick, row after row; every row has one cell or more."""

    start: I64  # [r + 1]
    group: I64  # [c] rising; cells of one row and one number exclude each other (dates of one activity)
    session: I32  # [c]
    hazard: F32  # [c] boosted
    load: F32  # [c] expected seats
    weight: F32  # [r]


@dataclass(frozen=True, slots=True)
class DualPrices:
    """[m] what an expected seat costs; [r] the hazard that each row takes at these prices."""

    price: F64
    taken: F32


def settle(cells: Cells, capacity: F64, picks_max: int, begin: DualPrices, temperatures: F64, threads: int = 1) -> DualPrices:
    """Walk `begin` down to where demand meets capacity ([m] expected seats for these rows, +inf allowed).

    `temperatures`: one for each look, in what the best pick of the middle row is worth. Same result with any number of threads.
    """
    if not len(cells.session):
        return begin
    best = np.maximum.reduceat(cells.hazard, cells.start[:-1]) * cells.weight
    scale, seat = float(np.median(best)), float(np.median(cells.load))
    crowd = _Crowd(cells, picks_max, begin.taken, threads)
    here, ahead, speed = begin.price, begin.price, 1.0
    for warmth in temperatures * scale:
        demand, bend = crowd(ahead, warmth)
        most = STEP * warmth / seat
        with np.errstate(invalid="ignore"):
            move = np.clip(CARE * (capacity - demand) / np.maximum(bend, 1e-9), -most, most)
            there = np.where(np.isfinite(capacity), np.maximum(ahead - move, 0), 0)
        if (ahead - there) @ (there - here) > 0:
            speed = 1.0
        faster = (1 + np.sqrt(1 + 4 * speed**2)) / 2
        ahead = np.maximum(there + (speed - 1) / faster * (there - here), 0)
        here, speed = there, faster
    crowd.close()
    return DualPrices(here, crowd.taken)


class _Crowd:
    """Everybody's answer to prices; remembers what each row takes, and what its last pick gains, from look to look."""

    def __init__(self, cells: Cells, picks_max: int, taken: F32, threads: int) -> None:
        self.cells, self.picks_max = cells, np.float32(picks_max)
        self.taken = taken.astype(np.float32)
        self.last = np.zeros(len(taken), np.float32)  # [r] gain of the last pick
        self.row = np.repeat(np.arange(len(taken), dtype=np.int32), np.diff(cells.start))
        self.pool = ThreadPoolExecutor(max_workers=threads)
        marks = np.searchsorted(cells.start, np.arange(0, len(cells.session) + CHUNK, CHUNK)).clip(max=len(taken))
        self.chunks = [slice(int(a), int(b)) for a, b in pairwise(marks) if b > a]

    def __call__(self, price: F64, warmth: float) -> tuple[F64, F64]:
        """[m] expected seats asked for, and how fast that falls as the price rises."""
        cost, cold = price.astype(np.float32), np.float32(1 / warmth)
        demand, bend = np.zeros(len(price)), np.zeros(len(price))
        for more, steeper in self.pool.map(lambda rows: self._look(rows, cost, cold), self.chunks):
            demand += more
            bend += steeper
        return demand, bend * float(cold)

    def close(self) -> None:
        self.pool.shutdown()

    def _look(self, rows: slice, cost: F32, cold: np.float32) -> tuple[F64, F64]:
        cells = self.cells
        first, last = int(cells.start[rows.start]), int(cells.start[rows.stop])
        part = slice(first, last)
        begin, row = cells.start[rows] - first, self.row[part] - rows.start
        group = cells.group[part] - cells.group[first]
        session, hazard, load = cells.session[part], cells.hazard[part], cells.load[part]
        slope = cells.weight[rows] * np.exp(-self.taken[rows]) * cold
        gain = hazard * slope[row]
        gain -= (cost * cold)[session] * load
        least = self.last[rows] * cold
        for _ in range(2):
            at = chance(gain - least[row], group)
            over = np.add.reduceat(at, begin) - self.picks_max
            width = np.add.reduceat(at * (1 - at), begin)
            least = np.maximum(least + np.clip(over / np.maximum(width, np.float32(0.01)), -3, 3), 0)
        at = chance(gain - least[row], group)
        self.last[rows] = least / cold
        self.taken[rows] += np.float32(0.5) * (np.add.reduceat(at * hazard, begin) - self.taken[rows])
        seats = at * load
        bend = seats * load * (1 - at)
        asked, falls = (np.asarray(np.bincount(session, part, len(cost)), np.float64) for part in (seats, bend))
        return asked, falls


def chance(gain: F32, group: I64) -> F32:
    """Of each cell to be taken, at gains in temperatures: logistic, or multinomial among cells that exclude each other."""
    np.clip(gain, -FAR, FAR, out=gain)
    np.exp(gain, out=gain)
    several = np.bincount(group, gain).astype(np.float32)[group] if group[-1] + 1 < len(group) else gain
    return np.asarray(gain / (several + np.float32(1)))


def cooling(first: float, last: float, looks: int) -> F64:
    """[looks] temperatures, each the same part of the one before."""
    falling: NDArray[np.float64] = np.geomspace(first, last, looks)
    return falling


def listed(session: I32, activity: I32, hazard: F32, load: F32, weight: F32) -> tuple[Cells, I64]:
    """Cells of padded lists [u, K] (-1: empty), and the rows [r] that have any; `activity` is [m]."""
    here = session >= 0
    count = here.sum(axis=1)
    rows: I64 = np.flatnonzero(count)
    group = np.where(here, activity[session], NOBODY)
    order = np.argsort(group, axis=1, kind="stable")[rows]
    inside = np.arange(session.shape[1]) < count[rows, None]
    at = (rows[:, None] * session.shape[1] + order)[inside]
    start = np.concatenate(([0], np.cumsum(count[rows]))).astype(np.int64)
    fresh = np.diff(group.ravel()[at], prepend=-1) != 0
    fresh[start[:-1]] = True
    return Cells(start, np.cumsum(fresh) - 1, session.ravel()[at], hazard.ravel()[at], load.ravel()[at], weight[rows]), rows
