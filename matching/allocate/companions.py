"""Companions for a first visit: two people of one session who both asked for company."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np

from matching.score.features import pair_codes
from matching.world.arrays import F32, I32, Bool, World

ADULT = 18


@dataclass(frozen=True, slots=True)
class Companions:
    """c rows by session key and then by the key of the first: one for each pair of people, rows of the world that was given."""

    session: I32 = field(default_factory=lambda: np.zeros(0, np.int32))
    newcomer: I32 = field(default_factory=lambda: np.zeros(0, np.int32))  # was never there
    companion: I32 = field(default_factory=lambda: np.zeros(0, np.int32))
    host: Bool = field(default_factory=lambda: np.zeros(0, bool))  # the companion knows the place; otherwise both are new


@dataclass(slots=True)
class _Waiting:
    """People of one session who have nobody yet, the likeliest to come first."""

    hosts: list[int] = field(default_factory=list)
    newcomers: list[int] = field(default_factory=list)


def pair_up(world: World, resident: I32, session: I32, p: F32) -> Companions:
    """Companions among k invitations with chances p.

    Only adults who asked for company, never two of one household or two who must be apart, nobody twice in a week, and one of the
    two at least on a first visit. Who is likelier to come chooses first, and takes whoever knows the place before another newcomer.
    """
    people = world.residents
    asked = people.company[resident] & (people.age_low[resident] >= ADULT)
    resident, session, p = resident[asked], session[asked], p[asked]
    order = np.lexsort((people.key[resident], world.sessions.key[session], -p))
    resident, session = resident[order], session[order]
    visitor = _visited(world, resident, session)
    pairs = _greedy(zip(resident.tolist(), session.tolist(), visitor.tolist(), strict=True), _may_pair(world))
    return _in_order(world, pairs)


def _visited(world: World, resident: I32, session: I32) -> Bool:
    """[k] whether each resident was at the session's activity before."""
    visited = pair_codes(world)[world.pairs.attended > 0]
    return np.isin(resident.astype(np.int64) * len(world.activities.key) + world.sessions.activity[session], visited)


def _may_pair(world: World) -> Callable[[int, int], bool]:
    apart = {frozenset(couple) for couple in world.apart.tolist()}
    household = world.residents.household.tolist()

    def may_pair(first: int, second: int) -> bool:
        related = household[first] >= 0 and household[first] == household[second]
        return first != second and not related and frozenset((first, second)) not in apart

    return may_pair


def _greedy(rows: Iterable[tuple[int, int, bool]], may_pair: Callable[[int, int], bool]) -> list[tuple[int, int, int, bool]]:
    """(session, newcomer, companion, whether the companion is a host), in the order of the choices."""
    waiting: dict[int, _Waiting] = {}
    paired, pairs = set[int](), []
    for person, session, host in rows:
        if person in paired:
            continue
        room = waiting.setdefault(session, _Waiting())
        choice = room.newcomers if host else room.hosts + room.newcomers
        other = next((each for each in choice if each not in paired and may_pair(person, each)), None)
        if other is None:
            (room.hosts if host else room.newcomers).append(person)
            continue
        paired |= {person, other}
        pairs.append((session, other, person, True) if host else (session, person, other, other in room.hosts))
    return pairs


def _in_order(world: World, pairs: list[tuple[int, int, int, bool]]) -> Companions:
    """Two newcomers come in the order of their keys."""
    if not pairs:
        return Companions()
    session, newcomer, companion, host = (np.array(column) for column in zip(*pairs, strict=True))
    key = world.residents.key
    swap = ~host & (key[newcomer] > key[companion])
    newcomer, companion = np.where(swap, companion, newcomer), np.where(swap, newcomer, companion)
    order = np.lexsort((key[newcomer], world.sessions.key[session]))
    session, newcomer, companion = (rows[order].astype(np.int32) for rows in (session, newcomer, companion))
    return Companions(session, newcomer, companion, host[order].astype(bool))
