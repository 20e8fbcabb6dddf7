"""The same cities under every way of choosing, side by side."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from typing import Any

import numpy as np
from scipy.stats import t as student

from matching.simulate.year import POLICIES, run

SHOWN = ("north_star", "worst_tenth", "found_a_place", "visits_per_resident", "turned_away", "left")


def compare(
    seeds: int, weeks: int, residents: int, *, processes: int = 1, progress: Callable[[int, int], None] | None = None
) -> dict[str, list[dict[str, Any]]]:
    """Reports by policy, one for each seed. `progress(done, all)` after each run."""
    tasks = [(policy, seed) for seed in range(seeds) for policy in POLICIES]
    found: dict[str, list[dict[str, Any]]] = {policy: [] for policy in POLICIES}
    with ProcessPoolExecutor(processes) as pool:
        runs = pool.map(_one, [(weeks, residents, seed, policy) for policy, seed in tasks])
        for done, report in enumerate(runs, 1):
            found[report["policy"]].append(report)
            if progress:
                progress(done, len(tasks))
    return found


def ratio(found: dict[str, list[dict[str, Any]]], policy: str, measure: str = "north_star") -> tuple[float, float, float]:
    """Ours over another policy: mean of the seeds' ratios with its 95 % interval."""
    pairs = zip(found["ours"], found[policy], strict=True)
    ratios = np.array([our[measure] / max(their[measure], 1e-9) for our, their in pairs])
    if len(ratios) < 2:
        return float(ratios[0]), -np.inf, np.inf
    reach = student.ppf(0.975, len(ratios) - 1) * ratios.std(ddof=1) / np.sqrt(len(ratios))
    return float(ratios.mean()), float(ratios.mean() - reach), float(ratios.mean() + reach)


def calibration(reports: list[dict[str, Any]]) -> tuple[list[list[float]], float]:
    """Deciles (promised, came) over all seeds, and the widest gap in points."""
    deciles = np.mean([report["calibration"] for report in reports if len(report["calibration"]) == 10], axis=0)
    return deciles.tolist(), float(100 * np.abs(deciles[:, 0] - deciles[:, 1]).max())


def table(found: dict[str, list[dict[str, Any]]]) -> str:
    """Lines for a terminal."""
    lines = [f"{'':12}" + "".join(f"{name:>21}" for name in SHOWN)]
    for policy, reports in found.items():
        lines.append(f"{policy:12}" + "".join(f"{np.mean([report[name] for report in reports]):>21.4f}" for name in SHOWN))
    for policy in [name for name in found if name != "ours"]:
        for measure in ("north_star", "worst_tenth"):
            mean, low, high = ratio(found, policy, measure)
            lines.append(f"ours / {policy}, {measure}: {mean:.3f} ({low:.3f} to {high:.3f})")
    deciles, gap = calibration(found["ours"])
    lines.append("promised and came, by tenths: " + "  ".join(f"{a:.3f}/{b:.3f}" for a, b in deciles))
    lines.append(f"widest gap: {gap:.1f} points")
    return "\n".join(lines)


def _one(task: tuple[int, int, int, str]) -> dict[str, Any]:
    weeks, residents, seed, policy = task
    return run(weeks, residents, seed, policy=policy)
