"""Named queries from a `queries.sql` beside their caller; `:like_this` becomes a numbered parameter.

`{facts}` becomes the fields of the Struct of that name, so that columns are listed once, in the Struct: `{a.facts}` with the table's
alias before each, `{:facts}` as parameters.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

Columns = Mapping[str, type[msgspec.Struct]]

_COLUMNS = re.compile(r"\{(:|[a-z]+\.)?([a-z_]+)\}")
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


def load(beside: str, columns: Columns | None = None) -> Queries:
    """Queries of the file `queries.sql` in the folder of the module `beside` (its `__file__`); columns: Structs by their name in it."""
    return parse(Path(beside).with_name("queries.sql").read_text(encoding="utf-8"), columns)


def parse(text: str, columns: Columns | None = None) -> Queries:
    """Raises KeyError for columns that are not given."""
    text = _COLUMNS.sub(lambda match: _listed(match[1] or "", columns or {}, match[2]), text)
    heads = list(_NAME.finditer(text))
    ends = [head.start() for head in heads[1:]] + [len(text)]
    queries = [_query(head[1], text[head.end() : end]) for head, end in zip(heads, ends, strict=True)]
    if len({query.name for query in queries}) != len(queries):
        raise ValueError("two queries share a name")
    return Queries({query.name: query for query in queries})


def _listed(prefix: str, columns: Columns, name: str) -> str:
    return ", ".join(prefix + field for field in columns[name].__struct_fields__)


def _query(name: str, body: str) -> Query:
    params: list[str] = []

    def number(match: re.Match[str]) -> str:
        if not (param := match[1]):
            return match[0]
        if param not in params:
            params.append(param)
        return f"${params.index(param) + 1}"

    return Query(name, _TOKEN.sub(number, body).strip().rstrip(";"), tuple(params))
