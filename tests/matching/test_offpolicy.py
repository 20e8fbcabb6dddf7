"""Estimates from logged dice cover what would really have happened."""

import os
from typing import TypedDict

import numpy as np
import pytest

from matching.evaluation.off_policy import Estimate, doubly_robust, snips

RUNS = int(os.environ.get("DOORSTEP_RUNS", "100"))
ACTIONS = 6


class Log(TypedDict):
    """[choices] each; `truth`: the mean reward that the target policy would have had."""

    reward: np.ndarray
    propensity: np.ndarray
    target: np.ndarray
    guess_taken: np.ndarray
    guess_target: np.ndarray
    cluster: np.ndarray
    truth: float


def a_log(rng: np.random.Generator, people: int = 1500, *, fair: bool = False) -> Log:
    """Choices made by uneven dice, answers by people of mixed zeal, and a sharper policy that is to be judged."""
    zeal = rng.normal(0, 0.7, people)
    who = np.repeat(np.arange(people), rng.integers(1, 4, people))
    appeal = rng.normal(-1.5, 0.8, (len(who), ACTIONS))
    chance = 1 / (1 + np.exp(-(appeal + zeal[who, None])))
    logging, target = softmax(0.5 * appeal), softmax(2.0 * appeal)
    taken = (rng.random(len(who))[:, None] > logging.cumsum(axis=1)).sum(axis=1).clip(0, ACTIONS - 1)
    row = np.arange(len(who))
    wrong = 1 / (1 + np.exp(-(0.8 * appeal - 0.3)))  # in shape and level
    guess = chance if fair else wrong
    return {
        "reward": rng.random(len(who)) < chance[row, taken],
        "propensity": logging[row, taken],
        "target": target[row, taken],
        "guess_taken": guess[row, taken],
        "guess_target": (guess * target).sum(axis=1),
        "cluster": who,
        "truth": float((chance * target).sum(axis=1).mean()),
    }


def softmax(logits: np.ndarray) -> np.ndarray:
    grown = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares: np.ndarray = grown / grown.sum(axis=1, keepdims=True)
    return shares


def judged(log: Log, method: str) -> Estimate:
    choices, cluster = (log["reward"], log["propensity"], log["target"]), log["cluster"]
    if method == "snips":
        return snips(*choices, cluster=cluster)
    return doubly_robust(*choices, cluster=cluster, guess_taken=log["guess_taken"], guess_target=log["guess_target"])


@pytest.mark.parametrize("method", ["snips", "doubly_robust"])
def test_the_interval_covers_the_truth_in_at_least_93_of_100_runs(method: str) -> None:
    covered = 0
    for seed in range(RUNS):
        log = a_log(np.random.default_rng([seed, 77]))
        estimate = judged(log, method)
        covered += bool(estimate.low <= log["truth"] <= estimate.high)
    assert covered >= 0.93 * RUNS


def test_the_plain_mean_of_the_log_does_not_answer_the_question() -> None:
    log = a_log(np.random.default_rng(5), people=20_000)
    assert abs(log["reward"].mean() - log["truth"]) > 0.03
    assert abs(judged(log, "snips").value - log["truth"]) < 0.02


def test_a_fair_model_narrows_the_interval() -> None:
    log = a_log(np.random.default_rng(6), people=5_000, fair=True)
    one, two = judged(log, "snips"), judged(log, "doubly_robust")
    assert two.high - two.low < one.high - one.low


def test_the_logging_policy_judged_by_itself_is_the_mean() -> None:
    log = a_log(np.random.default_rng(7))
    estimate = snips(log["reward"], log["propensity"], log["propensity"])
    assert estimate.value == pytest.approx(log["reward"].mean())
    assert estimate.effective == pytest.approx(len(log["reward"]))


def test_a_person_counted_many_times_is_still_one_person() -> None:
    rng = np.random.default_rng(8)
    reward, cluster = np.repeat(rng.random(40) < 0.5, 25), np.repeat(np.arange(40), 25)
    even = np.full(1000, 0.5)
    one, many = snips(reward, even, even, cluster=cluster), snips(reward, even, even)
    assert one.high - one.low > 4 * (many.high - many.low)


def test_one_choice_gives_no_false_certainty() -> None:
    estimate = snips([1.0], [0.5], [0.5])
    assert (estimate.low, estimate.high) == (-np.inf, np.inf)


@pytest.mark.parametrize(("propensity", "target"), [([0.0], [0.5]), ([1.5], [0.5]), ([0.5], [0.0]), ([0.5], [2.0]), ([], [])])
def test_choices_without_odds_are_refused(propensity: list[float], target: list[float]) -> None:
    with pytest.raises(ValueError, match=r"propensity|target"):
        snips([1.0] * len(propensity), propensity, target)
