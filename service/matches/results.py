"""What the matcher found, as columns for the database: pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from matching import REASON_CODES as CODES
from matching import Reasons, Week, World, rules
from service.matches.model import Snapshot
from service.matches.packed import Table, uuids
from service.matches.rows import Vocabulary, people_of

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
STEPS = 1_000  # a reason's numbers are told to three decimals
BITS = 28  # of such a number of steps; larger ones are told as the largest
MOST = (1 << BITS) - 1


def columns_of_matches(snapshot: Snapshot, result: Week, vocabulary: Vocabulary, world: World) -> dict[str, Sequence[Any]]:
    """One list for each column of `match`; reasons as [{code, params}], the strongest first."""
    picks = result.picks
    ids = [date.id for date in snapshot.sessions]
    return {
        "matcher_ids": _ids(people_of(snapshot.residents).row["id"], picks.resident),
        "session_ids": [ids[j] for j in picks.session.tolist()],
        "ranks": picks.rank.tolist(),
        "probabilities": np.clip(picks.p, 0, 1).tolist(),
        "propensities": picks.propensity.tolist(),
        "drawn": picks.drawn.tolist(),
        "kms": _km(world, picks.resident, picks.session),
        "reasons": reason_columns(picks.reasons, vocabulary),
    }


def columns_of_empty(snapshot: Snapshot, result: Week) -> dict[str, Sequence[Any]]:
    """`filters`: how many sessions each limit took first; feasible: some session passed them all, and another week owes it."""
    first = result.empty.first
    return {
        "matcher_ids": _ids(people_of(snapshot.residents).row["id"], result.empty.resident),
        "filters": [_json(dict(zip((*rules.FILTERS, "passed"), row, strict=True))) for row in first.tolist()],
        "feasible": (first[:, -1] > 0).tolist(),
    }


def _ids(all_ids: Table, rows: NDArray[Any]) -> list[Any]:
    different, at = np.unique(rows, return_inverse=True)
    ids = uuids(all_ids[different])
    return [ids[i] for i in at.tolist()]


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def reason_columns(reasons_found: Reasons, vocabulary: Vocabulary) -> list[str]:
    """[k] JSON lists. Half a million matches hold far fewer different reasons: each is written once and then pasted."""
    steps = np.clip(np.rint(reasons_found.number.astype(np.float64) * STEPS), 0, MOST).astype(np.int64)
    kinds, at = np.unique(
        (reasons_found.code.astype(np.int64) << 2 * BITS | steps[..., 0] << BITS | steps[..., 1]).ravel(), return_inverse=True
    )
    parts = zip((kinds >> 2 * BITS).tolist(), (kinds >> BITS & MOST).tolist(), (kinds & MOST).tolist(), strict=True)
    words = np.array(
        [_json(_reason(CODES[kind], (first / STEPS, second / STEPS), vocabulary)) if kind else "" for kind, first, second in parts], object
    )
    lines: Any = words[at].reshape(reasons_found.code.shape).tolist()
    return ["[" + ",".join(filter(None, line)) + "]" for line in lines]


def reasons(codes: Any, numbers: Any, vocabulary: Vocabulary) -> list[dict[str, Any]]:
    """Of one match."""
    return [_reason(CODES[code], pair, vocabulary) for code, pair in zip(codes, numbers, strict=True) if code]


def _reason(code: str, pair: Any, vocabulary: Vocabulary) -> dict[str, Any]:
    if code == "topic":
        return {"code": code, "params": {"topic": vocabulary.topics[int(pair[0])], "weight": round(float(pair[1]), 3)}}
    return {"code": code, "params": {name: round(float(value), 3) for name, value in zip(PARAMS.get(code, ()), pair, strict=False)}}


def result_bytes(result: Week) -> bytes:
    """Every number of the result, in one fixed order: what a replay must repeat."""
    picks, empty = result.picks, result.empty
    reason_arrays = (picks.reasons.code, picks.reasons.number, picks.reasons.strength)
    parts = (
        picks.resident,
        picks.session,
        picks.rank,
        picks.p,
        picks.value,
        picks.propensity,
        *reason_arrays,
        empty.resident,
        empty.first,
    )
    return b"".join(np.ascontiguousarray(part).tobytes() for part in parts)


def _km(world: World, resident: Any, session: Any) -> list[float]:
    """Great-circle distance, by the haversine formula."""
    of = world.sessions.activity[session]
    lat1, lon1 = np.radians(world.residents.lat[resident]), np.radians(world.residents.lon[resident])
    lat2, lon2 = np.radians(world.activities.lat[of]), np.radians(world.activities.lon[of])
    half = np.sin((lat2 - lat1) / 2) ** 2 + np.cos(lat1) * np.cos(lat2) * np.sin((lon2 - lon1) / 2) ** 2
    km: list[float] = np.round(2 * EARTH_KM * np.arcsin(np.sqrt(half)), 3).tolist()
    return km
