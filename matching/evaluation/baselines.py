"""What a score must beat: plain rankers that see the same past. None of them is used to match."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from matching.evaluation.hybrid import Hybrid
from matching.evaluation.question import Question, distances
from matching.evaluation.run import Ranker
from matching.world.arrays import F32, F64

RIDGE = 300.0
TIE = np.float32(1e-6)  # lets the better known one win where a ranker says nothing


def at_random(question: Question, rng: np.random.Generator) -> F32:
    return rng.random(question.wanted.shape, np.float32)


def nearest(question: Question, rng: np.random.Generator) -> F32:
    return -distances(question) + TIE * question.recent


def popularity(question: Question, rng: np.random.Generator) -> F32:
    """Answers of the last 90 days."""
    return np.broadcast_to(question.recent, question.wanted.shape)


def coming(question: Question, rng: np.random.Generator) -> F32:
    """People who said yes to this very date before."""
    return np.broadcast_to(question.world.sessions.going + TIE * question.recent, question.wanted.shape)


def category_affinity(question: Question, rng: np.random.Generator) -> F32:
    """The share of the session's category in the groups the person joined."""
    world = question.world
    shares = world.residents.topics if question.shares is None else question.shares
    liking = shares[question.asked] @ world.activities.topics[world.sessions.activity].T
    return np.asarray(liking + TIE * question.recent, np.float32)


def frequency(question: Question, rng: np.random.Generator) -> F32:
    """How often the person went to this group."""
    return np.asarray(_visits_of(question, counts=True)[:, _item(question)] + TIE * question.recent, np.float32)


def item_knn(question: Question, rng: np.random.Generator) -> F32:
    """Cosine of groups by common people, times a root of popularity; a group is its own best neighbor."""
    everybody = _visits(question, counts=False)
    together = np.asarray((everybody.T @ everybody).todense(), np.float64)
    length = np.sqrt(np.maximum(np.diag(together), 1))
    return _with_popularity(question, together / length[:, None] / length)


def ease(question: Question, rng: np.random.Generator) -> F32:
    """Steck 2019, times a root of popularity."""
    everybody = _visits(question, counts=False)
    inverse = np.linalg.inv(np.asarray((everybody.T @ everybody).todense(), np.float64) + RIDGE * np.eye(everybody.shape[1]))
    weights = -inverse / np.diag(inverse)
    np.fill_diagonal(weights, 0)
    return _with_popularity(question, weights)


def _with_popularity(question: Question, similar: F64) -> F32:
    score = (_visits_of(question, counts=False) @ similar)[:, _item(question)]
    return np.asarray(np.maximum(score, 0) * np.sqrt(question.recent) + TIE * question.recent, np.float32)


def _item(question: Question) -> np.ndarray:
    world = question.world
    return world.activities.center[world.sessions.activity]


def _visits(question: Question, counts: bool) -> sp.csr_matrix:
    """[n, groups] who went where."""
    past, center = question.history, question.world.activities.center
    shape = (len(past.lat), int(center.max()) + 1)
    table = sp.csr_matrix((np.ones(len(past.resident)), (past.resident, center[past.activity])), shape)
    if not counts:
        table.data[:] = 1
    return table


def _visits_of(question: Question, counts: bool) -> F64:
    return np.asarray(_visits(question, counts)[question.asked].todense(), np.float64)


PLAIN: dict[str, Ranker] = {
    "random": at_random,
    "nearest": nearest,
    "popularity-90d": popularity,
    "popularity of the date": coming,
    "category affinity": category_affinity,
    "group frequency": frequency,
    "item-knn": item_knn,
    "ease": ease,
}


def baselines() -> dict[str, Ranker]:
    """Rankers for one task; those that learn by small steps go on from one question to the next."""
    return PLAIN | {"hybrid": Hybrid()}
