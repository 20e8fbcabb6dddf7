# ruff: noqa: F401  # the names below are what this module is for
"""The matcher: arrays in, arrays out. Knows no database, no clock and no name of a person.

This is its face: other packages import these names and nothing deeper. A name is looked up in its room when it is first asked for,
so that a program pays only for the rooms that it uses.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matching import demand, preview, week
    from matching.allocate import candidates, dual_prices, pipeline
    from matching.allocate.candidates import CandidateQuery, RankingWeights
    from matching.allocate.state import AllocationState, CandidatePairs, SlateRules, open_state
    from matching.allocate.state import admitted as admit
    from matching.evaluation import chicago, explored, next_group, weekly
    from matching.evaluation.baselines import baselines as baseline_rankers
    from matching.evaluation.columns import nashville as read_nashville
    from matching.evaluation.off_policy import Estimate, doubly_robust, snips
    from matching.evaluation.question import Question, Task
    from matching.evaluation.run import GROUPS as FEATURE_GROUPS
    from matching.evaluation.run import Line as EvaluationLine
    from matching.evaluation.run import Ranker
    from matching.evaluation.run import measured as evaluate_ranker
    from matching.evaluation.training import as_of_each_day as next_activity_by_day
    from matching.evaluation.training import gathered as gather_examples
    from matching.evaluation.training import scores as task_scores
    from matching.evaluation.training import trained as train_for_task
    from matching.evaluation.training import trial as try_score
    from matching.limits import rules
    from matching.limits.blocks import blocks
    from matching.limits.constraint_bits import constraint_bits
    from matching.limits.feasible_pairs import Scratch
    from matching.metrics import deciles
    from matching.reasons import NUMBERS as REASON_NUMBERS
    from matching.reasons import Reasons
    from matching.score.archive import NOTHING_LEARNED
    from matching.score.archive import Unusable as UnusableScore
    from matching.score.archive import packed as pack_score
    from matching.score.archive import unpacked as unpack_score
    from matching.score.calibration import Calibration
    from matching.score.features import FEATURES, pair_codes, pair_rows
    from matching.score.learn import next_activity
    from matching.score.learn.boosting import AdditiveClassifier
    from matching.score.learn.next_activity import History, NextActivity
    from matching.score.learn.train import Examples, Verdict
    from matching.score.learn.train import examples as make_examples
    from matching.score.learn.train import fit as fit_score
    from matching.score.learn.train import joined as join_examples
    from matching.score.learn.train import judge as judge_score
    from matching.score.learn.train import logits as example_logits
    from matching.score.model import AdditiveModel
    from matching.score.scorer import Scorer
    from matching.score.session_value import session_values
    from matching.simulate.city import PER_GROUP as SESSIONS_PER_GROUP
    from matching.simulate.compare import Comparison
    from matching.simulate.compare import Plan as ComparisonPlan
    from matching.simulate.compare import walk as compare_policies
    from matching.simulate.policies import POLICIES
    from matching.simulate.report import summary as comparison_summary
    from matching.simulate.report import table as comparison_table
    from matching.week import Week
    from matching.words.phrases import PhraseFinder, TextEmbedding
    from matching.words.tokens import WORD, stem, tokens
    from matching.words.tokens import plain as plain_text
    from matching.world.arrays import (
        BUS,
        CAR,
        F32,
        F64,
        HALF_HOURS,
        I32,
        I64,
        OLDEST,
        PART_HALF_HOURS,
        U32,
        U64,
        WALK,
        WEEK_PARTS,
        WEEK_WORDS,
        Activities,
        Bool,
        Never,
        Pairs,
        Residents,
        Sessions,
        World,
    )
    from matching.world.arrays import arrays as world_arrays
    from matching.world.arrays import rebuild as rebuild_world
    from matching.world.canonical import canonical
    from matching.world.households import per_unit
    from matching.world.settings import Settings

# Module -> the names that it shows here, as `name` or `name as name here`; the same as above, for the running program.
_SHOWN = {
    "matching": "demand, preview, week",
    "matching.allocate": "candidates, dual_prices, pipeline",
    "matching.allocate.candidates": "CandidateQuery, RankingWeights",
    "matching.allocate.state": "AllocationState, CandidatePairs, SlateRules, admitted as admit, open_state",
    "matching.evaluation": "chicago, explored, next_group, weekly",
    "matching.evaluation.baselines": "baselines as baseline_rankers",
    "matching.evaluation.columns": "nashville as read_nashville",
    "matching.evaluation.off_policy": "Estimate, doubly_robust, snips",
    "matching.evaluation.question": "Question, Task",
    "matching.evaluation.run": "GROUPS as FEATURE_GROUPS, Line as EvaluationLine, Ranker, measured as evaluate_ranker",
    "matching.evaluation.training": (
        "as_of_each_day as next_activity_by_day, gathered as gather_examples, scores as task_scores, "
        "trained as train_for_task, trial as try_score"
    ),
    "matching.limits": "rules",
    "matching.limits.blocks": "blocks",
    "matching.limits.constraint_bits": "constraint_bits",
    "matching.limits.feasible_pairs": "Scratch",
    "matching.metrics": "deciles",
    "matching.reasons": "NUMBERS as REASON_NUMBERS, Reasons",
    "matching.score.archive": "NOTHING_LEARNED, Unusable as UnusableScore, packed as pack_score, unpacked as unpack_score",
    "matching.score.calibration": "Calibration",
    "matching.score.features": "FEATURES, pair_codes, pair_rows",
    "matching.score.learn": "next_activity",
    "matching.score.learn.boosting": "AdditiveClassifier",
    "matching.score.learn.next_activity": "History, NextActivity",
    "matching.score.learn.train": (
        "Examples, Verdict, examples as make_examples, fit as fit_score, joined as join_examples, "
        "judge as judge_score, logits as example_logits"
    ),
    "matching.score.model": "AdditiveModel",
    "matching.score.scorer": "Scorer",
    "matching.score.session_value": "session_values",
    "matching.simulate.city": "PER_GROUP as SESSIONS_PER_GROUP",
    "matching.simulate.compare": "Comparison, Plan as ComparisonPlan, walk as compare_policies",
    "matching.simulate.policies": "POLICIES",
    "matching.simulate.report": "summary as comparison_summary, table as comparison_table",
    "matching.week": "Week",
    "matching.words.phrases": "PhraseFinder, TextEmbedding",
    "matching.words.tokens": "WORD, plain as plain_text, stem, tokens",
    "matching.world.arrays": (
        "Activities, BUS, Bool, CAR, F32, F64, HALF_HOURS, I32, I64, Never, OLDEST, PART_HALF_HOURS, "
        "Pairs, Residents, Sessions, U32, U64, WALK, WEEK_PARTS, WEEK_WORDS, World, "
        "arrays as world_arrays, rebuild as rebuild_world"
    ),
    "matching.world.canonical": "canonical",
    "matching.world.households": "per_unit",
    "matching.world.settings": "Settings",
}
_PLACES = {shown.split()[-1]: (module, shown.split()[0]) for module, names in _SHOWN.items() for shown in names.split(", ")}
__all__ = sorted(_PLACES)


def __getattr__(name: str) -> Any:
    """Raises AttributeError for a name that is not shown."""
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, there = _PLACES[name]
    home = import_module(module)
    value = vars(home)[there] if there in vars(home) else import_module(f"{module}.{there}")
    globals()[name] = value
    return value
