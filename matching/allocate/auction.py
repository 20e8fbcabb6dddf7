"""Seats for everyone at once: an auction in which sessions hold the best bids that fit and reject the rest.

Bertsekas' auction, all bidders of a round at once, with three changes: a row may hold several sessions, its value is concave in
them, and a bid is per *expected* seat, so that a session keeps bids until its expected attendance is full. It begins at prices
near the end (dual_prices.py), so few rounds are left.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from matching.allocate.slates import slates_of
from matching.allocate.state import EXACT, AllocationState, chunks, running_sums
from matching.world.arrays import F32, F64, I32, I64, Bool

TURNS = 20  # bids of the average row; whoever is still without a place then is served by what is left
ROUNDS = 6  # of branching for a bid
FEW = 0.001  # of the rows: fewer than these do not change the week any more


@dataclass(slots=True)
class Bids:
    """Everything held, [h] in any order: flat cells, their sessions, offers per expected seat, and loads."""

    cell: I64
    session: I32
    offer: F32
    load: F32

    def only(self, rows: Bool | I64) -> Bids:
        return Bids(self.cell[rows], self.session[rows], self.offer[rows], self.load[rows])


def joined(bids: list[Bids]) -> Bids:
    columns = ([getattr(each, name) for each in bids] for name in Bids.__slots__)
    return Bids(*(np.concatenate(column) for column in columns))


def run(state: AllocationState, *, dice: F64, apart: I32, step: float, threads: int = 1) -> None:
    """Fill `state.held` and raise `state.price`. What is held at the start is never outbid.

    dice: [u] in [0, 1) breaks ties between equal bids; apart: [b, 2] rows that must never share a session; step: least raise.
    """
    queue = np.arange(len(state.weight))
    _separate(state, apart)
    with ThreadPoolExecutor(max_workers=threads) as pool:
        while len(queue):
            _auction(state, queue, dice, step, pool)
            queue = _separate(state, apart)


def _auction(state: AllocationState, queue: I64, dice: F64, step: float, pool: ThreadPoolExecutor) -> None:
    bids = _bids_at(state, np.flatnonzero(state.held), np.inf)
    turns = TURNS * len(state.weight)
    while turns > 0:
        turns -= len(queue)
        price, parts = state.price.astype(np.float32), [queue[rows] for rows in chunks(len(queue))]
        more = joined(list(pool.map(lambda rows, price=price: _bids(state, rows, price, dice, step), parts)))
        if not len(more.cell):
            return
        state.held.ravel()[more.cell] = True
        bids, queue = _clear(state, joined([bids, more]), more.session)
        if len(queue) <= FEW * len(state.weight):
            return


def _bids_at(state: AllocationState, cell: I64, offer: float | F32) -> Bids:
    offers = np.broadcast_to(np.float32(offer), cell.shape)
    return Bids(cell, state.session.ravel()[cell], offers, state.load.ravel()[cell])


def _bids(state: AllocationState, at: I64, price: F32, dice: F64, step: float) -> Bids:
    """Each row fills its open picks at these prices and bids up to where its next best would be as good."""
    hazard, load, held = state.hazard[at], state.load[at], state.held[at]
    cost = price[state.session[at]] * load
    available = state.available(at)
    slope = (state.weight[at] * np.exp(-(hazard * held).sum(axis=1)))[:, None]
    net = np.where(available, slope * -np.expm1(-hazard) - cost, np.float32(-1))
    chosen = slates_of(state, at, net, held, ROUNDS, fixed=held)
    slope = (state.weight[at] * np.exp(-(hazard * chosen).sum(axis=1)))[:, None]
    others = np.where(available & ~chosen, slope * -np.expm1(-hazard) - cost, np.float32(0))
    second = np.maximum(others.max(axis=1), 0)
    row, place = np.nonzero(chosen & ~held)
    last = slope[row, 0] * np.expm1(hazard[row, place]) - cost[row, place]  # what it adds as the last of the row's picks
    raised = np.maximum(last - second[row], 0) / load[row, place] + np.float32(step) * (1 + dice[at[row]].astype(np.float32))
    cell = at[row] * state.session.shape[1] + place
    return _bids_at(state, cell, price[state.session.ravel()[cell]] + raised)


def _clear(state: AllocationState, bids: Bids, sessions: I32) -> tuple[Bids, I64]:
    """Sessions keep the best bids that fit; the first that does not sets the price. Gives the bids, and the rows that lost something."""
    room = state.capacity * (1 - EXACT)
    asked = np.zeros(len(room), bool)
    asked[sessions] = True
    asked &= np.bincount(bids.session, bids.load.astype(np.float64), len(room)) > room
    here = asked[bids.session]
    some = bids.only(here)
    falling = np.uint64(0xFFFFFFFF) - some.offer.view(np.uint32)  # offers are never negative: their bits rise with them
    some = some.only(np.argsort(some.session.astype(np.uint64) << np.uint64(32) | falling, kind="stable"))
    out = running_sums(some.session, some.load) > room[some.session]
    state.held.ravel()[some.cell[out]] = False
    np.maximum.at(state.price, some.session[out], some.offer[out])
    lost: I64 = np.unique(some.cell[out] // state.session.shape[1])
    return joined([bids.only(~here), some.only(~out)]), lost


def _separate(state: AllocationState, apart: I32) -> I64:
    """Where two rows that must be apart share a session, the second loses it for good. Gives the rows to bid again.

    People of one household who must be apart leave it without any session.
    """
    alone = apart[apart[:, 0] == apart[:, 1], 0]
    state.closed[alone] = True
    state.held[alone] = False
    losers = []
    for first, second in apart[apart[:, 0] != apart[:, 1]]:
        shared = np.isin(state.session[second], state.session[first][state.held[first]]) & state.held[second]
        if shared.any():
            state.held[second, shared] = False
            state.closed[second, shared] = True
            losers.append(second)
    return np.unique(np.array(losers, np.int64))
