"""Who of the people at one date is told of whom. Pure.

The dice choose, so that nobody can arrange to be told of a certain person.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

from service.company.model import CompanySeat

Pair = tuple[CompanySeat, CompanySeat]


def choose_pairs(
    awake: Sequence[CompanySeat], asleep: Sequence[CompanySeat], apart: Collection[frozenset[object]], rng: np.random.Generator
) -> list[Pair]:
    """Pairs of newcomers first; then a newcomer with a host of welcome, who is the second of such a pair. Of those who are awake only.

    Who could be paired with a newcomer that is still asleep waits for them: two people who are new need no host.
    """
    newcomers, hosts = [seat for seat in awake if not seat.is_welcome_host], [seat for seat in awake if seat.is_welcome_host]
    pairs = pair_up(newcomers, apart, rng)
    paired = {seat.resident_id for pair in pairs for seat in pair}
    left = [seat for seat in newcomers if seat.resident_id not in paired and seat.may_meet_host]
    alone = without_partner(left, [seat for seat in asleep if not seat.is_welcome_host], apart)
    return pairs + with_hosts(alone, hosts, apart, rng)


def pair_up(newcomers: Sequence[CompanySeat], apart: Collection[frozenset[object]], rng: np.random.Generator) -> list[Pair]:
    """Each in one pair at most, and never two that are apart. Of those who are left no two could be paired."""
    waiting: list[CompanySeat] = []
    pairs: list[Pair] = []
    for person in _shuffled(newcomers, rng):
        other = _first_allowed(person, waiting, apart)
        if other is None:
            waiting.append(person)
        else:
            waiting.remove(other)
            pairs.append((other, person))
    return pairs


def with_hosts(
    newcomers: Sequence[CompanySeat], hosts: Sequence[CompanySeat], apart: Collection[frozenset[object]], rng: np.random.Generator
) -> list[Pair]:
    """Newcomer and host of welcome, each in one pair at most, and never two that are apart.

    Of those who are left no newcomer could be paired with a host.
    """
    free = _shuffled(hosts, rng)
    pairs: list[Pair] = []
    for newcomer in _shuffled(newcomers, rng):
        host = _first_allowed(newcomer, free, apart)
        if host is not None:
            free.remove(host)
            pairs.append((newcomer, host))
    return pairs


def without_partner(
    newcomers: Sequence[CompanySeat], others: Sequence[CompanySeat], apart: Collection[frozenset[object]]
) -> list[CompanySeat]:
    """Those of the newcomers who could be paired with nobody of the others."""
    return [newcomer for newcomer in newcomers if _first_allowed(newcomer, others, apart) is None]


def _first_allowed(person: CompanySeat, others: Sequence[CompanySeat], apart: Collection[frozenset[object]]) -> CompanySeat | None:
    return next((other for other in others if frozenset((other.resident_id, person.resident_id)) not in apart), None)


def _shuffled(seats: Sequence[CompanySeat], rng: np.random.Generator) -> list[CompanySeat]:
    return [seats[index] for index in rng.permutation(len(seats)).tolist()]
