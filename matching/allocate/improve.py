"""The improvement pass: each row solves its best slate again, at seat prices that fall step by step to nothing."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from matching.allocate.dual_prices import EMPTY
from matching.allocate.slates import LEAST, slates_of
from matching.allocate.state import CHUNK, AllocationState, admitted
from matching.world.arrays import F32, F64, I32, I64, U8, Bool

SHARES = (1.0, 0.95, 0.9, 0.8, 0.6, 0.3, 0.0)  # of its price that a seat costs: its opportunity cost first, nothing in the end
ROUNDS = 2  # at each share
LAST = 10  # at the last
BRANCHINGS = 8  # of a best slate: nearly always enough
FEW = 0.001  # of the rows: fewer than these do not change the week any more


def improve(state: AllocationState, reserved: U8, *, dice: F64, apart: I32, threads: int = 1) -> None:
    """Swap slates for better ones. The objective never falls, no seat is given twice, no reserved place is lost.

    While seats have a price, a row also gives up what is worth less to it than to others, who take it in a later round.
    reserved: [u, K / 8] packed bits of places that stay; dice: [u] breaks ties; apart: [b, 2] rows that must never share a
    session stay as they are.
    """
    movable = np.setdiff1d(np.arange(len(state.weight)), apart)
    held, value = np.packbits(state.held, axis=1), state.value().sum()
    with ThreadPoolExecutor(max_workers=threads) as pool:
        for share in SHARES:
            queue = movable
            for _ in range(ROUNDS if share else LAST):
                if len(queue) <= FEW * len(movable):
                    break
                queue = _round(state, reserved, queue, share * state.price, dice, pool)
    if state.value().sum() < value:
        state.held[:] = np.unpackbits(held, axis=1, count=state.held.shape[1])


def _round(state: AllocationState, reserved: U8, queue: I64, price: F64, dice: F64, pool: ThreadPoolExecutor) -> I64:
    """One choice for each row of the queue, those who gain most first; gives the rows that found no seat left."""
    spare, cost = state.spare(), price.astype(np.float32)
    parts: Iterator[I64] = (queue[at : at + CHUNK] for at in range(0, len(queue), CHUNK))
    swaps = pool.map(lambda rows: _swaps(state, reserved, rows, cost, spare), parts)
    row, chosen, gain = (np.concatenate(column) for column in zip(*swaps, strict=True))
    line, place = np.nonzero(chosen & ~state.held[row])
    cell = row[line], place
    late = np.zeros(len(row), bool)
    late[np.delete(line, admitted(state.session[cell], state.load[cell], gain[line], dice[row[line]], spare))] = True
    state.held[row[~late]] = chosen[~late]
    return np.asarray(row[late])


def _swaps(state: AllocationState, reserved: U8, at: I64, cost: F32, spare: F64) -> tuple[I64, Bool, F64]:
    """(rows, [r, K] slates that are better than what they hold, what these gain beyond their cost)."""
    session, hazard, load, held, weight = state.session[at], state.hazard[at], state.load[at], state.held[at], state.weight[at]
    taken = (hazard * held).sum(axis=1, dtype=np.float64)
    slope = (weight * np.exp(-taken)).astype(np.float32)[:, None]
    open_to = held | (~state.closed[at] & (load <= spare[session]))
    net = np.where(open_to, slope * hazard - cost[session] * load, EMPTY)
    chosen = slates_of(state, at, net, held, BRANCHINGS, fixed=np.unpackbits(reserved[at], axis=1, count=net.shape[1]).view(bool))
    after = (hazard * chosen).sum(axis=1, dtype=np.float64)
    paid = (cost[session] * load * (chosen.astype(np.int8) - held)).sum(axis=1, dtype=np.float64)
    gain = weight * (np.exp(-taken) - np.exp(-after)) - paid
    better = gain > LEAST
    return at[better], chosen[better], gain[better]
