"""Every sentence that a person may read, gathered from templates, code and messages.toml: what the catalogs must hold."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from jinja2 import nodes

from service.web.jinja import environment

ROOT = Path(__file__).parents[1]
ROOMS = ("service", "workers")
MARKERS = {"_", "say", "mark", "n_", "count"}


def sentences_used() -> dict[str, str]:
    """Sentence -> the first place it was met. Plurals count as one sentence, by their singular."""
    places: dict[str, str] = {}
    for sentence, place in _sentences_met():
        places.setdefault(sentence, place)
    return places


def sentences_in(*places: str) -> set[str]:
    """Sentences that stand in any of these files or folders, given from the root; plurals by their singular."""
    return {sentence for sentence, place in _sentences_met() if place.startswith(places)}


@cache
def _sentences_met() -> tuple[tuple[str, str], ...]:
    """Sentence and place. Read once: it takes a second to read everything, and hundreds of pages are held against it."""
    return (*_in_templates(), *_in_code(), *_in_messages())


def plurals_used() -> set[str]:
    return {text for text, _ in _calls(_all_code(), {"n_"}) if text} | {
        call.args[0].value
        for _, tree in _template_trees()
        for call in tree.find_all(nodes.Call)
        if isinstance(call.node, nodes.Name) and call.node.name == "n_" and isinstance(call.args[0], nodes.Const)
    }


def _template_trees() -> Iterator[tuple[str, nodes.Template]]:
    for path in sorted((ROOT / "service").glob("*/templates/**/*")):
        if path.is_file():
            yield path.relative_to(ROOT).as_posix(), environment().parse(path.read_text("utf-8"))


def _in_templates() -> Iterator[tuple[str, str]]:
    for place, tree in _template_trees():
        for call in tree.find_all(nodes.Call):
            if not isinstance(call.node, nodes.Name) or call.node.name not in {"_", "n_"}:
                continue
            if not call.args or not isinstance(call.args[0], nodes.Const):
                continue  # a sentence in a variable was marked where it was written
            yield call.args[0].value, f"{place}:{call.lineno}"


def _all_code() -> Iterator[tuple[str, ast.AST]]:
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            yield path.relative_to(ROOT).as_posix(), ast.parse(path.read_text("utf-8"))


def _calls(trees: Iterator[tuple[str, ast.AST]], names: set[str]) -> Iterator[tuple[str, str]]:
    for place, tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and _called(node.func) in names and node.args:
                first = node.args[0]
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    yield first.value, f"{place}:{node.lineno}"


def _called(function: ast.expr) -> str:
    """`say("...")`, `say_in(language)("...")`, and `say.count("...")` for plurals; no other method."""
    if isinstance(function, ast.Call) and isinstance(function.func, ast.Name) and function.func.id == "say_in":
        return "say"
    if isinstance(function, ast.Name):
        return function.id if function.id != "count" else ""
    if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name) and function.value.id in {"say", "_"}:
        return function.attr if function.attr == "count" else ""
    return ""


def _in_code() -> Iterator[tuple[str, str]]:
    """Calls that translate, and public constants named `..._NAMES`, whose words are translated where they are shown."""
    for place, tree in _all_code():
        if place.startswith("service/demo/"):
            continue  # invented people and places
        if not _speaks_to_terminals(tree):
            yield from _calls(iter([(place, tree)]), MARKERS)
        yield from ((text, f"{place}:{line}") for text, line in _named_words(tree))


def _speaks_to_terminals(tree: ast.AST) -> bool:
    """Whether `say` in this file is the one of the command line, which is English."""
    return any(isinstance(node, ast.ImportFrom) and node.module == "service.console" for node in ast.walk(tree))


def _target(node: ast.AST) -> ast.expr | None:
    if isinstance(node, ast.AnnAssign):
        return node.target
    return node.targets[0] if isinstance(node, ast.Assign) else None


def _holds_names(constant: str) -> bool:
    return constant.endswith("_NAMES") and not constant.startswith("_")


def _named_words(tree: ast.AST) -> Iterator[tuple[str, int]]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(target := _target(node), ast.Name) and _holds_names(target.id):
            value = getattr(node, "value", None)
            held = value.values if isinstance(value, ast.Dict) else getattr(value, "elts", [])
            yield from ((word.value, word.lineno) for word in held if isinstance(word, ast.Constant) and isinstance(word.value, str))


def _in_messages() -> Iterator[tuple[str, str]]:
    for path in sorted((ROOT / "service").glob("*/messages.toml")):
        for code, sentence in tomllib.loads(path.read_text("utf-8")).items():
            yield sentence, f"{path.relative_to(ROOT).as_posix()}:{code}"
