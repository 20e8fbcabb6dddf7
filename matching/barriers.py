"""The hard limits as bits: a pair is out when a bit that bars the person is a bit that the session has.

Every limit but reach and single answers is such a bit: a need the activity does not answer with a plain yes, an age band,
a price or a set of languages that occurs in this world, too few seats for the party, a half hour that is not free.
A whole block of pairs is then decided by a few ANDs of uint64 words.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching.inputs import I32, U64, WEEK_WORDS, Bool
from matching.rules import Limits


@dataclass(frozen=True, slots=True)
class Barriers:
    """bars[i, w] & has[j, w] == 0 for every word w means: no barrier between person i and session j."""

    bars: U64  # [n, facts + WEEK_WORDS]
    has: U64  # [m, facts + WEEK_WORDS]
    wraps: Bool  # [m] runs over Sunday's midnight
    facts: int  # words before those of the week


def barriers(limits: Limits) -> Barriers:
    """Exact for any number of distinct facts; about fifty of them fit the first word."""
    who, dates = limits.world.residents, limits.world.sessions
    seats = np.minimum(dates.seats, limits.seats_needed.max(initial=0)).astype(np.float32)
    columns = [
        *_needs(who.needs, ~limits.provides),
        *_levels(limits.age_min, lambda least: who.age_low < least),
        *_levels(limits.age_max, lambda most: who.age_high > most),
        *_levels(limits.cost_cents, lambda price: who.cost_cents < price),
        *_levels(limits.languages, lambda spoken: who.languages & spoken == 0),
        *_levels(seats, lambda free: limits.seats_needed > free),
    ]
    bars = np.concatenate((_packed([left for left, _ in columns], len(who.key)), ~who.available), axis=1)
    has = np.concatenate((_packed([right for _, right in columns], len(dates.key)), limits.touched), axis=1)
    return Barriers(bars, has, dates.week_to > 336, bars.shape[1] - WEEK_WORDS)


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


def meet(barriers: Barriers, rows: I32, cols: I32, hit: U64, spare: U64) -> U64:
    """[r, c] nonzero where a barrier stands; `hit` and `spare` are scratch of that shape. Columns should come by start."""
    np.bitwise_and(barriers.bars[rows, 0][:, None], barriers.has[cols, 0][None, :], out=hit)
    for word in range(1, barriers.bars.shape[1]):
        has = barriers.has[cols, word]
        if word < barriers.facts:
            hit |= barriers.bars[rows, word][:, None] & has[None, :]
            continue
        asked, late = has != 0, barriers.wraps[cols]
        for part in (np.flatnonzero(asked & ~late), np.flatnonzero(asked & late)):
            if len(part):
                run = slice(int(part[0]), int(part[-1]) + 1)
                room = spare[:, : run.stop - run.start]
                np.bitwise_and(barriers.bars[rows, word][:, None], has[None, run], out=room)
                hit[:, run] |= room
    return hit
