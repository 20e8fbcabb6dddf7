"""Learning: the compiled score is the trained one, chances are honest, and nothing worse is ever promoted."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pytest
from sklearn.utils.estimator_checks import check_estimator

from matching.metrics import deciles
from matching.score.archive import Unusable, load, load_or_prior, save
from matching.score.features import FEATURES, NAMES
from matching.score.learn.boosting import AdditiveClassifier
from matching.score.learn.train import Examples, calibrated, fit, joined, judge, logits, place_gains
from matching.score.prior import prior
from matching.score.scorer import Scorer
from tests.matching.small_town import all_pairs, town
from tests.matching.test_scorer import invented_follow, random_model

# Leaves hold a least number of rows, not of weight, as in the library's own boosting, which excuses itself from the same check.
ROWS_NOT_WEIGHT = "check_sample_weight_equivalence_on_dense_data"


def test_the_classifier_is_an_estimator_by_the_library_s_own_checks() -> None:
    done = check_estimator(
        AdditiveClassifier(rounds=10, fewest=5), expected_failed_checks={ROWS_NOT_WEIGHT: "a leaf counts rows"}, on_skip=None
    )
    assert {one["check_name"] for one in done if one["status"] not in ("passed", "skipped")} <= {ROWS_NOT_WEIGHT}
    assert sum(one["status"] == "passed" for one in done) > 40


def test_compiled_logits_are_those_of_the_boosted_trees() -> None:
    rng = np.random.default_rng(1)
    rows = rng.integers(0, 64, (5000, 8)).astype(float)
    came = rng.random(5000) < 1 / (1 + np.exp(2 - rows[:, 0] / 20 + np.sin(rows[:, 1] / 9)))
    model = AdditiveClassifier(monotone=[1, 0, 0, 0, 0, 0, 0, -1]).fit(rows, came)
    trees = model.boosted_.decision_function(model.codes(rows))
    assert np.ptp(trees) > 1
    assert np.abs(model.decision_function(rows) - trees).max() <= 1e-5


def invented(seed: int, truth: float = 2.0, k: int = 20_000) -> Examples:
    """Offers where liking a topic, and nothing else, decides who comes; truth 0: nothing does. A new feature changes no other's dice."""
    dice = {f.name: np.random.default_rng([seed, *f.name.encode()]).uniform(f.low, f.high, k) for f in FEATURES}
    columns = np.stack(list(dice.values()), axis=1).astype(np.float32)
    came = np.random.default_rng(seed).random(k) < 1 / (1 + np.exp(2 - truth * columns[:, NAMES.index("topic")]))
    person = np.arange(k, dtype=np.int32) // 10
    return Examples(columns, came, np.ones(k, np.float32), person, np.full(k, 3, np.int64))


def test_what_is_learned_is_promoted_only_when_held_out_weeks_agree() -> None:
    seen, held = invented(1), invented(2)
    challenger = fit(seen, held, "new", {})
    assert judge(prior(), challenger, held).promoted
    upside_down = fit(invented(3, truth=-2.0), invented(4, truth=-2.0), "wrong", {})
    verdict = judge(challenger, upside_down, held)
    assert not verdict.promoted
    assert verdict.challenger > verdict.champion
    assert not judge(challenger, challenger, held).promoted


def test_better_scaled_chances_do_not_make_up_for_a_worse_order() -> None:
    """The champion ranks rightly and promises far too much; the challenger knows the mean and nothing else."""
    held = invented(2)
    right = fit(invented(1), held, "right", {})
    loud = replace(right, chance_at=np.array([-9, 9], np.float32), chance=np.array([0.9, 0.99], np.float32))
    flat = replace(calibrated(replace(right, tables=MappingProxyType({})), held), version="flat")
    verdict = judge(loud, flat, held)
    assert verdict.challenger < verdict.champion
    assert not verdict.promoted
    assert judge(flat, right, held).promoted


def test_a_gain_of_order_counts_places_among_a_person_s_own_offers() -> None:
    rows = invented(1, k=4)
    person = np.array([0, 0, 0, 1], np.int32)
    rows = replace(rows, came=np.array([False, True, False, True]), person=person, weight=np.array([3, 1, 1, 1], np.float32))
    scores = np.array([2.0, 1.0, 0.5, -5.0], np.float32)
    assert place_gains(scores, rows).mean() == pytest.approx(
        (1 / np.log2(1 + 4) + 1) / 2
    )  # three stand before the first one's, none before the other's


def test_chances_are_honest_in_every_tenth_of_weeks_that_nobody_trained_on() -> None:
    model, fresh = fit(invented(1), invented(2), "new", {}), invented(5)
    for tenth in deciles(model.probability(logits(model, fresh)), fresh.came):
        assert abs(tenth.expected - tenth.real) < 0.035  # 2,000 pairs in each: two standard errors are 0.02


def test_more_of_a_liked_topic_is_never_less_likely() -> None:
    model = fit(invented(1), invented(2), "new", {})
    assert (np.diff(model.tables["topic"], axis=1) >= -1e-6).all()
    assert (np.diff(model.tables["topic"], axis=1) > 0.01).any()


def test_too_few_visits_teach_nothing() -> None:
    few = invented(1, k=300)
    with pytest.raises(ValueError, match="too few"):
        fit(few, few, "new", {})


def test_a_saved_score_says_the_same_numbers_after_it_was_read(tmp_path: Path) -> None:
    world = town(1)
    scorer = Scorer(random_model(1), invented_follow(world, 1))
    resident, session, km = all_pairs(world, 1)
    save(tmp_path / "score.npz", scorer.model, scorer.follow)
    again = load(tmp_path / "score.npz")
    assert again.version == "random"
    assert np.array_equal(again.pair_logits(world, resident, session, km.ravel()), scorer.pair_logits(world, resident, session, km.ravel()))


def test_a_damaged_score_is_refused_and_the_prior_runs_and_says_why(tmp_path: Path) -> None:
    path = tmp_path / "score.npz"
    assert load_or_prior(path).fallback == "no score has been learned yet"
    save(path, random_model(1))
    assert load_or_prior(path).fallback == ""
    with np.load(path) as archive:
        flat = dict(archive)
    flat["intercept"] = flat["intercept"] + 1
    with path.open("wb") as file:
        np.savez(file, **flat)
    with pytest.raises(Unusable, match="fingerprint"):
        load(path)
    for content in (b"", b"not a score", path.read_bytes()[:200]):
        path.write_bytes(content)
        loaded = load_or_prior(path)
        assert loaded.fallback
        assert loaded.scorer.version == prior().version


def test_a_crowd_of_newcomers_at_one_kind_of_date_says_less_than_the_same_crowd_of_regulars() -> None:
    seen = invented(1, k=3000)
    crowd = replace(seen, came=np.random.default_rng(7).random(3000) < 1 / (1 + np.exp(3 - seen.columns[:, NAMES.index("hour")] / 16)))
    both = joined([replace(crowd, experience=np.zeros(3000, np.int64)), crowd])
    newcomers, _, regulars = np.ptp(fit(both, both, "crowd", {}).tables["hour"], axis=1)
    assert 0.1 < newcomers < 0.7 * regulars


def test_what_lies_between_newcomers_and_an_activity_is_found() -> None:
    seen = replace(invented(1), experience=np.zeros(20_000, np.int64))
    assert np.ptp(fit(seen, seen, "taste", {}).tables["topic"][0]) > 2


def test_where_no_newcomer_came_newcomers_go_where_people_are_going_and_others_by_what_they_know() -> None:
    model = fit(invented(1), invented(2), "regulars", {})
    newcomers, regulars = model.tables["going"][[0, 2]]
    assert (np.diff(newcomers) > 0).all()
    assert np.ptp(newcomers) > 3 > np.ptp(regulars)


def test_before_anything_is_learned_a_newcomer_s_order_follows_the_people_going() -> None:
    world = town(1)
    first = replace(world.sessions, going=np.arange(len(world.sessions.key), dtype=np.float32))
    nobody = replace(world, sessions=replace(first, going=np.zeros(len(first.key), np.float32)))
    resident, session, km = all_pairs(world, 1)
    more = Scorer().pair_logits(replace(world, sessions=first), resident, session, km.ravel()) - Scorer().pair_logits(
        nobody, resident, session, km.ravel()
    )
    order = np.argsort(session, kind="stable")
    assert (np.diff(more[order]) >= -1e-5).all()
    assert np.ptp(more) > 0.1
