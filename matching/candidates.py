"""Who could go where: every pair inside the hard limits is scored, the best few sessions of each unit are kept."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol, TypeVar

import numpy as np

from matching.barriers import Barriers
from matching.blocks import around, blocks, members
from matching.chance import CERTAIN, Chance, hazard
from matching.inputs import F32, I32, I64, Bool, World
from matching.prices import Cells
from matching.rules import Limits
from matching.survivors import Scratch, survivors

NOBODY = np.uint64(2**64 - 1)
DATES = 3  # of one activity in a list: the best by itself may be the one that clashes, or is full
Pairs = tuple[I64, I32, F32, F32]  # unit, session, hazard, load
T = TypeVar("T")


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
    """[u, K] the candidate sessions of each unit, best first, at most DATES of one activity; -1 where a unit has fewer."""

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
    edges = nothing(asked.limits.units.count, keep)
    for _ in _walk(lambda units, scratch: _fill(asked, units, edges, scratch), list(blocks(asked.limits)), threads):
        pass
    return edges


def nothing(units: int, keep: int) -> Edges:
    """Lists without any candidate."""
    return Edges(np.full((units, keep), -1, np.int32), np.zeros((units, keep), np.float32), np.zeros((units, keep), np.float32))


def sampled(asked: Asked, units: I32, threads: int) -> tuple[Cells, I32]:
    """Everything that some units may go to, and those of them that may go anywhere; nothing is cut from their lists."""
    some = [part for part in (block[np.isin(block, units)] for block in blocks(asked.limits)) if len(part)]

    def all_of(part: I32, scratch: Scratch) -> Pairs:
        row, session, p, load = feasible(asked, part, scratch)
        return part[row].astype(np.int64), session, hazard(p, asked.taste.boost[session]), load

    found = [
        *_walk(all_of, some, threads),
        (np.zeros(0, np.int64), np.zeros(0, np.int32), np.zeros(0, np.float32), np.zeros(0, np.float32)),
    ]
    unit, session, x, load = (np.concatenate(column) for column in zip(*found, strict=True))
    activity = asked.limits.world.sessions.activity[session]
    order = np.lexsort((session, activity, unit))
    unit, activity, session = unit[order], activity[order], session[order]
    rows, start = np.unique(unit, return_index=True)
    fresh = (np.diff(unit, prepend=-1) != 0) | (np.diff(activity, prepend=-1) != 0)
    weight = asked.taste.slope[rows]
    cells = Cells(np.append(start, len(unit)).astype(np.int64), np.cumsum(fresh) - 1, session, x[order], load[order], weight)
    return cells, rows.astype(np.int32)


def _walk(work: Callable[[I32, Scratch], T], parts: list[I32], threads: int) -> Iterator[T]:
    """What `work` gives for each part, in order; each thread keeps its own scratch memory."""
    own = threading.local()

    def one(part: I32) -> T:
        if not hasattr(own, "scratch"):
            own.scratch = Scratch()
        return work(part, own.scratch)

    with ThreadPoolExecutor(max_workers=threads) as pool:
        yield from pool.map(one, parts)


def _fill(asked: Asked, units: I32, edges: Edges, scratch: Scratch) -> None:
    row, session, p, load = feasible(asked, units, scratch)
    rank = asked.taste.slope[units[row]] * hazard(p, asked.taste.boost[session])
    if asked.taste.price.any():
        rank -= asked.taste.price[session] * load
    kept, place = best(row, len(units), asked.limits.world.sessions.activity[session], rank, edges.session.shape[1])
    at = units[row[kept]], place
    edges.session[at], edges.p[at], edges.load[at] = session[kept], p[kept], load[kept]


def feasible(asked: Asked, units: I32, scratch: Scratch) -> tuple[I32 | I64, I32, F32, F32]:
    """(row in `units`, session, p, load) of every pair of these units that breaks no limit, row by row."""
    rows = members(asked.limits, units)
    cols = around(asked.limits, rows)
    family = len(rows) > len(units)
    starts = asked.limits.units.start[units + 1] - asked.limits.units.start[units]
    starts = np.cumsum(starts) - starts
    row, col, km = survivors(asked.limits, asked.barriers, rows, cols, scratch, starts if family else None)
    p = asked.chance(_logits(asked, rows, cols, row, col, km, scratch))
    load = p * asked.limits.world.residents.party[rows].astype(np.float32).take(row)
    if family:
        return _together(asked, rows, cols, starts, row.astype(np.int64) * len(cols) + col, p)
    return row, cols.take(col), p, load


def _logits(asked: Asked, rows: I32, cols: I32, row: I32, col: I32, km: F32, scratch: Scratch) -> F32:
    """Only where a pair may be; a scorer that cannot do that fills the whole block."""
    world = asked.limits.world
    if hasattr(asked.scorer, "cells"):
        return np.asarray(asked.scorer.cells(world, rows, cols, row, col, km), np.float32)
    shape = (len(rows), len(cols))
    far, out = scratch.floats("km", shape), scratch.floats("logits", shape)
    far.fill(0)
    far[row, col] = km
    asked.scorer.logits(world, rows, cols, far, out)
    return out[row, col]


def _together(asked: Asked, rows: I32, cols: I32, starts: I64, cell: I64, p: F32) -> tuple[I64, I32, F32, F32]:
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


def best(row: I32 | I64, rows: int, group: I32, rank: F32, keep: int) -> tuple[I64, I64]:
    """(positions, their place in the row's list): of each row the `keep` best, at most DATES of one group.

    `row` rises; ties go to the earlier position. Keys of rank downwards and place within the row are parted and sorted row by row.
    """
    count = np.bincount(row, minlength=rows)
    start = np.cumsum(count) - count
    bits = rank.astype(np.float32).view(np.uint32)
    falling = np.where(bits >> 31, bits, ~bits ^ np.uint32(1 << 31))
    inside = np.arange(len(row)) - start[row]
    keys = np.full((rows, max(int(count.max(initial=0)), 1)), NOBODY)
    keys[row, inside] = falling.astype(np.uint64) << np.uint64(32) | inside.astype(np.uint64)
    depth = 2 * keep
    while True:
        top = np.sort(np.partition(keys, depth - 1, axis=1)[:, :depth] if depth < keys.shape[1] else keys, axis=1)
        where = (top & np.uint64(0xFFFFFFFF)).astype(np.int64)
        fine = top != NOBODY
        where += start[:, None]
        number = np.full(top.shape, -1, np.int32)
        number[fine] = group[where[fine]]
        fine &= ~_surplus(number)
        place = np.cumsum(fine, axis=1) - 1
        fine &= place < keep
        if depth >= keys.shape[1] or not ((fine.sum(axis=1) < keep) & (count > depth)).any():
            line, column = np.nonzero(fine)
            return where[line, column], place[line, column]
        depth *= 4


def _surplus(group: I32) -> Bool:
    """[r, d] whether DATES of the same group stand before it in its row; -1 is no group."""
    out = np.zeros(group.shape, bool)
    if group.shape[1] > DATES:
        code = group.astype(np.int64) << 32 | np.arange(group.shape[1])
        code.sort(axis=1)
        again = code[:, DATES:] >> 32 == code[:, :-DATES] >> 32
        line, place = np.nonzero(again)
        out[line, code[line, place + DATES] & 0xFFFFFFFF] = True
    return out
