"""What the auction trades on: candidate pairs in padded rows, capacities, and which pairs of a row exclude each other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching.world.arrays import F32, F64, I32, I64, U64, Bool

EXACT = 1e-6  # capacities are kept this relative part short, so that any order of summing stays within them
WIDEST = 64  # places of a row: one bit each
CHUNK = 8192  # rows worked on at once
FEW = 64  # rows whose places are compared with each other at once


@dataclass(frozen=True, slots=True)
class SlateRules:
    """What one mail may hold, and what the m sessions are."""

    picks_max: int
    per_family: int
    activity: I32  # [m]
    family: I32
    start_min: I64
    end_min: I64


@dataclass(slots=True)
class AllocationState:
    """u rows of K places; a place holds a session or -1."""

    mails: SlateRules

    session: I32  # [u, K]
    hazard: F32  # [u, K] boosted; a row with hazards of sum x is worth weight * (1 - exp(-x))
    load: F32  # [u, K] expected seats
    clash: U64  # [u, K] bit k: this place and place k are of one activity, or overlap
    family: I32  # [u, K]
    weight: F32  # [u]
    capacity: F64  # [m] expected seats, +inf allowed
    held: Bool  # [u, K]
    closed: Bool  # [u, K] may not be bid on any more
    price: F64  # [m] per expected seat

    def spare(self) -> F64:
        """[m] expected seats that nobody holds, less what exactness keeps back."""
        cell = np.flatnonzero(self.held)
        used = np.bincount(self.session.ravel()[cell], self.load.ravel()[cell].astype(np.float64), len(self.capacity))
        return np.asarray(self.capacity * (1 - EXACT) - used)

    def taken(self) -> F64:
        """[u] hazard held."""
        out = np.zeros(len(self.weight))
        for rows in chunks(len(out)):
            out[rows] = (self.hazard[rows] * self.held[rows]).sum(axis=1, dtype=np.float64)
        return out

    def value(self) -> F64:
        """[u] what each row's holdings are worth."""
        return np.asarray(self.weight * -np.expm1(-self.taken()))


def open_state(mails: SlateRules, session: I32, hazard: F32, load: F32, weight: F32, capacity: F64) -> AllocationState:
    """Nothing held, no prices; a load beyond a session's capacity is closed."""
    none = session < 0
    beyond = load > (capacity * (1 - EXACT))[session] if len(capacity) else none
    family = np.where(none, -1, mails.family[session]) if len(capacity) else session
    clash = clashes(mails, session)
    return AllocationState(
        mails, session, hazard, load, clash, family, weight, capacity, np.zeros_like(none), none | beyond, np.zeros(len(capacity))
    )


def clashes(mails: SlateRules, session: I32) -> U64:
    """[u, K] the bits of AllocationState.clash. Raises ValueError for lists of more than WIDEST places."""
    if session.shape[1] > WIDEST:
        raise ValueError(f"a list has {session.shape[1]} places, more than {WIDEST}")
    origin = int(mails.start_min.min(initial=0))
    start, end = ((times - origin).astype(np.int32) for times in (mails.start_min, mails.end_min))
    bits = np.zeros(session.shape, np.uint64)
    marks = np.zeros((min(FEW, len(session)), session.shape[1], WIDEST), bool)
    for first in range(0, len(session), FEW):
        here = session[first : first + FEW]
        begin, over, group = start[here], end[here], mails.activity[here]
        overlap = (begin[:, :, None] < over[:, None]) & (over[:, :, None] > begin[:, None])
        overlap |= group[:, :, None] == group[:, None]
        marks[: len(here), :, : session.shape[1]] = overlap
        bits[first : first + FEW] = np.packbits(marks[: len(here)], axis=2, bitorder="little").view(np.uint64)[:, :, 0]
    return bits


def unpacked_bits(bits: U64, width: int) -> Bool:
    """[r, width] bit k of each number."""
    return np.unpackbits(np.ascontiguousarray(bits).view(np.uint8).reshape(len(bits), 8), axis=1, bitorder="little")[:, :width].view(bool)


def packed_bits(marks: Bool) -> U64:
    """[r] the number whose bit k is mark k: `spelled` backwards."""
    return np.asarray((marks << np.arange(marks.shape[1], dtype=np.uint64)).sum(axis=1, dtype=np.uint64))


def chunks(rows: int) -> Iterator[slice]:
    for first in range(0, rows, CHUNK):
        yield slice(first, min(first + CHUNK, rows))


def running_sums(group: NDArray[Any], load: NDArray[Any]) -> F64:
    """Sums within each group of a sorted list, from its start."""
    total = np.cumsum(load, dtype=np.float64)
    first = np.flatnonzero(np.diff(group, prepend=-1))
    return np.asarray(total - np.repeat((total - load)[first], np.diff(first, append=len(group))))


def admitted(session: I32, load: F32, worth: F32, dice: F64, spare: F64) -> I64:
    """Positions of askers whom each session can still take, the worthiest first, until one does not fit; takes them off `spare`."""
    order = np.lexsort((dice, -worth, session))
    over = running_sums(session[order], load[order]) > spare[session[order]]
    kept: I64 = order[running_sums(session[order], over) == 0]
    np.subtract.at(spare, session[kept], load[kept].astype(np.float64))
    return kept


class Choosing:
    """Some rows while they fill their open picks: what is left to them, and what they have chosen.

    Greedy by net gain, one pick a turn; optimal but for the exclusions.
    """

    def __init__(self, market: AllocationState, at: I64, cost: F32 | None = None) -> None:
        """cost: [r, K] what each place costs its row; none: nothing."""
        self.at, self.cost = at, np.zeros(market.load[at].shape, np.float32) if cost is None else cost
        self.hazard, self.family = market.hazard[at], market.family[at]
        self.clash, self.weight = market.clash[at], market.weight[at]
        held = market.held[at]
        self.open = market.mails.picks_max - held.sum(axis=1)
        self.taken = (self.hazard * held).sum(axis=1)
        barred = market.closed[at] | held | (market.session[at] < 0)
        barred |= unpacked_bits(np.bitwise_or.reduce(np.where(held, self.clash, np.uint64(0)), axis=1), held.shape[1])
        self.gain = np.where(barred, np.float32(-np.inf), np.float32(1) - np.exp(-self.hazard))  # of a row that holds nothing yet
        self.per_family = market.mails.per_family
        self.families = np.where(held, self.family, -1)  # of what is held and chosen
        for place in np.flatnonzero(held.any(axis=0)):
            self._bar_full(np.flatnonzero(held[:, place]), np.full(int(held[:, place].sum()), place))

    def net(self) -> F32:
        """[r, K] what each place would add now, less its cost; -inf where it may not be taken."""
        return np.asarray((self.weight * np.exp(-self.taken)).astype(np.float32)[:, None] * self.gain - self.cost)

    def may(self) -> Bool:
        """[r, K] where a row could still take one more."""
        return np.asarray(np.isfinite(self.gain) & (self.open > 0)[:, None])

    def turns(self) -> Iterator[tuple[I64, I64]]:
        """(lines, places) chosen in each turn, until nothing open is worth its cost."""
        lines = np.flatnonzero(self.open > 0)
        while len(lines):
            net = self.net() if len(lines) == len(self.at) else self._some(lines)
            place = net.argmax(axis=1)
            fine = net[np.arange(len(lines)), place] > 0
            lines, place = lines[fine], place[fine]
            if not len(lines):
                return
            yield lines, place
            self._take(lines, place)
            lines = lines[self.open[lines] > 0]

    def _some(self, lines: I64) -> F32:
        slope = (self.weight[lines] * np.exp(-self.taken[lines])).astype(np.float32)
        return np.asarray(slope[:, None] * self.gain[lines] - self.cost[lines])

    def _take(self, lines: I64, place: I64) -> None:
        self.taken[lines] += self.hazard[lines, place]
        self.open[lines] -= 1
        self.families[lines, place] = self.family[lines, place]
        barred = unpacked_bits(self.clash[lines, place], self.gain.shape[1])
        self.gain[lines] = np.where(barred, np.float32(-np.inf), self.gain[lines])
        self._bar_full(lines, place)

    def _bar_full(self, lines: I64, place: I64) -> None:
        """Once a row has `per_family` of one family, the rest of that family is out."""
        family = self.family[lines, place][:, None]
        full = (self.families[lines] == family).sum(axis=1) >= self.per_family
        lines, family = lines[full], family[full]
        self.gain[lines] = np.where(self.family[lines] == family, np.float32(-np.inf), self.gain[lines])
