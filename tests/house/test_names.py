"""Names say what a thing holds: words that never do are not used for it, and a class name means one thing in the whole tree."""

import ast
from collections import defaultdict
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
PACKAGES = ("service", "workers", "matching", "tests")
# They say what happened to a value, not what it is: each stood for facts, rows, letters, forms and regular expressions' matches alike.
VAGUE = ("told", "said", "found", "kept")
# Names that readers outside the program see.
EXCEPTIONS = {
    "service/centers/model.py: told": "a field of the API's answer: how many people are written to",
    "service/matches/model.py: said_yes": "a column of the matcher's pairs and of activity_past, and a reason's code",
    "service/matches/region_preview.py: said_yes": "the same column",
    "matching/world/arrays.py: said_yes": "the same column",
    "matching/world/arrays.py: said_no": "its counterpart",
    "tests/matching/worlds.py: said_yes": "the same column",
    "tests/matching/worlds.py: said_no": "its counterpart",
}
# Their names wait for the work that is under way there.
NOT_YET = ("tests/service/registrations/", "tests/service/centers/", "tests/service/mail/")


def modules(*packages: str) -> dict[str, ast.Module]:
    paths = sorted(path for package in packages for path in (REPOSITORY / package).rglob("*.py"))
    return {path.relative_to(REPOSITORY).as_posix(): ast.parse(path.read_text()) for path in paths}


def names_given(tree: ast.Module) -> set[str]:
    """Names of functions, arguments and everything that a value is bound to."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            names.add(node.name)
        elif isinstance(node, ast.arg):
            names.add(node.arg)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            names.add(node.attr)
    return names


def is_vague(name: str) -> bool:
    """The bare word, or one that begins a longer name: `_told`, `told_of`. `last_told_at` is a column and says when."""
    bare = name.lstrip("_")
    return any(bare == word or bare.startswith(f"{word}_") for word in VAGUE)


@pytest.mark.parametrize("package", PACKAGES)
def test_no_name_says_only_what_happened_to_a_value(package: str) -> None:
    files = {file: tree for file, tree in modules(package).items() if not file.startswith(NOT_YET)}
    vague = {f"{file}: {name}" for file, tree in files.items() for name in names_given(tree) if is_vague(name)}
    assert not sorted(vague - EXCEPTIONS.keys())


def test_every_exception_is_still_needed() -> None:
    given = {f"{file}: {name}" for file, tree in modules(*PACKAGES).items() for name in names_given(tree)}
    assert not EXCEPTIONS.keys() - given


def test_no_class_name_stands_twice() -> None:
    """`Session` was three things once; a reader had to open the file to learn which."""
    files = defaultdict(list)
    for file, tree in modules("service", "matching", "workers", "migrations").items():
        for node in tree.body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                files[node.name].append(file)
    assert not {name: where for name, where in files.items() if len(where) > 1}
