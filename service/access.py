"""What people may need to take part, and the bit that stands for each need in a profile and in a center's answers.

A bit is never given another meaning: it is stored. A session fits a person when every bit of the person is answered with
a plain yes; "not said" is not a yes.
"""

from __future__ import annotations

from collections.abc import Iterable

NEEDS: dict[str, int] = {
    "step_free": 1 << 0,
    "wheelchair": 1 << 1,
    "hearing_loop": 1 << 2,
    "seated": 1 << 3,
    "quiet": 1 << 4,
    "carer": 1 << 5,
    "late": 1 << 6,
}
# English sentences, keys of the catalogs.
NEED_NAMES: dict[str, str] = {
    "step_free": "No steps",
    "wheelchair": "Room for a wheelchair",
    "hearing_loop": "Hearing loop",
    "seated": "Can be done sitting down, little energy needed",
    "quiet": "Quiet place",
    "carer": "A carer may come along",
    "late": "Fine to arrive late",
}


def bits_of(codes: Iterable[str]) -> int:
    """Raises KeyError for a code that is no need."""
    bits = 0
    for code in codes:
        bits |= NEEDS[code]
    return bits


def codes_of(bits: int) -> list[str]:
    """In the order of NEEDS; bits that nobody defined are left out."""
    return [code for code, bit in NEEDS.items() if bits & bit]
