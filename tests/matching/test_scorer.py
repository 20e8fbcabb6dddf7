"""The score: one number for a pair whichever way it is asked for, and a prior that says sensible things."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.score.features import FEATURES, NAMES, Feature, cell, middles
from matching.score.learn.next_activity import History, NextActivity, learn
from matching.score.model import AdditiveModel, logistic_chances
from matching.score.prior import prior
from matching.score.scorer import Scorer
from matching.world.arrays import Pairs, World
from tests.matching.small_town import all_pairs, town


def random_model(seed: int) -> AdditiveModel:
    """Tables for every feature, as a learned model has them."""
    rng = np.random.default_rng(seed)
    tables = {feature.name: rng.normal(0, 0.5, (3, feature.cells)).astype(np.float32) for feature in FEATURES}
    at, chance = logistic_chances()
    return AdditiveModel("random", (-1.0, -0.5, 0.2), MappingProxyType({}), MappingProxyType(tables), at, chance)


def invented_follow(world: World, seed: int) -> NextActivity:
    """Tables learned from visits that nobody made; two activities of the world are unknown to them."""
    rng, e = np.random.default_rng(seed), 400
    keys = np.sort(world.activities.key[2:])
    resident, activity = rng.integers(0, 60, e).astype(np.int32), rng.integers(0, len(keys), e).astype(np.int32)
    visits = History(resident, activity, rng.integers(0, 100_000, e), keys, world.residents.lat, world.residents.lon)
    return learn(visits, 100_000)


def dense(scorer: Scorer, world: World, km: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    block = scorer.opened(world, rows.astype(np.int32), columns.astype(np.int32))
    row, column = (cells.ravel().astype(np.int32) for cells in np.indices((len(rows), len(columns))))
    every = np.arange(len(rows)), slice(0, len(columns))
    return block.cells(*every, row, column, km[np.ix_(rows, columns)].ravel()).reshape(len(rows), -1)


@given(seed=st.integers(0, 10_000), learned=st.booleans(), pairs=st.sampled_from([0, 1, 80]))
@settings(max_examples=30, deadline=None)
def test_a_pair_has_the_same_logit_in_a_block_alone_and_term_by_term(seed: int, learned: bool, pairs: int) -> None:
    world = town(seed, pairs=pairs)
    scorer = Scorer(random_model(seed), invented_follow(world, seed)) if learned else Scorer()
    resident, session, km = all_pairs(world, seed)
    block = dense(scorer, world, km, np.arange(60), np.arange(30))
    alone = scorer.pair_logits(world, resident, session, km.ravel())
    some = np.sort(np.random.default_rng(seed).permutation(len(resident))[:200]).astype(np.int32)
    everyone, every_date = np.arange(60, dtype=np.int32), np.arange(30, dtype=np.int32)
    opened = scorer.opened(world, everyone, every_date)
    few = opened.cells(np.arange(len(everyone)), slice(0, len(every_date)), resident[some], session[some], km.ravel()[some])
    names, terms = scorer.terms(world, resident, session, km.ravel())
    assert names == ("experience", *NAMES)
    assert block.dtype == alone.dtype == terms.dtype == np.float32
    assert np.array_equal(block.ravel(), alone)
    assert np.array_equal(few, alone[some])
    np.testing.assert_allclose(scorer.intercept + terms.sum(axis=1), alone, atol=1e-5)


@given(seed=st.integers(0, 10_000))
@settings(max_examples=20, deadline=None)
def test_the_logit_does_not_depend_on_the_block_it_was_computed_in(seed: int) -> None:
    world, rng = town(seed), np.random.default_rng(seed)
    scorer = Scorer(random_model(seed), invented_follow(world, seed))
    km = all_pairs(world, seed)[2]
    rows, columns = rng.permutation(60)[:17], rng.permutation(30)[:11]
    whole_town = dense(scorer, world, km, np.arange(60), np.arange(30))
    assert np.array_equal(dense(scorer, world, km, rows, columns), whole_town[np.ix_(rows, columns)])


def test_a_habit_is_how_much_more_of_a_part_of_the_week_somebody_takes_up_than_everybody_does() -> None:
    world = town(3)
    resident, session, km = all_pairs(world, 3)
    column = Scorer().columns(world, resident, session, km.ravel())["habit"]
    habits = world.residents.habits.astype(np.float64)
    usual = (habits.sum(axis=0) + 0.5) / (habits.sum() + 0.5 * 42)
    part = world.sessions.week_from[session] // 8
    expected = np.log2((habits[resident, part] + 2 * usual[part]) / (habits[resident].sum(axis=1) + 2) / usual[part])
    np.testing.assert_allclose(column, expected, atol=0.4)  # counts are kept in steps of 1/64
    assert np.corrcoef(column, expected)[0, 1] > 0.999
    nobody = replace(world, residents=replace(world.residents, habits=np.zeros((0, 0), np.float32)))
    assert not Scorer().columns(nobody, resident, session, km.ravel())["habit"].any()


def test_a_scorer_follows_when_the_world_changes() -> None:
    scorer, km = Scorer(), all_pairs(town(1), 1)[2]
    first = dense(scorer, town(1), km, np.arange(60), np.arange(30))
    second = dense(scorer, town(2), km, np.arange(60), np.arange(30))
    assert not np.array_equal(first, second)
    assert np.array_equal(second, dense(Scorer(), town(2), km, np.arange(60), np.arange(30)))


def test_without_a_model_the_prior_scores_and_says_so() -> None:
    assert Scorer().version == prior().version
    assert Scorer().model.card["kind"] == "prior"


def one_pair(**between: float) -> World:
    """One person and one free session whose topic they like; what lies between them as given."""
    world = town(3, residents=1, activities=1, sessions=1, topics=1, words=0, pairs=1)
    people = replace(world.residents, topics=np.ones((1, 1), np.float32), reach_km=np.full(1, 10, np.float32))
    groups = replace(
        world.activities,
        topics=np.ones((1, 1), np.float32),
        cost_cents=np.zeros(1, np.int32),
        helped=np.full(1, np.nan, np.float32),
    )
    names = ("said_yes", "said_no", "attended", "missed", "invited", "rating", "faces")
    past = (np.full(1, between.get(name, 0), np.float32) for name in names)
    return replace(world, residents=people, activities=groups, pairs=Pairs(world.pairs.resident, world.pairs.activity, *past))


def chance(world: World, km: float) -> float:
    scorer, one = Scorer(), np.zeros(1, np.int32)
    return float(scorer.probability(scorer.pair_logits(world, one, one, np.array([km], np.float32)))[0])


def test_chances_of_the_prior_are_those_seen_among_real_people() -> None:
    """Of 100 older people 2 follow one invitation; a shared interest triples the odds; 12 and 24 come again after one and four visits."""
    stranger = one_pair()
    indifferent = replace(stranger, residents=replace(stranger.residents, topics=np.zeros((1, 1), np.float32)))
    assert 0.01 < chance(indifferent, 5) < 0.03
    assert 1.5 < odds(chance(stranger, 5)) / odds(chance(indifferent, 5)) < 3.5
    assert 0.06 < chance(one_pair(attended=1, said_yes=1), 5) < 0.15
    assert 0.2 < chance(one_pair(attended=4, said_yes=4), 5) < 0.45


def odds(p: float) -> float:
    return p / (1 - p)


@pytest.mark.parametrize(
    ("name", "better"), [("attended", 1), ("said_yes", 1), ("rating", 1), ("faces", 1), ("said_no", -1), ("invited", -1), ("missed", -1)]
)
def test_the_prior_follows_what_people_answered(name: str, better: int) -> None:
    assert better * (chance(one_pair(**{name: 1}), 5) - chance(one_pair(), 5)) > 0


def test_farther_is_never_likelier_and_dearer_is_never_likelier() -> None:
    world = one_pair()
    dear = replace(world, activities=replace(world.activities, cost_cents=np.full(1, 1_500, np.int32)))
    assert chance(world, 1) > chance(world, 9)
    assert chance(world, 5) > chance(dear, 5)


def test_disliked_topics_score_below_unknown_ones() -> None:
    world = one_pair()
    moods = [replace(world, residents=replace(world.residents, topics=np.full((1, 1), mood, np.float32))) for mood in (-1, 0, 1)]
    chances = [chance(mood, 5) for mood in moods]
    assert chances == sorted(chances)
    assert chances[0] < chances[1] < chances[2]


@pytest.mark.parametrize("feature", FEATURES, ids=lambda feature: feature.name)
def test_every_cell_contains_its_own_middle_and_the_grid_has_no_outside(feature: Feature) -> None:
    shape = feature
    assert cell(shape, middles(shape)).tolist() == list(range(shape.cells))
    assert cell(shape, np.array([-1e6, 1e6], np.float32)).tolist() == [0, shape.cells - 1]


def test_a_calibration_that_falls_is_refused() -> None:
    model = prior()
    with pytest.raises(ValueError, match="never mean a lower chance"):
        replace(model, chance=model.chance[::-1])
    with pytest.raises(ValueError, match="no such feature"):
        replace(model, slopes=MappingProxyType({"height": 1.0}))
