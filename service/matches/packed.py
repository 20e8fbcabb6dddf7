"""Tables of many rows as columns: how Postgres packs a row into bytes, and numpy reads them all at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from matching import I64, U64
from service.errors import Broken

# Columns in the order and widths in which `queries.sql` packs them; Postgres sends the highest byte first.
ID = np.dtype([("hi", ">u8"), ("lo", ">u8")])
PERSON = np.dtype(
    [
        ("id", ID), ("lat", ">f8"), ("lon", ">f8"), ("reach_km", ">f4"), ("travel", "S4"), ("age_low", ">i2"), ("age_high", ">i2"),
        ("needs", ">i4"), ("cost_cents", ">i4"), ("available", "u1", 42), ("party", ">i2"), ("cohorts", "?"),
        ("credit", ">i4"), ("household", ID),
    ]
)  # fmt: skip
ANSWER = np.dtype([("person", ID), ("activity", ID), ("session", ID), ("said", "S8"), ("rating", ">i2"), ("at", ">f8"), ("half", ">i2")])
INVITED = np.dtype([("person", ID), ("activity", ID)])
NEVER = np.dtype([("person", ID), ("session", ID)])
APART = np.dtype([("one", ID), ("other", ID)])
OUTCOME = np.dtype(
    [
        ("person", ID), ("session", ID), ("rank", ">i2"), ("p", ">f4"), ("propensity", ">f4"), ("drawn", "?"), ("km", ">f4"),
        ("came", "?"), ("source", ">i2"),
    ]
)  # fmt: skip
UNRATED = -9
Table: TypeAlias = NDArray[Any]  # structured


@dataclass(frozen=True, slots=True)
class PackedResidents:
    """Residents as the matcher may know them, one row each; lists of codes have a blank between."""

    row: Table  # PERSON; a household of zeros: alone
    languages: list[str]
    topics: list[str]
    disliked: list[str]
    words: list[str]

    def __len__(self) -> int:
        return len(self.row)


def table(packed: bytes | None, kind: np.dtype[np.void], rows: int) -> Table:
    """[rows] as a structured array. Raises Broken when bytes are missing: a NULL would have swallowed its row."""
    data = packed or b""
    if len(data) != rows * kind.itemsize:
        raise Broken("snapshot_columns", fields={"bytes": f"{len(data)} for {rows} rows of {kind.itemsize}"})
    return np.frombuffer(data, kind)


def keys_of(ids: Table) -> U64:
    """Stable 64-bit keys, evenly spread: the halves of a time-ordered id alone are shared by rows written together.

    Each half goes through the finalizer of SplitMix64 (Steele, Lea and Flood 2014), which never maps two numbers to one.
    """
    return _mixed(_mixed(ids["hi"].astype(np.uint64)) ^ ids["lo"].astype(np.uint64))


def _mixed(x: U64) -> U64:
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


def packed_ids(ids: Sequence[UUID]) -> Table:
    return np.frombuffer(b"".join(i.bytes for i in ids), ID)


def uuids(ids: Table) -> list[UUID]:
    raw = np.ascontiguousarray(ids).tobytes()
    return [UUID(bytes=raw[at : at + 16]) for at in range(0, len(raw), 16)]


class RowIndex:
    """Where each id stands among the rows of a table; -1 for those that are not there."""

    def __init__(self, key: U64) -> None:
        self._order = np.argsort(key)
        self._sorted = key[self._order]

    def of(self, wanted: U64) -> I64:
        if not len(self._sorted):
            return np.full(len(wanted), -1, np.int64)
        at = np.minimum(np.searchsorted(self._sorted, wanted), len(self._sorted) - 1)
        return np.where(self._sorted[at] == wanted, self._order[at], -1).astype(np.int64)
