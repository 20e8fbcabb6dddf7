"""A name as others may read it: its first part alone. Pure."""

from __future__ import annotations

import re

LONGEST_NAME = 40  # characters
_NOT_IN_A_NAME = re.compile(r"[\d@/\\:<>]")


def parts_of(name: str) -> list[str]:
    """First name first: of "Maria Lopez" and of "Lopez, Maria". Empty for what is no name, like an address in the wrong field."""
    last, comma, first = name.partition(",")
    words = re.split(r"[\s._]+", f"{first} {last}" if comma and first.strip() else name)
    words = [word for word in (word.strip("-'’\"()[],;") for word in words) if word]
    return [] if _NOT_IN_A_NAME.search(name) else words


def first_name(name: str) -> str:
    """ "" where there is none to show."""
    return next(iter(parts_of(name)), "")[:LONGEST_NAME]
