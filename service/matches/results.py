"""What the matcher found, as columns for the database: pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

import msgspec
import numpy as np

from matching import I32, REASON_NUMBERS, Reasons, Week, World, rules
from service.matches.model import Snapshot
from service.matches.packed import Table, uuids
from service.matches.reason_types import Reason
from service.matches.rows import Vocabulary, people_of
from service.places.distance import distances_km

CODES = tuple(REASON_NUMBERS)
STEPS = 1_000  # a reason's numbers are told to three decimals
BITS = 28  # of such a number of steps; larger ones are told as the largest
MOST = (1 << BITS) - 1


def columns_of_matches(snapshot: Snapshot, result: Week, vocabulary: Vocabulary, world: World) -> dict[str, Sequence[object]]:
    """One list for each column of `match`; reasons as JSON lists, the strongest first."""
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


def columns_of_empty(snapshot: Snapshot, result: Week) -> dict[str, Sequence[object]]:
    """`filters`: how many sessions each limit took first; feasible: some session passed them all, and another week owes it."""
    first = result.empty.first
    return {
        "matcher_ids": _ids(people_of(snapshot.residents).row["id"], result.empty.resident),
        "filters": [_json(dict(zip((*rules.FILTERS, "passed"), row, strict=True))) for row in first.tolist()],
        "feasible": (first[:, -1] > 0).tolist(),
    }


def _ids(all_ids: Table, rows: I32) -> list[UUID]:
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
    lines: list[list[str]] = words[at].reshape(reasons_found.code.shape).tolist()
    return ["[" + ",".join(filter(None, line)) + "]" for line in lines]


def reasons(codes: Iterable[int], numbers: Iterable[Iterable[float]], vocabulary: Vocabulary) -> list[Reason]:
    """Of one match."""
    return [_reason(CODES[code], tuple(pair), vocabulary) for code, pair in zip(codes, numbers, strict=True) if code]


def _reason(code: str, pair: Sequence[float], vocabulary: Vocabulary) -> Reason:
    fields: dict[str, object] = {name: round(float(number), 3) for name, number in zip(REASON_NUMBERS[code], pair, strict=False)}
    if code == "topic":
        fields["topic"] = vocabulary.topics[int(pair[0])]
    reason: Reason = msgspec.convert(fields | {"code": code}, Reason)
    return reason


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


def _km(world: World, resident: I32, session: I32) -> list[float]:
    people, activities, of = world.residents, world.activities, world.sessions.activity[session]
    km = distances_km(people.lat[resident], people.lon[resident], activities.lat[of], activities.lon[of])
    rounded: list[float] = np.round(km, 3).tolist()
    return rounded
