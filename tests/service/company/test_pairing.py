"""Who is told of whom: each once, never two that are apart, and nobody is left who could have been told of somebody."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import combinations
from uuid import UUID

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from service.company.model import Newcomer
from service.company.pairing import pair_up


def people(count: int) -> list[Newcomer]:
    return [
        Newcomer(
            session_id=UUID(int=1), resident_id=UUID(int=number), starts_at=datetime(2026, 11, 27, tzinfo=UTC), sequence=0,
            language="en", zone="UTC", link_epoch=0, name=None,
        )
        for number in range(count)
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


def test_the_dice_decide_and_the_same_dice_decide_the_same() -> None:
    def decided(seed: int) -> list[set[int]]:
        pairs = pair_up(people(6), set(), np.random.default_rng(seed))
        return sorted(({person.resident_id.int for person in pair} for pair in pairs), key=min)

    assert decided(1) == decided(1)
    assert len({str(decided(seed)) for seed in range(20)}) > 3
