"""Everybody chooses once more where there is room: the best set of a mail in place of one that was gathered pick by pick."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from matching.allocate.slates import best_sets
from matching.allocate.state import CHUNK, AllocationState, chunks, packed_bits, running_sums, unpacked_bits
from matching.world.arrays import F32, F64, I32, I64, U64, Bool

SHARES = (1.0, 0.95, 0.9, 0.8, 0.6, 0.3, 0.0)  # of their price that seats cost: first as if others wanted them too, then what is left
ROUNDS = 2  # at each share
LAST = 10  # at the last
LOOKS = 8  # of a best set: nearly always enough
FEW = 0.001  # of the rows: fewer than these do not change the week any more
LEAST = 1e-12  # gain that counts as one
NONE = np.float32(-1)


def held_bits(market: AllocationState) -> U64:
    """[u] bits of the places held: 8 bytes a row, whatever the width of lists."""
    return np.concatenate([np.zeros(0, np.uint64), *(packed_bits(market.held[rows]) for rows in chunks(len(market.weight)))])


def improve(market: AllocationState, fixed: U64, *, dice: F64, apart: I32, threads: int = 1) -> None:
    """Swap what rows hold for better sets; the objective never falls, no seat is given twice, nobody loses what is `promised`.

    While seats have a price, a row also gives up what is worth less to it than to others, who take it in a later round.
    promised: [u] bits of places that stay; dice: [u] breaks ties; apart: [b, 2] rows that must never share a session stay as they are.
    """
    everybody = np.setdiff1d(np.arange(len(market.weight)), apart)
    held, before = held_bits(market), market.value().sum()
    with ThreadPoolExecutor(max_workers=threads) as pool:
        for share in SHARES:
            queue = everybody
            for _ in range(ROUNDS if share else LAST):
                if len(queue) <= FEW * len(everybody):
                    break
                queue = _round(market, fixed, queue, share * market.price, dice, pool)
    if market.value().sum() < before:
        for rows in chunks(len(held)):
            market.held[rows] = unpacked_bits(held[rows], market.held.shape[1])


def _round(market: AllocationState, fixed: U64, queue: I64, price: F64, dice: F64, pool: ThreadPoolExecutor) -> I64:
    """One choice for each row of the queue, those who gain most first; gives the rows that others were faster than."""
    spare, cost = market.spare(), price.astype(np.float32)
    some: Iterator[I64] = (queue[at : at + CHUNK] for at in range(0, len(queue), CHUNK))
    row, chosen, gain = (
        np.concatenate(part) for part in zip(*pool.map(lambda at: _wishes(market, fixed, at, cost, spare), some), strict=True)
    )
    line, place = np.nonzero(chosen & ~market.held[row])
    session, load = market.session[row[line], place], market.load[row[line], place]
    order = np.lexsort((dice[row[line]], -gain[line], session))
    over = running_sums(session[order], load[order]) > spare[session[order]]
    late = np.zeros(len(row), bool)
    late[line[order[over]]] = True
    market.held[row[~late]] = chosen[~late]
    return np.asarray(row[late])


def _wishes(market: AllocationState, fixed: U64, at: I64, cost: F32, spare: F64) -> tuple[I64, Bool, F64]:
    """(rows, [r, K] what they would rather hold, what that gains beyond its cost), of those who have a wish."""
    session, hazard, load, held, weight = market.session[at], market.hazard[at], market.load[at], market.held[at], market.weight[at]
    taken = (hazard * held).sum(axis=1, dtype=np.float64)
    slope = (weight * np.exp(-taken)).astype(np.float32)[:, None]
    open_to = held | (~market.closed[at] & (load <= spare[session]))
    net = np.where(open_to, slope * hazard - cost[session] * load, NONE)
    stay = (market.mails.picks_max + 1) * np.maximum(net.max(axis=1, keepdims=True), np.float32(LEAST))  # more than any set without it
    net = np.where(unpacked_bits(fixed[at], net.shape[1]), stay, net)
    sets = best_sets(net, market.clash[at], market.family[at], market.mails.picks_max, market.mails.per_family, held, LOOKS)
    after = (hazard * sets.chosen).sum(axis=1, dtype=np.float64)
    paid = (cost[session] * load * (sets.chosen.astype(np.int8) - held)).sum(axis=1, dtype=np.float64)
    gain = weight * (np.exp(-taken) - np.exp(-after)) - paid
    better = gain > LEAST
    return at[better], sets.chosen[better], gain[better]
