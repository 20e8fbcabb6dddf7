"""The state of an allocation: candidate pairs in padded lists, seats, prices, and what each unit holds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching.world.arrays import F32, F64, I32, I64, U64, Bool

EXACT = 1e-6  # capacities are kept this relative part short, so that any order of summing stays within them
WIDEST = 64  # places of a list: one bit each
CHUNK = 8192  # rows worked on at once
FEW = 64  # rows whose places are compared with each other at once


@dataclass(frozen=True, slots=True)
class CandidatePairs:
    """[u, K] the candidate sessions of each unit, best first; -1 where a unit has fewer."""

    session: I32
    hazard: F32  # boosted -log(1 - p), p the chance that the unit comes if invited; hazards of several sessions add up
    load: F32  # expected seats: p times the seats of the whole unit


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

    rules: SlateRules
    session: I32  # [u, K]
    hazard: F32  # [u, K]; a row with hazards of sum x is worth weight * (1 - exp(-x))
    load: F32  # [u, K] expected seats
    clash: U64  # [u, K] bit k: this place and place k are of one activity, or overlap
    family: I32  # [u, K]
    weight: F32  # [u] people
    capacity: F64  # [m] expected seats, +inf allowed
    held: Bool  # [u, K]
    closed: Bool  # [u, K] may not be taken any more
    price: F64  # [m] per expected seat

    def spare(self) -> F64:
        """[m] expected seats that nobody holds, less what exactness keeps back."""
        cell = np.flatnonzero(self.held)
        used = np.bincount(self.session.ravel()[cell], self.load.ravel()[cell].astype(np.float64), len(self.capacity))
        return np.asarray(self.capacity * (1 - EXACT) - used)

    def value(self) -> F64:
        """[u] what each row's sessions are worth: expected visits of its people to at least one of them."""
        parts = [(self.hazard[rows] * self.held[rows]).sum(axis=1, dtype=np.float64) for rows in chunks(len(self.weight))]
        return np.asarray(self.weight * -np.expm1(-np.concatenate([np.zeros(0), *parts])))

    def every(self, step: int) -> AllocationState:
        """Every `step`-th row, with its share of the seats; nothing is copied."""
        rows = ("session", "hazard", "load", "clash", "family", "weight", "held", "closed")
        return replace(self, capacity=self.capacity / step, **{name: getattr(self, name)[::step] for name in rows})

    def available(self, rows: I64) -> Bool:
        """[r, K] places that each row could still add to what it holds."""
        held, family = self.held[rows], self.family[rows]
        out = self.closed[rows] | held | (held.sum(axis=1) >= self.rules.picks_max)[:, None]
        out |= unpacked_bits(np.bitwise_or.reduce(np.where(held, self.clash[rows], np.uint64(0)), axis=1), held.shape[1])
        places = np.argsort(~held, axis=1, kind="stable")[:, : self.rules.picks_max]  # those held come first
        for place in places.T[: int(held.sum(axis=1).max(initial=0))]:
            alike = family == np.take_along_axis(family, place[:, None], axis=1)
            out |= alike & ((alike & held).sum(axis=1) >= self.rules.per_family)[:, None]
        return np.asarray(~out)


def open_state(rules: SlateRules, pairs: CandidatePairs, weight: F32, capacity: F64) -> AllocationState:
    """Nothing held, no prices; a load beyond a session's capacity is closed."""
    session, none = pairs.session, pairs.session < 0
    beyond = pairs.load > (capacity * (1 - EXACT))[session] if len(capacity) else none
    family = np.where(none, -1, rules.family[session]) if len(capacity) else session
    held, price = np.zeros_like(none), np.zeros(len(capacity))
    clash = clashes(rules, session)
    return AllocationState(rules, session, pairs.hazard, pairs.load, clash, family, weight, capacity, held, none | beyond, price)


def clashes(rules: SlateRules, session: I32) -> U64:
    """[u, K] the bits of AllocationState.clash. Raises ValueError for lists of more than WIDEST places."""
    if session.shape[1] > WIDEST:
        raise ValueError(f"a list has {session.shape[1]} places, more than {WIDEST}")
    origin = int(rules.start_min.min(initial=0))
    start, end = ((times - origin).astype(np.int32) for times in (rules.start_min, rules.end_min))
    bits = np.zeros(session.shape, np.uint64)
    marks = np.zeros((min(FEW, len(session)), session.shape[1], WIDEST), bool)
    for first in range(0, len(session), FEW):
        here = session[first : first + FEW]
        begin, over, group = start[here], end[here], rules.activity[here]
        overlap = (begin[:, :, None] < over[:, None]) & (over[:, :, None] > begin[:, None])
        overlap |= group[:, :, None] == group[:, None]
        marks[: len(here), :, : session.shape[1]] = overlap
        bits[first : first + FEW] = np.packbits(marks[: len(here)], axis=2, bitorder="little").view(np.uint64)[:, :, 0]
    return bits


def unpacked_bits(bits: U64, width: int) -> Bool:
    """[r, width] bit k of each number."""
    return np.unpackbits(np.ascontiguousarray(bits).view(np.uint8).reshape(len(bits), 8), axis=1, bitorder="little")[:, :width].view(bool)


def chunks(rows: int) -> Iterator[slice]:
    for first in range(0, rows, CHUNK):
        yield slice(first, min(first + CHUNK, rows))


def running_sums(group: NDArray[Any], load: NDArray[Any]) -> F64:
    """Sums within each group of a sorted list, from its start."""
    total = np.cumsum(load, dtype=np.float64)
    first = np.flatnonzero(np.diff(group, prepend=-1))
    return np.asarray(total - np.repeat((total - load)[first], np.diff(first, append=len(group))))


def admitted(session: I32, load: F32, rank: NDArray[Any], dice: F64, spare: F64) -> I64:
    """Positions of askers whom each session can still take, the highest rank first, until one does not fit; takes them off `spare`."""
    order = np.lexsort((dice, -rank, session))
    seated: I64 = order[running_sums(session[order], load[order]) <= spare[session[order]]]
    np.subtract.at(spare, session[seated], load[seated].astype(np.float64))
    return seated
