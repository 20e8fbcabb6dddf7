"""Types are checked everywhere, tests too."""

import re
import tomllib
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
PACKAGES = {"service", "matching", "workers", "migrations", "tests"}
ANY, ANY_LINES = re.compile(r"\bAny\b"), 80
LENIENT = {"ignore_errors", "follow_imports", "disallow_untyped_defs", "disallow_any_generics", "exclude"}


def test_every_package_and_the_tests_are_checked_strictly() -> None:
    options = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["tool"]["mypy"]
    assert options["strict"]
    assert set(options["packages"]) == PACKAGES
    assert not {option for table in (options, *options["overrides"]) for option in table} & LENIENT


def test_few_lines_of_the_service_say_any() -> None:
    """What is left is JSON of others, rows of Postgres, and what a framework hands over without a type; an alias names it once."""
    lines = [line for path in (REPOSITORY / "service").rglob("*.py") for line in path.read_text(encoding="utf-8").splitlines()]
    assert sum(bool(ANY.search(line)) for line in lines) < ANY_LINES
