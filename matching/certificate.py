"""How far from the best possible a week can be at most, over every feasible pair, without any solver."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matching.candidates import DATES, Edges
from matching.inputs import F32, F64, I32
from matching.market import Mails, Market, chunks

NONE = np.float32(-1)  # net gain of an empty place


def bound(edges: Edges, listed_at: F32, price: F64, market: Market) -> float:
    """No week that keeps the hard limits and the rules of a mail is worth more (weak duality).

    `edges` must be the best by listed_at * hazard - price * load out of all pairs. A concave value lies below each of its tangents,
    so a unit gets at most the tangent at what it holds, plus the best set of a mail by net gain; seats are paid for at their price.
    """
    mails, finite = market.mails, np.isfinite(market.capacity)
    total = float((price[finite] * market.capacity[finite]).sum())
    cost = price.astype(np.float32)
    for rows in chunks(len(market.weight)) if edges.session.shape[1] else ():
        session, hazard, held = edges.session[rows], market.hazard[rows], market.held[rows]
        paid = np.where(session >= 0, cost[session] * edges.load[rows], 0)
        # Where a list was made for a flatter value than the unit's own, what it left out is only known there.
        taken = np.maximum((hazard * held).sum(axis=1), np.log(market.weight[rows] / listed_at[rows]))
        steep = market.weight[rows] * np.exp(-taken)
        total += float((market.weight[rows] - steep - steep * taken).sum(dtype=np.float64))
        net = np.where(session >= 0, steep[:, None] * hazard - paid, NONE)
        then = np.where(session >= 0, listed_at[rows, None] * hazard - paid, NONE)
        outside = np.where(session[:, -1] >= 0, np.maximum(then.min(axis=1), 0), 0)
        least = np.where(held.sum(axis=1) == mails.picks_max, np.maximum(np.where(held, net, np.inf).min(axis=1), 0), 0)
        total += float(best_sets(net, session, outside, least.astype(np.float32), mails).sum(dtype=np.float64))
    return total


def best_sets(net: F32, session: I32, outside: F32, least: F32, mails: Mails) -> F32:
    """[r] no set that a mail may hold nets more.

    Overlaps are kept (weighted interval scheduling); the rules on activities and families are priced in, as if the last pick
    of a mail netted `least` [r], or what greedy picking says: both are bounds. `outside`: [r] what any number of pairs beyond
    the list may net, free of every rule.
    """
    order = np.argsort(-net, axis=1, kind="stable")
    net, session = np.take_along_axis(net, order, 1), np.take_along_axis(session, order, 1)
    dates = Groups(np.where(session >= 0, mails.activity[session], -1))
    single = dates.rank == 0
    kinds = Groups(np.where(single & (session >= 0), mails.family[session], -1 - np.arange(net.shape[1])))
    picked = single & (kinds.rank < mails.per_family) & (net > 0)
    greedy = np.where(picked & (np.cumsum(picked, axis=1) == mails.picks_max), net, 0).sum(axis=1)
    bounds = []
    for last in (greedy[:, None], least[:, None]):
        again = np.maximum(dates.nth(net, 1) - last, 0)
        rest = net - again
        crowd = np.where(single, np.maximum(kinds.nth(rest, mails.per_family) - last, 0), 0)
        paid = (again * single).sum(axis=1) + mails.per_family * (crowd * (kinds.rank == 0)).sum(axis=1)
        further = np.where((dates.rank >= DATES - 1) & (session >= 0), rest, 0).max(axis=1)  # dates the list left out net no more
        bounds.append(paid + _apart(np.maximum(rest - crowd, 0), session, np.maximum(outside, further), mails))
    return np.asarray(np.minimum(*bounds), np.float32)


def _apart(net: F32, session: I32, outside: F32, mails: Mails) -> F32:
    """[r] the best set of up to `picks_max` that do not overlap: one table a session, in the order of their ends."""
    line = np.arange(len(net))
    end = np.where(session >= 0, mails.end_min[session], np.iinfo(np.int64).min)
    order = np.argsort(end, axis=1, kind="stable")
    net, end, start = (np.take_along_axis(part, order, 1) for part in (net, end, mails.start_min[session]))
    best = np.zeros((mails.picks_max + 1, net.shape[1] + 1, len(net)), np.float32)
    for place in range(net.shape[1]):
        before = (end[:, :place] <= start[:, place, None]).sum(axis=1)
        best[0, place + 1] = 0
        for picks in range(1, mails.picks_max + 1):
            best[picks, place + 1] = np.maximum(best[picks, place], best[picks - 1, before, line] + net[:, place])
    spare = np.arange(mails.picks_max, -1, -1, dtype=np.float32)[:, None]
    return np.asarray((best[:, -1] + spare * outside).max(axis=0))


class Groups:
    """Places of each row that share a number, in their order; rows of [r, K]."""

    def __init__(self, number: NDArray[np.integer]) -> None:
        code = number.astype(np.int64) << 8 | np.arange(number.shape[1])
        code.sort(axis=1)
        self._order = code & 255
        fresh = np.ones(code.shape, bool)
        fresh[:, 1:] = code[:, 1:] >> 8 != code[:, :-1] >> 8
        at = np.arange(code.shape[1])
        self._head = np.maximum.accumulate(np.where(fresh, at, 0), axis=1)
        self.rank = self._back((at - self._head).astype(np.float32))  # [r, K] how many of its group stand before each place

    def nth(self, values: F32, n: int) -> F32:
        """[r, K] the value at the n-th place (0 is the first) of each place's group; 0 where the group is smaller."""
        there = np.minimum(self._head + n, values.shape[1] - 1)
        same = (np.take_along_axis(self._head, there, 1) == self._head) & (there == self._head + n)
        sorted_values = np.take_along_axis(values, self._order, 1)
        return np.asarray(self._back(np.where(same, np.take_along_axis(sorted_values, there, 1), 0)))

    def _back(self, values: F32) -> F32:
        out = np.empty_like(values)
        np.put_along_axis(out, self._order, values, 1)
        return out
