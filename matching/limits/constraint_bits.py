"""The hard limits as bits: a pair is out when a bit that bars the person is a bit that the session has.

Every limit but reach and single answers is such a bit: a need the activity does not answer with a plain yes, a sensitive topic
that was not asked for, an age band,
a price or a set of languages that occurs in this world, too few seats for the party, a half hour that is not free.
A product of a person's bits and a session's counts what stands between them, together with their distance.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching.limits.rules import Limits
from matching.world.arrays import F32, I32, U8, U64, Bool


@dataclass(frozen=True, slots=True)
class ConstraintBits:
    """No barrier between i and j: facts(bars[i]) @ has[:, j] == 0, and no half hour that j touches is busy for i."""

    bars: U64  # [n, words] bit f of the row: fact f bars the person
    has: F32  # [facts, m] 1 where the session has the fact


def constraint_bits(limits: Limits) -> ConstraintBits:
    """Exact for any number of distinct facts; about thirty are usual."""
    who, dates = limits.world.residents, limits.world.sessions
    seats = np.minimum(dates.seats, limits.seats_needed.max(initial=0)).astype(np.float32)
    columns = [
        *_needs(who.needs, ~limits.provides),
        *_levels(limits.sensitive, lambda about: (about != 0) & (who.asked & about == 0)),
        *_levels(limits.age_min, lambda least: who.age_low < least),
        *_levels(limits.age_max, lambda most: who.age_high > most),
        *_levels(limits.cost_cents, lambda price: who.cost_cents < price),
        *_levels(limits.languages, lambda spoken: who.languages & spoken == 0),
        *_levels(seats, lambda free: limits.seats_needed > free),
    ]
    has = np.array([right for _, right in columns], np.float32).reshape(len(columns), len(dates.key))
    return ConstraintBits(_packed([left for left, _ in columns], len(who.key)), has)


def _needs(needs: NDArray[Any], missing: NDArray[Any]) -> list[tuple[Bool, Bool]]:
    used = int(np.bitwise_or.reduce(needs, initial=0)) & int(np.bitwise_or.reduce(missing, initial=0))
    bits = [np.uint32(1 << bit) for bit in range(32) if used >> bit & 1]
    return [((needs & bit) != 0, (missing & bit) != 0) for bit in bits]


def _levels(values: NDArray[Any], barred: Any) -> list[tuple[Bool, Bool]]:
    """A column for each value that sessions take, unless it bars nobody."""
    pairs = [(barred(value), values == value) for value in np.unique(values)]
    return [(left, right) for left, right in pairs if left.any()]


def _packed(columns: list[Bool], rows: int) -> U64:
    words = max((len(columns) + 63) // 64, 1)
    packed = np.zeros((rows, words), np.uint64)
    for at, column in enumerate(columns):
        packed[:, at // 64] |= column.astype(np.uint64) << np.uint64(at % 64)
    return packed


def facts(barriers: ConstraintBits, rows: I32) -> F32:
    """[r, facts] 1 where a fact bars the person."""
    return unpacked_bits(barriers.bars[rows])[:, : len(barriers.has)].astype(np.float32)


def unpacked_bits(words: U64 | U8) -> U8:
    """[r, bits] each bit of each row's words as a number."""
    return np.unpackbits(np.ascontiguousarray(words).view(np.uint8), axis=1, bitorder="little")
