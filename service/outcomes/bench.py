"""`doorstep bench`: what we do beside a named peer in the same run, as ratios. Peers are installed by `make bench` alone."""

from __future__ import annotations

import resource
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import msgspec
import numpy as np
from sklearn.neighbors import BallTree
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # comes with scikit-learn, untyped

from matching import (
    F32,
    FEATURES,
    I32,
    AdditiveClassifier,
    Calibration,
    CandidateQuery,
    Examples,
    RankingWeights,
    Scorer,
    Scratch,
    Settings,
    World,
    blocks,
    candidates,
    canonical,
    constraint_bits,
    pair_codes,
    pair_rows,
    per_unit,
    preview,
    rules,
    session_values,
    week,
)
from matching import fit_score as fit
from service.outcomes.bench_world import metro
from service.places.distance import EARTH_KM

ROUNDS = 3
FEW = 2_000  # residents for peers that would take hours on all
CLOSE = 16_384  # rows


class BenchmarkLine(msgspec.Struct, frozen=True):
    """ours and peer in `unit`; limit: the ratio aimed at, below it where less is better."""

    name: str
    size: str
    ours: float
    peer: float
    peer_name: str
    ratio: float
    limit: float
    ratio_to_limit: float
    unit: str


def line(name: str, size: str, ours: float, peer: float, peer_name: str, limit: float, unit: str) -> BenchmarkLine:
    ratio = ours / peer
    return BenchmarkLine(name, size, round(ours, 4), round(peer, 4), peer_name, round(ratio, 4), limit, round(ratio / limit, 4), unit)


def matching(residents: int, sessions: int, seed: int) -> Iterator[BenchmarkLine]:
    """Lists, one newcomer, the whole week and its memory; the score's tables against the model they come from."""
    size, settings = f"{residents}x{sessions}", Settings(explore_share=0.0)
    world = canonical(metro(residents, sessions, seed))[0]
    began = time.perf_counter()
    week.match(world, Scorer(), settings, seed)
    whole = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    yield line("peak memory of the week", size, peak / residents, 4096.0, "4 kB a resident", 1.0, "bytes/resident")
    limits, scorer = rules.prepare(world), Scorer()
    scorer.prepare(world)
    asked = asked_of(limits, scorer, settings)
    flat = _Flat(world)
    rounds = 1 if residents > 500_000 else ROUNDS
    lists, near = interleaved(
        alone(lambda: candidates.find(asked, keep=settings.candidates, threads=settings.threads)), flat.search, rounds
    )
    goal = 1.3 if residents >= 1_000_000 else 1.0
    yield line("lists inside every limit", size, residents / lists, residents / near, "FAISS Flat without limits", goal, "residents/s")
    yield _against_pairs(world, limits, scorer, settings, residents / lists, size)
    yield line("the whole week", size, whole, near, "one FAISS Flat pass", 4.0, "s")
    yield _newcomer(world, scorer, settings, whole / residents, size, seed)
    yield from score(asked, seed)


def asked_of(limits: rules.Limits, scorer: Scorer, settings: Settings) -> CandidateQuery:
    weight = np.ones(len(limits.world.residents.key), np.float32)
    free = np.zeros(len(limits.world.sessions.key), np.float32)
    taste = RankingWeights(per_unit(limits.units, weight), free, session_values(limits.world, settings))
    return CandidateQuery(limits, constraint_bits(limits), scorer, Calibration(scorer.probability), taste)


class _Flat:
    """The same 184 numbers, every session for everybody, nothing filtered."""

    def __init__(self, world: World) -> None:
        import faiss

        of = world.sessions.activity
        self.people = np.ascontiguousarray(np.concatenate((world.residents.topics, world.residents.text), axis=1))
        self.index = faiss.IndexFlatIP(self.people.shape[1])
        self.index.add(np.ascontiguousarray(np.concatenate((world.activities.topics, world.activities.text), axis=1)[of]))

    def search(self) -> None:
        for first in range(0, len(self.people), 100_000):
            self.index.search(self.people[first : first + 100_000], 40)


def alone(work: Callable[[], object]) -> Callable[[], object]:
    """As in a week: our threads share their cores with none of the linear algebra's own."""

    def calm() -> None:
        with threadpool_limits(1, "blas"):
            work()

    return calm


def interleaved(ours: Callable[[], object], peer: Callable[[], object], rounds: int = ROUNDS) -> tuple[float, float]:
    """Medians of both, in seconds, run in turn so that a machine that slows down slows both."""
    timings: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds):
        for work, seconds in zip((ours, peer), timings, strict=True):
            began = time.perf_counter()
            work()
            seconds.append(time.perf_counter() - began)
    return statistics.median(timings[0]), statistics.median(timings[1])


def _against_pairs(world: World, limits: rules.Limits, scorer: Scorer, settings: Settings, rate: float, size: str) -> BenchmarkLine:
    """A tree of places, then limits and scores pair by pair: what one would write first."""
    few = np.arange(min(FEW, len(world.residents.key)), dtype=np.int32)
    of = world.sessions.activity
    tree = BallTree(np.radians(np.stack((world.activities.lat, world.activities.lon), axis=1)[of]), metric="haversine")
    began = time.perf_counter()
    homes = np.radians(np.stack((world.residents.lat, world.residents.lon), axis=1)[few])
    near = tree.query_radius(homes, world.residents.reach_km[few] / EARTH_KM)
    for first in range(0, len(few), 100):
        _best_pairs(limits, scorer, few[first : first + 100], near[first : first + 100], settings)
    seconds = time.perf_counter() - began
    return line("lists inside every limit", size, rate, len(few) / seconds, "BallTree and pairs", 8.0, "residents/s")


def _best_pairs(limits: rules.Limits, scorer: Scorer, residents: I32, near: np.ndarray, settings: Settings) -> None:
    resident_rows = np.repeat(residents, [len(rows) for rows in near])
    session_rows = np.concatenate(near).astype(np.int32)
    fine = rules.allowed_pairs(limits, resident_rows, session_rows)
    resident_rows, session_rows = resident_rows[fine], session_rows[fine]
    rank: F32 = scorer.pair_logits(limits.world, resident_rows, session_rows, rules.distance_km(limits, resident_rows, session_rows))
    candidates.best(resident_rows - residents[0], len(residents), limits.world.sessions.activity[session_rows], rank, settings.candidates)


def _newcomer(world: World, scorer: Scorer, settings: Settings, each: float, size: str, seed: int) -> BenchmarkLine:
    region = preview.open_region(world, scorer, settings)
    some = np.random.default_rng(seed).integers(0, len(world.residents.key), 300)
    people = [preview.one_row(world.residents, int(row)) for row in some]
    seconds = []
    for person in people:
        began = time.perf_counter()
        preview.best(region, person)
        seconds.append(time.perf_counter() - began)
    return line("one newcomer, at once", size, statistics.median(seconds) * 1e3, each * 1e3, "one resident's part of the week", 10.0, "ms")


def score(asked: CandidateQuery, seed: int) -> Iterator[BenchmarkLine]:
    """A learned score over real pairs of the week, features included, against the trees it was compiled from on ready rows."""
    world, rng = asked.limits.world, np.random.default_rng(seed)
    head = asked.limits.units.members[asked.limits.units.start[:-1]]
    units = max(blocks(asked.limits), key=lambda block: world.residents.reach_km[head[block]].sum())
    row, session = (np.concatenate(part) for part in list(zip(*candidates.feasible(asked, units, Scratch()), strict=True))[:2])
    members = asked.limits.units.members[asked.limits.units.start[units[row]]]
    km = rules.distance_km(asked.limits, members, session)
    columns = asked.scorer.columns(world, members, session, km)  # type: ignore[attr-defined]
    rows = np.stack(list(columns.values()), axis=1)
    came = rng.random(len(rows)) < 1 / (1 + np.exp(rows[:, list(columns).index("away")] - 4 * rows[:, 0]))
    parts = Examples(rows, came, np.ones(len(rows), np.float32), members.astype(np.int32), np.zeros(len(rows), np.int64))
    learned = Scorer(fit(parts, parts, "bench", {}))
    learned.prepare(world)
    trees = AdditiveClassifier(monotone=[feature.monotone for feature in FEATURES]).fit(rows, came)
    codes = trees.codes(rows)
    fill = replace(asked, scorer=learned)
    ours, peer = interleaved(alone(lambda: list(candidates.feasible(fill, units, Scratch()))), lambda: trees.boosted_.predict_proba(codes))
    names = "predict_proba of the trees on ready rows"
    yield line("limits, features and learned score of a block", f"{len(rows)}", len(rows) / ours, len(rows) / peer, names, 1.0, "pairs/s")
    compiled = _Compiled(trees, codes, session, pair_rows(pair_codes(world), world, members, session))
    ours, peer = interleaved(compiled.logits, lambda: trees.boosted_.predict_proba(codes))
    yield line("learned score of ready rows, by tables", f"{len(rows)}", len(rows) / ours, len(rows) / peer, names, 100.0, "rows/s")
    gap = np.abs(compiled.logits() - trees.boosted_.decision_function(codes)).max()
    yield line("largest difference of a logit, tables against trees", f"{len(rows)}", float(gap), 1e-5, "1e-5", 1.0, "logits")


class _Compiled:
    """Trees read as a week reads them: one number for all that a session says, one for a past, a table for each column of a pair."""

    def __init__(self, trees: AdditiveClassifier, codes: np.ndarray, session: I32, past: np.ndarray) -> None:
        places = codes.astype(np.int64)
        self._parts = [_summed(trees, places, "session", session), _summed(trees, places, "past", past)]
        for column in _about("pair"):
            if np.ptp(trees.tables_[column]):
                self._parts.append((trees.tables_[column].astype(np.float32), np.ascontiguousarray(places[:, column])))
        self._parts[0][0][:] += np.float32(trees.intercept_)

    def logits(self) -> F32:
        """[k], on one thread, as many rows at a time as a core keeps close."""
        total = np.empty(len(self._parts[0][1]), np.float32)
        for first in range(0, len(total), CLOSE):
            here = slice(first, first + CLOSE)
            some = total[here]
            some[:] = 0
            for table, place in self._parts:
                some += table.take(place[here])
        return total


def _about(what: str) -> list[int]:
    return [column for column, feature in enumerate(FEATURES) if feature.about == what]


def _summed(trees: AdditiveClassifier, places: np.ndarray, what: str, of: np.ndarray) -> tuple[F32, np.ndarray]:
    """(what the columns of each session, or each past, add together; the row's number of it)."""
    _, first, number = np.unique(of, return_index=True, return_inverse=True)
    return sum(trees.tables_[column][places[first, column]] for column in _about(what)).astype(np.float32), number
