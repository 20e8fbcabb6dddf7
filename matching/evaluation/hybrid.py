"""A hybrid factorization as a peer: people and groups are sums of their features' vectors, learned from pairs of taken and not taken.

The shape of LightFM (Kula 2015) with the BPR loss (Rendle 2009) and AdaGrad; a person's features are themselves, their interests
and where they live, a group's are itself and its category.
"""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from matching.evaluation.question import Question
from matching.score.learn.next_activity import nearness
from matching.world.arrays import F32, F64, I64

QUANTILES = (0.1, 0.3, 0.5, 0.7, 0.9)  # of latitude and longitude: a grid of 25 places
SIZE, BATCH, RATE, SHRINK = 32, 8192, 0.1, 1e-5
EPOCHS, MORE_EPOCHS = 10, 3  # the first time, and on each later question, which adds a week to what was learned


class Hybrid:
    """A ranker for questions in the order of time; what it learned for one is where it begins for the next."""

    def __init__(self) -> None:
        self.vectors: list[F64] = []
        self.seen: list[F64] = []  # squared steps so far, for AdaGrad

    def __call__(self, question: Question, rng: np.random.Generator) -> F32:
        """[q, m] the learned product for each session's group."""
        people, groups = _people(question), _groups(question)
        epochs = MORE_EPOCHS if self.vectors else EPOCHS
        if not self.vectors:
            self.vectors = [rng.normal(0, 0.1, (side.shape[1], SIZE)) for side in (people, groups)] + [np.zeros((groups.shape[1], 1))]
            self.seen = [np.full(part.shape, 1e-2) for part in self.vectors]
        past = question.history
        for _ in range(epochs):
            for batch in np.array_split(rng.permutation(len(past.resident)), max(len(past.resident) // BATCH, 1)):
                other = rng.integers(0, groups.shape[0], len(batch))
                self._step(people[past.resident[batch]], groups[past.activity[batch]] - groups[other])
        person, group, level = self.vectors
        score = (people[question.asked] @ person) @ (groups @ group).T + (groups @ level).T
        return np.asarray(score[:, question.world.sessions.activity], np.float32)

    def _step(self, person: sp.csr_matrix, difference: sp.csr_matrix) -> None:
        """Upwards along log sigmoid(score taken - score not taken), summed over the batch; only features of the batch move."""
        (used, person), (changed, difference) = _compact(person), _compact(difference)
        rows = (used, changed, changed)
        of_person, of_group, level = (part[row] for part, row in zip(self.vectors, rows, strict=True))
        who, gap = person @ of_person, difference @ of_group
        lost = 1 / (1 + np.exp((who * gap).sum(axis=1, keepdims=True) + difference @ level))
        steps = (person.T @ (lost * gap), difference.T @ (lost * who), difference.T @ lost)
        for part, total, row, step in zip(self.vectors, self.seen, rows, steps, strict=True):
            moved = step - SHRINK * len(lost) * part[row]
            total[row] += moved**2
            part[row] += RATE * moved / np.sqrt(total[row])


def _compact(table: sp.csr_matrix) -> tuple[I64, sp.csr_matrix]:
    """The columns in use, and the table without the others."""
    used, place = np.unique(table.indices, return_inverse=True)
    return used.astype(np.int64), sp.csr_matrix((table.data, place, table.indptr), (table.shape[0], len(used)))


def _people(question: Question) -> sp.csr_matrix:
    past = question.history
    corners = np.stack((np.quantile(past.lat, QUANTILES), np.quantile(past.lon, QUANTILES)))
    anchors = np.array([(lat, lon) for lat in corners[0] for lon in corners[1]])
    near = nearness(anchors, past.lat, past.lon)
    return sp.hstack([sp.eye(len(past.lat)), sp.csr_matrix(np.maximum(question.world.residents.topics, 0)), sp.csr_matrix(near)]).tocsr()


def _groups(question: Question) -> sp.csr_matrix:
    return sp.hstack([sp.eye(len(question.world.activities.key)), sp.csr_matrix(question.world.activities.topics)]).tocsr()
