"""Tables fitted to choices: which of the dates that a person was offered did they take?

A conditional logit (McFadden 1974) whose utility is a sum of one table per column. Only comparisons within one person's offers
count, so how often somebody goes out at all cannot pass for taste. Each table is straight between a few knots; its steps are pulled
towards the start it is given, and those of people of different experience towards each other, so that few choices change little.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from scipy.optimize import minimize

from matching.score.features import Feature
from matching.world.arrays import F32, F64, I32, I64, Bool

KNOTS = 10
PULL = 10.0  # towards the start, in squared logits: about what ten people's choices weigh
APART = 100.0  # towards the other experiences
ROUNDS = 100  # of L-BFGS


@dataclass(frozen=True, slots=True)
class Choices:
    """k offers with what became of them."""

    cells: I32  # [k, features]
    came: Bool  # [k]
    weight: F32  # [k] real offers that a sampled one stands for
    person: I32  # [k] one who chose among the offers of the same number
    who: I64  # [k] row of the tables
    start: F64  # [k] logit that the tables correct

    def only(self, mask: Bool) -> Choices:
        return Choices(*(getattr(self, column.name)[mask] for column in fields(self)))


def fitted(features: list[Feature], seen: Choices, rows: int, pull: F64 | None = None) -> list[F64]:
    """What to add to the start: a table [rows, cells] for each feature, monotone where it must be; deterministic.

    pull: of each feature towards the start, None: PULL. Nothing to add where nobody chose.
    """
    if not len(seen.person):
        return [np.zeros((rows, feature.cells)) for feature in features]
    order = np.argsort(seen.person, kind="stable")
    seen = Choices(seen.cells[order], seen.came[order], seen.weight[order], seen.person[order], seen.who[order], seen.start[order])
    problem = _Problem(features, seen, rows, np.full(len(features), PULL) if pull is None else pull)
    bounds = [bound for feature, shape in zip(features, problem.shapes, strict=True) for bound in _bounds(feature, shape, rows)]
    if not bounds:
        return problem.tables(np.zeros(0))
    minimum = minimize(problem.loss, np.zeros(len(bounds)), jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": ROUNDS})
    return problem.tables(minimum.x)


def _bounds(feature: Feature, shape: F64, rows: int) -> list[tuple[float | None, float | None]]:
    low = 0.0 if feature.monotone > 0 else None
    high = 0.0 if feature.monotone < 0 else None
    return [(low, high)] * (shape.shape[1] * rows)


def _shape(feature: Feature, cells: I32, came: Bool) -> F64:
    """[cells, knots - 1] how much of each step lies below a cell; knots at quantiles of what was offered and of what was taken."""
    share = np.linspace(0, 1, KNOTS)
    knots = np.unique(np.concatenate([np.quantile(part, share, method="nearest") for part in (cells, cells[came]) if len(part)]))
    shape: F64 = np.clip((np.arange(feature.cells)[:, None] - knots[:-1]) / np.diff(knots), 0, 1)
    return shape


class _Problem:
    """Loss and slope for the vector of all steps: per feature [rows, knots - 1], one after the other."""

    def __init__(self, features: list[Feature], seen: Choices, rows: int, pull: F64) -> None:
        self.seen, self.rows, self.pull = seen, rows, pull
        self.shapes = [_shape(feature, seen.cells[:, at], seen.came) for at, feature in enumerate(features)]
        self.ends = np.cumsum([0, *(shape.shape[1] * rows for shape in self.shapes)])
        self.at = [(seen.who * feature.cells + seen.cells[:, at]).astype(np.int32) for at, feature in enumerate(features)]
        self.first = np.flatnonzero(np.diff(seen.person, prepend=-1))
        self.line = np.repeat(np.arange(len(self.first)), np.diff(np.append(self.first, len(seen.person))))
        taken = np.add.reduceat(seen.came.astype(np.float64), self.first)
        self.own = 1 / np.sqrt(np.maximum(taken, 1))  # who took up four things counts twice, not four times
        self.taken = taken * self.own
        self.log_weight = np.log(np.maximum(seen.weight, 1e-9)).astype(np.float64)

    def tables(self, steps: F64) -> list[F64]:
        return [self._steps(steps, at) @ shape.T for at, shape in enumerate(self.shapes)]

    def _steps(self, steps: F64, at: int) -> F64:
        return steps[self.ends[at] : self.ends[at + 1]].reshape(self.rows, -1)

    def loss(self, steps: F64) -> tuple[float, F64]:
        """Mean over people, with its gradient."""
        logit = self.seen.start.copy()
        for table, at in zip(self.tables(steps), self.at, strict=True):
            logit += table.ravel()[at]
        total, push = self._choices(logit)
        slope = np.empty_like(steps)
        for number, shape in enumerate(self.shapes):
            own = self._steps(steps, number)
            middle = own.mean(axis=0)
            pull = self.pull[number]
            total += APART * ((own - middle) ** 2).sum() + pull * self.rows * (middle**2).sum()
            cells = np.bincount(self.at[number], push, self.rows * len(shape)).reshape(self.rows, -1)
            slope[self.ends[number] : self.ends[number + 1]] = (cells @ shape + 2 * APART * (own - middle) + 2 * pull * middle).ravel()
        return total / len(self.first), slope / len(self.first)

    def _choices(self, logit: F64) -> tuple[float, F64]:
        """Negative log likelihood of what was taken, and its slope at every logit."""
        seen, line = self.seen, self.line
        raised = logit + self.log_weight
        top = np.maximum.reduceat(raised, self.first)
        part = np.exp(raised - top[line])
        whole = np.add.reduceat(part, self.first)
        drawn = seen.came * self.own[line]
        total = float((self.taken * (np.log(whole) + top)).sum() - (drawn * logit).sum())
        return total, self.taken[line] * part / whole[line] - drawn


def level(logit: F64, came: Bool, weight: F32) -> float:
    """What to add to all logits so that as many come as came; Newton's method."""
    base = 0.0
    for _ in range(50):
        p = 1 / (1 + np.exp(-(logit + base)))
        step = float((weight * (came - p)).sum() / max(float((weight * p * (1 - p)).sum()), 1e-9))
        base += float(np.clip(step, -2, 2))
        if abs(step) < 1e-6:
            break
    return base
