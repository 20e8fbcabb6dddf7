"""Who could go where: every pair inside the hard limits is scored, the best few activities of each unit are kept."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from matching.inputs import F32, F64, I32, I64, World
from matching.rules import Limits, allowed_block

BLOCK = 256  # units scored together


class Scorer(Protocol):
    """An additive score. Logits are float32; `probability` is monotone, so ranks may be taken before it."""

    version: str

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
    boost: F32  # [m] at least 1
    weight: F32  # [n] of each resident inside its unit, and of the unit as their sum


@dataclass(frozen=True, slots=True)
class Edges:
    """[u, K] the candidate sessions of each unit, best first; -1 where a unit has fewer."""

    session: I32
    p: F32  # chance that the unit comes if invited: the weighted mean of its members'
    load: F32  # seats to expect: sum over members of p times party


def find(limits: Limits, scorer: Scorer, taste: Taste, *, keep: int, threads: int) -> Edges:
    """Exact lists over all pairs; the same whatever the number of threads, because blocks do not depend on it."""
    u = limits.units.count
    edges = Edges(np.full((u, keep), -1, np.int32), np.zeros((u, keep), np.float32), np.zeros((u, keep), np.float32))
    with ThreadPoolExecutor(max_workers=threads) as pool:
        for _ in pool.map(lambda units: _fill(limits, scorer, taste, units, edges), list(blocks(limits))):
            pass
    return edges


def _fill(limits: Limits, scorer: Scorer, taste: Taste, units: I32, edges: Edges) -> None:
    row, session, p, load = feasible(limits, scorer, taste, units)
    rank = taste.slope[units[row]] * hazard(p, taste.boost[session]) - taste.price[session] * load
    best, place = _best(row, limits.world.sessions.activity[session], session, rank, edges.session.shape[1])
    at = units[row[best]], place
    edges.session[at], edges.p[at], edges.load[at] = session[best], p[best], load[best]


def hazard(p: F32, boost: F32) -> F32:
    """Boosted -log(1 - p); a certain yes is cut at 0.999."""
    return -np.log1p(-np.minimum(p, np.float32(0.999))) * boost


def feasible(limits: Limits, scorer: Scorer, taste: Taste, units: I32) -> tuple[I64, I32, F32, F32]:
    """(row in `units`, session, p, load) of every pair of these units that breaks no limit, row by row."""
    rows = members(limits, units)
    cols = _within(limits, rows)
    fine, km = allowed_block(limits, rows, cols)
    size = limits.units.start[units + 1] - limits.units.start[units]
    starts = np.cumsum(size) - size
    if len(rows) > len(units):
        fine = np.repeat(np.logical_and.reduceat(fine, starts, axis=0), size, axis=0)
    logits = np.empty(fine.shape, np.float32)
    scorer.logits(limits.world, rows, cols, km, logits)
    survivors = np.flatnonzero(fine)
    chance = scorer.probability(logits.ravel()[survivors])
    if len(rows) > len(units):
        return _merge(limits, taste, rows, cols, starts, fine, survivors, chance)
    row = survivors // max(len(cols), 1)
    party = limits.world.residents.party[rows].astype(np.float32)
    return row, cols[survivors - row * len(cols)], chance, chance * party[row]


def _merge(limits, taste, rows, cols, starts, fine, survivors, chance) -> tuple[I64, I32, F32, F32]:  # type: ignore[no-untyped-def]
    dense = np.zeros(fine.shape, np.float32)
    dense.ravel()[survivors] = chance
    weight = taste.weight[rows]
    share = weight / np.repeat(np.add.reduceat(weight, starts), np.diff(np.append(starts, len(rows))))
    p = np.add.reduceat(dense * share[:, None], starts, axis=0)
    load = np.add.reduceat(dense * limits.world.residents.party[rows].astype(np.float32)[:, None], starts, axis=0)
    row, col = np.nonzero(fine[starts])
    return row, cols[col], p[row, col], load[row, col]


def members(limits: Limits, units: I32) -> I32:
    """Residents of these units, unit by unit."""
    first, last = limits.units.start[units], limits.units.start[units + 1]
    size = last - first
    inside = np.arange(int(size.sum())) - np.repeat(np.cumsum(size) - size, size)
    return np.asarray(limits.units.members[np.repeat(first, size) + inside])


def _within(limits: Limits, rows: I32) -> I32:
    """Sessions that somebody of the block might reach, by one ball around the block."""
    middle = limits.home[rows].mean(axis=0)
    spread = np.sqrt(((limits.home[rows] - middle) ** 2).sum(axis=1)).max()
    reach = spread + float(limits.world.residents.reach_km[rows].max()) + 0.01
    return np.flatnonzero(((limits.place - middle) ** 2).sum(axis=1) <= reach * reach).astype(np.int32)


def _best(row: I64, group: I32, session: I32, rank: F32, keep: int) -> tuple[I64, I64]:
    """(picked positions, their place in the row's list): per row the best session of each group, the best `keep` of those."""
    order = np.lexsort((session, -rank, row))
    pair = row[order] * (int(group.max(initial=0)) + 1) + group[order]
    _, first = np.unique(pair, return_index=True)
    order = order[np.sort(first)]
    lines = row[order]
    place = np.arange(len(order)) - np.searchsorted(lines, lines, side="left")
    return order[place < keep], place[place < keep]


def blocks(limits: Limits) -> Iterator[I32]:
    """Units near each other and with similar reach, at most BLOCK at a time; families apart from people alone."""
    units = limits.units
    head = units.members[units.start[:-1]]
    size = np.diff(units.start)
    reach = np.ceil(np.log2(np.maximum(limits.world.residents.reach_km[head], 0.25))).astype(np.int64)
    kind = reach * 2 + (size > 1)
    for each in np.unique(kind):
        yield from _split(np.flatnonzero(kind == each).astype(np.int32), limits.home[head])


def _split(units: I32, home: F64) -> Iterator[I32]:
    if len(units) <= BLOCK:
        yield np.sort(units)
        return
    at = home[units]
    axis = int(np.argmax(at.max(axis=0) - at.min(axis=0)))
    order = units[np.argsort(at[:, axis], kind="stable")]
    half = len(order) // 2
    yield from _split(order[:half], home)
    yield from _split(order[half:], home)


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
