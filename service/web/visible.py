"""Text without characters that nobody sees and that change what is seen: direction marks, zero-width letters, fillers."""

from __future__ import annotations

import unicodedata

# Letters by their class that are drawn as nothing.
_FILLERS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
_BREAKS = frozenset({"Cc", "Zl", "Zp"})


def visible(text: str) -> str:
    """The same text without them; line ends and other control characters stay."""
    return text if text.isascii() else "".join(letter for letter in text if not _is_unseen(letter))


def visible_line(text: str) -> str:
    """One line: control characters and line ends become single spaces."""
    parts = (" " if unicodedata.category(letter) in _BREAKS else letter for letter in visible(text))
    return " ".join("".join(parts).split())


def _is_unseen(letter: str) -> bool:
    """Format marks, halves of a pair and private letters."""
    return letter in _FILLERS or unicodedata.category(letter) in {"Cf", "Cs", "Co"}
