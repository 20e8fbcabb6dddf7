"""Named queries from a `queries.sql` beside their caller; `:like_this` becomes a numbered parameter."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

_NAME = re.compile(r"^-- name: (\w+)$", re.MULTILINE)
# Strings, quoted names, comments and `::casts` are stepped over, so that only a true `:parameter` is replaced.
_TOKEN = re.compile(r"'(?:[^']|'')*'|\"[^\"]*\"|--[^\n]*|::|:([a-z_][a-z0-9_]*)")


@dataclass(frozen=True, slots=True)
class Query:
    name: str
    text: str
    params: tuple[str, ...]

    def arguments(self, given: dict[str, object]) -> tuple[object, ...]:
        """Raises TypeError when a parameter is missing or unknown: a typo must not become a NULL."""
        if given.keys() != set(self.params):
            raise TypeError(f"{self.name} takes {sorted(self.params)}, was given {sorted(given)}")
        return tuple(given[name] for name in self.params)


class Queries:
    """The queries of one file, as attributes."""

    def __init__(self, queries: dict[str, Query]) -> None:
        self.queries = queries

    def __getattr__(self, name: str) -> Query:
        try:
            return self.queries[name]
        except KeyError:
            raise AttributeError(name) from None


def load(beside: str) -> Queries:
    """Queries of the file `queries.sql` in the folder of the module `beside` (its `__file__`)."""
    return parse(Path(beside).with_name("queries.sql").read_text(encoding="utf-8"))


def parse(text: str) -> Queries:
    heads = list(_NAME.finditer(text))
    ends = [head.start() for head in heads[1:]] + [len(text)]
    queries = [_query(head[1], text[head.end() : end]) for head, end in zip(heads, ends, strict=True)]
    if len({query.name for query in queries}) != len(queries):
        raise ValueError("two queries share a name")
    return Queries({query.name: query for query in queries})


def _query(name: str, body: str) -> Query:
    params: list[str] = []

    def number(match: re.Match[str]) -> str:
        if not (param := match[1]):
            return match[0]
        if param not in params:
            params.append(param)
        return f"${params.index(param) + 1}"

    return Query(name, _TOKEN.sub(number, body).strip().rstrip(";"), tuple(params))
