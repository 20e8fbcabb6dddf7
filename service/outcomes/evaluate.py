"""`doorstep evaluate`: what the score would have ranked first for real people, beside plain rankers on the same split."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # comes with scikit-learn, untyped

from matching import FEATURE_GROUPS as GROUPS
from matching import AdditiveModel, NextActivity, Ranker, Scorer, Task, chicago, next_group, weekly
from matching import EvaluationLine as Line
from matching import baseline_rankers as plain
from matching import evaluate_ranker as measured
from matching import gather_examples as gathered
from matching import next_activity_by_day as as_of_each_day
from matching import read_nashville as nashville
from matching import task_scores as scores
from matching import train_for_task as trained
from matching import try_score as trial
from service.console import say
from service.errors import Broken
from service.outcomes.peers import peers


def evaluate(folder: Path, task: str, until: datetime, *, baselines: bool, ablate: bool, seed: int) -> list[Line]:
    """Everything is learned from before `until` and measured on what came after.

    Raises FileNotFoundError that names a missing file, WrongFile that names what is wrong with one, Broken when nothing happened
    after `until`.
    """
    instant = int(until.replace(tzinfo=until.tzinfo or UTC).timestamp() // 60)
    lines: list[Line] = []
    with threadpool_limits(1):  # threads that wait for each other on a busy machine cost twenty times what they save
        for questions in _tasks(folder, task, instant):
            if not any(len(question.asked) for question in questions.measure):
                raise Broken("nothing_to_measure", until=until.date().isoformat(), folder=str(folder))
            for name, ranker in _rankers(questions, baselines=baselines, ablate=ablate, seed=seed):
                say(f"{questions.name}: {name}", error=True)
                lines += measured(questions, name, ranker, seed)
    return lines


def _tasks(folder: Path, task: str, until_min: int) -> Iterator[Task]:
    if task == "chicago":
        yield chicago.task(chicago.read(folder), until_min)
        return
    groups = nashville(folder, dates_too=task != "next-group")
    if task == "next-group":
        yield next_group.task(groups, until_min)
        return
    yield weekly.task(groups, until_min, membership=False)
    yield weekly.task(groups, until_min, membership=True)


def _rankers(task: Task, *, baselines: bool, ablate: bool, seed: int) -> Iterator[tuple[str, Ranker]]:
    yield from _ours(task, ablate=ablate, seed=seed)
    if baselines:
        others = peers()
        if not others:
            say("implicit is not installed: its ALS and BPR are left out", error=True)
        yield from (plain() | others).items()


def _ours(task: Task, *, ablate: bool, seed: int) -> Iterator[tuple[str, Ranker]]:
    """The learned score when an earlier window says that it is better than the hand-set one, else the hand-set one, in plain words."""
    parts = gathered(task, seed)
    try:
        verdict = trial(parts, task)
        reason = "" if verdict.promoted else verdict.reason
    except ValueError as error:
        reason = str(error)
    say(f"{task.name}: {'the hand-set score is measured: ' + reason if reason else verdict.reason}", error=True)
    yield "hand-set", _ranks(None, {})
    if reason:
        yield "doorstep", _ranks(None, {})
        return
    follow = as_of_each_day(task)
    yield "doorstep", _ranks(trained(parts, task), follow)
    for name, columns in (GROUPS if ablate else {}).items():
        yield f"doorstep without {name}", _ranks(trained(parts, task, columns), follow)


def _ranks(model: AdditiveModel | None, follow: dict[int, NextActivity]) -> Ranker:
    return lambda question, rng: scores(Scorer(model, follow.get(question.now_min)), question)


def table(lines: list[Line]) -> Iterator[str]:
    """The same as text, best first within each group of people."""
    yield f"{'task':14} {'people':8} {'model':28} {'n':>6} {'NDCG@10':>8} {'95 % interval':>15} {'Recall':>7} {'Hit':>6}"
    for line in sorted(lines, key=lambda line: (line.task, line.people, -line.ndcg10)):
        between = f"{line.lo:.4f}..{line.hi:.4f}"
        rest = f"{line.recall10:7.3f} {line.hit10:6.3f}"
        yield f"{line.task:14} {line.people:8} {line.model:28} {line.n:6} {line.ndcg10:8.4f} {between:>15} {rest}"
