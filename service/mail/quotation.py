"""Somebody else's words inside a letter of ours: a quotation, in the direction of its script, with nothing in it to press. Pure.

Mail programs make links of whatever looks like an address. A letter that comes from us lends its trust to them, and whoever
took over a center's account could lead hundreds of people to a page of their own. So addresses stay readable and are no links.
"""

from __future__ import annotations

import re
import unicodedata

_ZERO_WIDTH_SPACE = "\u200b"
# Between these, programs see no address any more: after "://", around "@", and after a dot before letters.
_ADDRESS_JOINT = re.compile(r"(?<=:)(?=//)|(?<=@)(?=\S)|(?<=[^\W_][.。．｡])(?=[^\W\d_])")


def inert(text: str) -> str:
    """The same to the eye; no web or mail address in it is one to a program."""
    return _ADDRESS_JOINT.sub(_ZERO_WIDTH_SPACE, text)


def script_direction(text: str) -> str:
    """ "rtl" or "ltr", as the first letter that has a direction."""
    strong = (unicodedata.bidirectional(letter) for letter in text)
    return "rtl" if next((kind for kind in strong if kind in ("L", "R", "AL")), "L") in ("R", "AL") else "ltr"


def quoted_paragraphs(text: str) -> list[tuple[str, str]]:
    """Direction and words of each line that is not empty."""
    return [(script_direction(line), inert(line)) for line in text.splitlines() if line.strip()]


def quoted_lines(text: str) -> str:
    """For a letter's plain text: each line marked as quoted, so that none of them can pass for ours."""
    return "\n".join(f"> {inert(line)}".rstrip() for line in text.splitlines())
