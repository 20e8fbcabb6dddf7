"""`doorstep simulate`: virtual years of ours and of plain ways of choosing. No database, no mail, no real person."""

from __future__ import annotations

from collections.abc import Iterator

from matching import POLICIES, Comparison
from matching import SESSIONS_PER_GROUP as PER_GROUP
from matching import ComparisonPlan as Plan
from matching import compare_policies as walk
from matching import comparison_summary as summary
from matching import comparison_table as lines
from service.console import progress

__all__ = ["PER_GROUP", "POLICIES", "simulate", "table"]


def simulate(
    *, weeks: int, residents: int, seed: int, seeds: int, policies: tuple[str, ...], per_group: int, processes: int
) -> dict[str, object]:
    """The summary of every policy in `seeds` cities from `seed` on; none named: all of them. Tells its progress on stderr."""
    plan = Plan(weeks, residents, tuple(range(seed, seed + seeds)), policies or tuple(POLICIES), per_group)
    results: Comparison = {}
    for _ in progress(walk(plan, results, processes=processes), "virtual weeks", plan.steps):
        pass
    return summary(plan, results)


def table(report: dict[str, object]) -> Iterator[str]:
    """The summary for a reader."""
    return lines(report)
