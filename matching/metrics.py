"""How good a ranking or a forecast was, with honest intervals: the standard measures and nothing else."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matching.world.arrays import F32, F64, I64, Bool

TOP = 10


@dataclass(frozen=True, slots=True)
class Ranked:
    """Measures of each asked person, [n]; whoever wanted nothing is not among them."""

    ndcg: F64
    recall: F64
    hit: F64


def ranked(scores: F32, wanted: Bool, top: int = TOP) -> Ranked:
    """Each row's measures at `top`: scores [n, m] (-inf: may not be offered), wanted [n, m], one or more in every row.

    NDCG as in Jarvelin and Kekalainen (2002) with gains of 1. Ties go to the earlier column, so callers shuffle columns
    when a baseline ties a lot. Raises ValueError when a row wants nothing.
    """
    number = wanted.sum(axis=1)
    if (number == 0).any():
        raise ValueError("a person who wanted nothing cannot be measured")
    best = best_columns(scores, top)
    hits = np.take_along_axis(wanted, best, axis=1) & np.isfinite(np.take_along_axis(scores, best, axis=1))
    gain = 1 / np.log2(np.arange(2, best.shape[1] + 2))
    ideal = np.cumsum(gain)[np.minimum(number, best.shape[1]) - 1]
    hit_count = hits.sum(axis=1)
    return Ranked((hits * gain).sum(axis=1) / ideal, hit_count / number, (hit_count > 0).astype(np.float64))


def best_columns(scores: F32, top: int = TOP) -> I64:
    """[n, min(top, m)] columns of the highest scores, best first, ties to the earlier column."""
    order: I64 = np.argsort(-scores, axis=1, kind="stable")[:, :top].astype(np.int64)
    return order


def interval(
    values: F64, rng: np.random.Generator, people: NDArray[np.integer] | None = None, rounds: int = 500, level: float = 0.95
) -> tuple[float, float]:
    """Bootstrap interval of the mean, percentile method (Efron 1979); rows of one person in `people` are drawn together."""
    if not len(values):
        return float("nan"), float("nan")
    row = np.arange(len(values)) if people is None else np.unique(people, return_inverse=True)[1]
    number, total = np.bincount(row), np.bincount(row, values)
    draws = np.empty(rounds)
    for at in range(rounds):
        drawn = rng.integers(0, len(number), len(number))
        draws[at] = total[drawn].sum() / number[drawn].sum()
    low, high = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


@dataclass(frozen=True, slots=True)
class Decile:
    """A tenth of the pairs, by forecast."""

    n: int
    expected: float
    real: float


def deciles(chance: F32, came: NDArray[np.generic], weight: F32 | None = None) -> list[Decile]:
    """Forecast against outcome in ten groups of equal size, lowest forecasts first."""
    order = np.argsort(chance, kind="stable")
    weights = np.ones(len(chance)) if weight is None else weight.astype(np.float64)
    groups = [group for group in np.array_split(order, 10) if len(group)]
    return [
        Decile(
            len(group),
            float(np.average(chance[group], weights=weights[group])),
            float(np.average(came[group].astype(np.float64), weights=weights[group])),
        )
        for group in groups
    ]


def log_loss(chance: F32, came: NDArray[np.generic], weight: F32 | None = None) -> float:
    """Mean negative log likelihood in nats, NaN of no pairs; forecasts are kept inside [1e-6, 1 - 1e-6]."""
    if not len(chance):
        return float("nan")
    p = np.clip(chance.astype(np.float64), 1e-6, 1 - 1e-6)
    loss = -np.where(came, np.log(p), np.log1p(-p))
    return float(np.average(loss, weights=weight))
