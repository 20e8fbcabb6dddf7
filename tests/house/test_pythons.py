"""Which Pythons and which packages: said in several files, and the same in all of them."""

import re
import tomllib
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
LOCKS = sorted((REPOSITORY / "deploy").glob("requirements*.txt"))


def pins(lock: Path) -> dict[str, str]:
    """Name and markers -> version."""
    lines = re.findall(r"^([a-z0-9.-]+)==([^ ]+)(?: ; (.*?))? \\$", lock.read_text(), re.MULTILINE)
    return {f"{name} {marker}".strip(): version for name, version, marker in lines}


def test_every_file_says_the_same_pythons() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    low, above = map(int, re.fullmatch(r">=3\.(\d+),<3\.(\d+)", project["requires-python"]).groups())  # type: ignore[union-attr]
    makefile, readme = (REPOSITORY / "Makefile").read_text(), (REPOSITORY / "README.md").read_text()
    assert f"(3, {low}) <= sys.version_info[:2] <= (3, {above - 1})" in makefile
    assert all(f"python3.{minor}" in makefile for minor in range(low, above))
    assert f"Python 3.{low} to 3.{above - 1}" in makefile
    assert f"Python 3.{low} to 3.{above - 1}" in readme


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.stem)
def test_tests_run_on_the_versions_that_production_runs_on(lock: Path) -> None:
    production = pins(REPOSITORY / "deploy" / "requirements.txt")
    assert len(production) > 50
    assert not {name: (version, pins(lock).get(name)) for name, version in production.items() if pins(lock).get(name) != version}


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.stem)
def test_every_package_is_hashed_and_no_address_is_written_down(lock: Path) -> None:
    text = lock.read_text()
    packages = re.split(r"^(?=\S)", text, flags=re.MULTILINE)[1:]
    assert not [package.splitlines()[0] for package in packages if "--hash=sha256:" not in package]
    assert "://" not in text
