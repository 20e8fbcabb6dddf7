"""Not always the same: whoever was offered one kind of thing, or one center, for weeks is owed another where there is one."""

from __future__ import annotations

import numpy as np

from matching.allocate.state import AllocationState, admitted
from matching.world.arrays import F64, I32, I64, Bool, World
from matching.world.households import Units


def owed(world: World, units: Units, of_activity: I32, least: float) -> I32:
    """[u] the kind (by `of_activity`, [a] 0 and up) that more than 1 - `least` of a unit's offers were of, -1 where there is none.

    An offer is an invitation, answered or not; older ones count for as much as the caller let them fade.
    """
    pairs = world.pairs
    offers = (pairs.invited + pairs.said_yes + pairs.said_no).astype(np.float64)
    kinds = int(of_activity.max(initial=-1)) + 1
    code = units.of[pairs.resident].astype(np.int64) * kinds + of_activity[pairs.activity]
    code, line = np.unique(code[offers > 0], return_inverse=True)
    weight = np.bincount(line, offers[offers > 0], len(code))
    unit, kind = np.divmod(code, max(kinds, 1))
    total = np.bincount(unit, weight, units.count)
    main = weight > (1 - least) * total[unit]
    prevailing = np.full(units.count, -1, np.int32)
    prevailing[unit[main]] = kind[main]
    return prevailing


def reserve(state: AllocationState, kind: I32, center: I32, center_of: I32, dice: F64) -> None:
    """Hold one session of another kind, and one of another center, for the units that are owed them, beside what is held already.

    kind, center: [u] as from `owed`; center_of: [m]. One session serves both where there is one; nobody is held past a capacity.
    """
    of_kind, of_center = state.family, center_of[state.session]
    new_kind, new_center = of_kind != kind[:, None], of_center != center[:, None]
    _give(state, np.flatnonzero(kind >= 0), new_kind, new_center, dice)
    _give(state, np.flatnonzero(center >= 0), new_center, new_kind, dice)


def _give(state: AllocationState, units: I64, wanted: Bool, also: Bool, dice: F64) -> None:
    """One wanted session each, the best by value less what its seats cost, those that are `also` wanted before others; while seats last."""
    units = units[~(state.held & wanted)[units].any(axis=1)]
    tried = np.zeros(state.session.shape, bool)
    spare = state.spare()
    while len(units):
        fine = wanted[units] & state.available(units) & ~tried[units]
        net = state.weight[units, None] * state.hazard[units] - state.price[state.session[units]] * state.load[units]
        value = np.where(fine, net + also[units], -np.inf)  # a net gain of one or more is rare: what serves both comes first
        place = value.argmax(axis=1)
        some = fine[np.arange(len(units)), place]
        units, place = units[some], place[some]
        tried[units, place] = True
        seated = admitted(state.session[units, place], state.load[units, place], np.zeros(len(units)), dice[units], spare)
        state.held[units[seated], place[seated]] = True
        units = np.delete(units, seated)
