"""What a comparison says: means with intervals, ours against the others, and who gains or loses by it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import t as student

from matching.simulate.compare import Comparison, Plan

SHOWN = ("north_star", "worst_tenth", "found_a_place", "visits_per_resident", "hours_together", "turned_away", "left")
COMPARED = ("north_star", "worst_tenth")
Interval = dict[str, float | None]


def summary(plan: Plan, reports_of: Comparison) -> dict[str, Any]:
    """Plain JSON types; a limit of an interval is null where one seed cannot tell it."""
    ours = reports_of.get("ours", [])
    others = [name for name in reports_of if name != "ours" and ours]
    return {
        "weeks": plan.weeks,
        "residents": plan.residents,
        "residents_per_group": plan.per_group,
        "seeds": list(plan.seeds),
        "policies": {name: {what: interval([r[what] for r in reports]) for what in SHOWN} for name, reports in reports_of.items()},
        "ours_against": {name: {what: ratio(reports_of, name, what) for what in COMPARED} for name in others},
        "groups": _groups(reports_of),
        "calibration": calibration(ours),
        "runs": [report for reports in reports_of.values() for report in reports],
    }


def interval(values: ArrayLike) -> Interval:
    """Mean over seeds with Student's 95 % interval; nothing where one of the values is not a number."""
    seen = np.asarray(values, np.float64)
    mean = float(seen.mean())
    if not np.isfinite(mean):
        return {"mean": None, "lo": None, "hi": None}
    if len(seen) < 2:
        return {"mean": mean, "lo": None, "hi": None}
    reach = float(student.ppf(0.975, len(seen) - 1) * seen.std(ddof=1) / np.sqrt(len(seen)))
    return {"mean": mean, "lo": mean - reach, "hi": mean + reach}


def ratio(reports_of: Comparison, policy: str, measure: str = "north_star") -> Interval:
    """Ours over another policy, city by city; nothing where the other has nothing."""
    pairs = zip(reports_of["ours"], reports_of[policy], strict=True)
    return interval([our[measure] / their[measure] if their[measure] > 0 else np.nan for our, their in pairs])


def calibration(reports: list[dict[str, Any]]) -> dict[str, Any]:
    """Tenths (promised, came) over all seeds in the second half of the weeks, and the widest gap in points."""
    tenths_of_runs = [report["calibration"] for report in reports if len(report["calibration"]) == 10]
    if not tenths_of_runs:
        return {"tenths": [], "widest_gap_points": None}
    tenths = np.mean(tenths_of_runs, axis=0)
    return {"tenths": tenths.tolist(), "widest_gap_points": float(100 * np.abs(tenths[:, 0] - tenths[:, 1]).max())}


def _groups(reports_of: Comparison) -> dict[str, Any]:
    """what -> value -> policy -> measures, means over seeds."""
    shares: dict[str, Any] = {}
    for policy, reports in reports_of.items():
        for what, values in reports[0]["groups"].items():
            for value, measures in values.items():
                means = {name: float(np.mean([r["groups"][what][value][name] for r in reports])) for name in measures}
                shares.setdefault(what, {}).setdefault(value, {})[policy] = means
    return shares


WORDS = {
    "north_star": "north star: of the weeks in which somebody was invited, the share followed by two visits to one group within six weeks",
    "worst_tenth": "worst tenth: weekly chance of a visit of the tenth of people whom the choice serves least",
    "found_a_place": "found a place: share of people with two visits to one group",
    "hours_together": "hours together: counted for each couple of people in one room",
    "turned_away": "turned away: people who came and found no seat; left: share of people who gave up",
    "ours_against": "ours against another: the ratio, city by city; above 1 is better, and an interval that holds 1 shows no difference",
}


def table(figures: dict[str, Any]) -> Iterator[str]:
    """The summary as lines for a terminal, with what its words mean at the end."""
    yield from _figures(figures)
    yield ""
    yield from WORDS.values()


def _figures(figures: dict[str, Any]) -> Iterator[str]:
    town = f"{figures['residents']} residents, {figures['residents_per_group']} for each weekly group"
    yield f"{town}; {figures['weeks']} weeks in {len(figures['seeds'])} cities; mean (95 % interval)"
    yield ""
    yield f"{'':12}" + "".join(f"{name.replace('_', ' '):>30}" for name in SHOWN)
    for policy, measures in figures["policies"].items():
        yield f"{policy:12}" + "".join(f"{_cell(measures[name], 4 if name == 'worst_tenth' else 3):>30}" for name in SHOWN)
    yield ""
    for policy, measures in figures["ours_against"].items():
        yield f"ours against {policy:12}" + "   ".join(f"{name.replace('_', ' ')} {_cell(measures[name])}" for name in COMPARED)
    yield from _group_lines(figures["groups"])
    if figures["calibration"]["tenths"]:
        yield ""
        yield "promised and came, by tenths: " + "  ".join(f"{a:.3f}/{b:.3f}" for a, b in figures["calibration"]["tenths"])
        yield f"widest gap: {figures['calibration']['widest_gap_points']:.1f} points"


def _group_lines(groups: dict[str, Any]) -> Iterator[str]:
    policies = next(iter(next(iter(groups.values())).values()))
    yield ""
    yield f"{'north star / weekly chance':34}{'people':>8}{'no way':>8}" + "".join(f"{name:>18}" for name in policies)
    for what, values in groups.items():
        for value, by_policy in values.items():
            some = next(iter(by_policy.values()))
            cells = "".join(f"{m['north_star']:>10.3f} / {m['weekly_chance']:.3f}" for m in by_policy.values())
            yield f"{what + ': ' + value:34}{some['people']:>8.0f}{some['people'] - some['somewhere_to_go']:>8.0f}{cells}"


def _cell(measure: Interval, digits: int = 3) -> str:
    if measure["mean"] is None:
        return "-"
    between = "" if measure["lo"] is None else f" ({measure['lo']:.{digits}f}..{measure['hi']:.{digits}f})"
    return f"{measure['mean']:.{digits}f}{between}"
