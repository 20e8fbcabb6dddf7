"""How far from the best possible a week can be at most, over every feasible pair, without any solver."""

from __future__ import annotations

import numpy as np

from matching.candidates import Edges, Taste
from matching.chance import hazard
from matching.inputs import F32, F64


def tangent(weight: F32, taken: F64) -> F32:
    """Slope of weight * (1 - exp(-x)) where x is what each unit holds now."""
    return np.asarray(weight * np.exp(-taken), np.float32)


def bound(edges: Edges, taste: Taste, taken: F64, weight: F32, capacity: F64, picks_max: int) -> float:
    """No week that keeps the hard limits is worth more (weak duality; variety and conflicts are relaxed).

    `edges` must be the best `picks_max` or more by this very taste out of all pairs. A concave value lies below each of its
    tangents, so a unit gets at most: tangent at what it holds, plus its best picks by slope * hazard - price * load.
    """
    slope = taste.slope.astype(np.float64)
    level = weight * -np.expm1(-taken) - slope * taken
    here = edges.session >= 0
    net = slope[:, None] * hazard(edges.p, taste.boost[edges.session]) - taste.price[edges.session] * edges.load
    net = np.where(here, np.maximum(net, 0), 0)[:, :picks_max]
    finite = np.isfinite(capacity)
    return float(level.sum() + net.sum() + (taste.price[finite].astype(np.float64) * capacity[finite]).sum())
