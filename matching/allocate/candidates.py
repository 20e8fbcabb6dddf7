"""Candidate lists: every pair inside the hard limits is scored, each unit keeps its best few sessions."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from matching.allocate.state import CandidatePairs
from matching.limits.blocks import around, blocks, members
from matching.limits.constraint_bits import ConstraintBits
from matching.limits.feasible_pairs import Scratch, Tile, feasible_tiles
from matching.limits.rules import Limits
from matching.score.calibration import CERTAIN, Calibration, hazard
from matching.score.protocol import PairScorer
from matching.world.arrays import F32, I32, I64, U64, Bool

NOBODY = np.uint64(2**64 - 1)
DATES = 4  # of one activity in a list: the best by itself may be the one that clashes, or is full
EVERY = 8  # pairs of a block: one of them tells how good the best are
Pairs = tuple[I32, I32, F32, F32]  # unit or row of a block, session, chance or hazard, load
Ranked = tuple[I32, I32, F32, F32, F32]  # the same and a rank


@dataclass(frozen=True, slots=True)
class RankingWeights:
    """How a pass ranks a pair: slope[unit] * boosted hazard - price[session] * expected seats.

    The hazard of a chance p is -log(1 - p): hazards of several picks add up to the chance of at least one.
    """

    slope: F32  # [u]
    price: F32  # [m]
    boost: F32  # [m] above 0; see matching.score.session_value


@dataclass(frozen=True, slots=True)
class CandidateQuery:
    """All that one pass over a world's pairs needs."""

    limits: Limits
    bits: ConstraintBits
    scorer: PairScorer
    calibration: Calibration
    ranking: RankingWeights


def find(query: CandidateQuery, *, keep: int, threads: int, units: I32 | None = None) -> CandidatePairs:
    """Exact lists over all pairs, of some units (rising) or of all; at most DATES sessions of one activity in each.

    The same whatever the number of threads, because blocks do not depend on it.
    """
    units = np.arange(query.limits.units.count, dtype=np.int32) if units is None else units
    pairs, parts = no_pairs(len(units), keep), list(blocks(query.limits, units))

    def fill(first: int) -> None:
        scratch = Scratch()
        for block in parts[first::threads]:
            _fill(query, block, np.searchsorted(units, block), pairs, scratch)

    with ThreadPoolExecutor(max_workers=threads) as pool:
        list(pool.map(fill, range(threads)))
    return pairs


def no_pairs(units: int, keep: int) -> CandidatePairs:
    """Lists without any candidate."""
    return CandidatePairs(np.full((units, keep), -1, np.int32), np.zeros((units, keep), np.float32), np.zeros((units, keep), np.float32))


def _fill(query: CandidateQuery, units: I32, rows: I64, pairs: CandidatePairs, scratch: Scratch) -> None:
    """Most pairs are far below the best of their row: a sample says how far, and what it leaves is ranked."""
    parts = [_ranked(query, units, *tile) for tile in feasible(query, units, scratch)]
    keep, activity = pairs.session.shape[1], query.limits.world.sessions.activity
    least, todo = _floor(parts, len(units), keep), np.ones(len(units), bool)
    while parts and todo.any():
        row, session, hazard, load, rank = _above(parts, np.where(todo, least, np.float32(np.inf)))
        top, place = best(row, len(units), activity[session], rank, keep)
        at = rows[row[top]], place
        pairs.session[at], pairs.hazard[at], pairs.load[at] = session[top], hazard[top], load[top]
        todo &= (np.bincount(row[top], minlength=len(units)) < keep) & (least > -np.inf)
        least[:] = -np.inf


def _ranked(query: CandidateQuery, units: I32, row: I32, session: I32, p: F32, load: F32) -> Ranked:
    x = hazard(p, query.ranking.boost.take(session))
    rank = x * query.ranking.slope[units].take(row)
    if query.ranking.price.any():
        rank -= query.ranking.price.take(session) * load
    return row, session, x, load, rank


def _floor(parts: list[Ranked], rows: int, keep: int) -> F32:
    """[rows] a rank that three times `keep` of each row are likely above; -inf for short rows."""
    if not parts:
        return np.full(rows, -np.inf, np.float32)
    row, rank = np.concatenate([part[0][::EVERY] for part in parts]), np.concatenate([part[4][::EVERY] for part in parts])
    order = np.argsort(row.astype(np.uint16), kind="stable")
    row = row[order]
    count = np.bincount(row, minlength=rows)
    table = np.full((rows, int(count.max(initial=0)) + 1), -np.inf, np.float32)
    table[row, np.arange(len(row)) - (np.cumsum(count) - count)[row]] = rank[order]
    nth = 3 * keep // EVERY
    return -np.partition(-table, nth, axis=1)[:, nth] if nth < table.shape[1] else np.full(rows, -np.inf, np.float32)


def _above(parts: list[Ranked], least: F32) -> Ranked:
    """The pairs that rank at least so high, row by row."""
    above = [np.flatnonzero(part[4] >= least.take(part[0])) for part in parts]
    columns = ([column[some] for column, some in zip(same, above, strict=True)] for same in zip(*parts, strict=True))
    row, session, x, load, rank = (np.concatenate(column) for column in columns)
    order = np.argsort(row.astype(np.uint16), kind="stable")  # of 16 bits: by counting, not by comparing
    return row[order], session[order], x[order], load[order], rank[order]


def feasible(query: CandidateQuery, units: I32, scratch: Scratch) -> Iterator[Pairs]:
    """(row in `units`, session, p, load) of every pair of these units that breaks no limit, a few sessions at a time."""
    limits = query.limits
    rows = members(limits, units)
    cols = around(limits, rows)
    size = limits.units.start[units + 1] - limits.units.start[units]
    starts = np.cumsum(size) - size if len(rows) > len(units) else None
    block, party = query.scorer.opened(limits.world, rows, cols), limits.world.residents.party[rows].astype(np.float32)
    for tile in feasible_tiles(limits, query.bits, rows, cols, scratch, starts):
        p = query.calibration(block.cells(tile.who, tile.at, tile.row, tile.column, tile.km))
        if starts is None:
            yield tile.who.astype(np.int32).take(tile.row), cols[tile.at].take(tile.column), p, p * party[tile.who].take(tile.row)
        else:
            yield _per_household(tile, cols[tile.at], p, party, starts)


def _per_household(tile: Tile, cols: I32, p: F32, party: F32, starts: I64) -> Pairs:
    """The members' mean chance, times the sum of their seats. All members have the same cells."""
    size = np.diff(np.append(starts, len(party)))
    unit = np.repeat(np.arange(len(starts), dtype=np.int32), size)
    code = unit[tile.row].astype(np.int64) * len(cols) + tile.column
    order = np.argsort(code, kind="stable")
    first = np.flatnonzero(np.diff(code[order], prepend=-1))
    if not len(first):
        return unit[:0], cols[:0], p, p
    row, col = np.divmod(code[order][first], len(cols))
    share = np.float32(1) / size.astype(np.float32)
    mean = np.minimum(np.add.reduceat((p * share[unit[tile.row]])[order], first, dtype=np.float32), CERTAIN)
    return row.astype(np.int32), cols[col], mean, mean * np.add.reduceat(party, starts)[row]


def best(row: I32 | I64, rows: int, group: I32, rank: F32, keep: int) -> tuple[I64, I64]:
    """(positions, their place in the row's list): of each row the `keep` best, at most DATES of one group.

    `row` rises; ties go to the earlier position. Keys of rank downwards and place within the row are parted and sorted row by row.
    """
    count = np.bincount(row, minlength=rows)
    start = np.cumsum(count) - count
    inside = np.arange(len(row)) - start[row]
    keys = np.full((rows, max(int(count.max(initial=0)), 1)), NOBODY)
    bits = rank.astype(np.float32).view(np.uint32)
    falling = np.where(bits >> 31, bits, ~bits ^ np.uint32(1 << 31))
    keys[row, inside] = falling.astype(np.uint64) << np.uint64(32) | inside.astype(np.uint64)
    return _best(keys, count, start, group, keep)


def _best(keys: U64, count: I64, start: I64, group: I32, keep: int) -> tuple[I64, I64]:
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
