"""The best set that a mail may hold, exactly: branch and bound over what stands in each other's way, for many mails at once or for one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from matching.allocate.state import unpacked_bits
from matching.world.arrays import F32, I32, I64, U64, Bool

LOOKS = 40  # rounds of branching; what is open then (one mail in a hundred thousand) keeps a bound above its set
FREE = -1


@dataclass(frozen=True, slots=True)
class Slates:
    chosen: Bool  # [r, K]
    net: F32  # [r] of what is chosen
    bound: F32  # [r] no set nets more; the same but for rows that were left open


def best_sets(net: F32, clash: U64, family: I32, picks_max: int, per_family: int, known: Bool, looks: int = LOOKS) -> Slates:
    """Of each row of places [r, K], the set of most net gain: up to `picks_max`, none that clash, `per_family` of a family.

    clash: as in AllocationState, symmetric; net: nothing at or below 0 is worth a pick; known: [r, K] a set that fits, to be improved upon.
    looks: rounds of branching, fewer for whoever can do without the last hundredth.
    """
    search = _Search(net, clash, family, picks_max, per_family)
    search.net = (net * known).sum(axis=1)
    search.run(looks)
    chosen = known & ~search.found[:, None]
    line, turn = np.nonzero(search.place != FREE)
    chosen[line, search.place[line, turn]] = True
    return Slates(chosen, search.net, np.maximum(search.net, search.bound))


def best_set(net: F32, clash: U64, family: I32, picks_max: int, per_family: int) -> I64:
    """The same for one row of falling net [K]: its places, rising; of equal sets the one with the earlier places.

    A search of its own: tables of one row cost ten times as much as plain numbers, and whoever asks for one mail waits for it.
    """
    search = _Mail(net.tolist(), clash.tolist(), family.tolist(), per_family)
    search.look((1 << int(np.count_nonzero(net > 0))) - 1, picks_max, 0.0, ())
    return np.array(search.chosen, np.int64)


class _Mail:
    """One mail, its places in the order of falling gain; sets of places are the bits of a number."""

    def __init__(self, gain: list[float], clash: list[int], family: list[int], per_family: int) -> None:
        self.gain, self.clash, self.per_family = gain, clash, per_family
        self.mates, self.alike = _of_one_family(family), _cliques(clash)
        self.net = 0.0
        self.chosen: tuple[int, ...] = ()

    def look(self, free: int, room: int, net: float, held: tuple[int, ...]) -> None:
        """Remember the best set that holds these places, and `room` more of the free ones at most."""
        if net > self.net:
            self.net, self.chosen = net, held
        while self._most(free, room) > self.net - net:
            place = _lowest(free)
            free &= ~(1 << place)
            now = (*held, place)
            full = sum(self.mates[one] == self.mates[place] for one in now) >= self.per_family
            barred = self.clash[place] | (self.mates[place] if full else 0)
            self.look(free & ~barred, room - 1, net + self.gain[place], now)

    def _most(self, free: int, room: int) -> float:
        """What no choice can gain beyond: of places that all stand in each other's way, one counts."""
        most = 0.0
        while free and room:
            place = _lowest(free)
            most += self.gain[place]
            free &= ~self.alike[place]
            room -= 1
        return most


def _lowest(bits: int) -> int:
    return (bits & -bits).bit_length() - 1


def _of_one_family(family: list[int]) -> list[int]:
    """For each place the places of its family."""
    mates: dict[int, int] = {}
    for place, each in enumerate(family):
        mates[each] = mates.get(each, 0) | 1 << place
    return [mates[each] for each in family]


def _cliques(clash: list[int]) -> list[int]:
    """For each place the places it was put together with: as many as may be, in order, that all clash with each other."""
    together = [0] * len(clash)
    left = (1 << len(clash)) - 1
    while left:
        others, group = left, []
        while others:
            group.append(_lowest(others))
            others &= clash[group[-1]] & ~(1 << group[-1])
        bits = sum(1 << place for place in group)
        left &= ~bits
        for place in group:
            together[place] = bits
    return together


@dataclass(frozen=True, slots=True)
class _Nodes:
    """Open questions: what is the best set of a row that holds some places and leaves some out?"""

    row: I64
    out: U64  # bits of what may not be taken, the places held among them
    held: I64  # [s, picks] places, then FREE
    count: I64  # how many are held
    value: F32  # and their net

    def only(self, some: I64) -> _Nodes:
        return _Nodes(self.row[some], self.out[some], self.held[some], self.count[some], self.value[some])


class _Search:
    def __init__(self, net: F32, clash: U64, family: I32, picks_max: int, per_family: int) -> None:
        self.gain, self.clash, self.family = net, clash, family
        self.picks_max, self.per_family = picks_max, per_family
        self.bits = np.uint64(1) << np.arange(net.shape[1], dtype=np.uint64)
        self.net, self.bound = np.zeros(len(net), np.float32), np.zeros(len(net), np.float32)
        self.found = np.zeros(len(net), bool)  # a better set than was known
        self.place = np.full((len(net), picks_max), FREE)

    def run(self, looks: int) -> None:
        rows, width = self.gain.shape
        if not width:
            return
        empty = np.full((rows, self.picks_max), FREE)
        nodes = _Nodes(np.arange(rows), np.zeros(rows, np.uint64), empty, np.zeros(rows, np.int64), np.zeros(rows, np.float32))
        for _ in range(looks):
            nodes, place, gain = self._hopeful(nodes, *self._relaxed(nodes))
            fine, blocker = self._kept(nodes, place)
            self._remember(nodes, np.where(fine, place, FREE), nodes.value + (gain * fine).sum(axis=1))
            most = nodes.value + gain.sum(axis=1)
            still = np.flatnonzero((blocker != FREE) & (most > self.net[nodes.row]))
            if not len(still):
                return
            left = nodes.row[still], most[still]
            nodes = self._branch(nodes, still, place[still, blocker[still]])
        np.maximum.at(self.bound, *left)

    def _hopeful(self, nodes: _Nodes, place: I64, gain: F32) -> tuple[_Nodes, I64, F32]:
        """Those that could be better than what is known of their row, were it not for the rules: mostly few."""
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

    def _kept(self, nodes: _Nodes, place: I64) -> tuple[Bool, I64]:
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
        self.net[row[order]], self.place[row[order]], self.found[row] = net[order], place[order], True

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
