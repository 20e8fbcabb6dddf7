"""The arrays a week is matched from: one region's people, its sessions, and what is known between them."""

from __future__ import annotations

import hashlib
from dataclasses import MISSING, Field, dataclass, field, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
I16 = NDArray[np.int16]
I32 = NDArray[np.int32]
I64 = NDArray[np.int64]
U8 = NDArray[np.uint8]
U32 = NDArray[np.uint32]
U64 = NDArray[np.uint64]
Bool = NDArray[np.bool_]

HALF_HOURS = 336  # in a week, Monday 00:00 local first; availability is a bit for each
PART_HALF_HOURS = 8  # half hours of a part of the week, by which people's habits are counted
WEEK_PARTS = HALF_HOURS // PART_HALF_HOURS
WEEK_WORDS = 6  # uint64 words that hold them: bit h of the week is bit h % 64 of word h // 64
WALK, BUS, CAR = 0, 1, 2
OLDEST = 130  # stands for "and over": an open end of an age band
UNSAID_IS_ZERO = {"unsaid_is_zero": True}  # a column of nothing but zeros is the same as a column nobody gave


def _unsaid() -> U32:
    return np.zeros(0, np.uint32)


def _fill(table: Any, name: str) -> None:
    """A column that was not given becomes zeros."""
    if not len(getattr(table, name)):
        object.__setattr__(table, name, np.zeros(len(table.key), np.uint32))


@dataclass(frozen=True, slots=True)
class Residents:
    """People who may be mailed this week, one row each (n rows, any order: results never depend on it).

    Whoever gave no consent, is paused, or is a child is not here at all.
    """

    key: U64  # [n] stable pseudonym, unique; breaks ties and seeds each person's dice
    lat: F64  # [n] degrees, rounded by the caller to about 100 m
    lon: F64
    reach_km: F32  # [n] as the crow flies, already what the travel mode allows
    mode: U8  # [n] WALK, BUS, CAR
    age_low: I16  # [n] years; the person's age is known to lie in [age_low, age_high]; not said: 18, OLDEST
    age_high: I16
    needs: U32  # [n] bits that a session must provide, every one of them
    cost_cents: I32  # [n] the most they can pay for one session; 0: free ones only
    languages: U32  # [n] bits understood; at least one must be a language of the session
    available: U64  # [n, WEEK_WORDS] half hours of the local week that are free
    party: U8  # [n] seats one yes takes, 1 and up (self and who comes along)
    household: I32  # [n] people of one household share a number >= 0 and get the same sessions or none; alone: -1
    topics: F32  # [n, t] interest in each topic, 0 to 1; disliked: negative, down to -1
    text: F32  # [n, e] unit rows (or zeros) in the embedding of matching.words.phrases; e may be 0
    credit: F32  # [n] weeks in a row with an empty hand although a session was feasible, 0 and up
    cohorts: Bool  # [n] agrees to be kept together with the same few faces
    habits: F32 = field(
        default_factory=lambda: np.zeros((0, 0), np.float32)
    )  # [n, WEEK_PARTS] faded yes answers; [n, 0]: nobody's are known

    asked: U32 = field(default_factory=_unsaid, metadata=UNSAID_IS_ZERO)  # [n] bits of the sensitive topics that they asked for

    def __post_init__(self) -> None:
        """Whoever says nothing of a column gets one without facts, to be cut and joined like the others."""
        _fill(self, "asked")
        if not self.habits.size:
            object.__setattr__(self, "habits", np.zeros((len(self.key), 0), np.float32))


@dataclass(frozen=True, slots=True)
class Sessions:
    """Dates that can be offered (m rows, any order)."""

    key: U64  # [m] stable, unique
    activity: I32  # [m] row of the series in Activities
    start_min: I64  # [m] minutes since the Unix epoch, UTC: overlap is decided here
    end_min: I64
    week_from: I16  # [m] first half hour of the local week that it touches, 0..335
    week_to: I16  # [m] one past the last; may pass 336 when it runs over Sunday's midnight (taken modulo)
    seats: F32  # [m] places still free, +inf when the center wants everyone; the limit on expected attendance
    attend_factor: F32  # [m] the center's factor on seats (1: never expect more than fit; above 1 overbooks)
    going: F32 = field(default_factory=lambda: np.zeros(0, np.float32))  # [m] people who said yes already; empty: nobody knows


@dataclass(frozen=True, slots=True)
class Activities:
    """Series of sessions (a rows)."""

    key: U64  # [a] stable, unique
    center: I32  # [a] 0..: who holds it
    family: I32  # [a] 0..: topic family, the unit of variety
    lat: F64
    lon: F64
    age_min: I16  # [a] none given by the center: 18
    age_max: I16  # [a] none given: OLDEST
    provides: U32  # [a] access answers that are a plain yes; "no" and "not said" are both 0 here
    cost_cents: I32
    languages: U32
    topics: F32  # [a, t] 0 to 1
    text: F32  # [a, e]
    size: F32  # [a] usual number of people in the room
    age_weeks: F32  # [a] weeks since its first session here; 0 for a new group
    helped: F32  # [a] smoothed share of first visits that became second ones, NaN when unknown
    sensitive: U32 = field(default_factory=_unsaid, metadata=UNSAID_IS_ZERO)  # [a] bits of the sensitive topics it is about

    def __post_init__(self) -> None:
        _fill(self, "sensitive")


@dataclass(frozen=True, slots=True)
class Pairs:
    """What is known between one person and one activity; rows sorted by (resident, activity), unique.

    Everybody else is a stranger to the activity: absent rows are all zeros.
    """

    resident: I32  # [p] row in Residents
    activity: I32  # [p] row in Activities
    said_yes: F32  # [p] counts, with older ones fading as the caller chooses
    said_no: F32
    attended: F32
    missed: F32
    invited: F32  # [p] times offered without an answer
    rating: F32  # [p] last feedback, -1 to 1, 0 when none
    faces: F32  # [p] people there whom this person has met before


@dataclass(frozen=True, slots=True)
class Never:
    """Pairs that must not be matched, whatever their score: blocks, answered, already holding a seat."""

    resident: I32  # [f]
    session: I32  # [f] row in Sessions (a blocked activity or center is spelled out over its sessions)


@dataclass(frozen=True, slots=True)
class World:
    """Everything a region's week depends on, and nothing else."""

    residents: Residents
    sessions: Sessions
    activities: Activities
    pairs: Pairs
    never: Never
    apart: I32 = field(default_factory=lambda: np.zeros((0, 2), np.int32))  # [b, 2] residents who must never share a session
    met: I32 = field(default_factory=lambda: np.zeros((0, 2), np.int32))  # [c, 2] residents who have met and are glad of it
    week_start_min: int = 0  # Monday 00:00 local, minutes since the epoch

    def snapshot_hash(self) -> str:
        """Hash of every byte that goes in: two worlds with one hash give one result."""
        digest = hashlib.sha256()
        for name, array in sorted(arrays(self).items()):
            digest.update(f"{name}:{array.dtype.str}:{array.shape}".encode())
            digest.update(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data)
        return digest.hexdigest()


def arrays(world: World) -> dict[str, NDArray[Any]]:
    """Flat name -> array, as `numpy.savez` wants it; `rebuild` is its inverse."""
    flat: dict[str, NDArray[Any]] = {
        "apart": world.apart,
        "met": world.met,
        "week_start_min": np.array(world.week_start_min, np.int64),
    }
    for room in PARTS:
        table = getattr(world, room)
        columns = {column.name: getattr(table, column.name) for column in fields(table) if _has_facts(column, getattr(table, column.name))}
        # A column that nobody knew anything for is left out: weeks stored before it existed keep their hash.
        flat |= {f"{room}.{name}": values for name, values in columns.items()}
    return flat


def _has_facts(column: Field[Any], values: NDArray[Any]) -> bool:
    needed = column.default_factory is MISSING
    return needed or bool(values.any() if column.metadata.get("unsaid_is_zero") else values.size)


def rebuild(flat: dict[str, NDArray[Any]]) -> World:
    """A World from what `arrays` gave. Raises KeyError when a column is missing."""
    tables = {room: kind(**_columns(flat, room, kind)) for room, kind in PARTS.items()}
    return World(**tables, apart=flat["apart"], met=flat["met"], week_start_min=int(flat["week_start_min"]))


def _columns(flat: dict[str, NDArray[Any]], room: str, kind: Any) -> dict[str, NDArray[Any]]:
    """A column with a default may be missing: the week was stored before anybody knew it."""
    names = {column.name: column.default_factory is MISSING for column in fields(kind)}
    return {name: flat[f"{room}.{name}"] for name, needed in names.items() if needed or f"{room}.{name}" in flat}


PARTS: dict[str, Any] = {"residents": Residents, "sessions": Sessions, "activities": Activities, "pairs": Pairs, "never": Never}
