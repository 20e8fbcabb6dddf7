"""The pairs of one block that every hard limit lets through, found by dense arithmetic on reused memory."""

from __future__ import annotations

import numpy as np

from matching.barriers import Barriers, facts, strike_busy
from matching.inputs import F32, I32, I64, U64, Bool
from matching.rules import Limits, distance_km

FAR = np.float32(1e9)  # square km: the earth is smaller


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


def survivors(limits: Limits, barriers: Barriers, rows: I32, cols: I32, scratch: Scratch, starts: I64 | None) -> tuple[I32, I32, F32]:
    """(row, column, km) of the block's cells that pass, row by row. With `starts` of households, all of a household's rows agree."""
    shape = (len(rows), len(cols))
    square = scratch.floats("square", shape)
    slack = _square_km(limits, barriers, rows, cols, square)
    reach = limits.world.residents.reach_km[rows]
    fine = scratch.bools("fine", shape)
    np.less_equal(square, (reach * reach + slack)[:, None], out=fine)
    strike_busy(limits, barriers, rows, cols, fine, scratch.words("busy", shape), scratch.bools("free", shape))
    _strike_never(limits, rows, cols, fine)
    if starts is not None and len(cols):
        _settle_edge(limits, rows, cols, square, np.flatnonzero(fine), fine, slack)
        size = np.diff(np.append(starts, len(rows)))
        fine &= np.repeat(np.logical_and.reduceat(fine, starts, axis=0), size, axis=0)
    cell = np.flatnonzero(fine).astype(np.int32)
    if _settle_edge(limits, rows, cols, square, cell, fine, slack):
        cell = cell[fine.ravel()[cell]]
    row = cell // np.int32(max(len(cols), 1))
    km = square.ravel().take(cell)
    np.maximum(km, np.float32(0), out=km)
    return row, cell - row * np.int32(len(cols)), np.sqrt(km, out=km)


def _square_km(limits: Limits, barriers: Barriers, rows: I32, cols: I32, out: F32) -> np.float32:
    """Fill [r, c] by one small product around the block's middle, far beyond any reach where a fact bars the pair.

    Gives what float32 may be wrong by for the other pairs: a barrier adds nothing at all there.
    """
    middle = limits.home[rows].mean(axis=0)
    here, there = limits.home[rows] - middle, limits.place[cols] - middle
    near, far = (here * here).sum(axis=1), (there * there).sum(axis=1)
    left = np.concatenate((here, near[:, None], np.ones((len(rows), 1)), FAR * facts(barriers, rows)), axis=1)
    right = np.concatenate((-2 * there.T, np.ones((1, len(cols))), far[None, :], barriers.has[:, cols]))
    np.matmul(left.astype(np.float32), right.astype(np.float32), out=out)
    return np.float32(1e-6 * (near.max(initial=0) + far.max(initial=0)) + 1e-6)


def _settle_edge(limits: Limits, rows: I32, cols: I32, square: F32, cell: I32 | I64, fine: Bool, slack: np.float32) -> bool:
    """Pairs too close to the end of a reach for float32 are decided by the exact distance; whether any was found too far."""
    reach = limits.world.residents.reach_km[rows]
    edge = (reach * reach - slack)[cell // max(len(cols), 1)]
    doubt = cell[square.ravel().take(cell) >= edge]
    row, col = np.divmod(doubt, max(len(cols), 1))
    within = distance_km(limits, rows[row], cols[col]) <= reach[row]
    fine.ravel()[doubt] = within
    return not within.all()


def _strike_never(limits: Limits, rows: I32, cols: I32, fine: Bool) -> None:
    first, last = limits.never_start[rows], limits.never_start[rows + 1]
    if not (last > first).any():
        return
    m = len(limits.world.sessions.key)
    column = np.full(m, -1, np.int32)
    column[cols] = np.arange(len(cols), dtype=np.int32)
    for row in np.flatnonzero(last > first):
        hit = column[limits.never[first[row] : last[row]] % m]
        fine[row, hit[hit >= 0]] = False
