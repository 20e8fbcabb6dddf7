"""One order for every world: rows by key, so that no result depends on how rows were read."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from matching.world.arrays import I32, World

Table = TypeVar("Table")


@dataclass(frozen=True, slots=True)
class Order:
    """Row in the world that was given, for each row of the canonical one."""

    residents: I32
    sessions: I32
    activities: I32


def canonical(world: World) -> tuple[World, Order]:
    """The same world with residents, sessions and activities by key and relations sorted.

    Raises ValueError when a key appears twice: equal keys would leave the order open.
    """
    people, dates, groups = (_by_key(table.key) for table in (world.residents, world.sessions, world.activities))
    person, date, group = inverse(people), inverse(dates), inverse(groups)
    sessions = replace(take(world.sessions, dates), activity=group[world.sessions.activity[dates]])
    pairs = replace(world.pairs, resident=person[world.pairs.resident], activity=group[world.pairs.activity])
    never = replace(world.never, resident=person[world.never.resident], session=date[world.never.session])
    return World(
        residents=take(world.residents, people),
        sessions=sessions,
        activities=take(world.activities, groups),
        pairs=take(pairs, np.lexsort((pairs.activity, pairs.resident))),
        never=take(never, np.lexsort((never.session, never.resident))),
        apart=_couples(person[world.apart]),
        met=_couples(person[world.met]),
        week_start_min=world.week_start_min,
    ), Order(people, dates, groups)


def _by_key(key: NDArray[np.uint64]) -> I32:
    order = np.argsort(key, kind="stable").astype(np.int32)
    if (key[order][1:] == key[order][:-1]).any():
        raise ValueError("a key appears twice")
    return order


def inverse(order: I32) -> I32:
    place = np.empty(len(order), np.int32)
    place[order] = np.arange(len(order), dtype=np.int32)
    return place


def take(table: Table, order: NDArray[Any]) -> Table:
    """Rows in that order; a column that nobody knew anything for stays empty. A large table is not copied to stay as it is."""
    if np.array_equal(order, np.arange(len(order))):
        return table
    columns = {column.name: getattr(table, column.name) for column in fields(table)}  # type: ignore[arg-type]
    return type(table)(**{name: column[order] if len(column) else column for name, column in columns.items()})


def _couples(couples: I32) -> I32:
    """Rows of two, smaller first, each once."""
    return np.unique(np.sort(couples.reshape(-1, 2), axis=1), axis=0).astype(np.int32)
