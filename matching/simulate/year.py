"""Weeks of the virtual city under one policy, and what came of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from matching.score.scorer import Scorer
from matching.simulate import fairness
from matching.simulate.city import PER_GROUP, City, Habits, a_city
from matching.simulate.past import Past, the_world
from matching.simulate.people import Answers, answers, regulars, remember
from matching.simulate.policies import POLICIES, Invitations, Options, options
from matching.simulate.teach import TrainingData, taught
from matching.world.arrays import F64, I64, Bool
from matching.world.settings import Settings

WITHIN = 6  # weeks in which two visits to one activity count as having found a place
__all__ = ["POLICIES", "run"]


@dataclass(slots=True)
class Diary:
    """What the year is judged by."""

    matched: list[Bool] = field(default_factory=list)  # a week: [n] got at least one invitation
    possible: list[Bool] = field(default_factory=list)  # [n] had at least one session they may go to
    chance: list[F64] = field(default_factory=list)  # [n] real chance that an invitation ends in a seat
    invitations: int = 0
    turned_away: int = 0


def run(
    weeks: int,
    residents: int,
    seed: int,
    *,
    policy: str = "ours",
    habits: Habits | None = None,
    settings: Settings | None = None,
    per_group: int = PER_GROUP,
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, Any]:
    """Simulate and report, plain JSON types. `progress(week, weeks)` is called after each week.

    The same seed gives every policy the same city and dice of its own for everything that happens in it.
    Raises KeyError for an unknown policy.
    """
    choose, habits = POLICIES[policy], habits or Habits()
    settings = replace(settings or Settings(), threads=1)
    city = a_city(residents, habits, np.random.default_rng([seed, 1]), per_group)
    rng = np.random.default_rng([seed, 2])
    past, diary, lessons = Past.blank(residents, len(city.seats)), Diary(), TrainingData()
    scorer = Scorer()
    for week in range(weeks):
        holding = regulars(city, habits, past, week, rng)
        world, who, what = the_world(city, past, week, holding)
        open_to = options(world, scorer)
        invited = choose(world, open_to, scorer, settings, seed * 1000 + week)
        replies = answers(city, habits, past, world, invited, who, what, holding, rng)
        lessons.add(world, invited, replies.wanted, scorer)
        rows = who[invited.resident], what[world.sessions.activity[invited.session]]
        _write(diary, past, who, open_to, invited, replies)
        remember(city, habits, past, week, rows, replies, holding, rng)
        past.fade()
        scorer = taught(lessons, week, scorer)
        if progress:
            progress(week + 1, weeks)
    return {"policy": policy, "weeks": weeks, "residents": residents, "seed": seed} | _report(city, past, diary, lessons)


def _write(diary: Diary, past: Past, who: np.ndarray, open_to: Options, invited: Invitations, replies: Answers) -> None:
    n = len(past.left)
    matched, possible = np.zeros(n, bool), np.zeros(n, bool)
    matched[who[invited.resident]] = True
    possible[who[open_to.resident]] = True
    sessions = int(invited.session.max(initial=0)) + 1
    came = np.bincount(invited.session, replies.wanted, sessions)
    admitted = np.bincount(invited.session, replies.seated, sessions) / np.maximum(came, 1)
    really = replies.truth * np.where(came > 0, admitted, 1)[invited.session]
    nothing = np.bincount(who[invited.resident], np.log1p(-np.minimum(really, 0.999)), n)
    diary.matched.append(matched)
    diary.possible.append(possible)
    diary.chance.append(-np.expm1(nothing))
    diary.invitations += len(invited.resident)
    diary.turned_away += int((replies.wanted & ~replies.seated).sum())
    past.credit = np.where(matched, 0, past.credit + possible).astype(np.float32)


def _report(city: City, past: Past, diary: Diary, lessons: TrainingData) -> dict[str, Any]:
    matched, possible = np.stack(diary.matched), np.stack(diary.possible)
    settled, judged = _settled(past, matched)
    chance, weeks = (np.stack(diary.chance) * possible).sum(axis=0), possible.sum(axis=0)
    utility = chance[weeks > 0] / weeks[weeks > 0]
    tenth = np.sort(utility)[: max(len(utility) // 10, 1)]
    visits = past.visits.sum(axis=1)
    return {
        "north_star": float(settled.sum() / max(judged.sum(), 1)),
        "worst_tenth": float(tenth.mean()) if len(tenth) else 0.0,
        "worst_tenth_settled": _tenth_settled(settled, judged),
        "visits_per_resident": float(visits.mean()),
        "went_out": float((visits > 0).mean()),
        "found_a_place": float((past.visits >= 2).any(axis=1).mean()),
        "hours_together": past.together,
        "left": float(past.left.mean()),
        "invitations": diary.invitations,
        "turned_away": diary.turned_away,
        "matched_share": float(matched[possible].mean()) if possible.any() else 0.0,
        "empty_twice": int((possible[1:] & possible[:-1] & ~matched[1:] & ~matched[:-1]).sum()),
        "calibration": lessons.deciles(),
        "groups": fairness.groups(city.people, chance, weeks, settled, judged),
    }


def _settled(past: Past, matched: Bool) -> tuple[I64, I64]:
    """[n] weeks with a match that were followed by two visits to one activity within six weeks, and all such weeks."""
    weeks, n = matched.shape
    good = np.zeros((weeks, n), bool)
    for week in range(weeks - WITHIN + 1):
        later = [(who, what) for at, who, what in past.log if week <= at < week + WITHIN]
        pairs, times = np.unique(np.concatenate([who * past.visits.shape[1] + what for who, what in later]), return_counts=True)
        good[week, pairs[times >= 2] // past.visits.shape[1]] = True
    counted = matched.copy()
    counted[max(weeks - WITHIN + 1, 0) :] = False
    return (good & counted).sum(axis=0), counted.sum(axis=0)


def _tenth_settled(settled: I64, judged: I64) -> float:
    share = np.sort(settled[judged > 0] / judged[judged > 0])
    return float(share[: max(len(share) // 10, 1)].mean()) if len(share) else 0.0
