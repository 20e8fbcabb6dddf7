"""Types are checked everywhere, tests too."""

import tomllib
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
PACKAGES = {"service", "matching", "workers", "migrations", "tests"}
LENIENT = {"ignore_errors", "follow_imports", "disallow_untyped_defs", "disallow_any_generics", "exclude"}


def test_every_package_and_the_tests_are_checked_strictly() -> None:
    options = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["tool"]["mypy"]
    assert options["strict"]
    assert set(options["packages"]) == PACKAGES
    assert not {option for table in (options, *options["overrides"]) for option in table} & LENIENT
