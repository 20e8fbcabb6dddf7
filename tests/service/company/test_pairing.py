"""Who is told of whom: each once, never two that are apart, and nobody is left who could have been told of somebody."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import combinations
from uuid import UUID

import msgspec
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from service.company.model import CompanySeat
from service.company.pairing import choose_pairs, pair_up


def people(count: int, *, hosts: int = 0) -> list[CompanySeat]:
    """Newcomers first."""
    return [
        CompanySeat(
            session_id=UUID(int=1), resident_id=UUID(int=number), starts_at=datetime(2026, 11, 27, tzinfo=UTC), sequence=0,
            language="en", zone="UTC", link_epoch=0, name=None, may_meet_host=number < count, is_welcome_host=number >= count,
        )
        for number in range(count + hosts)
    ]  # fmt: skip


@given(count=st.integers(0, 9), seed=st.integers(0, 2**32), data=st.data())
def test_everybody_who_can_be_is_told_of_one_other(count: int, seed: int, data: st.DataObject) -> None:
    newcomers = people(count)
    all_pairs = [frozenset((first.resident_id, second.resident_id)) for first, second in combinations(newcomers, 2)]
    apart = set(data.draw(st.lists(st.sampled_from(all_pairs), max_size=12))) if all_pairs else set()
    pairs = pair_up(newcomers, apart, np.random.default_rng(seed))
    chosen = [person.resident_id for pair in pairs for person in pair]
    assert len(chosen) == len(set(chosen))
    assert not apart & {frozenset((first.resident_id, second.resident_id)) for first, second in pairs}
    left = [person.resident_id for person in newcomers if person.resident_id not in chosen]
    assert all(frozenset(couple) in apart for couple in combinations(left, 2))


@given(newcomers=st.integers(0, 5), asleep=st.integers(0, 2), hosts=st.integers(0, 4), seed=st.integers(0, 2**32), data=st.data())
def test_newcomers_come_first_and_then_each_who_is_left_has_a_host_of_their_own(
    newcomers: int, asleep: int, hosts: int, seed: int, data: st.DataObject
) -> None:
    everybody = people(newcomers + asleep, hosts=hosts)
    couples = [frozenset((first.resident_id, second.resident_id)) for first, second in combinations(everybody, 2)]
    apart = set(data.draw(st.lists(st.sampled_from(couples), max_size=12))) if couples else set()
    sleepers, awake = everybody[:asleep], everybody[asleep:]
    pairs = choose_pairs(awake, sleepers, apart, np.random.default_rng(seed))
    chosen = [person for pair in pairs for person in pair]
    assert len({person.resident_id for person in chosen}) == len(chosen)
    assert not any(person in sleepers for person in chosen)
    assert not any(first.is_welcome_host for first, _ in pairs)
    assert not apart & {frozenset((first.resident_id, second.resident_id)) for first, second in pairs}

    def may(person: CompanySeat, others: list[CompanySeat]) -> bool:
        return any(frozenset((person.resident_id, other.resident_id)) not in apart for other in others if other is not person)

    left = [person for person in awake if not person.is_welcome_host and person not in chosen]
    greeted = [newcomer for newcomer, other in pairs if other.is_welcome_host]
    assert not any(may(person, left + greeted) for person in greeted + left), "two newcomers who could have been paired"
    assert not any(may(person, sleepers) for person in greeted), "a newcomer who could have waited for another"
    free = [person for person in awake if person.is_welcome_host and person not in chosen]
    assert not any(may(person, free) for person in left if not may(person, sleepers))


def test_who_agreed_to_newcomers_alone_meets_no_host() -> None:
    newcomer, host = people(1, hosts=1)
    assert choose_pairs([newcomer, host], [], set(), np.random.default_rng(0)) == [(newcomer, host)]
    of_old = msgspec.structs.replace(newcomer, may_meet_host=False)
    assert choose_pairs([of_old, host], [], set(), np.random.default_rng(0)) == []


def test_the_dice_decide_and_the_same_dice_decide_the_same() -> None:
    def decided(seed: int) -> list[set[int]]:
        pairs = pair_up(people(6), set(), np.random.default_rng(seed))
        return sorted(({person.resident_id.int for person in pair} for pair in pairs), key=min)

    assert decided(1) == decided(1)
    assert len({str(decided(seed)) for seed in range(20)}) > 3
