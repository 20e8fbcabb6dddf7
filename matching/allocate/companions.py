"""Who could go to a first visit with whom: two people of one session who both asked for company."""

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
    who, what, chance = resident[asked], session[asked], p[asked]
    been = _been_there(world, who, what)
    order = np.lexsort((people.key[who], world.sessions.key[what], -chance))
    pairs = _greedy(zip(who[order].tolist(), what[order].tolist(), been[order].tolist(), strict=True), _may(world))
    return _in_order(world, pairs)


def _been_there(world: World, who: I32, what: I32) -> Bool:
    """[k] whether each was at the session's activity before."""
    visited = pair_codes(world)[world.pairs.attended > 0]
    return np.isin(who.astype(np.int64) * len(world.activities.key) + world.sessions.activity[what], visited)


def _may(world: World) -> Callable[[int, int], bool]:
    apart = {frozenset(couple) for couple in world.apart.tolist()}
    household = world.residents.household.tolist()

    def may(one: int, other: int) -> bool:
        return one != other and not (household[one] >= 0 and household[one] == household[other]) and frozenset((one, other)) not in apart

    return may


def _greedy(rows: Iterable[tuple[int, int, bool]], may: Callable[[int, int], bool]) -> list[tuple[int, int, int, bool]]:
    """(session, newcomer, companion, whether that one is a host), in the order in which they were found."""
    waiting: dict[int, _Waiting] = {}
    taken, found = set[int](), []
    for person, session, host in rows:
        if person in taken:
            continue
        room = waiting.setdefault(session, _Waiting())
        choice = room.newcomers if host else room.hosts + room.newcomers
        other = next((each for each in choice if each not in taken and may(person, each)), None)
        if other is None:
            (room.hosts if host else room.newcomers).append(person)
            continue
        taken |= {person, other}
        found.append((session, other, person, True) if host else (session, person, other, other in room.hosts))
    return found


def _in_order(world: World, pairs: list[tuple[int, int, int, bool]]) -> Companions:
    """Two newcomers are told in the order of their keys."""
    if not pairs:
        return Companions()
    session, one, other, host = (np.array(column) for column in zip(*pairs, strict=True))
    key = world.residents.key
    turn = ~host & (key[one] > key[other])
    one, other = np.where(turn, other, one), np.where(turn, one, other)
    line = np.lexsort((key[one], world.sessions.key[session]))
    return Companions(session[line].astype(np.int32), one[line].astype(np.int32), other[line].astype(np.int32), host[line].astype(bool))
