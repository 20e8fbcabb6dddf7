"""What the virtual matcher learns from its weeks: how its chances relate to who really came."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from sklearn.isotonic import IsotonicRegression

from matching.limits import rules
from matching.score.scorer import Scorer
from matching.simulate.policies import Invitations
from matching.world.arrays import F32, Bool, World

EVERY = 4  # weeks between lessons
ENOUGH = 300  # invitations below which nothing is learned
KEPT = 26  # weeks that are remembered
GRID = np.linspace(-12, 8, 801).astype(np.float32)


@dataclass(slots=True)
class TrainingData:
    """Invitations and what became of them, a list entry a week."""

    logit: list[F32] = field(default_factory=list)
    promised: list[F32] = field(default_factory=list)  # p at the time of the invitation: never learned from that week
    came: list[Bool] = field(default_factory=list)  # to the door

    def add(self, world: World, invited: Invitations, wanted: Bool, scorer: Scorer) -> None:
        km = rules.distance_km(rules.prepare(world), invited.resident, invited.session)
        self.logit.append(scorer.pair_logits(world, invited.resident, invited.session, km))
        self.promised.append(invited.p)
        self.came.append(wanted)

    def deciles(self) -> list[list[float]]:
        """Mean promised chance and share that came, by tenths of the promise, over the second half of the weeks."""
        half = len(self.promised) // 2
        if half == 0 or not sum(map(len, self.promised[half:])):
            return []
        promised, came = np.concatenate(self.promised[half:]), np.concatenate(self.came[half:])
        parts = np.array_split(np.argsort(promised, kind="stable"), 10)
        return [[float(promised[part].mean()), float(came[part].mean())] for part in parts if len(part)]


def taught(lessons: TrainingData, week: int, scorer: Scorer) -> Scorer:
    """The same weights with chances that fit the weeks seen so far; the scorer as it was between lessons."""
    if (week + 1) % EVERY:
        return scorer
    logit, came = np.concatenate(lessons.logit[-KEPT:]), np.concatenate(lessons.came[-KEPT:])
    if len(logit) < ENOUGH or not came.any():
        return scorer
    return Scorer(replace(scorer.model, chance_at=GRID, chance=_rising(logit, came)))


def _rising(logit: F32, came: Bool) -> F32:
    """Isotonic through the means of 60 equal slices: enough of a curve, and no steps that one visit makes."""
    slices = np.array_split(np.argsort(logit, kind="stable"), 60)
    at = np.array([logit[part].mean() for part in slices if len(part)])
    share: NDArray[np.float64] = np.array([(came[part].sum() + 0.1) / (len(part) + 1) for part in slices if len(part)])
    curve = IsotonicRegression(out_of_bounds="clip").fit(at, share)
    return np.asarray(np.maximum.accumulate(curve.predict(GRID) + 1e-7 * np.arange(len(GRID))), np.float32)
