"""Applies the faults of faults.toml one by one, runs the tests of their module, and counts the faults that some test noticed.

The last line is JSON: {"mutants", "killed", "share", "modules": {name: [killed, all]}}. The exit code is 0 when 85 % died.
"""

from __future__ import annotations

import argparse
import json
import os
import queue
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.mutants.faults import Fault, Module, applied, copy_project, read_modules

if TYPE_CHECKING:
    from collections.abc import Iterator

GOAL = 0.85
PASSED, FAILED, INTERRUPTED = 0, 1, 2
SECONDS = 600
NOTICED = (FAILED, INTERRUPTED)
FAILURE = re.compile(r"^(?:FAILED|ERROR) (\S+)", re.MULTILINE)
# Most of a short run is the import of plugins that these tests do not use.
PYTEST = ["-m", "pytest", "-x", "-q", "-p", "pytest_asyncio.plugin", "-p", "no:cacheprovider", "-m", "not browser and not conformance"]


class Copies:
    """One copy of the project for each line of work."""

    def __init__(self, folder: Path, count: int) -> None:
        self._free: queue.Queue[Path] = queue.Queue()
        for number in range(count):
            copy = folder / str(number)
            copy.mkdir()
            copy_project(copy)
            self._free.put(copy)

    @contextmanager
    def one(self) -> Iterator[Path]:
        copy = self._free.get()
        try:
            yield copy
        finally:
            self._free.put(copy)


@dataclass(frozen=True)
class Outcome:
    """code: pytest's own. failure: the test that failed first, where one did."""

    code: int
    failure: str = ""


def run_tests(copy: Path, tests: list[str]) -> Outcome:
    """A run that hangs counts as failed."""
    environment = {**os.environ, "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    command = [sys.executable, *PYTEST, *tests]
    try:
        done = subprocess.run(command, cwd=copy, env=environment, capture_output=True, text=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return Outcome(FAILED)
    failure = FAILURE.search(done.stdout)
    return Outcome(done.returncode, failure[1] if failure else "")


def outcome_with(fault: Fault, module: Module, copy: Path) -> Outcome:
    """The test that is said to notice it is asked first; the others of its module only where it does not."""
    file = copy / fault.file
    before, with_fault = file.read_text(), applied(fault, copy)
    file.write_text(with_fault)
    try:
        first = run_tests(copy, [fault.noticed_by]) if fault.noticed_by else Outcome(PASSED)
        return first if first.code in NOTICED else run_tests(copy, module.tests)
    finally:
        file.write_text(before)


def is_killed(copies: Copies, module: Module, fault: Fault) -> bool:
    with copies.one() as copy:
        outcome = outcome_with(fault, module, copy)
    killed = outcome.code in NOTICED
    print(f"{'noticed' if killed else 'NOT noticed'}: {fault.file}: {fault.what} ({outcome.failure or 'no test named'})", flush=True)
    return killed


def modules_that_pass(copies: Copies, modules: dict[str, Module], pool: ThreadPoolExecutor) -> list[str]:
    """Tests that fail without any fault would kill every one of them and show nothing."""

    def passes(module: Module) -> bool:
        with copies.one() as copy:
            return run_tests(copy, module.tests).code == PASSED

    return [name for name, good in zip(modules, pool.map(passes, modules.values()), strict=True) if good]


def run(modules: dict[str, Module], lines: int) -> int:
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(lines) as pool:
        Path(folder).chmod(0o711)
        copies = Copies(Path(folder), lines)
        good = modules_that_pass(copies, modules, pool)
        if broken := sorted(set(modules) - set(good)):
            print(f"these tests fail or are missing without any fault: {', '.join(broken)}", file=sys.stderr)
        pairs = [(name, fault) for name in good for fault in modules[name].faults]
        killed = list(pool.map(lambda pair: is_killed(copies, modules[pair[0]], pair[1]), pairs))
    by_module = {name: [0, len(module.faults)] for name, module in modules.items()}
    for (name, _), dead in zip(pairs, killed, strict=True):
        by_module[name][0] += dead
    everything = sum(count for _, count in by_module.values())
    share = round(sum(killed) / everything, 3) if everything else 0.0
    print(json.dumps({"mutants": everything, "killed": sum(killed), "share": share, "modules": by_module}))
    return 0 if everything and not broken and share >= GOAL else 1


def main() -> int:
    modules = read_modules()
    parser = argparse.ArgumentParser(prog="make mutants", description=__doc__)
    parser.add_argument("--module", action="append", choices=list(modules), help="only this one; may stand several times")
    parser.add_argument("--lines", type=int, default=os.cpu_count() or 1, help="how many at once")
    chosen = parser.parse_args()
    return run({name: modules[name] for name in chosen.module or modules}, chosen.lines)


if __name__ == "__main__":
    raise SystemExit(main())
