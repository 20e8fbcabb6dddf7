"""Seats given before the auction and never outbid: drawn by dice, owed to the empty-handed, for people kept together, for variety."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from matching.allocate import cohorts, variety
from matching.allocate.candidates import CandidatePairs
from matching.allocate.state import EXACT, AllocationState, running_sums
from matching.limits.rules import Limits
from matching.world.arrays import F32, F64, I32, I64, Bool
from matching.world.households import per_unit
from matching.world.settings import Settings


@dataclass(frozen=True, slots=True)
class Reserved:
    """What units are to be given whatever the auction says, [u] each."""

    drawn: I32  # session, -1 for none
    credit: F32
    size: I64  # people
    kind: I32  # the family they have had enough of, -1 for none
    center: I32  # and the center
    together: list[cohorts.Cohort]
    dice: F64  # who comes first among equals


def due(limits: Limits, settings: Settings, drawn: I32, dice: F64) -> Reserved:
    """Work that is the same for every pass; rows in the canonical order."""
    world, units = limits.world, limits.units
    return Reserved(
        drawn=drawn,
        credit=per_unit(units, world.residents.credit),
        size=np.diff(units.start),
        kind=variety.owed(world, units, world.activities.family, settings.variety),
        center=variety.owed(world, units, world.activities.center, settings.variety),
        together=cohorts.form(world, units) if settings.cohorts else [],
        dice=dice,
    )


def reserve(market: AllocationState, edges: CandidatePairs, limits: Limits, due: Reserved) -> None:
    """Fill `market.held` with what was promised, as far as the limits and the seats allow: each kind beside those before it."""
    market.held |= drawn_and_owed(edges, due.drawn, due.credit, market.capacity, due.dice) & ~market.closed
    cohorts.reserve(market, due.together, due.size, limits.units.of[limits.world.apart])
    center = limits.world.activities.center[limits.world.sessions.activity]
    variety.reserve(market, due.kind, due.center, center, due.dice)


def drawn_by_dice(edges: CandidatePairs, luck: F64, share: float) -> I32:
    """[u] the session that dice put into a mail, or -1: evenly out of the unit's list.

    `luck` in [0, 1) decides both who explores and what, so each drawn session has the propensity share / length of the list.
    """
    length = (edges.session >= 0).sum(axis=1)
    place = np.minimum((luck / max(share, 1e-12) * length).astype(np.int64), np.maximum(length - 1, 0))
    session = edges.session[np.arange(len(place)), place]
    return np.where((luck < share) & (length > 0), session, -1).astype(np.int32)


def drawn_and_owed(edges: CandidatePairs, drawn: I32, credit: F32, capacity: F64, dice: F64) -> Bool:
    """[u, K] drawn sessions while seats last; then whoever is owed a week, the longest waiting first, gets the best that has room."""
    held = np.zeros(edges.session.shape, bool)
    spare = capacity * (1 - EXACT)
    row, place = np.nonzero((edges.session == drawn[:, None]) & (drawn >= 0)[:, None])
    _give(edges, held, spare, row, place, dice)
    owed = np.flatnonzero((credit > 0) & ~held.any(axis=1))
    for turn in range(edges.session.shape[1]):
        owed = owed[edges.session[owed, turn] >= 0]
        if not len(owed):
            break
        _give(edges, held, spare, owed, np.full(len(owed), turn), dice - credit)
        owed = owed[~held[owed].any(axis=1)]
    return held


def _give(edges: CandidatePairs, held: Bool, spare: F64, row: I64, place: I64, first: F64) -> None:
    """Each session takes askers by rising `first` until one does not fit."""
    order = np.lexsort((first[row], edges.session[row, place]))
    row, place = row[order], place[order]
    session, load = edges.session[row, place], edges.load[row, place]
    fits = running_sums(session, load) <= spare[session]
    held[row[fits], place[fits]] = True
    np.subtract.at(spare, session[fits], load[fits].astype(np.float64))
