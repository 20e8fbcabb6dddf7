"""Rankers of a library we measure ourselves against; it is installed for benchmarks only, and left out where it is missing."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from typing import Protocol

import numpy as np
import scipy.sparse as sp

from matching import F32, Question, Ranker

FACTORS = 64
TIE = np.float32(1e-6)


def peers() -> dict[str, Ranker]:
    """Implicit feedback by alternating least squares and by BPR, for one task; empty where `implicit` is not installed."""
    return {"implicit ALS": Peer(_als), "implicit BPR": Peer(_bpr)} if find_spec("implicit") else {}


class FactorModel(Protocol):
    """A model of that library: user_factors `[n, f]`, item_factors `[a, f]`."""

    fit: Callable[..., None]
    iterations: int
    user_factors: F32
    item_factors: F32


class Peer:
    """A ranker for questions in the order of time: fitted in full for the first, from there on by a fifth of the rounds.

    People without a past get the popular ones.
    """

    def __init__(self, make: Callable[[int], FactorModel]) -> None:
        self.make = make
        self.model: FactorModel | None = None

    def __call__(self, question: Question, rng: np.random.Generator) -> F32:
        past = question.history
        shape = (len(past.lat), len(past.keys))
        table = sp.csr_matrix((np.ones(len(past.resident), np.float32), (past.resident, past.activity)), shape)
        if self.model is None:
            self.model = self.make(int(rng.integers(0, 2**31 - 1)))
            self.model.fit(table, show_progress=False)
            self.model.iterations //= 5
        else:
            self.model.fit(table, show_progress=False)
        score = self.model.user_factors[question.asked] @ self.model.item_factors.T
        score[table.getnnz(axis=1)[question.asked] == 0] = 0
        return np.asarray(score[:, question.world.sessions.activity] + TIE * question.recent, np.float32)


def _als(seed: int) -> FactorModel:
    """Hu, Koren and Volinsky 2008."""
    from implicit.cpu.als import AlternatingLeastSquares

    model: FactorModel = AlternatingLeastSquares(factors=FACTORS, regularization=10.0, alpha=10.0, random_state=seed, num_threads=1)
    return model


def _bpr(seed: int) -> FactorModel:
    """Rendle and others 2009."""
    from implicit.cpu.bpr import BayesianPersonalizedRanking

    model: FactorModel = BayesianPersonalizedRanking(factors=FACTORS, random_state=seed, num_threads=1)
    return model
