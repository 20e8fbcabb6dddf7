"""A session about a sensitive topic is only for people who asked for one of its topics; they are served like everybody else."""

from __future__ import annotations

import os
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching import preview
from matching.score.scorer import Scorer
from matching.week import match
from matching.world.arrays import Residents, World, arrays, rebuild
from matching.world.settings import Settings
from tests.matching.worlds import PlainScore, a_world, open_to_all

WORLDS = int(os.environ.get("DOORSTEP_WORLDS", "40"))


def a_town(seed: int, *, about: float = 0.3, asking: float = 0.2, residents: int, sessions: int) -> World:
    """Many sensitive activities, with one or more of four topics each, and people who ask for few of them."""
    rng = np.random.default_rng(seed)
    world = a_world(rng, easy=0.95, residents=residents, sessions=sessions)
    a, n = len(world.activities.key), len(world.residents.key)
    bits = 1 << np.arange(4)
    topics = (rng.random((a, 4)) < about) @ bits
    asked = (rng.random((n, 4)) < asking) @ bits
    return replace(
        world,
        activities=replace(world.activities, sensitive=topics.astype(np.uint32)),
        residents=replace(world.residents, asked=asked.astype(np.uint32)),
    )


@settings(max_examples=WORLDS, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 120), st.integers(1, 60))
def test_nobody_is_invited_to_a_sensitive_session_they_did_not_ask_for(seed: int, residents: int, sessions: int) -> None:
    world = a_town(seed, residents=residents, sessions=sessions)
    picks = match(world, Scorer(), Settings(), seed).picks
    about = world.activities.sensitive[world.sessions.activity[picks.session]]
    assert not np.any((about != 0) & (about & world.residents.asked[picks.resident] == 0))


@settings(max_examples=WORLDS, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_no_example_is_a_sensitive_session_that_was_not_asked_for(seed: int) -> None:
    world = a_town(seed, residents=20, sessions=60)
    region = preview.open_region(world, Scorer(), Settings())
    for row in range(20):
        person = preview.one_row(world.residents, row)
        best = preview.best(region, person)
        about = world.activities.sensitive[world.sessions.activity[best.session]]
        assert not np.any((about != 0) & (about & person.asked[0] == 0))


@pytest.mark.parametrize("seed", range(8))
def test_who_asked_is_served_by_nothing_but_what_they_asked_for(seed: int) -> None:
    """A town where every session is about grief: its mourners all get one, nobody else does."""
    rng = np.random.default_rng(seed)
    world = open_to_all(a_world(rng, residents=40, sessions=20, seats=(60, 60)))
    asked = (rng.random(40) < 0.3).astype(np.uint32)
    sessions = replace(world.sessions, seats=np.full(20, 200, np.float32))
    grief = replace(world.activities, sensitive=np.ones(len(world.activities.key), np.uint32))
    world = replace(world, sessions=sessions, activities=grief, residents=replace(world.residents, asked=asked))
    week = match(world, PlainScore(), Settings(), seed)
    assert set(week.picks.resident.tolist()) == set(np.flatnonzero(asked).tolist())
    assert week.empty.first[:, 1].tolist() == [20 - np.count_nonzero(world.never.resident == who) for who in week.empty.resident]


def test_a_household_is_not_invited_for_the_wish_of_one() -> None:
    world = a_town(3, about=1.0, asking=0.0, residents=12, sessions=12)
    one_asks = replace(world.residents, household=np.zeros(12, np.int32), asked=(np.arange(12) == 0).astype(np.uint32) * np.uint32(15))
    assert not len(match(replace(world, residents=one_asks), Scorer(), Settings(), 1).picks.resident)


def test_a_world_that_says_nothing_of_it_is_the_world_it_was() -> None:
    """Weeks stored before the limit existed keep their hash and their result."""
    world = a_town(5, about=0.0, asking=0.0, residents=30, sessions=20)
    flat = arrays(world)
    assert not {"residents.asked", "activities.sensitive"} & set(flat)
    again = rebuild(flat)
    assert again.snapshot_hash() == world.snapshot_hash()
    assert match(again, Scorer(), Settings(), 1).picks.session.tolist() == match(world, Scorer(), Settings(), 1).picks.session.tolist()
    columns = arrays(a_town(5, residents=30, sessions=20))
    assert {"residents.asked", "activities.sensitive"} <= set(columns)
    assert isinstance(rebuild(columns).residents, Residents)
    assert np.array_equal(rebuild(columns).residents.asked, columns["residents.asked"])
