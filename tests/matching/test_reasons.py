"""Reasons are facts: computed again from the world alone, they are the same, for every match."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from matching import reasons, week
from matching.reasons import CODES
from matching.world.settings import Settings
from tests.matching.oracle import great_circle_km
from tests.matching.worlds import PlainScore, a_world


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_every_stored_reason_is_recomputed_from_the_facts(seed: int) -> None:
    world = a_world(np.random.default_rng(seed), residents=80, sessions=40)
    picks = week.match(world, PlainScore(), Settings(), seed).picks
    again = reasons.recompute(world, Settings(), picks.resident, picks.session)
    assert again.code.tobytes() == picks.reasons.code.tobytes()
    assert again.number.tobytes() == picks.reasons.number.tobytes()


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_what_a_reason_says_is_so(seed: int) -> None:
    world = a_world(np.random.default_rng(seed), residents=80, sessions=40, easy=0.9)
    picks = week.match(world, PlainScore(), Settings(), seed).picks
    who, groups = world.residents, world.activities
    for k in range(len(picks.resident)):
        r, a = int(picks.resident[k]), int(world.sessions.activity[picks.session[k]])
        numbers = {CODES[c]: picks.reasons.number[k, i] for i, c in enumerate(picks.reasons.code[k]) if c}
        assert numbers, "a match without any reason"
        if "near" in numbers:
            assert abs(numbers["near"][0] - great_circle_km(who.lat[r], who.lon[r], groups.lat[a], groups.lon[a])) < 2e-3
        if "free" in numbers:
            assert groups.cost_cents[a] == 0
        if "topic" in numbers:
            assert who.topics[r, int(numbers["topic"][0])] > 0
            assert groups.topics[a, int(numbers["topic"][0])] > 0
        if "came_before" in numbers:
            row = np.flatnonzero((world.pairs.resident == r) & (world.pairs.activity == a))[0]
            assert world.pairs.attended[row] == numbers["came_before"][0] > 0
