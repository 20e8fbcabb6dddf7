"""The pairs of one block that every hard limit lets through, found by dense arithmetic on reused memory.

Sessions come by their start, a few hundred at a time: few half hours are asked about then, and whoever is busy in all of them is left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from matching.limits.constraint_bits import ConstraintBits, facts, unpacked_bits
from matching.limits.rules import Limits, distance_km
from matching.world.arrays import F32, I32, I64, U8, U64, Bool

FAR = np.float32(1e9)  # square km: the earth is smaller
TILE = 512  # sessions at a time


class Scratch:
    """One thread's memory, kept from block to block: fresh pages cost more than the arithmetic on them."""

    def __init__(self) -> None:
        self._rooms: dict[str, U64] = {}

    def words(self, name: str, shape: tuple[int, int]) -> U64:
        size = shape[0] * shape[1]
        if name not in self._rooms or len(self._rooms[name]) < size:
            self._rooms[name] = np.empty(size + size // 8, np.uint64)
        return self._rooms[name][:size].reshape(shape)

    def floats(self, name: str, shape: tuple[int, int]) -> F32:
        half = (shape[0] * shape[1] + 1) // 2
        return self.words(name, (1, half)).view(np.float32).ravel()[: shape[0] * shape[1]].reshape(shape)

    def bools(self, name: str, shape: tuple[int, int]) -> Bool:
        eighth = (shape[0] * shape[1] + 7) // 8
        return self.words(name, (1, eighth)).view(np.bool_).ravel()[: shape[0] * shape[1]].reshape(shape)


@dataclass(frozen=True, slots=True)
class Tile:
    """The cells that pass among some of a block's rows and columns, row by row."""

    who: I64  # [w] rows of the block, rising
    at: slice  # its columns
    row: I32  # [k] in `who`, rising
    column: I32  # [k] in `at`, rising within a row
    km: F32  # [k]


def feasible_tiles(limits: Limits, barriers: ConstraintBits, rows: I32, cols: I32, scratch: Scratch, starts: I64 | None) -> Iterator[Tile]:
    """All cells that pass, by columns. With `starts` of households, all of a household's rows agree and every tile has all rows."""
    block = _open(limits, barriers, rows, cols, starts)
    for first in range(0, len(cols), TILE):
        yield _tile(block, slice(first, min(first + TILE, len(cols))), scratch)


@dataclass(frozen=True, slots=True)
class _Block:
    """left [r, k] @ right [k, c] is the square of each distance, far beyond any reach where a fact bars the pair."""

    limits: Limits
    rows: I32
    cols: I32
    starts: I64 | None
    left: F32
    right: F32
    busy: F32  # [r, half hours] FAR where the person is not free
    touched: U8  # [c, octets]
    within: F32  # [r] square km of each reach
    slack: np.float32  # what float32 may be wrong by, for pairs that nothing bars: a barrier adds nothing at all there
    never: tuple[I64, I64]  # (row, column) of single answers


def _open(limits: Limits, barriers: ConstraintBits, rows: I32, cols: I32, starts: I64 | None) -> _Block:
    middle = limits.home[rows].mean(axis=0)
    here, there = limits.home[rows] - middle, limits.place[cols] - middle
    near, far = (here * here).sum(axis=1), (there * there).sum(axis=1)
    left = np.column_stack((here, near, np.ones(len(rows)), FAR * facts(barriers, rows))).astype(np.float32)
    right = np.empty((5 + len(barriers.has), len(cols)), np.float32)
    right[:3], right[3], right[4] = -2 * there.T, 1, far
    np.take(barriers.has, cols, axis=1, out=right[5:], mode="clip")
    free = limits.world.residents.available[rows]
    return _Block(
        limits, rows, cols, starts, left, right,
        busy=FAR * unpacked_bits(~free).astype(np.float32),
        touched=limits.touched[cols].view(np.uint8),
        within=limits.world.residents.reach_km[rows] ** 2,
        slack=np.float32(1e-6 * (near.max(initial=0) + far.max(initial=0)) + 1e-6),
        never=_never(limits, rows, cols),
    )  # fmt: skip


def _never(limits: Limits, rows: I32, cols: I32) -> tuple[I64, I64]:
    first, last = limits.never_start[rows], limits.never_start[rows + 1]
    row = np.repeat(np.arange(len(rows)), last - first)
    if not len(row):
        return row, row
    m = len(limits.world.sessions.key)
    column = np.full(m, -1)
    column[cols] = np.arange(len(cols))
    hit = column[np.concatenate([limits.never[one:end] for one, end in zip(first, last, strict=True)]) % m]
    return row[hit >= 0], hit[hit >= 0]


def _tile(block: _Block, at: slice, scratch: Scratch) -> Tile:
    who, left, right = _factors(block, at)
    shape = (len(who), right.shape[1])
    square = np.matmul(left, right, out=scratch.floats("square", shape))
    fine = np.less_equal(square, (block.within[who] + block.slack)[:, None], out=scratch.bools("fine", shape))
    _strike_never(block, at, fine, who)
    tile = Tile(who, at, *_cells(square, fine))
    far = _too_far(block, tile)
    if len(far) or block.starts is not None:
        fine[tile.row[far], tile.column[far]] = False
        if block.starts is not None:
            size = np.diff(np.append(block.starts, len(who)))
            fine &= np.repeat(np.logical_and.reduceat(fine, block.starts, axis=0), size, axis=0)
        tile = Tile(who, at, *_cells(square, fine))
    np.maximum(tile.km, np.float32(0), out=tile.km)
    np.sqrt(tile.km, out=tile.km)
    return tile


def _cells(square: F32, fine: Bool) -> tuple[I32, I32, F32]:
    """(row, column, square) of the cells that are fine."""
    cell, width = np.flatnonzero(fine), fine.shape[1]
    first = np.arange(len(fine) + 1) * width
    count = np.diff(np.searchsorted(cell, first))
    column = (cell - np.repeat(first[:-1], count)).astype(np.int32)
    return np.repeat(np.arange(len(fine), dtype=np.int32), count), column, square.ravel().take(cell)


def _factors(block: _Block, at: slice) -> tuple[I64, F32, F32]:
    """(rows, left, right): the people who are free at some half hour of these columns, the half hours as further facts."""
    octets = block.touched[at]
    used = np.flatnonzero(np.bitwise_or.reduce(octets, axis=0))
    bits = unpacked_bits(octets[:, used])
    asked = np.flatnonzero(bits.any(axis=0))
    busy = block.busy[:, (8 * used[:, None] + np.arange(8)).ravel()[asked]]
    right = np.concatenate((block.right[:, at], bits[:, asked].T.astype(np.float32)))
    if block.starts is not None:
        return np.arange(len(busy)), np.concatenate((block.left, busy), axis=1), right
    who = np.flatnonzero(busy.min(axis=1) == 0)
    return who, np.concatenate((block.left[who], busy[who]), axis=1), right


def _too_far(block: _Block, tile: Tile) -> I64:
    """Cells too near the end of a reach for float32 that the exact distance rules out; `tile.km` still holds squares."""
    doubt = np.flatnonzero(tile.km >= (block.within[tile.who] - block.slack).take(tile.row))
    resident = block.rows[tile.who[tile.row[doubt]]]
    within = distance_km(block.limits, resident, block.cols[tile.at][tile.column[doubt]]) <= block.limits.world.residents.reach_km[resident]
    return np.asarray(doubt[~within])


def _strike_never(block: _Block, at: slice, fine: Bool, who: I64) -> None:
    row, column = block.never
    if len(row):
        line = np.full(len(block.rows), -1)
        line[who] = np.arange(len(who))
        here = (column >= at.start) & (column < at.stop) & (line[row] >= 0)
        fine[line[row[here]], column[here] - at.start] = False
