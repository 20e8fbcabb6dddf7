"""Who of the newcomers at one date is told of whom. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

from service.company.model import Newcomer

Pair = tuple[Newcomer, Newcomer]


def pair_up(newcomers: Sequence[Newcomer], apart: Collection[frozenset[object]], rng: np.random.Generator) -> list[Pair]:
    """Each in one pair at most, and never two that are apart. Of those who are left no two could be paired.

    The dice choose, so that nobody can arrange to be told of a certain person.
    """
    waiting: list[Newcomer] = []
    pairs: list[Pair] = []
    for index in rng.permutation(len(newcomers)).tolist():
        person = newcomers[index]
        other = next((each for each in waiting if frozenset((each.resident_id, person.resident_id)) not in apart), None)
        if other is None:
            waiting.append(person)
        else:
            waiting.remove(other)
            pairs.append((other, person))
    return pairs
