"""Nothing stands in the program that nobody uses, and everything it imports is declared."""

import re
import subprocess
import sys
from pathlib import Path

import vulture

REPOSITORY = Path(__file__).resolve().parents[2]
PROGRAM = ("service", "matching", "workers", "migrations")
# Names that a library looks up, and fields that only a reader of our JSON reads.
USED_ELSEWHERE = {
    "__getattr__": "Python, for the lazy face of matching",
    "__call__": "a Protocol says so",
    "__qualname__": "arq names a job by it",
    "multi_class": "scikit-learn's tags",
    "two_d_array": "scikit-learn's tags",
    "PoolConnectionProxy": "in an annotation written as text",
    "local_address": "httpcore's signature",
    "connect_unix_socket": "httpcore's backend",
    "conn_retries": "arq's settings",
    "conn_timeout": "arq's settings",
    "should_exit": "uvicorn's server",
    "capture_signals": "uvicorn's server",
    "iterations": "implicit's model",
    "timezone": "a column of the package of ZIP codes",
    "log_format": "read from the environment before there are settings; here it is checked",
    "pg_bin": "read from the environment where the program is started; here it is checked",
    "valkey_bin": "read from the environment where the program is started; here it is checked",
    "town_only": "JSON of the catalog",
    "from_calendar": "JSON of the center API",
    "certified_gap": "JSON of a match run",
    "ratio_to_limit": "JSON of a benchmark",
    "quarters": "JSON of the partner API",
    "sent_again": "JSON of the demo",
}


def words_of_templates_and_queries() -> set[str]:
    paths = [path for room in PROGRAM for ending in ("*.html", "*.txt", "*.sql", "*.toml") for path in (REPOSITORY / room).rglob(ending)]
    return {word for path in paths for word in re.findall(r"\w+", path.read_text(encoding="utf-8"))}


def test_nothing_is_written_that_nobody_uses() -> None:
    """Tests do not count as users, unless they are the only way to ask: a function that only its test calls is dead."""
    finder = vulture.Vulture(ignore_decorators=["@get", "@post", "@patch", "@put", "@delete", "@*.command", "@*.group", "@*.command*"])
    finder.scavenge([str(REPOSITORY / room) for room in (*PROGRAM, "tests", "deploy")])
    used = words_of_templates_and_queries() | USED_ELSEWHERE.keys()
    dead = [
        f"{item.filename.relative_to(REPOSITORY)}:{item.first_lineno} {item.name}"
        for item in finder.get_unused_code(min_confidence=60)
        if item.filename.relative_to(REPOSITORY).parts[0] in PROGRAM and item.name not in used
    ]
    assert dead == []


def test_no_exception_outlives_its_name() -> None:
    text = "\n".join(path.read_text(encoding="utf-8") for room in PROGRAM for path in (REPOSITORY / room).rglob("*.py"))
    assert [name for name in USED_ELSEWHERE if not re.search(rf"\b{name}\b", text)] == []


def test_every_import_is_a_declared_dependency_and_every_dependency_is_imported() -> None:
    done = subprocess.run([sys.executable, "-m", "deptry", "."], cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
