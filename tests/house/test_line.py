"""The line that ends a run, and when a run is green."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
WITHOUT_PLUGINS = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}  # they take five seconds to import, and no test below needs one
PASSES = "def test_passes():\n    pass\n"
FAILS = "def test_fails():\n    assert False\n"
SKIPS = "import pytest\n@pytest.mark.parametrize('n', [1, 2])\ndef test_skips(n):\n    pytest.skip('no <bread> here')\n"


def run(folder: Path, *parts: str) -> tuple[int, str, dict[str, Any]]:
    path = folder / "test_written.py"
    path.write_text("\n".join(parts))
    command = [sys.executable, "-m", "tests.line", "test", str(path), "-p", "no:cacheprovider"]
    done = subprocess.run(command, cwd=REPOSITORY, env=WITHOUT_PLUGINS, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize(
    ("parts", "green", "passed"),
    [((), False, 0), ((SKIPS,), False, 0), ((FAILS, PASSES), False, 1), ((PASSES,), True, 1), ((SKIPS, PASSES), True, 1)],
    ids=["nothing selected", "all skipped", "one failed", "all passed", "some skipped"],
)
def test_a_run_is_green_when_something_passed_and_nothing_failed(tmp_path: Path, parts: tuple[str, ...], green: bool, passed: int) -> None:
    code, _, line = run(tmp_path, *parts)
    assert (code == 0) is green
    assert line["passed"] == passed


def test_the_reasons_of_skips_are_shown_and_counted(tmp_path: Path) -> None:
    _, output, line = run(tmp_path, SKIPS, PASSES)
    assert line["skipped"] == 2
    assert line["skips"] == {"no <bread> here": 2}
    assert "SKIPPED [2]" in output
