"""A region cut into blocks of people who live close together and reach about as far, with the sessions around each block."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from matching.limits.rules import Limits
from matching.world.arrays import F64, I32

PEOPLE = 2048  # in a block


def blocks(limits: Limits, some: I32 | None = None) -> Iterator[I32]:
    """Some units, or all, by similar reach, then halved across the wider side until they fit; families apart from people alone."""
    units = limits.units
    head = units.members[units.start[:-1]]
    chosen = np.arange(units.count, dtype=np.int32) if some is None else some
    reach = np.ceil(2 * np.log2(np.clip(limits.world.residents.reach_km[head[chosen]], 0.25, 20000))).astype(np.int64)
    kind = reach * 2 + (np.diff(units.start)[chosen] > 1)
    for each in np.unique(kind):
        yield from _halves(chosen[kind == each], limits.home[head])


def _halves(units: I32, home: F64) -> Iterator[I32]:
    if len(units) <= PEOPLE:
        yield np.sort(units)
        return
    at = home[units]
    axis = int(np.argmax(at.max(axis=0) - at.min(axis=0)))
    half = len(units) // 2
    order = units[np.lexsort((units, at[:, axis]))]
    yield from _halves(order[:half], home)
    yield from _halves(order[half:], home)


def members(limits: Limits, units: I32) -> I32:
    """Residents of these units, unit by unit."""
    first, last = limits.units.start[units], limits.units.start[units + 1]
    size = last - first
    inside = np.arange(int(size.sum())) - np.repeat(np.cumsum(size) - size, size)
    return np.asarray(limits.units.members[np.repeat(first, size) + inside])


def around(limits: Limits, rows: I32) -> I32:
    """Sessions, by start in the week, that somebody among these residents might reach: one ball holds them all."""
    middle = limits.home[rows].mean(axis=0)
    spread = np.sqrt(((limits.home[rows] - middle) ** 2).sum(axis=1)).max()
    reach = spread + float(limits.world.residents.reach_km[rows].max()) + 0.01
    gap = limits.place - middle
    gap *= gap
    inside = gap[:, 0] + gap[:, 1] + gap[:, 2] <= reach * reach
    return np.asarray(limits.by_start[inside.take(limits.by_start)])
