"""How honest the forecasts of fresh weeks were, and who came back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

import msgspec
import numpy as np

from matching import F64, deciles
from tests.learning.life import LivedWeek, Seat
from tests.learning.town import monday_of

SIX_WEEKS = timedelta(days=42)
WEEKS_TO_RETURN = 6  # whose letters speak of all dates from the Monday of a match to six weeks later


class Calibration(msgspec.Struct, frozen=True, kw_only=True):
    """Of forecasts against true chances, in percentage points, by tenths of the forecast.

    mean_gap: of the tenths, without sign. widest_gap: the largest of them. overall: mean forecast minus mean truth.
    """

    offers: int
    mean_gap: float
    widest_gap: float
    overall: float
    tenths: list[tuple[float, float]]


def calibration(forecast: F64, truth: F64) -> Calibration:
    tenths = [(100 * tenth.expected, 100 * tenth.real) for tenth in deciles(forecast.astype(np.float32), truth)]
    gaps = [abs(expected - real) for expected, real in tenths]
    return Calibration(
        offers=len(forecast),
        mean_gap=round(float(np.mean(gaps)), 2),
        widest_gap=round(max(gaps), 2),
        overall=round(100 * float((forecast - truth).mean()), 2),
        tenths=[(round(expected, 1), round(real, 1)) for expected, real in tenths],
    )


Returns = dict[int, tuple[int, int]]  # week -> people with a match, and those of them who came back


def returns(lived: dict[int, LivedWeek], visits: Sequence[Seat]) -> Returns:
    """By the script's own book: two visits to one activity within six weeks from the Monday of the match on."""
    counted = {}
    for week, offers in lived.items():
        begins = monday_of(week)
        times = Counter((visit.person, visit.date.group) for visit in visits if begins <= visit.date.day <= begins + SIX_WEEKS)
        back = {person for (person, _), number in times.items() if number >= 2}
        matched = set(offers.person.tolist())
        counted[week] = (len(matched), len(matched & back))
    return counted


def share(counts: Returns) -> float:
    """Percent of all people with a match, over all weeks."""
    return round(100 * sum(back for _, back in counts.values()) / max(1, sum(people for people, _ in counts.values())), 1)
