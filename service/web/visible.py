"""Text without characters that nobody sees and that change what is seen: direction marks, zero-width letters, fillers."""

from __future__ import annotations

import re

# Format marks and letters drawn as nothing. Arabic number signs and the selectors of emoji are seen, and stay.
_UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb"
    "\ud800-\udfff\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_BREAKS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def visible(text: str) -> str:
    """The same text without them; line ends and other control characters stay."""
    return text if text.isascii() else _UNSEEN.sub("", text)


def visible_line(text: str) -> str:
    """One line: control characters and line ends become single spaces."""
    return " ".join(_BREAKS.sub(" ", visible(text)).split())
