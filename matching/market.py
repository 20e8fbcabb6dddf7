"""What the auction trades on: candidate pairs in padded rows, capacities, and which pairs of a row exclude each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching.inputs import F32, F64, I32, I64, Bool

EXACT = 1e-6  # capacities are kept this relative part short, so that any order of summing stays within them


@dataclass(slots=True)
class Market:
    """u rows of K places; a place holds a session or -1."""

    session: I32  # [u, K]
    hazard: F32  # [u, K] boosted; a row with hazards of sum x is worth weight * (1 - exp(-x))
    load: F32  # [u, K] expected seats
    weight: F32  # [u]
    capacity: F64  # [m] expected seats, +inf allowed
    activity: I32  # [m]
    family: I32
    start_min: I64
    end_min: I64
    picks_max: int
    per_family: int
    held: Bool  # [u, K]
    closed: Bool  # [u, K] may not be bid on any more
    price: F64  # [m] per expected seat

    def spare(self) -> F64:
        """[m] expected seats that nobody holds."""
        place = np.nonzero(self.held)
        used = np.bincount(self.session[place], weights=self.load[place].astype(np.float64), minlength=len(self.capacity))
        return self.capacity - used

    def value(self) -> F64:
        """[u] what each row's holdings are worth."""
        return np.asarray(self.weight * -np.expm1(-(self.hazard * self.held).sum(axis=1, dtype=np.float64)))


@dataclass(slots=True)
class Rows:
    """A working copy of some rows while they choose."""

    at: I64
    session: I32
    hazard: F32
    load: F32
    taken: F64  # [r] hazard already held
    open: I64  # [r] picks still allowed
    barred: Bool  # [r, K]


def rows_of(market: Market, at: I64) -> Rows:
    """Rows with everything barred that what they hold excludes."""
    held, session = market.held[at], market.session[at]
    rows = Rows(
        at,
        session,
        market.hazard[at],
        market.load[at],
        (market.hazard[at] * held).sum(axis=1, dtype=np.float64),
        market.picks_max - held.sum(axis=1),
        market.closed[at] | held | (session < 0),
    )
    left = held.copy()
    lines = np.flatnonzero(left.any(axis=1))
    while len(lines):
        place = left[lines].argmax(axis=1)
        left[lines, place] = False
        bar(market, rows, lines, place)
        lines = lines[left[lines].any(axis=1)]
    _bar_full_families(market, rows, np.arange(len(at)), held)
    return rows


def bar(market: Market, rows: Rows, lines: I64, place: I64) -> None:
    """Whoever holds rows.session[lines, place] takes nothing else of that activity or at that time."""
    chosen = rows.session[lines, place]
    others = rows.session[lines]
    clash = market.activity[others] == market.activity[chosen][:, None]
    clash |= (market.start_min[others] < market.end_min[chosen][:, None]) & (market.end_min[others] > market.start_min[chosen][:, None])
    rows.barred[lines] |= clash


def _bar_full_families(market: Market, rows: Rows, lines: I64, held: Bool) -> None:
    left = held.copy()
    todo = lines[left[lines].any(axis=1)]
    while len(todo):
        place = left[todo].argmax(axis=1)
        left[todo, place] = False
        bar_family(market, rows, todo, place, held)
        todo = todo[left[todo].any(axis=1)]


def bar_family(market: Market, rows: Rows, lines: I64, place: I64, held: Bool) -> None:
    """Once a row holds `per_family` of one family, the rest of that family is out. `held` is [r, K], like rows."""
    family = market.family[rows.session[lines]]
    same = family == family[np.arange(len(lines)), place][:, None]
    full = (same & held[lines]).sum(axis=1) >= market.per_family
    rows.barred[lines] |= same & full[:, None]


def running(group: I32 | I64, load: NDArray[Any]) -> F64:
    """Sums within each group of a sorted list, from its start."""
    total = np.cumsum(load, dtype=np.float64)
    first = np.searchsorted(group, group, side="left")
    return np.asarray(total - (total - load)[first])
