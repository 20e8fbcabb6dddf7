"""What every week promises, over random worlds."""

from __future__ import annotations

import os
from dataclasses import fields, replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from matching import week
from matching.reasons import Reasons
from matching.world.arrays import World, arrays
from matching.world.settings import Settings
from tests.matching import oracle
from tests.matching.worlds import PlainScore, a_world

WORLDS = int(os.environ.get("DOORSTEP_WORLDS", "40"))
seeds = st.integers(0, 2**32 - 1)


@st.composite
def worlds(draw: st.DrawFn) -> World:
    rng = np.random.default_rng(draw(seeds))
    return a_world(
        rng,
        residents=draw(st.integers(0, 70)),
        sessions=draw(st.integers(0, 30)),
        seats=draw(st.sampled_from([(0, 2), (1, 12), (5, 60)])),
        easy=draw(st.sampled_from([0.5, 0.9, 1.0])),
    )


@settings(max_examples=WORLDS, deadline=None)
@given(worlds(), st.sampled_from([-2.2, 0.0, 3.0]), st.sampled_from([0.0, 0.3]), seeds)
def test_no_week_breaks_a_limit(world: World, at_zero: float, explore: float, seed: int) -> None:
    knobs = Settings(explore_share=explore, candidates=10)
    result = week.match(world, PlainScore(at_zero), knobs, seed)
    assert oracle.violations(world, result, knobs) == []


def same(one: week.Week, other: week.Week) -> bool:
    return one.report == other.report and columns_of(one) == columns_of(other)


def columns_of(result: week.Week) -> list[bytes]:
    def of(table: week.Picks | week.Empty | Reasons) -> list[bytes]:
        return [getattr(table, column.name).tobytes() for column in fields(table) if column.name != "reasons"]

    return [*of(result.picks), *of(result.empty), *of(result.picks.reasons)]


@settings(max_examples=WORLDS, deadline=None)
@given(worlds(), seeds)
def test_the_same_inputs_and_seed_give_the_same_bytes_in_any_order_of_rows_and_with_any_number_of_threads(world: World, seed: int) -> None:
    other = shuffled(world, seed)
    first = by_key(world, week.match(world, PlainScore(), Settings(threads=1), seed))
    second = by_key(other, week.match(other, PlainScore(), Settings(threads=2), seed))
    assert same(first, second)
    assert (np.diff(first.picks.resident.astype(np.int64)) >= 0).all()


def by_key(world: World, result: week.Week) -> week.Week:
    """With keys where rows of the world were."""
    people, dates = world.residents.key.astype(np.int32), world.sessions.key.astype(np.int32)
    picks = replace(result.picks, resident=people[result.picks.resident], session=dates[result.picks.session])
    return replace(result, picks=picks, empty=replace(result.empty, resident=people[result.empty.resident]))


def shuffled(world: World, seed: int) -> World:
    """The same facts with residents and sessions in another order."""
    rng = np.random.default_rng(seed)
    people, dates = rng.permutation(len(world.residents.key)), rng.permutation(len(world.sessions.key))
    person, date = np.argsort(people).astype(np.int32), np.argsort(dates).astype(np.int32)
    residents = replace(world.residents, **{f.name: getattr(world.residents, f.name)[people] for f in fields(world.residents)})
    sessions = replace(world.sessions, **{f.name: getattr(world.sessions, f.name)[dates] for f in fields(world.sessions)})
    pairs = replace(world.pairs, resident=person[world.pairs.resident])
    line = np.lexsort((pairs.activity, pairs.resident))
    pairs = replace(pairs, **{f.name: getattr(pairs, f.name)[line] for f in fields(pairs)})
    never = replace(world.never, resident=person[world.never.resident], session=date[world.never.session])
    return replace(
        world, residents=residents, sessions=sessions, pairs=pairs, never=never, apart=person[world.apart], met=person[world.met]
    )


def test_a_world_survives_being_written_down() -> None:
    from matching.world.arrays import rebuild

    world = a_world(np.random.default_rng(1))
    assert rebuild(arrays(world)).snapshot_hash() == world.snapshot_hash()


def test_a_week_stored_before_a_column_was_known_keeps_its_hash() -> None:
    from matching.world.arrays import rebuild

    world = a_world(np.random.default_rng(1))
    bare = replace(world, residents=replace(world.residents, habits=np.zeros((len(world.residents.key), 0), np.float32)))
    flat = arrays(bare)
    assert "residents.habits" not in flat
    assert "residents.habits" in arrays(world)
    assert rebuild(flat).snapshot_hash() == bare.snapshot_hash() != world.snapshot_hash()
