"""The best slate of each row, exactly: branch and bound over places that exclude each other, for many rows at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from matching.allocate.state import AllocationState, SlateRules, unpacked_bits
from matching.world.arrays import F32, I32, I64, U64, Bool

ROUNDS = 40  # of branching; a row that is still open then (one in a hundred thousand) keeps a bound above its slate
FREE = -1
LEAST = np.float32(1e-12)  # net gain that counts as one


@dataclass(frozen=True, slots=True)
class Slates:
    chosen: Bool  # [r, K]
    net: F32  # [r] of what is chosen
    bound: F32  # [r] no set nets more; the same but for rows that were left open


def best_slates(net: F32, clash: U64, family: I32, rules: SlateRules, initial: Bool | None = None, rounds: int = ROUNDS) -> Slates:
    """Of each row of places [r, K], the slate of most net gain: up to `picks_max`, none that clash, `per_family` of a family.

    clash: as in AllocationState, symmetric; net: nothing at or below 0 is worth a pick; initial: [r, K] a slate that fits, to be
    improved upon. rounds: of branching, fewer for whoever can do without the last hundredth.
    """
    search = _Search(net, clash, family, rules)
    initial = np.zeros(net.shape, bool) if initial is None else initial
    search.net = (net * initial).sum(axis=1)
    search.run(rounds)
    chosen = initial & ~search.improved[:, None]
    line, turn = np.nonzero(search.place != FREE)
    chosen[line, search.place[line, turn]] = True
    return Slates(chosen, search.net, np.maximum(search.net, search.bound))


def slates_of(state: AllocationState, rows: I64, net: F32, initial: Bool, rounds: int, fixed: Bool | None = None) -> Bool:
    """[r, K] the best slates of some rows of a state, with every place in `fixed`."""
    if fixed is not None:
        net = np.where(fixed, (state.rules.picks_max + 1) * np.maximum(net.max(axis=1, keepdims=True), LEAST), net)
    return best_slates(net, state.clash[rows], state.family[rows], state.rules, initial, rounds).chosen


@dataclass(frozen=True, slots=True)
class _Nodes:
    """Open questions: what is the best slate of a row that holds some places and leaves some out?"""

    row: I64
    out: U64  # bits of what may not be taken, the places held among them
    held: I64  # [s, picks] places, then FREE
    count: I64  # how many are held
    value: F32  # and their net

    def only(self, some: I64) -> _Nodes:
        return _Nodes(self.row[some], self.out[some], self.held[some], self.count[some], self.value[some])


class _Search:
    def __init__(self, net: F32, clash: U64, family: I32, rules: SlateRules) -> None:
        self.gain, self.clash, self.family = net, clash, family
        self.picks_max, self.per_family = rules.picks_max, rules.per_family
        self.bits = np.uint64(1) << np.arange(net.shape[1], dtype=np.uint64)
        self.net, self.bound = np.zeros(len(net), np.float32), np.zeros(len(net), np.float32)
        self.improved = np.zeros(len(net), bool)  # there is a better slate than the initial one
        self.place = np.full((len(net), rules.picks_max), FREE)

    def run(self, rounds: int) -> None:
        rows, width = self.gain.shape
        if not width:
            return
        empty = np.full((rows, self.picks_max), FREE)
        nodes = _Nodes(np.arange(rows), np.zeros(rows, np.uint64), empty, np.zeros(rows, np.int64), np.zeros(rows, np.float32))
        for _ in range(rounds):
            nodes, place, gain = self._hopeful(nodes, *self._relaxed(nodes))
            fine, blocker = self._allowed(nodes, place)
            self._remember(nodes, np.where(fine, place, FREE), nodes.value + (gain * fine).sum(axis=1))
            most = nodes.value + gain.sum(axis=1)
            still = np.flatnonzero((blocker != FREE) & (most > self.net[nodes.row]))
            if not len(still):
                return
            left = nodes.row[still], most[still]
            nodes = self._branch(nodes, still, place[still, blocker[still]])
        np.maximum.at(self.bound, *left)

    def _hopeful(self, nodes: _Nodes, place: I64, gain: F32) -> tuple[_Nodes, I64, F32]:
        """Those that could be better than the best slate of their row so far, were it not for the rules: mostly few."""
        some = np.flatnonzero(nodes.value + gain.sum(axis=1) > self.net[nodes.row])
        return nodes.only(some), place[some], gain[some]

    def _relaxed(self, nodes: _Nodes) -> tuple[I64, F32]:
        """[s, picks] what is held, then the places of most gain as if nothing clashed any more, and what those gain."""
        left = np.where(unpacked_bits(nodes.out, self.gain.shape[1]), np.float32(0), self.gain[nodes.row])
        place, gain = nodes.held.copy(), np.zeros(nodes.held.shape, np.float32)
        lines = np.arange(len(left))
        for turn in range(self.picks_max):
            best = left.argmax(axis=1)
            more = (turn >= nodes.count) & (left[lines, best] > 0)
            gain[lines, turn] = np.where(more, left[lines, best], 0)
            place[lines, turn] = np.where(more, best, place[lines, turn])
            left[lines[more], best[more]] = 0
        return place, gain

    def _allowed(self, nodes: _Nodes, place: I64) -> tuple[Bool, I64]:
        """[s, picks] which of these a mail may hold, taken turn by turn; [s] the turn of the first that keeps a later one out, or FREE."""
        row = nodes.row[:, None]
        clash, bit, family = self.clash[row, place], self.bits[place], self.family[row, place]
        fine, blocker = place != FREE, np.full(len(place), FREE)
        for turn in range(1, self.picks_max):
            before = fine[:, :turn]
            hit = before & (clash[:, :turn] & bit[:, turn, None] != 0)
            mates = before & (family[:, :turn] == family[:, turn, None])
            hit |= mates & (mates.sum(axis=1) >= self.per_family)[:, None] & (np.arange(turn) >= nodes.count[:, None])
            stopped = fine[:, turn] & hit.any(axis=1)
            blocker = np.where(stopped & (blocker == FREE), hit.argmax(axis=1), blocker)
            fine[:, turn] &= ~stopped
        return fine, blocker

    def _remember(self, nodes: _Nodes, place: I64, net: F32) -> None:
        better = net > self.net[nodes.row]
        row, place, net = nodes.row[better], place[better], net[better]
        order = np.argsort(net, kind="stable")  # of several nodes of a row the best is written last
        self.net[row[order]], self.place[row[order]], self.improved[row] = net[order], place[order], True

    def _branch(self, nodes: _Nodes, still: I64, place: I64) -> _Nodes:
        """Each node once with the place that stands in the way, once without it."""
        row, count, out = nodes.row[still], nodes.count[still], nodes.out[still] | self.bits[place]
        held = nodes.held[still].copy()
        held[np.arange(len(still)), count] = place
        mates = self.family[row[:, None], held] == self.family[row, place][:, None]
        crowded = np.flatnonzero((mates & (held != FREE)).sum(axis=1) >= self.per_family)
        barred = out | self.clash[row, place]
        kin = self.family[row[crowded]] == self.family[row[crowded], place[crowded]][:, None]
        barred[crowded] |= (kin * self.bits).sum(axis=1, dtype=np.uint64)
        return _Nodes(
            np.concatenate((row, row)),
            np.concatenate((barred, out)),
            np.concatenate((held, nodes.held[still])),
            np.concatenate((count + 1, count)),
            np.concatenate((nodes.value[still] + self.gain[row, place], nodes.value[still])),
        )
