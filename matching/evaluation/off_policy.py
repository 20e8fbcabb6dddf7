"""What another way of choosing would have achieved, judged from what the dice left in the logs.

Only rows whose choice was left to dice of known odds may be used. Both estimators take one row per such choice:
the action taken had `propensity` under the logging dice and would have `target` under the policy in question.
SNIPS: Swaminathan and Joachims (2015), "The self-normalized estimator for counterfactual learning". Doubly robust:
Dudik, Langford and Li (2011). Intervals: delete-one-cluster jackknife with Student's t, at the effective number of clusters.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import t as student

from matching.world.arrays import F64, I64


@dataclass(frozen=True, slots=True)
class Estimate:
    """Mean reward per choice under the target policy, with its interval."""

    value: float
    low: float
    high: float
    effective: float  # clusters of equal weight that would say as much (Kish); below 10 believe nothing


def snips(
    reward: ArrayLike, propensity: ArrayLike, target: ArrayLike, *, cluster: ArrayLike | None = None, level: float = 0.95
) -> Estimate:
    """Weighted mean of rewards, weights target / propensity. Raises ValueError where a choice had no odds or none was shared.

    `cluster` names whose choice it was: one person's weeks are not independent.
    """
    weight, reward = _weights(propensity, target), np.asarray(reward, np.float64)
    group = _groups(cluster, len(weight))
    over, under = _sums(group, weight * reward), _sums(group, weight)
    return _jackknife(over, under, under, level)


def doubly_robust(
    reward: ArrayLike,
    propensity: ArrayLike,
    target: ArrayLike,
    *,
    guess_taken: ArrayLike,
    guess_target: ArrayLike,
    cluster: ArrayLike | None = None,
    level: float = 0.95,
) -> Estimate:
    """A model's guess under the target policy, corrected by its weighted errors on what was really taken.

    `guess_taken`: the model's reward for the action taken; `guess_target`: its mean over the target's actions. Neither may have
    been fitted on these very rows. A useless model costs width, never truth.
    """
    weight, reward = _weights(propensity, target), np.asarray(reward, np.float64)
    score = np.asarray(guess_target, np.float64) + weight * (reward - np.asarray(guess_taken, np.float64))
    group = _groups(cluster, len(weight))
    return _jackknife(_sums(group, score), _sums(group, np.ones(len(group))), _sums(group, weight), level)


def _weights(propensity: ArrayLike, target: ArrayLike) -> F64:
    odds, wanted = np.asarray(propensity, np.float64), np.asarray(target, np.float64)
    if not len(odds) or not ((odds > 0) & (odds <= 1)).all():
        raise ValueError("every choice needs a propensity above 0 and up to 1")
    if not ((wanted >= 0) & (wanted <= 1)).all():
        raise ValueError("target is a probability")
    if not wanted.any():
        raise ValueError("the target policy takes none of the logged actions")
    return np.asarray(wanted / odds, np.float64)


def _groups(cluster: ArrayLike | None, rows: int) -> I64:
    if cluster is None:
        return np.arange(rows)
    return np.asarray(np.unique(np.asarray(cluster), return_inverse=True)[1], np.int64)


def _sums(group: I64, values: F64) -> F64:
    return np.bincount(group, values).astype(np.float64)


def _jackknife(over: F64, under: F64, weight: F64, level: float) -> Estimate:
    """A ratio of sums and its interval from leaving each cluster out; one cluster alone says nothing about its own spread."""
    value = over.sum() / under.sum()
    effective = float(weight.sum() ** 2 / (weight**2).sum())
    rest = under.sum() - under
    if len(over) < 2 or effective < 2 or (rest <= 0).any():
        return Estimate(float(value), -np.inf, np.inf, effective)
    without = (over.sum() - over) / rest
    error = np.sqrt((len(over) - 1) / len(over) * ((without - without.mean()) ** 2).sum())
    reach = student.ppf((1 + level) / 2, effective - 1) * error
    return Estimate(float(value), float(value - reach), float(value + reach), effective)
