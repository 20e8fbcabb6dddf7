"""`python -m matching.simulate --seeds 10`: the comparison without the service around it."""

from __future__ import annotations

import argparse
import json
import sys

from matching.simulate.city import PER_GROUP
from matching.simulate.compare import Comparison, Plan, walk
from matching.simulate.policies import POLICIES
from matching.simulate.report import summary, table


def main() -> None:
    asked = argparse.ArgumentParser(prog="python -m matching.simulate", description="Compare ways of choosing in virtual cities.")
    asked.add_argument("--seed", type=int, default=0)
    asked.add_argument("--seeds", type=int, default=10)
    asked.add_argument("--weeks", type=int, default=26)
    asked.add_argument("--residents", type=int, default=800)
    asked.add_argument("--per-group", type=int, default=PER_GROUP)
    asked.add_argument("--policy", action="append", choices=list(POLICIES))
    asked.add_argument("--processes", type=int, default=2)
    asked.add_argument("--json", action="store_true")
    wanted = asked.parse_args()
    seeds = tuple(range(wanted.seed, wanted.seed + wanted.seeds))
    plan = Plan(wanted.weeks, wanted.residents, seeds, tuple(wanted.policy or POLICIES), wanted.per_group)
    reports: Comparison = {}
    for done, _ in enumerate(walk(plan, reports, processes=wanted.processes), 1):
        print(f"\r{done} of {plan.steps} weeks", end="\n" if done == plan.steps else "", file=sys.stderr, flush=True)
    figures = summary(plan, reports)
    print(json.dumps(figures) if wanted.json else "\n".join(table(figures)))


if __name__ == "__main__":
    main()
