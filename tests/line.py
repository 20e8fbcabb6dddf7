"""Runs what a Make target runs and ends with one JSON line; the exit code is 0 only when something ran and everything passed."""

import html
import json
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

CHECKS = {
    "format": ["ruff", "format", "--check", "."],
    "lint": ["ruff", "check", "."],
    "types": ["mypy"],
    "house": ["pytest", "tests/house", "-p", "no:cacheprovider"],
}
NOTHING_PASSED = 1


def check() -> int:
    """Every check runs, also after one has failed: all faults at once."""
    codes = {name: subprocess.run([sys.executable, "-m", *command], check=False).returncode for name, command in CHECKS.items()}
    print(json.dumps({name: "passed" if code == 0 else "failed" for name, code in codes.items()}), flush=True)
    return int(any(codes.values()))


def test(arguments: list[str]) -> int:
    """Tests that were skipped are listed with their reasons. A run in which nothing passed is not green: it has shown nothing."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        code = subprocess.run([sys.executable, "-m", "pytest", "-rs", f"--junitxml={report}", *arguments], check=False).returncode
        written = report.read_text() if report.exists() else ""
    counted = _count(written)
    print(json.dumps(counted | {"skips": _skips(written), "seconds": round(time.monotonic() - began, 1)}), flush=True)
    return code or (0 if counted["passed"] else NOTHING_PASSED)


def _count(report: str) -> dict[str, int]:
    """What the opening tag of pytest's own report says."""
    opening = re.search(r"<testsuite [^>]*>", report)
    if not opening:
        return {"passed": 0, "failed": 0, "errors": 1, "skipped": 0}
    counts = {name: int(number) for name, number in re.findall(r'(tests|failures|errors|skipped)="(\d+)"', opening[0])}
    failed, errors, skipped = counts["failures"], counts["errors"], counts["skipped"]
    return {"passed": counts["tests"] - failed - errors - skipped, "failed": failed, "errors": errors, "skipped": skipped}


def _skips(report: str) -> dict[str, int]:
    """Reason -> tests that were skipped for it."""
    reasons = re.findall(r'<skipped type="pytest\.skip" message="([^"]*)"', report)
    return dict(Counter(html.unescape(reason) for reason in reasons))


if __name__ == "__main__":
    raise SystemExit(check() if sys.argv[1] == "check" else test(sys.argv[2:]))
