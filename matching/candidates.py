"""Who could go where: every pair inside the hard limits is scored, the best few activities of each unit are kept."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from matching.barriers import Barriers
from matching.blocks import around, blocks, members
from matching.chance import CERTAIN, Chance, hazard
from matching.inputs import F32, I32, I64, World
from matching.rules import Limits
from matching.survivors import Scratch, survivors


class Scorer(Protocol):
    """An additive score. Logits are float32; `probability` is monotone, so ranks may be taken before it."""

    @property
    def version(self) -> str: ...

    def logits(self, world: World, residents: I32, sessions: I32, km: F32, out: F32) -> None: ...
    def pair_logits(self, world: World, resident: I32, session: I32, km: F32) -> F32: ...
    def probability(self, logits: F32) -> F32: ...
    def terms(self, world: World, resident: I32, session: I32, km: F32) -> tuple[tuple[str, ...], F32]: ...


@dataclass(frozen=True, slots=True)
class Taste:
    """How a pass ranks a pair: slope[unit] * boosted hazard - price[session] * expected seats.

    The hazard of a chance p is -log(1 - p): hazards of several picks add up to the chance of at least one.
    """

    slope: F32  # [u]
    price: F32  # [m]
    boost: F32  # [m] above 0; see matching.worth
    weight: F32  # [n] of each resident inside its unit, and of the unit as their sum


@dataclass(frozen=True, slots=True)
class Edges:
    """[u, K] the candidate sessions of each unit, best first; -1 where a unit has fewer."""

    session: I32
    p: F32  # chance that the unit comes if invited: the weighted mean of its members'
    load: F32  # seats to expect: p times the seats of the whole unit


@dataclass(frozen=True, slots=True)
class Asked:
    """All that one pass over a world's pairs needs."""

    limits: Limits
    barriers: Barriers
    scorer: Scorer
    chance: Chance
    taste: Taste


def find(asked: Asked, *, keep: int, threads: int) -> Edges:
    """Exact lists over all pairs; the same whatever the number of threads, because blocks do not depend on it."""
    u = asked.limits.units.count
    edges = Edges(np.full((u, keep), -1, np.int32), np.zeros((u, keep), np.float32), np.zeros((u, keep), np.float32))
    own = threading.local()

    def fill(units: I32) -> None:
        if not hasattr(own, "scratch"):
            own.scratch = Scratch()
        _fill(asked, units, edges, own.scratch)

    with ThreadPoolExecutor(max_workers=threads) as pool:
        for _ in pool.map(fill, list(blocks(asked.limits))):
            pass
    return edges


def _fill(asked: Asked, units: I32, edges: Edges, scratch: Scratch) -> None:
    row, session, p, load = feasible(asked, units, scratch)
    rank = asked.taste.slope[units[row]] * hazard(p, asked.taste.boost[session])
    if asked.taste.price.any():
        rank -= asked.taste.price[session] * load
    kept, place = best(row, len(units), asked.limits.world.sessions.activity[session], rank, edges.session.shape[1])
    at = units[row[kept]], place
    edges.session[at], edges.p[at], edges.load[at] = session[kept], p[kept], load[kept]


def feasible(asked: Asked, units: I32, scratch: Scratch) -> tuple[I64, I32, F32, F32]:
    """(row in `units`, session, p, load) of every pair of these units that breaks no limit, row by row."""
    rows = members(asked.limits, units)
    cols = around(asked.limits, rows)
    family = len(rows) > len(units)
    starts = asked.limits.units.start[units + 1] - asked.limits.units.start[units]
    starts = np.cumsum(starts) - starts
    cell, km = survivors(asked.limits, asked.barriers, rows, cols, scratch, starts if family else None)
    row, col = np.divmod(cell, np.int32(max(len(cols), 1)))
    p = asked.chance(_logits(asked, rows, cols, row, col, cell, km, scratch))
    load = p * asked.limits.world.residents.party[rows].astype(np.float32)[row]
    if family:
        return _together(asked, rows, cols, starts, cell, p)
    return row, cols[col], p, load


def _logits(asked: Asked, rows: I32, cols: I32, row: I32, col: I32, cell: I32, km: F32, scratch: Scratch) -> F32:
    """Only where a pair may be; a scorer that cannot do that fills the whole block."""
    world = asked.limits.world
    if hasattr(asked.scorer, "cells"):
        return np.asarray(asked.scorer.cells(world, rows, cols, row, col, km), np.float32)
    shape = (len(rows), len(cols))
    far, out = scratch.floats("km", shape), scratch.floats("logits", shape)
    far.fill(0)
    far.ravel()[cell] = km
    asked.scorer.logits(world, rows, cols, far, out)
    return out.ravel()[cell]


def _together(asked: Asked, rows: I32, cols: I32, starts: I64, cell: I32, p: F32) -> tuple[I64, I32, F32, F32]:
    """Households: the members' mean chance by weight, times the sum of their seats. All members have the same cells."""
    size = np.diff(np.append(starts, len(rows)))
    unit = np.repeat(np.arange(len(starts)), size)
    weight = asked.taste.weight[rows]
    share = weight / np.add.reduceat(weight, starts)[unit]
    row, col = np.divmod(cell, max(len(cols), 1))
    code = unit[row] * len(cols) + col
    order = np.argsort(code, kind="stable")
    first = np.flatnonzero(np.diff(code[order], prepend=-1))
    if not len(first):
        return code, cols[:0], p, p
    mean = np.minimum(np.add.reduceat((p * share[row])[order], first, dtype=np.float32), CERTAIN)
    row, col = np.divmod(code[order][first], len(cols))
    seats = np.add.reduceat(asked.limits.world.residents.party[rows].astype(np.float32), starts)
    return row, cols[col], mean, mean * seats[row]


def best(row: I64, rows: int, group: I32, rank: F32, keep: int) -> tuple[I64, I64]:
    """(positions, their place in the row's list): per row the best of each group, the best `keep` of those.

    `row` rises; ties go to the earlier position. One sort of packed keys: row, rank downwards, place within the row.
    """
    count = np.bincount(row, minlength=rows)
    start = np.cumsum(count) - count
    bits = rank.astype(np.float32).view(np.uint32)
    falling = np.where(bits >> 31, bits, ~bits ^ np.uint32(1 << 31))
    key = row.astype(np.uint64) << np.uint64(54) | falling.astype(np.uint64) << np.uint64(22)
    key |= (np.arange(len(row)) - start[row]).astype(np.uint64)
    key.sort()
    where = (key & np.uint64((1 << 22) - 1)).astype(np.int64) + start[row]
    depth = 3 * keep
    while True:
        kept, place = _distinct(row, start, where, group, keep, depth)
        short = np.bincount(row[kept], minlength=rows) < np.minimum(keep, count)
        if not (short & (count > depth)).any():
            return kept, place
        depth *= 4


def _distinct(row: I64, start: I64, where: I64, group: I32, keep: int, depth: int) -> tuple[I64, I64]:
    """The first of each group among the first `depth` of every row, and of those the first `keep`."""
    top = np.flatnonzero(np.arange(len(row)) - start[row] < depth)
    line, at = row[top], where[top]
    code = line.astype(np.int64) << 32 | group[at]
    order = np.argsort(code, kind="stable")
    first = np.ones(len(order), bool)
    first[order[1:]] = np.diff(code[order]) != 0
    line, at = line[first], at[first]
    place = np.arange(len(line)) - np.searchsorted(line, np.arange(len(start)))[line]
    return at[place < keep], place[place < keep]


def united(one: Edges, other: Edges) -> Edges:
    """Both lists of every unit, each session once; places of `one` stay where they are."""
    new = other.session >= 0
    for column in one.session.T:
        new &= other.session != column[:, None]
    width = int(new.sum(axis=1).max(initial=0))
    order = np.argsort(~new, axis=1, kind="stable")[:, :width]
    more = np.take_along_axis(new, order, axis=1)

    def joined(left: np.ndarray, right: np.ndarray, empty: int) -> np.ndarray:
        return np.concatenate((left, np.where(more, np.take_along_axis(right, order, axis=1), empty).astype(left.dtype)), axis=1)

    return Edges(joined(one.session, other.session, -1), joined(one.p, other.p, 0), joined(one.load, other.load, 0))
