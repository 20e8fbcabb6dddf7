"""A learned score in one archive of plain arrays, with its card; whatever cannot be trusted falls back to the prior and says why."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
import zlib
from dataclasses import dataclass, fields
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching.score.features import BY_NAME
from matching.score.learn.next_activity import NextActivity
from matching.score.model import AdditiveModel
from matching.score.prior import prior
from matching.score.scorer import Scorer

FORMAT = 1
NOTHING_LEARNED = "no score has been learned yet"


class Unusable(ValueError):
    """The file is not a score that this version can run."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """`fallback` is empty, or the reason why the prior runs in place of the file."""

    scorer: Scorer
    fallback: str = ""


def packed(model: AdditiveModel, follow: NextActivity | None = None) -> tuple[bytes, str]:
    """(an archive of arrays and card, nothing in it that can run; its fingerprint)."""
    flat = _flat(model, follow)
    mark = _fingerprint(flat)
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, fingerprint=np.array(mark), **flat)
    return buffer.getvalue(), mark


def unpacked(data: bytes, fingerprint: str = "") -> Scorer:
    """Raises Unusable for bytes that are damaged, of another format, made for other features, or not those that were asked for."""
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as archive:
            flat = dict(archive)
        recorded = str(flat.pop("fingerprint"))
        if recorded != _fingerprint(flat) or (fingerprint and recorded != fingerprint):
            raise Unusable("its fingerprint does not fit its numbers")
        return _built(flat)
    except Unusable:
        raise
    except (OSError, EOFError, KeyError, ValueError, zipfile.BadZipFile, zlib.error) as error:
        raise Unusable(f"{type(error).__name__}: {error}") from error


def save(path: Path, model: AdditiveModel, follow: NextActivity | None = None) -> str:
    """The same as a file; the fingerprint. The file is whole or not there at all."""
    data, mark = packed(model, follow)
    half = path.with_suffix(".part")
    half.write_bytes(data)
    half.replace(path)
    return mark


def load(path: Path) -> Scorer:
    """Raises Unusable."""
    try:
        return unpacked(path.read_bytes())
    except OSError as error:
        raise Unusable(f"{type(error).__name__}: {error}") from error


def load_or_prior(path: Path) -> Loaded:
    """The saved score, or the prior with the reason: a week is matched in any case, and its version says by what."""
    if not path.exists():
        return Loaded(Scorer(prior()), NOTHING_LEARNED)
    try:
        return Loaded(load(path))
    except Unusable as error:
        return Loaded(Scorer(prior()), str(error))


def _flat(model: AdditiveModel, follow: NextActivity | None) -> dict[str, NDArray[Any]]:
    head = {"format": FORMAT, "version": model.version, "slopes": dict(model.slopes), "card": model.card, "grids": _grids()}
    flat: dict[str, NDArray[Any]] = {"head": np.array(json.dumps(head, sort_keys=True))}
    flat |= {"intercept": np.array(model.intercept), "chance_at": model.chance_at, "chance": model.chance}
    flat |= {f"table.{name}": values for name, values in model.tables.items()}
    if follow is not None:
        flat |= {f"follow.{column.name}": getattr(follow, column.name) for column in fields(NextActivity)}
    return flat


def _built(flat: dict[str, NDArray[Any]]) -> Scorer:
    head = json.loads(str(flat["head"]))
    if head["format"] != FORMAT:
        raise Unusable(f"format {head['format']} is not {FORMAT}")
    other = [name for name, grid in head["grids"].items() if _grids().get(name) != grid]
    if other:
        raise Unusable(f"these features have changed since: {', '.join(sorted(other))}")
    tables = {name.removeprefix("table."): values for name, values in flat.items() if name.startswith("table.")}
    model = AdditiveModel(
        head["version"],
        tuple(flat["intercept"].tolist()),
        MappingProxyType(head["slopes"]),
        MappingProxyType(tables),
        flat["chance_at"],
        flat["chance"],
        head["card"],
    )
    has_follow = "follow.keys" in flat
    return Scorer(
        model, NextActivity(**{column.name: flat[f"follow.{column.name}"] for column in fields(NextActivity)}) if has_follow else None
    )


def _grids() -> dict[str, list[float]]:
    """What a table's cells mean: a model made for other cells must not run."""
    return {name: [feature.low, feature.high, feature.cells] for name, feature in BY_NAME.items()}


def _fingerprint(flat: dict[str, NDArray[Any]]) -> str:
    digest = hashlib.sha256()
    for name, array in sorted(flat.items()):
        digest.update(f"{name}:{array.dtype.str}:{array.shape}".encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()[:16]
