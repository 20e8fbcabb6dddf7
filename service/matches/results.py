"""What the matcher found, as columns for the database: pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np

from matching import rules
from matching.inputs import World
from matching.reasons import CODES
from matching.week import Week
from service.matches.model import Snapshot
from service.matches.rows import Vocabulary

PARAMS = {
    "words": ("likeness",),
    "near": ("km",),
    "came_before": ("visits",),
    "said_yes": ("times",),
    "faces": ("people",),
    "new_group": ("weeks",),
    "small_group": ("people",),
    "time": ("week_from", "week_to"),
}
EARTH_KM = 6371.0088


def columns_of_matches(snapshot: Snapshot, found: Week, vocabulary: Vocabulary, world: World) -> dict[str, Sequence[Any]]:
    """One list for each column of `match`; reasons as [{code, params}], the strongest first."""
    picks = found.picks
    return {
        "matcher_ids": [snapshot.residents[i].matcher_id for i in picks.resident],
        "session_ids": [snapshot.sessions[j].id for j in picks.session],
        "ranks": picks.rank.tolist(),
        "probabilities": np.clip(picks.p, 0, 1).tolist(),
        "propensities": picks.propensity.tolist(),
        "kms": _km(world, picks.resident, picks.session),
        "reasons": [
            _json(reasons(code, number, vocabulary)) for code, number in zip(picks.reasons.code, picks.reasons.number, strict=True)
        ],
    }


def columns_of_empty(snapshot: Snapshot, found: Week) -> dict[str, Sequence[Any]]:
    """`filters`: how many sessions each limit took first; feasible: some session passed them all, and another week owes it."""
    first = found.empty.first
    return {
        "matcher_ids": [snapshot.residents[i].matcher_id for i in found.empty.resident],
        "filters": [_json(dict(zip((*rules.FILTERS, "passed"), row.tolist(), strict=True))) for row in first],
        "feasible": [bool(row[-1] > 0) for row in first],
    }


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def reasons(codes: Any, numbers: Any, vocabulary: Vocabulary) -> list[dict[str, Any]]:
    return [_reason(CODES[code], pair, vocabulary) for code, pair in zip(codes, numbers, strict=True) if code]


def _reason(code: str, pair: Any, vocabulary: Vocabulary) -> dict[str, Any]:
    if code == "topic":
        return {"code": code, "params": {"topic": vocabulary.topics[int(pair[0])], "weight": round(float(pair[1]), 4)}}
    return {"code": code, "params": {name: round(float(value), 4) for name, value in zip(PARAMS.get(code, ()), pair, strict=False)}}


def result_bytes(found: Week) -> bytes:
    """Every number of the result, in one fixed order: what a replay must repeat."""
    picks, empty = found.picks, found.empty
    told = (picks.reasons.code, picks.reasons.number, picks.reasons.strength)
    parts = (picks.resident, picks.session, picks.rank, picks.p, picks.value, picks.propensity, *told, empty.resident, empty.first)
    return b"".join(np.ascontiguousarray(part).tobytes() for part in parts)


def _km(world: World, resident: Any, session: Any) -> list[float]:
    """Great-circle distance, by the haversine formula."""
    of = world.sessions.activity[session]
    lat1, lon1 = np.radians(world.residents.lat[resident]), np.radians(world.residents.lon[resident])
    lat2, lon2 = np.radians(world.activities.lat[of]), np.radians(world.activities.lon[of])
    half = np.sin((lat2 - lat1) / 2) ** 2 + np.cos(lat1) * np.cos(lat2) * np.sin((lon2 - lon1) / 2) ** 2
    km: list[float] = np.round(2 * EARTH_KM * np.arcsin(np.sqrt(half)), 3).tolist()
    return km
