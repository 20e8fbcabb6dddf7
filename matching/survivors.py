"""The pairs of one block that every hard limit lets through, found by dense arithmetic on reused memory."""

from __future__ import annotations

import numpy as np

from matching.barriers import Barriers, meet
from matching.inputs import F32, I32, I64, U64, Bool
from matching.rules import Limits, distance_km


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


def survivors(limits: Limits, barriers: Barriers, rows: I32, cols: I32, scratch: Scratch, starts: I64 | None) -> tuple[I32, F32]:
    """(cells of the block r * len(cols) + c, rising; their km). With `starts` of households, all of a household's rows agree."""
    shape = (len(rows), len(cols))
    square = scratch.floats("square", shape)
    slack = square_km(limits, rows, cols, square)
    reach = limits.world.residents.reach_km[rows]
    fine, free = scratch.bools("fine", shape), scratch.bools("free", shape)
    np.less_equal(square, (reach * reach + slack)[:, None], out=fine)
    hit = meet(barriers, rows, cols, scratch.words("hit", shape), scratch.words("spare", shape))
    np.equal(hit, np.uint64(0), out=free)
    fine &= free
    _strike_never(limits, rows, cols, fine)
    _settle_edge(limits, rows, cols, square, fine, slack)
    if starts is not None and len(cols):
        size = np.diff(np.append(starts, len(rows)))
        fine &= np.repeat(np.logical_and.reduceat(fine, starts, axis=0), size, axis=0)
    cell = np.flatnonzero(fine).astype(np.int32)
    return cell, np.sqrt(np.maximum(square.ravel()[cell], np.float32(0)))


def square_km(limits: Limits, rows: I32, cols: I32, out: F32) -> np.float32:
    """Fill [r, c] by one small product around the block's middle; gives what float32 may be wrong by."""
    middle = limits.home[rows].mean(axis=0)
    here, there = limits.home[rows] - middle, limits.place[cols] - middle
    near, far = (here * here).sum(axis=1), (there * there).sum(axis=1)
    left = np.concatenate((here, near[:, None], np.ones((len(rows), 1))), axis=1).astype(np.float32)
    right = np.concatenate((-2 * there, np.ones((len(cols), 1)), far[:, None]), axis=1).astype(np.float32)
    np.matmul(left, right.T, out=out)
    return np.float32(1e-6 * (near.max(initial=0) + far.max(initial=0)) + 1e-6)


def _settle_edge(limits: Limits, rows: I32, cols: I32, square: F32, fine: Bool, slack: np.float32) -> None:
    """Pairs too close to the end of a reach for float32 are decided by the exact distance."""
    reach = limits.world.residents.reach_km[rows]
    cell = np.flatnonzero(fine)
    row = cell // max(len(cols), 1)
    doubt = cell[square.ravel()[cell] >= (reach * reach - slack)[row]]
    row, col = np.divmod(doubt, max(len(cols), 1))
    fine.ravel()[doubt] = distance_km(limits, rows[row], cols[col]) <= reach[row]


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
