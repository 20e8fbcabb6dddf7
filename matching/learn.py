"""Learns an additive score from who was offered what and who came; a new model replaces an old one only if later weeks say so."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from types import MappingProxyType
from typing import Any

import numpy as np
from sklearn.isotonic import IsotonicRegression

from matching.additive import AdditiveClassifier
from matching.features import FEATURES, NAMES, Feature, cell
from matching.inputs import F32, F64, I32, I64, Bool, World
from matching.measures import log_loss
from matching.scorer import Scorer
from matching.tables import EXPERIENCE, Tables

FEWEST_CAME = 200  # below that a town keeps the score it has
POINTS = 101  # of the calibration


@dataclass(frozen=True, slots=True)
class Examples:
    """Pairs that were offered, each with what happened; k rows."""

    columns: F32  # [k, features] in the order of NAMES
    came: Bool  # [k]
    weight: F32  # [k] how many real pairs a sampled one stands for
    person: I32  # [k] a number for the person within their week
    experience: I64  # [k] activities the person knew

    def only(self, kept: Bool) -> Examples:
        return Examples(*(getattr(self, column.name)[kept] for column in fields(self)))


@dataclass(frozen=True, slots=True)
class Verdict:
    """Champion against challenger on weeks that neither has seen; losses are nats per pair."""

    promoted: bool
    champion: float
    challenger: float
    reason: str


def examples(scorer: Scorer, world: World, resident: I32, session: I32, km: F32, came: Bool, weight: F32) -> Examples:
    """Rows to learn from; features are taken from the world as it was when the offer was made."""
    columns = scorer.columns(world, resident, session, km)
    return Examples(np.stack([columns[name] for name in NAMES], axis=1), came, weight, resident, scorer.experience(world, resident))


def joined(parts: list[Examples]) -> Examples:
    """All rows; people of different weeks stay different."""
    step = max((int(part.person.max(initial=0)) for part in parts), default=0) + 1
    return Examples(
        np.concatenate([part.columns for part in parts]),
        np.concatenate([part.came for part in parts]),
        np.concatenate([part.weight for part in parts]),
        np.concatenate([part.person + np.int32(step * at) for at, part in enumerate(parts)]),
        np.concatenate([part.experience for part in parts]),
    )


def fit(seen: Examples, held: Examples, version: str, card: dict[str, Any], without: tuple[str, ...] = ()) -> Tables:
    """An additive model of the seen weeks, a row for each experience, calibrated on the held weeks. `without` leaves features out.

    Raises ValueError when too few people came to learn anything.
    """
    if int(seen.came.sum()) < FEWEST_CAME:
        raise ValueError(f"{int(seen.came.sum())} visits are too few to learn from; {FEWEST_CAME} are needed")
    kept = [feature for feature in FEATURES if feature.name not in without]
    models = [_boosted(_alike(seen, who), kept) for who in range(EXPERIENCE)]
    tables = {
        feature.name: np.stack([_table(model, column, feature.cells) for model in models]).astype(np.float32)
        for column, feature in enumerate(kept)
    }
    flat = Tables(
        version,
        tuple(model.intercept_ for model in models),
        MappingProxyType({}),
        MappingProxyType({name: table for name, table in tables.items() if table.any()}),
        np.array([-1.0, 1.0], np.float32),
        np.array([0.0, 1.0], np.float32),
        card | {"kind": "learned", "pairs": len(seen.came), "came": int(seen.came.sum())},
    )
    return calibrated(flat, held)


def _alike(seen: Examples, who: int) -> Examples:
    """Examples of people of one experience; everybody's while those are too few."""
    same = seen.only(np.minimum(seen.experience, EXPERIENCE - 1) == who)
    return same if int(same.came.sum()) >= FEWEST_CAME else seen


def _boosted(seen: Examples, kept: list[Feature]) -> AdditiveClassifier:
    codes = np.stack([cell(feature, seen.columns[:, NAMES.index(feature.name)]) for feature in kept], axis=1)
    return AdditiveClassifier(monotone=[feature.monotone for feature in kept]).fit(codes, seen.came, _balanced(seen))


def _balanced(seen: Examples) -> F32:
    """Weights between pairs and people: who took up four things counts twice as much as who took up one, not four times."""
    number = np.bincount(seen.person, weights=seen.came)
    return (seen.weight / np.sqrt(np.maximum(number[seen.person], 1))).astype(np.float32)


def _table(model: AdditiveClassifier, column: int, cells: int) -> F64:
    """One column's part for every cell of its feature; cells that nobody was in read like their neighbor."""
    return model.tables_[column][np.searchsorted(model.edges_[column], np.arange(cells), side="right")]


def logits(model: Tables, rows: Examples) -> F32:
    """[k] what a model says of examples."""
    who = model.rows(rows.experience)
    total = np.array(model.intercept, np.float32)[who]
    for at, name in enumerate(NAMES):
        if model.uses(name):
            total += model.part(name, rows.columns[:, at], who)
    return total


def calibrated(model: Tables, held: Examples) -> Tables:
    """The same ranks with honest chances: isotonic regression on held-out weeks, as points to interpolate between."""
    at = logits(model, held)
    steps = IsotonicRegression(y_min=1e-5, y_max=1 - 1e-5, out_of_bounds="clip").fit(at, held.came, held.weight)
    grid = np.unique(np.quantile(at, np.linspace(0, 1, POINTS)).astype(np.float32))
    top = np.sort(at[held.came])
    grid = np.unique(np.concatenate((grid, np.quantile(top, np.linspace(0, 1, POINTS)).astype(np.float32)))) if len(top) else grid
    chance = np.maximum.accumulate(steps.predict(grid)).astype(np.float32)
    return replace(model, chance_at=grid, chance=chance)


def judge(champion: Tables, challenger: Tables, held: Examples) -> Verdict:
    """Never a model that is worse on held-out weeks than the one in use."""
    losses = [log_loss(model.probability(logits(model, held)), held.came, held.weight) for model in (champion, challenger)]
    better = losses[1] < losses[0]
    word = "better" if better else "not better"
    return Verdict(better, losses[0], losses[1], f"{word} on {int(held.came.sum())} visits of held-out weeks")
