"""Puts the questions of a task to rankers and writes down how well each did, group of people by group of people."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from matching.evaluation.question import Question, Task
from matching.metrics import interval, ranked
from matching.world.arrays import F32

Ranker = Callable[[Question, np.random.Generator], F32]
GROUPS: dict[str, tuple[str, ...]] = {
    "topic": ("topic", "text", "family"),
    "co-membership": ("next", "alike"),
    "popularity": ("popular", "trend", "size", "going"),
    "distance": ("away",),
    "newness": ("newness",),
    "time": ("hour", "weekday", "soon", "dates", "habit"),
    "own past": ("said_yes", "said_no", "attended", "missed", "invited", "rating", "faces", "center"),
    "terms": ("price", "helped"),  # what the center asks and how it fares: no log tells it
}


@dataclass(frozen=True, slots=True)
class Line:
    """One model, one group of people; lo and hi are the 95 % interval of ndcg10 over people."""

    task: str
    people: str
    model: str
    n: int  # people, each asked once or more
    ndcg10: float
    lo: float
    hi: float
    recall10: float
    hit10: float


def measured(task: Task, model: str, ranker: Ranker, seed: int) -> list[Line]:
    """Every person counts as often as they were asked; intervals draw whole people. Ties are broken by dice."""
    rng = np.random.default_rng(seed)
    kinds: list[str] = []
    people, values = [], []
    for question in task.measure:
        order = rng.permutation(question.wanted.shape[1])
        scores = np.where(question.offered, ranker(question, rng), -np.inf)[:, order]
        measures = ranked(scores, (question.wanted & question.offered)[:, order])
        values.append(np.stack((measures.ndcg, measures.recall, measures.hit)))
        people.append(question.asked)
        kinds += question.people
    table, who, kind = np.concatenate(values, axis=1), np.concatenate(people), np.array(kinds)
    lines = []
    for name in sorted(set(kinds)):
        same = kind == name
        means = [round(float(value), 5) for value in table[:, same].mean(axis=1)]
        low, high = interval(table[0, same], np.random.default_rng(seed), people=who[same])
        lines.append(Line(task.name, name, model, len(np.unique(who[same])), means[0], round(low, 5), round(high, 5), means[1], means[2]))
    return lines
