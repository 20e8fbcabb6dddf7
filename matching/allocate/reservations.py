"""Seats given before the auction and never outbid: drawn by dice, owed to the empty-handed, for people kept together, for variety."""

from __future__ import annotations

import numpy as np

from matching.allocate import cohorts, variety
from matching.allocate.state import AllocationState, admitted
from matching.limits.rules import Limits
from matching.world.arrays import F32, F64, I32, I64
from matching.world.households import per_unit
from matching.world.settings import Settings


def reserve(state: AllocationState, limits: Limits, settings: Settings, drawn: I32, dice: F64) -> None:
    """Fill `state.held` with what units are to get whatever the auction says, as far as limits and seats allow.

    Each kind of reservation comes beside those before it. drawn: [u] session of the dice, -1 for none; dice: [u] breaks ties.
    Rows are in the canonical order.
    """
    world, units, groups = limits.world, limits.units, limits.world.activities
    drawn_and_owed(state, drawn, per_unit(units, world.residents.credit), dice)
    if settings.cohorts:
        cohorts.reserve(state, cohorts.form(world, units), np.diff(units.start), units.of[world.apart])
    family, center = (variety.owed(world, units, of_activity, settings.variety) for of_activity in (groups.family, groups.center))
    variety.reserve(state, family, center, groups.center[world.sessions.activity], dice)


def drawn_by_dice(session: I32, luck: F64, share: float) -> I32:
    """[u] the session that dice put into a mail, or -1: evenly out of the unit's list.

    `luck` in [0, 1) decides both who explores and what, so each drawn session has the propensity share / length of the list.
    """
    length = (session >= 0).sum(axis=1)
    place = np.minimum((luck / max(share, 1e-12) * length).astype(np.int64), np.maximum(length - 1, 0))
    drawn = session[np.arange(len(place)), place]
    return np.where((luck < share) & (length > 0), drawn, -1).astype(np.int32)


def drawn_and_owed(state: AllocationState, drawn: I32, credit: F32, dice: F64) -> None:
    """Hold drawn sessions while seats last; then whoever is owed a week, the longest waiting first, gets the best that has room."""
    spare = state.spare()
    row, place = np.nonzero((state.session == drawn[:, None]) & ~state.closed)
    _give(state, spare, row, place, np.zeros_like(credit), dice)
    owed = np.flatnonzero((credit > 0) & ~state.held.any(axis=1))
    for turn in range(state.session.shape[1]):
        able = owed[~state.closed[owed, turn]]
        _give(state, spare, able, np.full(len(able), turn), credit, dice)
        owed = owed[~state.held[owed].any(axis=1)]


def _give(state: AllocationState, spare: F64, row: I64, place: I64, first: F32, dice: F64) -> None:
    """Each session takes askers, the highest `first` before the others, until one does not fit."""
    seated = admitted(state.session[row, place], state.load[row, place], (first - dice)[row], dice[row], spare)
    state.held[row[seated], place[seated]] = True
