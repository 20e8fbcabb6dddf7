"""Scores pairs of one World with an additive model: whole blocks, given pairs, or term by term for the reasons."""

from __future__ import annotations

import threading
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matching.features import BY_NAME, FEATURES, NAMES, PAST, STEP, Feature, of_pairs, of_sessions, pair_rows, shares, whole
from matching.inputs import F32, I32, I64, World
from matching.prior import prior
from matching.tables import Tables

UNIT = np.float32(STEP**-2)
SESSION_FEATURES = tuple(feature.name for feature in FEATURES if feature.about == "session")


@dataclass(frozen=True, slots=True)
class Ready:
    """What is computed once for a World."""

    world: World
    topics: F32  # [m, t] whole numbers of 1/STEP
    text: F32  # [m, e]
    alone: F32  # [m] intercept and all terms about the session alone
    session: dict[str, F32]  # the columns behind it
    past: F32  # [p] what the past adds for a pair, against a stranger
    stranger: float  # what an empty past adds; part of every logit
    first: I64  # [n + 1] where each resident's rows begin in world.pairs
    away: F32  # [n] the factor on kilometers


class Scorer:
    """The score that the matcher runs on; without a model it runs on the prior, and `version` says so.

    One instance may serve several threads once `prepare` has run. Distances are given by the caller: equal km, equal score.
    """

    def __init__(self, model: Tables | None = None) -> None:
        self.model = model or prior()
        self._ready: Ready | None = None
        self._scratch = threading.local()

    @property
    def version(self) -> str:
        return self.model.version

    @property
    def intercept(self) -> float:
        """What every logit begins with; the terms of a pair add to it."""
        return self.model.intercept

    def prepare(self, world: World) -> None:
        """Compute what depends on the World alone; called by the other methods when they meet another World."""
        session = of_sessions(world)
        alone = np.full(len(world.sessions.key), self.model.intercept, np.float32)
        for name in SESSION_FEATURES:
            alone += self.model.part(name, session[name])
        nothing = {name: float(self.model.part(name, np.zeros(1, np.float32))[0]) for name in PAST}
        past = np.zeros(len(world.pairs.resident), np.float32)
        for name, column in of_pairs(world).items():
            past += self.model.part(name, column) - np.float32(nothing[name])
        row = world.sessions.activity
        self._ready = Ready(
            world=world,
            topics=whole(shares(world.activities.topics))[row],
            text=whole(world.activities.text)[row],
            alone=alone + np.float32(sum(nothing.values())),
            session=session,
            past=past,
            stranger=sum(nothing.values()),
            first=np.searchsorted(world.pairs.resident, np.arange(len(world.residents.key) + 1)).astype(np.int64),
            away=(1 / np.maximum(world.residents.reach_km, np.float32(1e-3))).astype(np.float32),
        )

    def logits(self, world: World, residents: I32, sessions: I32, km: F32, out: F32) -> None:
        """Fill out [r, s] for a block; km [r, s]. Values of pairs that break a hard limit are filled too and mean nothing."""
        ready = self._of(world)
        out[:] = ready.alone[sessions]
        room = self._room(km.shape)
        for name, left, right in self._factors(ready):
            if self.model.uses(name):
                np.matmul(whole(left[residents]), right[sessions].T, out=room)
                np.multiply(room, UNIT, out=room)
                self._add(BY_NAME[name], room, out)
        if self.model.uses("away"):
            np.multiply(km, ready.away[residents, None], out=room)
            self._add(BY_NAME["away"], room, out)
        self._add_past(ready, residents, sessions, out)

    def pair_logits(self, world: World, resident: I32, session: I32, km: F32) -> F32:
        """[k] logits of given pairs: the same numbers as `logits` gives for them."""
        ready = self._of(world)
        total = ready.alone[session]
        for name, column in self._pair_columns(ready, resident, session, km).items():
            if self.model.uses(name):
                total += self.model.part(name, column)
        rows = pair_rows(world, resident, session)
        total[rows >= 0] += ready.past[rows[rows >= 0]]
        return total

    def terms(self, world: World, resident: I32, session: I32, km: F32) -> tuple[tuple[str, ...], F32]:
        """Feature names and what each adds, [k, terms]: intercept + their sum is the logit."""
        columns = self.columns(world, resident, session, km)
        return NAMES, np.stack([self.model.part(name, columns[name]) for name in NAMES], axis=1)

    def columns(self, world: World, resident: I32, session: I32, km: F32) -> dict[str, F32]:
        """Every feature's value for given pairs: what a model is trained on, and what a reason is checked against."""
        ready = self._of(world)
        columns = self._pair_columns(ready, resident, session, km)
        columns |= {name: ready.session[name][session] for name in SESSION_FEATURES}
        rows = pair_rows(world, resident, session)
        for name, column in of_pairs(world).items():
            columns[name] = np.where(rows >= 0, column[rows], np.float32(0)) if len(column) else np.zeros(len(rows), np.float32)
        return {name: columns[name] for name in NAMES}

    def probability(self, logits: F32) -> F32:
        """The calibrated chance that each comes, if invited."""
        return self.model.probability(logits)

    def _of(self, world: World) -> Ready:
        if self._ready is None or self._ready.world is not world:
            self.prepare(world)
        assert self._ready is not None
        return self._ready

    def _factors(self, ready: Ready) -> tuple[tuple[str, F32, F32], ...]:
        people = ready.world.residents
        return ("topic", people.topics, ready.topics), ("text", people.text, ready.text)

    def _pair_columns(self, ready: Ready, resident: I32, session: I32, km: F32) -> dict[str, F32]:
        columns = {name: np.einsum("kd,kd->k", whole(left[resident]), right[session]) * UNIT for name, left, right in self._factors(ready)}
        return columns | {"away": km * ready.away[resident]}

    def _add(self, feature: Feature, values: F32, out: F32) -> None:
        """Add one feature's part to a block; spoils `values`."""
        if feature.name not in self.model.tables:
            np.multiply(values, np.float32(self.model.slopes[feature.name]), out=values)
            np.add(out, values, out=out)
        else:
            out += self.model.part(feature.name, values)

    def _add_past(self, ready: Ready, residents: I32, sessions: I32, out: F32) -> None:
        """Add what the past says at the few cells of a block where there is one."""
        begin, end = ready.first[residents], ready.first[residents + 1]
        line, known = spread(begin, end - begin)
        if not len(known):
            return
        activity = ready.world.sessions.activity[sessions]
        order = np.argsort(activity, kind="stable")
        wanted = ready.world.pairs.activity[known]
        low = np.searchsorted(activity[order], wanted, side="left")
        high = np.searchsorted(activity[order], wanted, side="right")
        which, place = spread(low, high - low)
        out[line[which], order[place]] += ready.past[known[which]]

    def _room(self, shape: tuple[int, ...]) -> F32:
        """This thread's scratch block, allocated once for the largest shape met."""
        size = int(np.prod(shape))
        room: F32 | None = getattr(self._scratch, "room", None)
        if room is None or room.size < size:
            room = self._scratch.room = np.empty(size, np.float32)
        return room[:size].reshape(shape)


def spread(begin: I64 | NDArray[np.intp], count: I64 | NDArray[np.intp]) -> tuple[I64, I64]:
    """Which range, and the positions, of all ranges [begin, begin + count) one after the other."""
    which = np.repeat(np.arange(len(begin)), count)
    start = np.repeat(np.cumsum(count) - count, count)
    return which.astype(np.int64), (np.repeat(begin, count) + np.arange(len(which)) - start).astype(np.int64)
