"""Learns a scorer from the questions of a task, the way the weekly job learns from offers and answers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from matching.evaluation.question import Question, Task, distances, some
from matching.limits import rules
from matching.score.learn.next_activity import NextActivity, learn
from matching.score.learn.train import Examples, Verdict, examples, fit, joined, judge
from matching.score.model import AdditiveModel
from matching.score.prior import prior
from matching.score.scorer import Scorer
from matching.world.arrays import F32

PER_PERSON = 50  # offers not taken up that are looked at for each person
PEOPLE = 3000  # asked in one learning window
FEWEST_WINDOWS = 2


def gathered(task: Task, seed: int) -> list[Examples]:
    """Examples of every learning question, each seen with the tables of its own day."""
    rng = np.random.default_rng(seed)
    return [sampled(some(question, PEOPLE, rng), Scorer(follow=learn(question.history, question.now_min)), rng) for question in task.learn]


def trial(parts: list[Examples], task: Task) -> Verdict:
    """The last window judges what the ones before it teach against the hand-set score, as the nightly lesson does.

    Raises ValueError when there are too few windows or too few visits.
    """
    if len(parts) < FEWEST_WINDOWS:
        raise ValueError(f"{len(parts)} windows are too few to learn from and to judge by; {FEWEST_WINDOWS} are needed")
    return judge(prior(), fit(joined(parts[:-1]), parts[-2], f"trial-{task.name}", {}), parts[-1])


def trained(parts: list[Examples], task: Task, without: tuple[str, ...] = ()) -> AdditiveModel:
    """Fit on all windows; the last one also gives the calibration."""
    return fit(joined(parts), parts[-1], f"learned-{task.name}", {"task": task.name, "windows": len(parts)}, without)


def as_of_each_day(task: Task) -> dict[int, NextActivity]:
    """By instant, the tables that last night's lesson would have left for each measured question."""
    return {question.now_min: learn(question.history, question.now_min) for question in task.measure}


def sampled(question: Question, scorer: Scorer, rng: np.random.Generator) -> Examples:
    """Everything that was taken up, and a weighted sample of what was not."""
    taken = np.argwhere(question.wanted & question.offered)
    left = question.offered & ~question.wanted
    dice = np.where(left, rng.random(left.shape, np.float32), np.float32(2))
    few = np.argpartition(dice, min(PER_PERSON, dice.shape[1] - 1), axis=1)[:, :PER_PERSON]
    line = np.repeat(np.arange(len(few)), few.shape[1])
    refused = np.stack((line, few.ravel()), axis=1)[left[line, few.ravel()]]
    number = np.bincount(refused[:, 0], minlength=len(few))
    weight = (left.sum(axis=1) / np.maximum(number, 1))[refused[:, 0]]
    pairs = np.concatenate((taken, refused))
    came = np.arange(len(pairs)) < len(taken)
    km = distances(question)[pairs[:, 0], pairs[:, 1]]
    rows = examples(
        scorer,
        question.world,
        question.asked[pairs[:, 0]],
        pairs[:, 1].astype(np.int32),
        km,
        came,
        np.concatenate((np.ones(len(taken)), weight)).astype(np.float32),
    )
    return replace(rows, person=pairs[:, 0].astype(np.int32))


def scores(scorer: Scorer, question: Question) -> F32:
    """[q, m] logits, block by block, as the weekly match takes them; -inf where a hard limit stands between.

    A log does not say how far anybody would go, so reach rules nobody out.
    """
    km = distances(question)
    out = np.empty(km.shape, np.float32)
    people = question.world.residents
    far = replace(people, reach_km=np.full(len(people.key), np.inf, np.float32))
    limits = rules.prepare(replace(question.world, residents=far))
    sessions = np.arange(km.shape[1], dtype=np.int32)
    scorer.prepare(question.world)
    for begin in range(0, len(out), 256):
        part = slice(begin, begin + 256)
        asked = question.asked[part]
        block = scorer.opened(question.world, asked, sessions)
        row, column = np.divmod(np.arange(km[part].size, dtype=np.int32), np.int32(len(sessions)))
        out[part] = block.cells(np.arange(len(asked)), slice(0, len(sessions)), row, column, km[part].ravel()).reshape(len(asked), -1)
        may = rules.allowed_pairs(limits, asked[row], sessions[column])
        out[part][~may.reshape(len(asked), -1)] = -np.inf
    return out
