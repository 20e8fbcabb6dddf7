"""A hybrid factorization as a peer: people and groups are sums of their features' vectors, learned from pairs of taken and not taken.

The shape of LightFM (Kula 2015) with the BPR loss (Rendle 2009) and AdaGrad; a person's features are themselves, their interests
and where they live, a group's are itself and its category.
"""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from matching.evaluation.question import Question
from matching.follow import nearness
from matching.inputs import F32, F64

QUANTILES = (0.1, 0.3, 0.5, 0.7, 0.9)  # of latitude and longitude: a grid of 25 places
SIZE, EPOCHS, BATCH, RATE, SHRINK = 32, 10, 8192, 0.1, 1e-5


def hybrid(question: Question, rng: np.random.Generator) -> F32:
    """[q, m] the learned product for each session's group."""
    people, groups = _people(question), _groups(question)
    vectors = [rng.normal(0, 0.1, (side.shape[1], SIZE)) for side in (people, groups)] + [np.zeros((groups.shape[1], 1))]
    seen = [np.full(part.shape, 1e-2) for part in vectors]
    past = question.history
    for _ in range(EPOCHS):
        for batch in np.array_split(rng.permutation(len(past.resident)), max(len(past.resident) // BATCH, 1)):
            other = rng.integers(0, groups.shape[0], len(batch))
            steps = _gradient(vectors, people[past.resident[batch]], groups[past.activity[batch]] - groups[other])
            for part, total, step in zip(vectors, seen, steps, strict=True):
                total += step**2
                part += RATE * step / np.sqrt(total)
    score = (people[question.asked] @ vectors[0]) @ (groups @ vectors[1]).T + (groups @ vectors[2]).T
    return np.asarray(score[:, question.world.sessions.activity], np.float32)


def _gradient(vectors: list[F64], person: sp.csr_matrix, difference: sp.csr_matrix) -> list[F64]:
    """Upwards along log sigmoid(score taken - score not taken), summed over the batch."""
    who, gap = person @ vectors[0], difference @ vectors[1]
    lost = 1 / (1 + np.exp((who * gap).sum(axis=1, keepdims=True) + difference @ vectors[2]))
    steps = [person.T @ (lost * gap), difference.T @ (lost * who), difference.T @ lost]
    return [step - SHRINK * len(lost) * part for step, part in zip(steps, vectors, strict=True)]


def _people(question: Question) -> sp.csr_matrix:
    past = question.history
    corners = np.stack((np.quantile(past.lat, QUANTILES), np.quantile(past.lon, QUANTILES)))
    anchors = np.array([(lat, lon) for lat in corners[0] for lon in corners[1]])
    near = nearness(anchors, past.lat, past.lon)
    return sp.hstack([sp.eye(len(past.lat)), sp.csr_matrix(np.maximum(question.world.residents.topics, 0)), sp.csr_matrix(near)]).tocsr()


def _groups(question: Question) -> sp.csr_matrix:
    return sp.hstack([sp.eye(len(question.world.activities.key)), sp.csr_matrix(question.world.activities.topics)]).tocsr()
