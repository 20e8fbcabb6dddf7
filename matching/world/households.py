"""Who is matched as one: a household gets the same sessions or none, everybody else is a unit of one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from matching.world.arrays import F32, I32, I64, Residents


@dataclass(frozen=True, slots=True)
class Units:
    """u units over n residents, numbered by their first resident."""

    of: I32  # [n] unit of each resident
    members: I32  # [n] residents, unit by unit, rising inside a unit
    start: I64  # [u + 1] unit i holds members[start[i]:start[i + 1]]
    seats: I32  # [u] seats that a yes of the whole unit takes

    @property
    def count(self) -> int:
        return len(self.start) - 1


def units_of(residents: Residents) -> Units:
    """A household of one is simply a person."""
    n = len(residents.key)
    first = np.arange(n, dtype=np.int32)
    together = np.flatnonzero(residents.household >= 0)
    if len(together):
        _, head, inverse = np.unique(residents.household[together], return_index=True, return_inverse=True)
        first[together] = together[head][inverse]
    of: I32 = np.unique(first, return_inverse=True)[1].astype(np.int32)
    members = np.argsort(of, kind="stable").astype(np.int32)
    size = np.bincount(of) if n else np.zeros(0, np.int64)
    start = np.concatenate(([0], np.cumsum(size))).astype(np.int64)
    seats = np.zeros(len(size), np.int32)
    np.add.at(seats, of, residents.party.astype(np.int32))
    return Units(of, members, start, seats)


def per_unit(units: Units, values: F32) -> F32:
    """Sum of a resident column over each unit, in a fixed order."""
    if not units.count:
        return np.zeros(0, np.float32)
    return np.add.reduceat(values[units.members].astype(np.float64), units.start[:-1]).astype(np.float32)
