"""Learns an additive score from who was offered what and who came; a new model replaces an old one only if later weeks say so."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from types import MappingProxyType
from typing import Any

import numpy as np
from sklearn.isotonic import IsotonicRegression

from matching.metrics import log_loss
from matching.score.features import FEATURES, NAMES, Feature, cell, middles
from matching.score.learn import conditional_logit
from matching.score.learn.boosting import AdditiveClassifier
from matching.score.model import EXPERIENCE, AdditiveModel
from matching.score.prior import prior
from matching.score.scorer import Scorer
from matching.world.arrays import F32, F64, I32, I64, Bool, World

FEWEST_CAME = 200  # below that a town keeps the score it has
POINTS = 101  # of the calibration
DOUBT = 6  # rows of everybody's mean that are added to each step of the calibration
RIDGE = 10.0  # of the boosting
ORDER = np.float64(2 / 3)  # of a table is what choices say, the rest is what the boosting says: each errs where the other does not
# A crowd of newcomers at one date says little of other dates: what they seem to seek in a date by itself is drawn hard towards the
# start, and that is where people go already.
NEWCOMERS_PULL = {"session": 300.0, "pair": 30.0, "past": 30.0}
NEWCOMERS_START = {"going": 0.5}  # slopes beside the prior's


@dataclass(frozen=True, slots=True)
class Examples:
    """Pairs that were offered, each with what happened; k rows."""

    columns: F32  # [k, features] in the order of NAMES
    came: Bool  # [k]
    weight: F32  # [k] how many real pairs a sampled one stands for
    person: I32  # [k] a number for the person within their week
    experience: I64  # [k] activities the person knew

    def only(self, mask: Bool) -> Examples:
        return Examples(*(getattr(self, column.name)[mask] for column in fields(self)))


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
    """All rows; people of different weeks stay different. No parts: no rows."""
    if not parts:
        none = np.zeros(0, np.int32)
        return Examples(np.zeros((0, len(NAMES)), np.float32), none > 0, none.astype(np.float32), none, none.astype(np.int64))
    step = max((int(part.person.max(initial=0)) for part in parts), default=0) + 1
    return Examples(
        np.concatenate([part.columns for part in parts]),
        np.concatenate([part.came for part in parts]),
        np.concatenate([part.weight for part in parts]),
        np.concatenate([part.person + np.int32(step * at) for at, part in enumerate(parts)]),
        np.concatenate([part.experience for part in parts]),
    )


def fit(seen: Examples, held: Examples, version: str, card: dict[str, Any], without: tuple[str, ...] = ()) -> AdditiveModel:
    """An additive model of the seen weeks, a row for each experience, calibrated on the held weeks. `without` leaves features out.

    Raises ValueError when too few people came to learn anything.
    """
    if int(seen.came.sum()) < FEWEST_CAME:
        raise ValueError(f"{int(seen.came.sum())} visits are too few to learn from; {FEWEST_CAME} are needed")
    features = [feature for feature in FEATURES if feature.name not in without]
    cells = np.stack([cell(feature, seen.columns[:, NAMES.index(feature.name)]) for feature in features], axis=1).astype(np.int32)
    boosted, chosen = _boosted(seen, features), _chosen(seen, features, cells)
    tables = [np.concatenate((new, (1 - ORDER) * one + ORDER * other)) for one, (new, other) in zip(boosted, chosen, strict=True)]
    flat = AdditiveModel(
        version,
        tuple(_levels(tables, cells, seen)),
        MappingProxyType({}),
        MappingProxyType({feature.name: table.astype(np.float32) for feature, table in zip(features, tables, strict=True) if table.any()}),
        np.array([-1.0, 1.0], np.float32),
        np.array([0.0, 1.0], np.float32),
        card | {"kind": "learned", "pairs": len(seen.came), "came": int(seen.came.sum())},
    )
    return calibrated(flat, held)


def _chosen(seen: Examples, features: list[Feature], cells: I32) -> list[tuple[F64, F64]]:
    """([1, cells] newcomers', [experience - 1, cells] the others') for each feature: what people took among what they were offered."""
    who = np.minimum(seen.experience, EXPERIENCE - 1)
    pull = np.array([NEWCOMERS_PULL[feature.about] for feature in features])
    new = _corrected(seen.only(who == 0), features, cells[who == 0], 1, NEWCOMERS_START, pull)
    return list(zip(new, _corrected(seen.only(who > 0), features, cells[who > 0], EXPERIENCE - 1, {}, None), strict=True))


def _corrected(seen: Examples, features: list[Feature], cells: I32, rows: int, slopes: dict[str, float], pull: F64 | None) -> list[F64]:
    """[rows, cells] for each feature: prior and slopes, and what choices add to them."""
    model, first = prior(), np.zeros(1, np.int64)
    start = [model.part(one.name, middles(one), first).astype(np.float64) + slopes.get(one.name, 0) * middles(one) for one in features]
    base = np.sum([table[cells[:, at]] for at, table in enumerate(start)], axis=0)
    who = np.clip(seen.experience - 1, 0, rows - 1)
    more = conditional_logit.fitted(features, conditional_logit.Choices(cells, seen.came, seen.weight, seen.person, who, base), rows, pull)
    return [table + step for table, step in zip(start, more, strict=True)]


def _levels(tables: list[F64], cells: I32, seen: Examples) -> list[float]:
    """An intercept for each experience: as many come as came."""
    who = np.minimum(seen.experience, EXPERIENCE - 1)
    levels = []
    for row in range(EXPERIENCE):
        same = who == row if seen.came[who == row].sum() >= FEWEST_CAME else np.ones(len(who), np.bool_)
        logit = np.sum([table[row][cells[same, at]] for at, table in enumerate(tables)], axis=0)
        levels.append(conditional_logit.level(logit, seen.came[same], seen.weight[same]))
    return levels


def _alike(seen: Examples, who: int) -> Examples:
    """Examples of people of one experience; everybody's while those are too few."""
    same = seen.only(np.minimum(seen.experience, EXPERIENCE - 1) == who)
    return same if int(same.came.sum()) >= FEWEST_CAME else seen


def _boosted(seen: Examples, features: list[Feature]) -> list[F64]:
    """[experience - 1, cells] for each feature, a model for each experience but none."""
    models = []
    for who in range(1, EXPERIENCE):
        rows = _alike(seen, who)
        codes = np.stack([cell(feature, rows.columns[:, NAMES.index(feature.name)]) for feature in features], axis=1)
        monotone = [feature.monotone for feature in features]
        models.append(AdditiveClassifier(ridge=RIDGE, monotone=monotone).fit(codes, rows.came, _balanced(rows)))
    return [np.stack([_table(model, at, feature.cells) for model in models]) for at, feature in enumerate(features)]


def _balanced(seen: Examples) -> F32:
    """Weights between pairs and people: who took up four things counts twice as much as who took up one, not four times."""
    number = np.bincount(seen.person, weights=seen.came)
    return (seen.weight / np.sqrt(np.maximum(number[seen.person], 1))).astype(np.float32)


def _table(model: AdditiveClassifier, column: int, cells: int) -> F64:
    """One column's part for every cell of its feature; cells that nobody was in read like their neighbor."""
    return model.tables_[column][np.searchsorted(model.edges_[column], np.arange(cells), side="right")]


def logits(model: AdditiveModel, rows: Examples) -> F32:
    """[k] what a model says of examples."""
    who = model.rows(rows.experience)
    total = np.array(model.intercept, np.float32)[who]
    for at, name in enumerate(NAMES):
        if model.uses(name):
            total += model.part(name, rows.columns[:, at], who)
    return total


def calibrated(model: AdditiveModel, held: Examples) -> AdditiveModel:
    """The same ranks with honest chances: isotonic regression on held-out weeks, as points to interpolate between.

    A step of few people is drawn towards everybody's mean: the ends of an isotonic fit say "never" and "always" of a handful.
    Raises ValueError without a held-out row.
    """
    if not len(held.came):
        raise ValueError("no offers to calibrate on")
    at = logits(model, held)
    steps = IsotonicRegression(y_min=1e-5, y_max=1 - 1e-5, out_of_bounds="clip").fit(at, held.came, held.weight)
    level, step = np.unique(steps.predict(at), return_inverse=True)
    few, behind = DOUBT * held.weight.mean(), np.bincount(step, held.weight)
    drawn = (behind * level + few * np.average(held.came, weights=held.weight)) / (behind + few)
    steps.fit(at, drawn[step], held.weight)
    grid = np.unique(np.quantile(at, np.linspace(0, 1, POINTS)).astype(np.float32))
    top = np.sort(at[held.came])
    grid = np.unique(np.concatenate((grid, np.quantile(top, np.linspace(0, 1, POINTS)).astype(np.float32)))) if len(top) else grid
    chance = np.maximum.accumulate(steps.predict(grid)).astype(np.float32)
    return replace(model, chance_at=grid, chance=chance)


def judge(champion: AdditiveModel, challenger: AdditiveModel, held: Examples, seen: Examples | None = None) -> Verdict:
    """Never a model that is worse on held-out weeks than the one in use: neither its chances nor, beyond doubt, its order.

    The order counts apart, because a score whose chances are merely scaled better would pass for a better one. It is worse beyond
    doubt when the visits' mean loss of gain is more than 1.64 standard errors (one side of 95 %).
    seen: the same rows in the columns that the champion computes, where the two bring tables of their own.
    """
    both = ((champion, held if seen is None else seen), (challenger, held))
    predictions = [logits(model, rows) for model, rows in both]
    losses = [
        log_loss(model.probability(predicted), rows.came, rows.weight) for (model, rows), predicted in zip(both, predictions, strict=True)
    ]
    gains = [place_gains(predicted, rows) for (_, rows), predicted in zip(both, predictions, strict=True)]
    change = gains[1] - gains[0]
    error = change.std() / np.sqrt(max(len(change), 1)) if len(change) else 0.0
    better = bool(losses[1] < losses[0] and (not len(change) or change.mean() >= -1.64 * error))
    order = [gain.mean() if len(gain) else 0.0 for gain in gains]
    word = "better" if better else "not better"
    summary = f"{word} on {int(held.came.sum())} visits of held-out weeks"
    return Verdict(better, losses[0], losses[1], f"{summary}: gain of order {order[1]:.4f} against {order[0]:.4f}")


def place_gains(logit: F32, rows: Examples) -> F64:
    """[visits, in the order of rows] 1 / log2(1 + place), places counted among the same person's offers; 1 is perfect."""
    order = np.lexsort((rows.came, -logit, rows.person))
    first = np.flatnonzero(np.diff(rows.person[order], prepend=-1))
    passed = np.cumsum(np.where(rows.came, 0, rows.weight).astype(np.float64)[order])
    before = np.repeat(passed[first] - np.where(rows.came, 0, rows.weight)[order][first], np.diff(np.append(first, len(order))))
    gain = np.empty(len(order))
    gain[order] = 1 / np.log2(2 + passed - before)
    return gain[rows.came]
