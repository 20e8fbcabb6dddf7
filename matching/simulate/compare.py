"""The same cities under every way of choosing, side by side."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from dataclasses import dataclass
from multiprocessing import Value
from typing import Any

from matching.simulate.city import PER_GROUP
from matching.simulate.policies import POLICIES
from matching.simulate.year import run

LOOK_S = 0.5  # between two looks at how far the runs are
Comparison = dict[str, list[dict[str, Any]]]  # reports by policy, in the order of the seeds


@dataclass(frozen=True, slots=True)
class Plan:
    """Every policy lives through the same cities, one for each seed."""

    weeks: int
    residents: int
    seeds: tuple[int, ...]
    policies: tuple[str, ...] = tuple(POLICIES)
    per_group: int = PER_GROUP  # residents for each weekly group: 10 where there is plenty, 50 in a metro of a million

    @property
    def steps(self) -> int:
        """Weeks to live through in all."""
        return self.weeks * len(self.seeds) * len(self.policies)


def walk(plan: Plan, reports: Comparison, *, processes: int) -> Iterator[None]:
    """Fill `reports`, and yield once for each week that has passed in any of the cities.

    Raises KeyError for an unknown policy.
    """
    reports |= {policy: [] for policy in plan.policies}
    lived = Value("i", 0)
    weeks_yielded = 0
    with ProcessPoolExecutor(processes, initializer=_count_in, initargs=(lived,)) as pool:
        runs = [pool.submit(_one, plan, seed, policy) for seed in plan.seeds for policy in plan.policies]
        left = set(runs)
        while left:
            done, left = wait(left, LOOK_S, FIRST_COMPLETED)
            for failed in (each for each in done if each.exception()):
                pool.shutdown(cancel_futures=True)
                failed.result()
            for _ in range(lived.value - weeks_yielded):
                yield
                weeks_yielded += 1
    for report in (each.result() for each in runs):
        reports[report["policy"]].append(report)


_lived: Any = None  # weeks passed in all processes; set once in each of them


def _count_in(lived: Any) -> None:
    global _lived
    _lived = lived


def _tick(week: int, weeks: int) -> None:
    with _lived.get_lock():
        _lived.value += 1


def _one(plan: Plan, seed: int, policy: str) -> dict[str, Any]:
    return run(plan.weeks, plan.residents, seed, policy=policy, per_group=plan.per_group, progress=_tick)
