"""Rankers of a library we measure ourselves against; it is installed for benchmarks only, and left out where it is missing."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

import numpy as np
import scipy.sparse as sp

from matching.evaluation.question import Question
from matching.evaluation.run import Ranker
from matching.inputs import F32

FACTORS = 64
TIE = np.float32(1e-6)


def peers() -> dict[str, Ranker]:
    """Implicit feedback by alternating least squares and by BPR; empty where `implicit` is not installed."""
    return {"implicit ALS": als, "implicit BPR": bpr} if find_spec("implicit") else {}


def als(question: Question, rng: np.random.Generator) -> F32:
    """Hu, Koren and Volinsky 2008; people without a past get the popular ones."""
    from implicit.cpu.als import AlternatingLeastSquares

    return _ranked(
        question, AlternatingLeastSquares(factors=FACTORS, regularization=10.0, alpha=10.0, random_state=_seed(rng), num_threads=1)
    )


def bpr(question: Question, rng: np.random.Generator) -> F32:
    """Rendle and others 2009; people without a past get the popular ones."""
    from implicit.cpu.bpr import BayesianPersonalizedRanking

    return _ranked(question, BayesianPersonalizedRanking(factors=FACTORS, random_state=_seed(rng), num_threads=1))


def _seed(rng: np.random.Generator) -> int:
    return int(rng.integers(0, 2**31 - 1))


def _ranked(question: Question, model: Any) -> F32:
    past = question.history
    table = sp.csr_matrix((np.ones(len(past.resident), np.float32), (past.resident, past.activity)), (len(past.lat), len(past.keys)))
    model.fit(table, show_progress=False)
    score = model.user_factors[question.asked] @ model.item_factors.T
    score[table.getnnz(axis=1)[question.asked] == 0] = 0
    return np.asarray(score[:, question.world.sessions.activity] + TIE * question.recent, np.float32)
