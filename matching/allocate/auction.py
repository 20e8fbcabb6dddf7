"""Seats for everyone at once: an auction in which sessions hold the best bids that fit and reject the rest.

Bertsekas' auction, all bidders of a round at once, with three changes: a row may hold several sessions, its value is
concave in them, and a bid is per *expected* seat, so that a session keeps bids until expected attendance is full. It begins
at prices near the end (matching.allocate.dual_prices), so few rounds are left.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from matching.allocate.state import CHUNK, EXACT, AllocationState, Choosing, admitted, running_sums
from matching.world.arrays import F32, F64, I32, I64, Bool

TURNS = 20  # bids of the average row; whoever is still without a place then is served by what is left
FEW = 0.001  # of the rows: fewer than these do not change the week any more


@dataclass(slots=True)
class Bids:
    """Everything held, [h] in any order: flat cells, their sessions, bids per expected seat, and loads."""

    cell: I64
    session: I32
    offer: F32
    load: F32

    def only(self, kept: Bool | I64) -> Bids:
        return Bids(self.cell[kept], self.session[kept], self.offer[kept], self.load[kept])

    def with_more(self, more: Bids) -> Bids:
        return joined([self, more])


def joined(books: list[Bids]) -> Bids:
    return Bids(
        np.concatenate([book.cell for book in books]),
        np.concatenate([book.session for book in books]),
        np.concatenate([book.offer for book in books]),
        np.concatenate([book.load for book in books]),
    )


def run(market: AllocationState, *, dice: F64, apart: I32, step: float) -> None:
    """Fill `market.held` and raise `market.price`. What is held at the start is never outbid.

    dice: [u] in [0, 1) breaks ties between equal bids; apart: [b, 2] rows that must never share a session; step: least raise.
    """
    pinned = _book(market, np.flatnonzero(market.held), np.inf)
    queue = np.arange(len(market.weight))
    _separate(market, apart)
    while len(queue):
        pinned = pinned.only(market.held.ravel()[pinned.cell])
        _auction(market, pinned, queue, dice, step)
        _top_up(market, dice)
        queue = _separate(market, apart)


def _auction(market: AllocationState, pinned: Bids, queue: I64, dice: F64, step: float) -> None:
    others = np.setdiff1d(np.flatnonzero(market.held), pinned.cell, assume_unique=True)
    book = pinned.with_more(_book(market, others, np.inf)) if len(others) else pinned
    turns = TURNS * len(market.weight)
    while turns > 0:
        turns -= len(queue)
        more = _bids(market, queue, dice, step)
        if not len(more.cell):
            return
        market.held.ravel()[more.cell] = True
        book, queue = _clear(market, book.with_more(more), more.session)
        if len(queue) <= FEW * len(market.weight):
            return


def _book(market: AllocationState, cell: I64, offer: float) -> Bids:
    return Bids(cell, market.session.ravel()[cell], np.full(len(cell), offer, np.float32), market.load.ravel()[cell])


def _bids(market: AllocationState, queue: I64, dice: F64, step: float) -> Bids:
    """Each row fills its open picks at today's prices and bids up to where its next best would be as good."""
    price = market.price.astype(np.float32)
    parts = [_some_bids(market, queue[at : at + CHUNK], price, dice, step) for at in range(0, len(queue), CHUNK)]
    return joined([_book(market, np.zeros(0, np.int64), 0.0), *parts])


def _some_bids(market: AllocationState, at: I64, price: F32, dice: F64, step: float) -> Bids:
    session, load = market.session[at], market.load[at]
    rows = Choosing(market, at, price[session] * load)
    before = rows.gain.copy()
    turns = list(rows.turns())
    if not turns:
        return _book(market, np.zeros(0, np.int64), 0.0)
    line, place = (np.concatenate(part) for part in zip(*turns, strict=True))
    slope = (rows.weight * np.exp(-rows.taken)).astype(np.float32)
    others = slope[:, None] * before - rows.cost
    others[line, place] = 0
    second = np.maximum(others.max(axis=1), 0)
    mine = slope[line] * np.expm1(rows.hazard[line, place]) - rows.cost[line, place]  # as the last of what the row takes
    seats = load[line, place]
    raised = np.maximum(mine - second[line], 0) / seats + np.float32(step) * (1 + dice[at[line]].astype(np.float32))
    chosen = session[line, place]
    return Bids(at[line] * market.session.shape[1] + place, chosen, price[chosen] + raised, seats)


def _clear(market: AllocationState, book: Bids, sessions: I32) -> tuple[Bids, I64]:
    """Sessions keep the best bids that fit; the first that does not sets the price. Gives the book, and the rows that lost something."""
    room = market.capacity * (1 - EXACT)
    asked = np.zeros(len(room), bool)
    asked[sessions] = True
    asked &= np.bincount(book.session, book.load.astype(np.float64), len(room)) > room
    here = asked[book.session]
    some = book.only(here)
    falling = np.uint64(0xFFFFFFFF) - some.offer.view(np.uint32)  # offers are never negative: their bits rise with them
    some = some.only(np.argsort(some.session.astype(np.uint64) << np.uint64(32) | falling, kind="stable"))
    full = running_sums(some.session, some.load) > room[some.session]
    out = running_sums(some.session, full) > 0
    market.held.ravel()[some.cell[out]] = False
    np.maximum.at(market.price, some.session[out], some.offer[out])
    lost: I64 = np.unique(some.cell[out] // market.session.shape[1])
    return book.only(~here).with_more(some.only(~out)), lost


def _top_up(market: AllocationState, dice: F64) -> None:
    """Room that no whole bid fitted is offered once more, largest gain per seat first, without moving anybody."""
    spare = market.spare()
    queue = np.flatnonzero(market.held.sum(axis=1) < market.mails.picks_max)
    while len(queue):
        parts = [_wishes(market, queue[at : at + CHUNK], spare) for at in range(0, len(queue), CHUNK)]
        cell, gain = (np.concatenate(part) for part in zip(*parts, strict=True))
        if not len(cell):
            return
        row, session, load = cell // market.session.shape[1], market.session.ravel()[cell], market.load.ravel()[cell]
        kept = admitted(session, load, gain / load, dice[row], spare)
        market.held.ravel()[cell[kept]] = True
        queue = row[market.held[row].sum(axis=1) < market.mails.picks_max]


def _wishes(market: AllocationState, at: I64, spare: F64) -> tuple[I64, F32]:
    """(flat cell, gain) of the best that still has room, for each row that has any."""
    session, load = market.session[at], market.load[at]
    rows = Choosing(market, at, np.where(load > spare[session], np.float32(np.inf), np.float32(0)))
    rows.gain[np.isinf(rows.cost)] = -np.inf
    rows.cost = np.zeros_like(rows.cost)
    for line, place in rows.turns():
        gain = rows.weight[line] * np.exp(-rows.taken[line]) * -np.expm1(-rows.hazard[line, place])
        return at[line] * session.shape[1] + place, gain.astype(np.float32)
    return np.zeros(0, np.int64), np.zeros(0, np.float32)


def _separate(market: AllocationState, apart: I32) -> I64:
    """Where two rows that must be apart share a session, the second loses it for good. Gives the rows to bid again.

    People of one household who must be apart leave it without any session.
    """
    alone = apart[apart[:, 0] == apart[:, 1], 0]
    market.closed[alone] = True
    market.held[alone] = False
    losers = []
    for one, other in apart[apart[:, 0] != apart[:, 1]]:
        shared = np.isin(market.session[other], market.session[one][market.held[one]]) & market.held[other]
        if shared.any():
            market.held[other, shared] = False
            market.closed[other, shared] = True
            losers.append(other)
    return np.unique(np.array(losers, np.int64))
