"""Words on the terminal: rich where somebody watches, plain lines elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

import msgspec
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

T = TypeVar("T")
PLAIN_STEPS = 10  # lines of progress where nobody watches


def say(text: str, *, error: bool = False) -> None:
    Console(stderr=error, highlight=False, soft_wrap=True).print(text, markup=False)


def show(result: object, *, as_json: bool) -> None:
    """A result: for a machine one JSON line, for a person a line for each fact."""
    if as_json:
        sys.stdout.write(msgspec.json.encode(result).decode() + "\n")
        sys.stdout.flush()
        return
    for line in _lines(result):
        say(line)


def answer(facts: object, sentence: str, *, as_json: bool) -> None:
    """What a command did: for a machine the facts, for a person the sentence."""
    if as_json:
        show(facts, as_json=True)
    else:
        say(sentence)


def table(rows: list[dict[str, object]], columns: Sequence[str], *, as_json: bool) -> None:
    """Rows: for a machine all they hold, on a terminal a table, elsewhere a line for each with tabs between, headings first."""
    if as_json:
        show(rows, as_json=True)
        return
    cells = [[_cell(row[column]) for column in columns] for row in rows]
    console = Console(highlight=False)
    if console.is_terminal:
        drawn = Table(*map(_words, columns))
        for line in cells:
            drawn.add_row(*map(escape, line))
        console.print(drawn)
        return
    for line in [list(map(_words, columns)), *cells]:
        sys.stdout.write("\t".join(line) + "\n")  # rich would turn tabs into spaces


def _cell(value: object) -> str:
    """One line, without what a terminal would take for a command."""
    text = ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else "" if value is None else str(value)
    return "".join(sign if sign.isprintable() else " " for sign in text)


def _lines(result: object, indent: str = "") -> Iterator[str]:
    if isinstance(result, dict):
        for name, value in result.items():
            if isinstance(value, (dict, list)) and value:
                yield f"{indent}{_words(name)}:"
                yield from _lines(value, indent + "  ")
            else:
                yield f"{indent}{_words(name)}: {value if value not in ({}, []) else 'none'}"
    elif isinstance(result, list):
        for item in result:
            yield from _lines(item, indent + "- " if not isinstance(item, (dict, list)) else indent)
            if isinstance(item, dict):
                yield ""
    else:
        yield f"{indent}{result}"


def _words(name: object) -> str:
    return str(name).replace("_", " ")


def progress(items: Iterable[T], what: str, total: int) -> Iterator[T]:
    """Pass items on while showing how far they are, on stderr: a bar on a terminal, ten lines elsewhere."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield from _plain_progress(items, what, total)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as bar:
        task = bar.add_task(what, total=total)
        for item in items:
            yield item
            bar.advance(task)


def _plain_progress(items: Iterable[T], what: str, total: int) -> Iterator[T]:
    step = max(1, total // PLAIN_STEPS)
    for n, item in enumerate(items, 1):
        yield item
        if n % step == 0 or n == total:
            say(f"{what}: {n} of {total}", error=True)
