"""The place of a date in words, and whether two such texts name the same one. Pure."""

from __future__ import annotations

import re
from typing import Protocol


class HasPlace(Protocol):
    """Whatever has a place in the words of its center."""

    @property
    def place_name(self) -> str: ...
    @property
    def address(self) -> str: ...


def place_text(placed: HasPlace) -> str:
    """Name and street as a letter shows them."""
    parts = [placed.place_name, placed.address if placed.address not in placed.place_name else ""]
    return ", ".join(part for part in parts if part)


def is_same_place(before: str, after: str) -> bool:
    """The same words, whatever their order and spelling of capitals."""
    return _words(before) == _words(after)


def _words(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", text.casefold()))
