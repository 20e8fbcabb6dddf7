"""Tables learned from choices: they find what people went by, hold what was promised of them, and few choices move them little."""

from __future__ import annotations

import numpy as np
import pytest

from matching.score.features import BY_NAME, Feature
from matching.score.learn.conditional_logit import Choices, fitted, level
from matching.world.arrays import F64

TOPIC, HOUR = BY_NAME["topic"], BY_NAME["hour"]
OFFERS = 12


def choices(people: int, seed: int, truth: float = 3.0, start: float = 0.0) -> Choices:
    """Each takes one of twelve offers, with odds of exp(truth * topic / its cells); the hour means nothing."""
    rng = np.random.default_rng(seed)
    k = people * OFFERS
    cells = np.stack([rng.integers(0, feature.cells, k) for feature in (TOPIC, HOUR)], axis=1).astype(np.int32)
    utility = (truth * cells[:, 0] / TOPIC.cells + rng.gumbel(size=k)).reshape(people, OFFERS)
    came = np.zeros((people, OFFERS), np.bool_)
    came[np.arange(people), utility.argmax(axis=1)] = True
    person = np.repeat(np.arange(people, dtype=np.int32), OFFERS)
    return Choices(cells, came.ravel(), np.ones(k, np.float32), person, np.zeros(k, np.int64), np.full(k, start))


def tables(seen: Choices, features: tuple[Feature, ...] = (TOPIC, HOUR)) -> list[F64]:
    return fitted(list(features), seen, 1)


def test_what_people_went_by_is_found_and_what_they_did_not_is_flat() -> None:
    topic, hour = tables(choices(4000, 1))
    assert np.ptp(topic) == pytest.approx(3.0, abs=0.5)
    assert np.ptp(hour) < 0.4


def test_a_table_that_must_not_fall_does_not_fall_whatever_the_choices_say() -> None:
    topic, _ = tables(choices(2000, 2, truth=-3.0))
    assert (np.diff(topic[0]) >= 0).all()


def test_few_choices_move_a_table_little() -> None:
    few, many = (np.ptp(tables(choices(people, 3))[0]) for people in (20, 4000))
    assert few < many / 2


def test_how_often_somebody_goes_out_at_all_changes_nothing() -> None:
    seen = choices(800, 4)
    raised = Choices(seen.cells, seen.came, seen.weight, seen.person, seen.who, seen.start + (seen.person % 7) * 3.0)
    for one, other in zip(tables(seen), tables(raised), strict=True):
        np.testing.assert_allclose(one, other, atol=0.02)


def test_the_order_of_the_rows_changes_nothing() -> None:
    seen = choices(500, 5)
    mixed = np.random.default_rng(1).permutation(len(seen.came))
    other = Choices(*(getattr(seen, name)[mixed] for name in ("cells", "came", "weight", "person", "who", "start")))
    for one, again in zip(tables(seen), tables(other), strict=True):
        np.testing.assert_allclose(one, again, atol=0.02)


def test_a_level_makes_as_many_come_as_came() -> None:
    rng = np.random.default_rng(6)
    logit, came, weight = rng.normal(0, 2, 5000), rng.random(5000) < 0.07, rng.uniform(1, 30, 5000).astype(np.float32)
    p = 1 / (1 + np.exp(-(logit + level(logit, came, weight))))
    assert (weight * p).sum() == pytest.approx(float(weight[came].sum()), rel=1e-3)
