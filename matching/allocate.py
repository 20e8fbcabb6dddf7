"""Seats for everyone at once: an auction in which sessions hold the best bids that fit and reject the rest.

Bertsekas' auction, all bidders of a round at once, with three changes: a row may hold several sessions, its value is
concave in them, and a bid is per *expected* seat, so that a session keeps bids until expected attendance is full.
"""

from __future__ import annotations

import numpy as np

from matching.inputs import F64, I32, I64, Bool
from matching.market import EXACT, Market, Rows, bar, bar_family, rows_of, running


def run(market: Market, *, dice: F64, apart: I32, step: float) -> None:
    """Fill `market.held` and `market.price`. What is held at the start is never outbid.

    dice: [u] breaks ties between equal bids; apart: [b, 2] rows that must never share a session; step: least raise.
    """
    everyone = np.arange(len(market.weight))
    bid = np.where(market.held, np.inf, 0.0)
    _separate(market, apart)
    while len(everyone):
        _auction(market, bid, everyone, dice, step)
        _top_up(market, dice)
        everyone = _separate(market, apart)


def _auction(market: Market, bid: F64, queue: I64, dice: F64, step: float) -> None:
    book = np.flatnonzero(market.held)
    while len(queue):
        row, place, offer = _bids(market, queue, step)
        if not len(row):
            return
        market.held[row, place] = True
        bid[row, place] = offer
        book = np.concatenate((book, row * market.session.shape[1] + place))
        book, queue = _clear(market, bid, book, np.unique(market.session[row, place]), dice)


def _bids(market: Market, queue: I64, step: float) -> tuple[I64, I64, F64]:
    """Each row fills its open picks at today's prices and bids up to where its next best would be as good."""
    rows = rows_of(market, queue)
    cost = market.price[rows.session] * rows.load
    passed_over = rows.barred.copy()
    row, place = _choose(market, rows, cost)
    passed_over[row, place] = True
    edge = _edge(market, rows, cost, passed_over, row, place)
    session = rows.session[row, place]
    return queue[row], place, market.price[session] + edge / rows.load[row, place] + step


def _edge(market: Market, rows: Rows, cost: F64, out: Bool, row: I64, place: I64) -> F64:
    """What losing a pick would cost its row, if it took the best of the others instead."""
    second = np.where(out, -np.inf, _net(market, rows, cost)).argmax(axis=1)[row]
    hazard = rows.hazard[row, place].astype(np.float64)
    slope = market.weight[rows.at[row]] * np.exp(hazard - rows.taken[row])
    mine = slope * -np.expm1(-hazard) - cost[row, place]
    other = slope * -np.expm1(-rows.hazard[row, second].astype(np.float64)) - cost[row, second]
    return np.asarray(np.maximum(mine - np.maximum(np.where(out[row, second], 0, other), 0), 0))


def _net(market: Market, rows: Rows, cost: F64) -> F64:
    gain = (market.weight[rows.at] * np.exp(-rows.taken))[:, None] * -np.expm1(-rows.hazard.astype(np.float64))
    return np.asarray(gain - cost)


def _choose(market: Market, rows: Rows, cost: F64) -> tuple[I64, I64]:
    """Greedy by net gain, one pick a turn; optimal but for the exclusions."""
    held = market.held[rows.at]
    chosen: list[tuple[I64, I64]] = []
    lines = np.flatnonzero(rows.open > 0)
    while len(lines):
        net = np.where(rows.barred, -np.inf, _net(market, rows, cost))[lines]
        place = net.argmax(axis=1)
        best = net[np.arange(len(lines)), place]
        fine = best > 0
        lines, place = lines[fine], place[fine]
        chosen.append((lines, place))
        held[lines, place] = True
        rows.taken[lines] += rows.hazard[lines, place]
        rows.open[lines] -= 1
        rows.barred[lines, place] = True
        bar(market, rows, lines, place)
        bar_family(market, rows, lines, place, held)
        lines = lines[rows.open[lines] > 0]
    row, place = (np.concatenate([part[i] for part in chosen]) if chosen else np.zeros(0, np.int64) for i in range(2))
    return row, place


def _clear(market: Market, bid: F64, book: I64, sessions: I64, dice: F64) -> tuple[I64, I64]:
    """Sessions keep the best bids that fit; the first that does not sets the price.

    `book` lists the held cells; gives the book without what was lost, and the rows that lost something.
    """
    asked = np.zeros(len(market.capacity), bool)
    asked[sessions] = True
    here = asked[market.session.ravel()[book]]
    row, place = np.divmod(book[here], market.session.shape[1])
    session, offer = market.session[row, place], bid[row, place]
    order = np.lexsort((dice[row], -offer, session))
    row, place, session, offer = row[order], place[order], session[order], offer[order]
    out = running(session, market.load[row, place]) > market.capacity[session] * (1 - EXACT)
    out = _from_first(session, out)
    market.held[row[out], place[out]] = False
    np.maximum.at(market.price, session[out], offer[out])
    kept = row[~out] * market.session.shape[1] + place[~out]
    return np.concatenate((book[~here], kept)), np.unique(row[out])


def _from_first(group: I32, out: Bool) -> Bool:
    """True from the first True of each group on."""
    return running(group, out) > 0


def _top_up(market: Market, dice: F64) -> None:
    """Room that no whole bid fitted is offered once more, smallest regret first, without moving anybody."""
    spare = market.spare() - np.where(np.isfinite(market.capacity), market.capacity, 0) * EXACT
    while True:
        short = np.flatnonzero(market.held.sum(axis=1) < market.picks_max)
        rows = rows_of(market, short)
        rows.barred |= rows.load > spare[rows.session]
        rows.open = np.minimum(rows.open, 1)
        row, place = _choose(market, rows, np.zeros(rows.load.shape))
        if not len(row):
            return
        session, load = rows.session[row, place], rows.load[row, place]
        gain = market.weight[short[row]] * (np.exp(rows.hazard[row, place] - rows.taken[row]) - np.exp(-rows.taken[row]))
        order = np.lexsort((dice[short[row]], -gain / load, session))
        fits = running(session[order], load[order]) <= spare[session[order]]
        kept = order[~_from_first(session[order], ~fits)]
        market.held[short[row[kept]], place[kept]] = True
        np.subtract.at(spare, session[kept], load[kept].astype(np.float64))


def _separate(market: Market, apart: I32) -> I64:
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
