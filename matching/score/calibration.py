"""From logits to chances, fast: the scorer's calibration read once into a fine table."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from matching.world.arrays import F32

LOW, HIGH, PER_UNIT = -16.0, 16.0, 128
CERTAIN = np.float32(0.999)  # a hazard stays finite


class Calibration:
    """Linear between points 1/128 of a logit apart: within 3e-6 of a smooth calibration, and the only p that a week knows."""

    def __init__(self, probability: Callable[[F32], F32]) -> None:
        grid = np.linspace(LOW, HIGH, int((HIGH - LOW) * PER_UNIT) + 1).astype(np.float32)
        at = np.clip(probability(grid).astype(np.float64), 1e-9, float(CERTAIN))
        self._at = at[:-1].astype(np.float32)
        self._step = np.diff(at).astype(np.float32)

    def __call__(self, logits: F32) -> F32:
        """p in (0, 0.999], float32; spoils `logits`."""
        logits -= np.float32(LOW)
        logits *= np.float32(PER_UNIT)
        np.clip(logits, np.float32(0), np.float32(len(self._at)) - np.float32(0.01), out=logits)
        cell = logits.astype(np.int32)
        logits -= cell
        logits *= self._step.take(cell)
        logits += self._at.take(cell)
        return logits


def hazard(p: F32, boost: F32) -> F32:
    """Boosted -log(1 - p)."""
    x = np.log(np.float32(1) - p)
    x *= -boost
    return np.asarray(x, np.float32)
