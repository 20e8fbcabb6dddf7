"""`python -m matching.simulate --seeds 10`: the comparison table."""

from __future__ import annotations

import argparse
import json
import sys

from matching.simulate.compare import compare, table


def main() -> None:
    asked = argparse.ArgumentParser(prog="python -m matching.simulate", description="Compare ways of choosing in virtual cities.")
    asked.add_argument("--seeds", type=int, default=10)
    asked.add_argument("--weeks", type=int, default=26)
    asked.add_argument("--residents", type=int, default=800)
    asked.add_argument("--processes", type=int, default=2)
    asked.add_argument("--json", action="store_true")
    wanted = asked.parse_args()
    found = compare(wanted.seeds, wanted.weeks, wanted.residents, processes=wanted.processes, progress=_tell)
    print(json.dumps(found) if wanted.json else table(found))


def _tell(done: int, everything: int) -> None:
    print(f"\r{done} of {everything} runs", end="\n" if done == everything else "", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
