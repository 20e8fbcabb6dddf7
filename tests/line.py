"""Runs what a Make target runs and ends with one JSON line; the exit code is 0 only when everything passed."""

import json
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

CHECKS = {
    "format": ["ruff", "format", "--check", "."],
    "lint": ["ruff", "check", "."],
    "types": ["mypy"],
    "house": ["pytest", "tests/house", "-p", "no:cacheprovider"],
}
NO_TESTS = 5  # pytest's exit code when nothing was selected


def check() -> int:
    """Every check runs, also after one has failed: all faults at once."""
    codes = {name: subprocess.run([sys.executable, "-m", *command], check=False).returncode for name, command in CHECKS.items()}
    print(json.dumps({name: "passed" if code == 0 else "failed" for name, code in codes.items()}), flush=True)
    return int(any(codes.values()))


def test(arguments: list[str]) -> int:
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        code = subprocess.run([sys.executable, "-m", "pytest", f"--junitxml={report}", *arguments], check=False).returncode
        counted = _count(report)
    print(json.dumps(counted | {"seconds": round(time.monotonic() - began, 1)}), flush=True)
    return 0 if code == NO_TESTS else code


def _count(report: Path) -> dict[str, int]:
    """What the opening tag of pytest's own report says."""
    opening = re.search(r"<testsuite [^>]*>", report.read_text()) if report.exists() else None
    if not opening:
        return {"passed": 0, "failed": 0, "errors": 1, "skipped": 0}
    said = {name: int(number) for name, number in re.findall(r'(tests|failures|errors|skipped)="(\d+)"', opening[0])}
    failed, errors, skipped = said["failures"], said["errors"], said["skipped"]
    return {"passed": said["tests"] - failed - errors - skipped, "failed": failed, "errors": errors, "skipped": skipped}


if __name__ == "__main__":
    raise SystemExit(check() if sys.argv[1] == "check" else test(sys.argv[2:]))
