"""Whom a way of choosing serves: the same measures for people who share a language, a reach or a need."""

from __future__ import annotations

from collections.abc import Iterator

from matching.world.arrays import BUS, CAR, F64, I64, WALK, Bool, Residents

FIRST, SECOND = 1, 2  # the city's two languages, as bits
Share = dict[str, float | int]


def alike(people: Residents) -> Iterator[tuple[str, str, Bool]]:
    """(what they share, its value, [n] who)."""
    yield "language", "the common one only", people.languages == FIRST
    yield "language", "the other one only", people.languages == SECOND
    yield "language", "both", people.languages == FIRST | SECOND
    yield "reach", "on foot", people.mode == WALK
    yield "reach", "by bus", people.mode == BUS
    yield "reach", "by car", people.mode == CAR
    yield "needs", "none", people.needs == 0
    yield "needs", "one or more", people.needs > 0
    yield "cost", "free only", people.cost_cents == 0
    yield "cost", "can pay", people.cost_cents > 0


def groups(people: Residents, chance: F64, possible: I64, settled: I64, judged: I64) -> dict[str, dict[str, Share]]:
    """For each group how many there are, how many had anywhere to go, and how they fared.

    All [n]: summed weekly chances of a visit, weeks with somewhere to go, weeks with a match that led to two visits, all such weeks.
    """
    shares: dict[str, dict[str, Share]] = {}
    for what, value, who in alike(people):
        shares.setdefault(what, {})[value] = {
            "people": int(who.sum()),
            "somewhere_to_go": int((possible[who] > 0).sum()),
            "weekly_chance": float(chance[who].sum() / max(possible[who].sum(), 1)),
            "north_star": float(settled[who].sum() / max(judged[who].sum(), 1)),
        }
    return shares
