"""The same few faces: people who met at an activity and agreed to it get its next session together, or none of them does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from matching.allocate.state import AllocationState
from matching.world.arrays import F64, I32, I64, World
from matching.world.households import Units

FEWEST, MOST = 4, 8  # people
SHARE = 0.35  # of a session's seats: at 0.5 the worst served tenth paid for it, at 0.25 cohorts gained next to nothing
Links = dict[int, set[int]]  # unit -> units it has met


@dataclass(frozen=True, slots=True)
class Cohort:
    activity: int
    units: tuple[int, ...]  # rising


def form(world: World, units: Units) -> list[Cohort]:
    """Cohorts of every activity, by activity; a household counts with all its members, and only where all of them agreed.

    Each activity's regulars are gathered around whoever has met most of them, one by one whoever has met most of those gathered.
    Nobody is in two cohorts of one activity or beside somebody from whom they must be apart. Ties go to the lower row, so rows
    must come in the canonical order.
    """
    size = np.diff(units.start)
    agreed = np.bincount(units.of[world.residents.cohorts], minlength=units.count) == size
    apart = units.of[world.apart]
    agreed[apart[apart[:, 0] == apart[:, 1], 0]] = False  # units that are apart in themselves get no session at all
    met = _couples(units.of[world.met], agreed)
    if not len(met):
        return []
    barred = {frozenset(couple) for couple in apart.tolist()}
    return [
        Cohort(activity, tuple(sorted(together)))
        for activity, links in _links(world, units, agreed, met)
        for together in _gather(links, size, barred)
    ]


def _couples(met: I32, agreed: np.ndarray) -> I32:
    """[c, 2] units that have met, both willing, each couple once."""
    fine = agreed[met].all(axis=1) & (met[:, 0] != met[:, 1])
    return np.unique(np.sort(met[fine], axis=1), axis=0)


def _links(world: World, units: Units, agreed: np.ndarray, met: I32) -> Iterator[tuple[int, Links]]:
    """For each activity, which of the units that came have met each other there."""
    came = world.pairs.attended > 0
    line = np.unique(np.stack((world.pairs.activity[came], units.of[world.pairs.resident[came]]), axis=1), axis=0)
    line = line[agreed[line[:, 1]]]
    first = np.flatnonzero(np.diff(line[:, 0], prepend=-1))
    friends = _partners(met)
    for group in np.split(line, first[1:]) if len(line) else []:
        there = set(group[:, 1].tolist())
        links = {unit: friends.get(unit, set()) & there for unit in sorted(there)}
        yield int(group[0, 0]), {unit: friends_there for unit, friends_there in links.items() if friends_there}


def _partners(couples: I32) -> Links:
    """unit -> the other unit of each couple [c, 2] that it is in."""
    partners: Links = {}
    for first, second in couples.tolist():
        partners.setdefault(first, set()).add(second)
        partners.setdefault(second, set()).add(first)
    return partners


def _gather(links: Links, size: I64, apart: set[frozenset[int]]) -> Iterator[list[int]]:
    left = dict.fromkeys(links)  # ordered, and quick to strike from
    while left:
        start = max(left, key=lambda unit: (len(links[unit] & left.keys()), -unit))
        together = _around(start, links, left.keys() - {start}, size, apart)
        for unit in together:
            del left[unit]
        if len(together) > 1 and FEWEST <= size[together].sum() <= MOST:
            yield together


def _around(start: int, links: Links, others: set[int], size: I64, apart: set[frozenset[int]]) -> list[int]:
    together, people = [start], int(size[start])
    while people < MOST:
        near = [
            unit
            for unit in set().union(*(links[member] for member in together)) & others
            if people + size[unit] <= MOST and not any(frozenset((unit, member)) in apart for member in together)
        ]
        if not near:
            break
        best = max(near, key=lambda unit: (len(links[unit] & set(together)), -unit))
        together.append(best)
        others = others - {best}
        people += int(size[best])
    return together


def reserve(state: AllocationState, cohorts: list[Cohort], size: I64, apart: I32) -> int:
    """Hold a session for each cohort of which enough people can come and fit, beside what is held already; gives how many got one.

    No seat is kept here once `SHARE` of a session's capacity is held. size: [u] people; apart: [b, 2] units: whoever must be apart
    from a member can not bid for the session any more.
    """
    spare = state.spare() - np.where(np.isfinite(state.capacity), state.capacity, 0) * (1 - SHARE)
    enemies = _partners(apart)
    return sum(_reserve_one(state, cohort, size, enemies, spare) for cohort in cohorts)


def _reserve_one(state: AllocationState, cohort: Cohort, size: I64, enemies: Links, spare: F64) -> bool:
    units = np.array(cohort.units, np.int64)
    line, place = _able(state, units, cohort, enemies)
    session = state.session[units[line], place]
    people = {each: int(size[units[line[session == each]]].sum()) for each in np.unique(session).tolist()}
    enough = [each for each, count in people.items() if count >= FEWEST]
    if not enough:
        return False
    chosen = min(enough, key=lambda each: (-people[each], state.rules.start_min[each], each))
    here = session == chosen
    at, cell = units[line[here]], place[here]
    load = float(state.load[at, cell][~state.held[at, cell]].sum(dtype=np.float64))
    if load > spare[chosen]:
        return False
    spare[chosen] -= load
    state.held[at, cell] = True
    for enemy in (enemy for unit in at.tolist() for enemy in enemies.get(unit, set())):
        state.closed[enemy] |= state.session[enemy] == chosen
    return True


def _able(state: AllocationState, units: I64, cohort: Cohort, enemies: Links) -> tuple[I64, I64]:
    """(line, place) of the sessions of the activity that each member holds or could still take, and no enemy holds."""
    session = state.session[units]
    open_to = state.held[units] | state.available(units)
    line, place = np.nonzero(open_to & (session >= 0) & (state.rules.activity[session] == cohort.activity))
    free = [
        not any(state.held[other][state.session[other] == session[at, cell]].any() for other in enemies.get(int(units[at]), set()))
        for at, cell in zip(line.tolist(), place.tolist(), strict=True)
    ]
    return line[free], place[free]
