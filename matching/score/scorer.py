"""Scores pairs of one World with an additive model: cells of a block, given pairs, or term by term for the reasons."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass

import numpy as np

from matching.score.feature_cache import FROM_PAST, BlockCells, FeatureCache, People, feature_cache, spread
from matching.score.features import FEATURES, NAMES, PAST, of_pairs, pair_rows
from matching.score.learn.next_activity import NextActivity
from matching.score.model import AdditiveModel
from matching.score.prior import prior
from matching.world.arrays import F32, I32, I64, World

ALONE = tuple(feature.name for feature in FEATURES if feature.about == "session")
BETWEEN = tuple(feature.name for feature in FEATURES if feature.about == "pair" and feature.name != "away")


@dataclass(frozen=True, slots=True)
class Sums:
    """What the model adds for sessions and for pasts, once for a World."""

    ready: FeatureCache
    who: I64  # [n] the model's row for each person
    alone: F32  # [rows, m] intercept, the terms about the session, and what an empty past adds
    past: F32  # [p] what the past adds for a pair, against a stranger
    new: F32  # [rows, m] `alone` and the terms that are the same for everybody without a past


class Scorer:
    """The score that the matcher runs on; without a model it runs on the prior, and `version` says so.

    One instance may serve several threads once `prepare` has run. Distances are given by the caller: equal km, equal score.
    """

    def __init__(self, model: AdditiveModel | None = None, follow: NextActivity | None = None) -> None:
        self.model = model or prior()
        self.follow = follow
        self._between = tuple(name for name in BETWEEN if self.model.uses(name))
        self._past = any(self.model.uses(name) for name in PAST)
        self._sums: Sums | None = None

    @property
    def version(self) -> str:
        return self.model.version

    @property
    def intercept(self) -> float:
        """What every logit begins with; the terms of a pair add to it."""
        return self.model.intercept[0]

    def prepare(self, world: World) -> None:
        """Compute what depends on the World alone; called by the other methods when they meet another World."""
        cache = feature_cache(world, self.follow)
        rows = np.arange(len(self.model.intercept))[:, None]
        who = self.model.rows(cache.experience)
        alone = np.repeat(np.array(self.model.intercept, np.float32)[:, None], len(world.sessions.key), axis=1)
        for name in ALONE:
            alone += self.model.part(name, cache.session[name][None, :], rows)
        past = np.zeros(len(world.pairs.resident), np.float32)
        for name, column in of_pairs(world).items():
            nothing = self.model.part(name, np.zeros(rows.shape, np.float32), rows)
            alone += nothing
            past += self.model.part(name, column, who[world.pairs.resident]) - nothing[who[world.pairs.resident], 0]
        new = alone.copy()
        for name in FROM_PAST:
            new += self.model.part(name, cache.of_strangers(name)[None, :], rows)
        self._sums = Sums(cache, who, alone, past, new)

    def for_strangers(self, world: World) -> Scorer:
        """The same score before people of whom no past is known, at the sessions that are prepared: costs nothing for the sessions."""
        assert self._sums is not None
        before, cache, new = copy(self), self._sums.ready.for_strangers(world), self._sums.new
        before._between = tuple(name for name in self._between if name not in FROM_PAST)
        before._sums = Sums(cache, self.model.rows(cache.experience), new, np.zeros(0, np.float32), new)
        return before

    def opened(self, world: World, residents: I32, sessions: I32) -> Opened:
        """A block of people and sessions, ready for the logits of any of its cells."""
        sums = self._of(world)
        past = _by_place(*_past_pairs(sums.ready.world, residents, sessions)) if self._past and len(sums.past) else None
        people = sums.ready.people(residents, self._between)
        return Opened(self.model, sums, self._between, residents, sessions, people, past)

    def pair_logits(self, world: World, resident: I32, session: I32, km: F32) -> F32:
        """[k] logits of given pairs: the same numbers as a block gives for them."""
        sums = self._of(world)
        who = sums.who[resident]
        total = sums.alone[who, session]
        for name in self._between:
            total += self.model.part(name, sums.ready.pairs(name, resident, session), who)
        return self._with_rest(sums, resident, session, km, total)

    def terms(self, world: World, resident: I32, session: I32, km: F32) -> tuple[tuple[str, ...], F32]:
        """Names and what each adds, [k, terms]: intercept + their sum is the logit. `experience` is about the person alone."""
        columns = self.columns(world, resident, session, km)
        who = self._of(world).who[resident]
        start = np.array(self.model.intercept, np.float32)[who] - np.float32(self.intercept)
        return ("experience", *NAMES), np.stack([start, *(self.model.part(name, columns[name], who) for name in NAMES)], axis=1)

    def columns(self, world: World, resident: I32, session: I32, km: F32) -> dict[str, F32]:
        """Every feature's value for given pairs: what a model is trained on, and what a reason is checked against."""
        cache = self._of(world).ready
        columns = {name: cache.pairs(name, resident, session) for name in BETWEEN}
        columns["away"] = km * cache.per_km[resident]
        columns |= {name: cache.session[name][session] for name in ALONE}
        rows = pair_rows(cache.codes, world, resident, session)
        for name, column in of_pairs(world).items():
            columns[name] = np.where(rows >= 0, column[rows], np.float32(0)) if len(column) else np.zeros(len(rows), np.float32)
        return {name: columns[name] for name in NAMES}

    def experience(self, world: World, resident: I32) -> I64:
        """[k] how many activities each person knows."""
        return self._of(world).ready.experience[resident]

    def probability(self, logits: F32) -> F32:
        """The calibrated chance that each comes, if invited."""
        return self.model.probability(logits)

    def _of(self, world: World) -> Sums:
        if self._sums is None or self._sums.ready.world is not world:
            self.prepare(world)
        assert self._sums is not None
        return self._sums

    def _with_rest(self, sums: Sums, resident: I32, session: I32, km: F32, total: F32) -> F32:
        """Distance and past, in the order in which a block adds them."""
        if self.model.uses("away"):
            total += self.model.part("away", km * sums.ready.per_km[resident], sums.who[resident])
        if self._past:
            rows = pair_rows(sums.ready.codes, sums.ready.world, resident, session)
            total[rows >= 0] += sums.past[rows[rows >= 0]]
        return total


@dataclass(frozen=True, slots=True)
class Opened:
    """A block: what its people add to the features, made once, and where something lies between them and its sessions."""

    model: AdditiveModel
    sums: Sums
    between: tuple[str, ...]
    residents: I32
    sessions: I32
    people: People
    past: tuple[I32, I32, I32] | None  # (row, column, row in world.pairs), by column

    def cells(self, who: I64, at: slice, row: I32, column: I32, km: F32) -> F32:
        """[k] logits of some cells, each the number that `pair_logits` gives; km [k].

        row [k] in `who`, which are rows of the block, column [k] in its columns `at`; cells must rise.
        """
        kind, dates, ready = self.sums.who[self.residents[who]], self.sessions[at], self.sums.ready
        one = len(self.sums.alone) == 1
        total = self.sums.alone[0][dates].take(column) if one else self.sums.alone[kind[row], dates[column]]
        kinds = kind[:1] if one else kind[row]
        cell = row * np.int32(len(dates)) + column
        some = BlockCells(who, dates, row, column, cell)
        for name in self.between:
            total += self.model.part(name, ready.cells(name, self.people, some), kinds)
        if self.model.uses("away"):
            total += self.model.part("away", km * ready.per_km[self.residents[who]].take(row), kinds)
        self._add_past(total, cell, who, at)
        return total

    def _add_past(self, total: F32, cell: I32, who: I64, at: slice) -> None:
        if self.past is None or not len(cell):
            return
        line, place, pair = self.past
        here = slice(*np.searchsorted(place, (at.start, at.stop)))
        own = np.full(len(self.residents), -1, np.int32)
        own[who] = np.arange(len(who), dtype=np.int32)
        row = own[line[here]]
        wanted = row * np.int32(at.stop - at.start) + (place[here] - np.int32(at.start))
        position = np.minimum(np.searchsorted(cell, wanted), len(cell) - 1)
        hit = (cell[position] == wanted) & (row >= 0)
        total[position[hit]] += self.sums.past[pair[here][hit]]


def _by_place(line: I32, place: I32, pair: I32) -> tuple[I32, I32, I32]:
    order = np.argsort(place, kind="stable")
    return line[order], place[order], pair[order]


def _past_pairs(world: World, residents: I32, sessions: I32) -> tuple[I32, I32, I32]:
    """(line, place, row in world.pairs) of the cells of a block where something lies between the two."""
    first = np.searchsorted(world.pairs.resident, residents, side="left")
    line, pairs = spread(first, np.searchsorted(world.pairs.resident, residents, side="right") - first)
    if not len(pairs):
        return pairs.astype(np.int32), pairs.astype(np.int32), pairs.astype(np.int32)
    activity = world.sessions.activity[sessions]
    order = np.argsort(activity, kind="stable")
    wanted = world.pairs.activity[pairs]
    low = np.searchsorted(activity[order], wanted, side="left")
    which, place = spread(low, np.searchsorted(activity[order], wanted, side="right") - low)
    return line[which].astype(np.int32), order[place].astype(np.int32), pairs[which].astype(np.int32)
