"""The score of a town with no history: weights set by hand, kept until a learned model beats them on held-out weeks.

A stranger to a group, half a reach away and with no shared topic, comes to it with a chance of about 6 %; with a shared topic, 24 %;
whoever attended three times lately, 60 %. Nothing here is measured: `matching.evaluation` says what it is worth.
"""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching.features import BY_NAME, HELPED_UNKNOWN, middles
from matching.tables import Tables, logistic_chances

INTERCEPT = -2.2
SLOPES = {"topic": 1.7, "text": 1.0, "away": -1.1}
SHAPES: dict[str, Callable[[NDArray[Any]], NDArray[Any]]] = {
    "price": lambda dollars: -0.05 * np.minimum(dollars, 20),
    "helped": lambda share: 0.8 * (share - HELPED_UNKNOWN),
    "popular": lambda yes: 0.06 * np.minimum(yes, 6),
    "said_yes": lambda times: 0.8 * np.log1p(times),
    "said_no": lambda times: -1.1 * np.log1p(times),
    "attended": lambda times: 1.0 * np.log1p(times),
    "missed": lambda times: -0.4 * np.log1p(times),
    "invited": lambda times: -0.35 * np.log1p(times),
    "rating": lambda stars: 0.9 * stars,
    "faces": lambda people: 0.5 * np.log1p(people),
}


def prior() -> Tables:
    """The hand-set score. A stranger's past (cell of zero) adds exactly nothing."""
    tables = {name: shape(middles(BY_NAME[name])).astype(np.float32) for name, shape in SHAPES.items()}
    for name, values in tables.items():
        feature = BY_NAME[name]
        if feature.about == "past":
            nothing = int((0 - feature.low) * feature.cells / (feature.high - feature.low))
            tables[name] = values - values[nothing]
    at, chance = logistic_chances()
    card = {"kind": "prior", "says": "hand-set weights: too few answers here to learn from yet"}
    rows = MappingProxyType({name: values[None, :] for name, values in tables.items()})
    return Tables("prior-1", (INTERCEPT,), MappingProxyType(dict(SLOPES)), rows, at, chance, card)
