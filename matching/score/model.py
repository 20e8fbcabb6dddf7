"""An additive score as data: one slope or one table of cells for each feature, and the way from a logit to a chance."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np

from matching.score.features import BY_NAME, cell
from matching.world.arrays import F32, I64

EXPERIENCE = 3  # kinds of people: who knows no activity yet, exactly one, or more


@dataclass(frozen=True, slots=True)
class AdditiveModel:
    """logit = intercept[who] + sum over features of slope * value + table[who, cell(value)].

    `who` is the person's experience; a model of one row makes no difference. `chance_at` are rising logits and `chance` the
    calibrated probability at each; between them it is linear.
    """

    version: str
    intercept: tuple[float, ...]
    slopes: MappingProxyType[str, float]
    tables: MappingProxyType[str, F32]  # each [len(intercept), cells]
    chance_at: F32
    chance: F32
    card: dict[str, Any] = field(default_factory=dict)  # what a reader should know of it: trained on, measured at, limits

    def __post_init__(self) -> None:
        """Raises ValueError when a table does not fit its feature, or the calibration falls."""
        if len(self.intercept) not in (1, EXPERIENCE):
            raise ValueError(f"a model has 1 row or {EXPERIENCE}, not {len(self.intercept)}")
        unknown = (set(self.slopes) | set(self.tables)) - set(BY_NAME)
        if unknown:
            raise ValueError(f"no such feature: {', '.join(sorted(unknown))}")
        for name, values in self.tables.items():
            if values.shape != (len(self.intercept), BY_NAME[name].cells) or not np.isfinite(values).all():
                raise ValueError(f"the table of {name} must hold {len(self.intercept)} x {BY_NAME[name].cells} numbers")
        if (np.diff(self.chance_at) <= 0).any() or (np.diff(self.chance) < 0).any():
            raise ValueError("a higher logit must never mean a lower chance")

    def rows(self, experience: I64) -> I64:
        """The row for people who know so many activities."""
        return np.minimum(experience, len(self.intercept) - 1)

    def part(self, name: str, values: F32, who: I64) -> F32:
        """What one feature adds to the logit; `who` holds rows and broadcasts against the values."""
        total = values * np.float32(self.slopes.get(name, 0.0))
        if name in self.tables:
            table = self.tables[name]
            place = cell(BY_NAME[name], values)
            total = total + (table[0][place] if len(table) == 1 else table.ravel()[place + who * np.int64(table.shape[1])])
        return np.asarray(total, np.float32)

    def uses(self, name: str) -> bool:
        """Whether the feature can change a logit at all."""
        return bool(self.slopes.get(name)) or (name in self.tables and bool(self.tables[name].any()))

    def probability(self, logits: F32) -> F32:
        """The calibrated chance that each comes, if invited."""
        return np.interp(logits, self.chance_at, self.chance).astype(np.float32)


def logistic_chances(low: float = -12.0, high: float = 8.0, points: int = 801) -> tuple[F32, F32]:
    """The calibration that changes nothing: p = 1 / (1 + exp(-logit)), within 1e-4."""
    at = np.linspace(low, high, points)
    return at.astype(np.float32), (1 / (1 + np.exp(-at))).astype(np.float32)
