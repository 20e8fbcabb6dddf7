"""Everything about one World that a score needs more than once, and the columns of its pairs: by block, or pair by pair.

Both ways give the same float32 numbers to the last bit: sums run over whole numbers, the rest is done value by value.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from matching.score.features import STEP, of_sessions, pair_codes, shares, whole
from matching.score.learn.next_activity import PLACE, SCALE, NextActivity
from matching.world.arrays import F32, I32, I64, PART_HALF_HOURS, WEEK_PARTS, Bool, World

UNIT = np.float32(STEP**-2)
KIN_PRIOR = np.float32(2)  # activities (yes answers) of everybody's taste that are added to a person's own before shares are compared
HABIT = np.float32(64)  # parts of a yes answer that count, so that sums are exact
FEWEST = np.float32(2.0**-14)
FROM_PAST = ("alike", "family", "habit", "center")  # features of a pair that are the same everywhere for people without a past


@dataclass(frozen=True, slots=True)
class People:
    """Some residents' side of the features, [r, ...]; empty where no model asks for it."""

    residents: I32
    topics: F32  # [r, t] in whole UNITs: a product with whole numbers of 1/STEP is exact
    text: F32  # [r, e]
    kinds: F32  # [r, families]
    habits: F32  # [r, parts of the week]
    visits: F32  # [r, centers]


@dataclass(frozen=True, slots=True)
class BlockCells:
    """k cells of a block: rows of `who`, which are rows of its people, and columns of `sessions`; cell = row * columns + column."""

    who: I64
    sessions: I32
    row: I32
    column: I32
    cell: I32


@dataclass(frozen=True, slots=True)
class FeatureCache:
    """A World with what was computed from it once; `follow` is there when a model brought tables."""

    world: World
    session: dict[str, F32]  # the columns about sessions alone
    topics: F32  # [m, t] whole numbers of 1/STEP
    topic_of: I32  # [q, m] the topics of each session, as many as the richest has: few, where there are many to choose from
    topic_share: F32  # [q, m] and what `topics` holds there; 0 where a session has fewer
    text: F32  # [m, e]
    per_km: F32  # [n]
    family: sp.csr_matrix  # [n, families] activities known
    everybody: F32  # [families] shares
    center: sp.csr_matrix  # [n, centers] faded yes answers
    habits: F32  # [n, WEEK_PARTS] the same by part of the week; no columns: nobody's are known
    usual: F32  # [WEEK_PARTS] everybody's shares
    part: I64  # [m] of the week in which the session starts
    experience: I64  # [n] activities known
    follow: NextActivity | None
    item: I64  # [m] the session's activity in the tables of `follow`
    codes: I64  # [p] of world.pairs
    first: I64  # [n + 1] where each person's known activities begin in `past_items`
    past_items: I64  # rows in the tables

    def for_strangers(self, world: World) -> FeatureCache:
        """The same sessions before other people, of whom no past is known."""
        n, nothing = len(world.residents.key), np.zeros(0, np.int64)
        return replace(
            self,
            world=world,
            per_km=_per_km(world),
            family=_nothing_known(n, self.family.shape[1]),
            center=_nothing_known(n, self.center.shape[1]),
            habits=np.zeros((n, 0), np.float32),
            experience=np.zeros(n, np.int64),
            codes=nothing,
            first=np.zeros(n + 1, np.int64),
            past_items=nothing,
        )

    def of_strangers(self, name: str) -> F32:
        """[1] a feature of FROM_PAST, at every session, for people of whom no past is known."""
        return together(np.zeros(1, np.float32)) if name == "alike" and self.follow else np.zeros(1, np.float32)

    def people(self, residents: I32, names: tuple[str, ...]) -> People:
        """What `block` needs of these people for the features of those names."""
        who, none = self.world.residents, np.zeros((0, 0), np.float32)
        return People(
            residents,
            topics=whole(who.topics[residents]) * UNIT if "topic" in names else none,
            text=whole(who.text[residents]) * UNIT if "text" in names else none,
            kinds=self._kinds(residents) if "family" in names else none,
            habits=self._habits(residents) if "habit" in names else none,
            visits=np.log2(1 + np.asarray(self.center[residents].todense(), np.float32)) if "center" in names else none,
        )

    def cells(self, name: str, people: People, some: BlockCells) -> F32:
        """[k] one feature of some cells of that block; the same numbers."""
        if name != "topic":
            return self.block(name, people, some.who, some.sessions).ravel().take(some.cell)
        total = np.zeros(len(some.row), np.float32)
        begin = (some.who * people.topics.shape[1]).astype(np.int32).take(some.row)
        for topic, share in zip(self.topic_of[:, some.sessions], self.topic_share[:, some.sessions], strict=True):
            liked = people.topics.ravel().take(begin + topic.take(some.column))
            liked *= share.take(some.column)
            total += liked
        return total

    def block(self, name: str, people: People, who: I64, sessions: I32) -> F32:
        """[w, s] one feature of the block of some of these people; everything but `away`, which needs distances."""
        if name in ("topic", "text"):
            mine, theirs = (people.topics, self.topics) if name == "topic" else (people.text, self.text)
            product: F32 = mine[who] @ theirs.take(sessions, axis=0).T
            return product
        groups, row = self.world.activities, self.world.sessions.activity[sessions]
        if name == "family":
            return np.asarray(people.kinds[np.ix_(who, groups.family[row])], np.float32)
        if name == "habit":
            return np.asarray(people.habits[np.ix_(who, self.part[sessions])], np.float32)
        if name == "center":
            return np.asarray(people.visits[np.ix_(who, groups.center[row])], np.float32)
        return self._block_of_tables(name, people.residents[who], self.item[sessions])

    def pairs(self, name: str, resident: I32, session: I32) -> F32:
        """[k] the same feature for given pairs; none where a week matched nobody."""
        if not len(resident):
            return np.zeros(0, np.float32)
        people, row = self.world.residents, self.world.sessions.activity[session]
        if name == "topic":
            return np.asarray(np.einsum("kd,kd->k", whole(people.topics[resident]), self.topics[session]) * UNIT)
        if name == "text":
            return np.asarray(np.einsum("kd,kd->k", whole(people.text[resident]), self.text[session]) * UNIT)
        some, place = np.unique(resident, return_inverse=True)
        if name == "family":
            return self._kinds(some.astype(np.int32))[place, self.world.activities.family[row]]
        if name == "habit":
            return self._habits(some.astype(np.int32))[place, self.part[session]]
        if name == "center":
            picked = np.asarray(self.center[resident, self.world.activities.center[row]]).ravel()
            return np.asarray(np.log2(1 + picked.astype(np.float32)))
        return self._pairs_of_tables(name, resident, self.item[session])

    def _kinds(self, residents: I32) -> F32:
        """[r, families] how much more of a family each person took up than everybody does."""
        return lift(np.asarray(self.family[residents].todense(), np.float32), self.everybody)

    def _habits(self, residents: I32) -> F32:
        """[r, WEEK_PARTS] the same for the parts of the week."""
        if not self.habits.shape[1]:
            return np.zeros((len(residents), WEEK_PARTS), np.float32)
        return lift(np.rint(self.habits[residents] * HABIT) / HABIT, self.usual)

    def _block_of_tables(self, name: str, residents: I32, item: I64) -> F32:
        if self.follow is None:
            return np.zeros((len(residents), len(item)), np.float32)
        begin = self.first[residents]
        count = self.first[residents + 1] - begin
        at = spread(begin, count)[1]
        total = np.zeros((len(residents), len(item)), np.float32)
        if len(at):
            used, column = np.unique(self.past_items[at], return_inverse=True)
            past = sp.csr_matrix((np.ones(len(at), np.float32), column, np.append(0, np.cumsum(count))), (len(residents), len(used)))
            total = np.asarray(past @ (self.follow.after if name == "next" else self.follow.alike)[np.ix_(used, item)])
        if name == "alike":
            return together(total)
        only = np.flatnonzero(count == 1)
        total[only] = self.follow.second[self.past_items[begin[only]][:, None], item]
        places = self._places(residents)
        base = np.empty_like(total)
        near = np.flatnonzero(places.any(axis=0))  # neighbors share a few anchors; the others add nothing
        for some, table in ((count > 0, self.follow.regular), (count == 0, self.follow.newcomer)):
            if some.any():
                base[some] = places[np.ix_(some, near)] @ table[np.ix_(near, item)]
        return chance(total, count[:, None], base)

    def _pairs_of_tables(self, name: str, resident: I32, item: I64) -> F32:
        if self.follow is None:
            return np.zeros(len(resident), np.float32)
        count = self.first[resident + 1] - self.first[resident]
        which, at = spread(self.first[resident], count)
        table = self.follow.after if name == "next" else self.follow.alike
        total = np.bincount(which, table[self.past_items[at], item[which]], len(resident)).astype(np.float32)
        if name == "alike":
            return together(total)
        only = np.flatnonzero(count == 1)
        total[only] = self.follow.second[self.past_items[self.first[resident[only]]], item[only]]
        some, place = np.unique(resident, return_inverse=True)
        places = sp.csr_matrix(self._places(some.astype(np.int32)))[place].tocoo()
        of, to = places.row, item[places.row]
        adds = np.where(count[of] > 0, self.follow.regular[places.col, to], self.follow.newcomer[places.col, to])
        base = np.bincount(of, places.data * adds, len(resident)).astype(np.float32)
        return chance(total, count, base)

    def _places(self, residents: I32) -> F32:
        assert self.follow is not None
        people = self.world.residents
        return self.follow.places(people.lat[residents], people.lon[residents])


def lift(own: F32, everybody: F32) -> F32:
    """[r, k] log2 of own share over everybody's share; 0 for people without a past. Sums of `own` must be exact."""
    total = own.sum(axis=1, keepdims=True)
    lifted: F32 = np.log2((own + KIN_PRIOR * everybody) / (total + KIN_PRIOR) / everybody)
    return lifted


def chance(total: F32, count: I64, base: F32) -> F32:
    """log2 of the chance to be next, from whole numbers."""
    root = np.sqrt(np.maximum(count, 1).astype(np.float32))
    raw = total / root * np.float32(1 / SCALE) + base * np.float32(1 / SCALE / PLACE)
    logs: F32 = np.log2(np.maximum(raw, FEWEST))
    return logs


def together(total: F32) -> F32:
    """log2 of how well an activity goes with the known ones, from whole numbers."""
    logs: F32 = np.log2(np.float32(0.002) + np.maximum(total, 0) * np.float32(1 / SCALE))
    return logs


def feature_cache(world: World, follow: NextActivity | None) -> FeatureCache:
    """Compute it; O(n + m + p) and a few sparse tables."""
    row, activities, pairs = world.sessions.activity, world.activities, world.pairs
    none = np.int64(0 if follow is None else len(follow.keys))
    item = np.full(len(activities.key), none) if follow is None else follow.rows(activities.key)
    visited = (pairs.said_yes > 0) | (pairs.attended > 0)
    in_tables = visited & (item[pairs.activity] < none)
    people = np.arange(len(world.residents.key) + 1)
    family = _counts(world, visited, activities.family, np.ones(len(visited), np.float32))
    topics = whole(shares(activities.topics))
    topic_of, topic_share = _few(topics)
    shares_of = np.bincount(activities.family[pairs.activity], pairs.said_yes, family.shape[1]) + 0.5
    return FeatureCache(
        world=world,
        session=of_sessions(world),
        topics=topics[row],
        topic_of=topic_of[:, row],
        topic_share=topic_share[:, row],
        text=whole(activities.text)[row],
        per_km=_per_km(world),
        family=family,
        everybody=(shares_of / shares_of.sum()).astype(np.float32),
        center=_counts(world, visited, activities.center, pairs.said_yes),
        habits=world.residents.habits,
        usual=_usual(world),
        part=(world.sessions.week_from // PART_HALF_HOURS).astype(np.int64),
        experience=np.bincount(pairs.resident[visited], minlength=len(world.residents.key)).astype(np.int64),
        follow=follow,
        item=item[row],
        codes=pair_codes(world),
        first=np.searchsorted(pairs.resident[in_tables], people).astype(np.int64),
        past_items=item[pairs.activity[in_tables]],
    )


def _usual(world: World) -> F32:
    """[WEEK_PARTS] everybody's share of yes answers in each part of the week."""
    if not world.residents.habits.shape[1]:
        return np.full(WEEK_PARTS, 1 / WEEK_PARTS, np.float32)
    answers = world.residents.habits.sum(axis=0, dtype=np.float64) + 0.5
    return np.asarray(answers / answers.sum(), np.float32)


def _few(table: F32) -> tuple[I32, F32]:
    """([q, a] columns, [q, a] values) of what is not zero in each row."""
    q = int((table != 0).sum(axis=1).max(initial=0))
    column = np.argsort(table == 0, axis=1, kind="stable")[:, :q]
    return np.ascontiguousarray(column.T, np.int32), np.ascontiguousarray(np.take_along_axis(table, column, 1).T)


@cache
def _nothing_known(n: int, labels: int) -> sp.csr_matrix:
    """Made once: an empty sparse table costs more than everything else about one person."""
    return sp.csr_matrix((n, labels), dtype=np.float32)


def _per_km(world: World) -> F32:
    return np.asarray(1 / np.maximum(world.residents.reach_km, np.float32(1e-3)), np.float32)


def _counts(world: World, counted: Bool, label: I32, value: F32) -> sp.csr_matrix:
    """[n, labels] sums of a value over what each person knows, by the activity's label."""
    pairs = world.pairs
    shape = (len(world.residents.key), int(label.max(initial=0)) + 1)
    return sp.csr_matrix((value[counted], (pairs.resident[counted], label[pairs.activity[counted]])), shape, dtype=np.float32)


def spread(begin: I64 | NDArray[np.intp], count: I64 | NDArray[np.intp]) -> tuple[I64, I64]:
    """Which range, and the positions, of all ranges [begin, begin + count) one after the other."""
    which = np.repeat(np.arange(len(begin)), count)
    start = np.repeat(np.cumsum(count) - count, count)
    return which.astype(np.int64), (np.repeat(begin, count) + np.arange(len(which)) - start).astype(np.int64)
