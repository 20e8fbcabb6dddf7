"""The benches at a small size: what they claim of us is true there, and every line can be read by a program."""

from __future__ import annotations

import msgspec
import pytest

from matching import Scorer, Settings, canonical, rules
from service.errors import Broken
from service.outcomes import bench, bench_allocation, bench_week, benches
from service.outcomes.bench_world import metro


def test_the_auction_is_as_good_as_the_solver_on_the_same_edges_and_no_week_beats_its_certificate() -> None:
    lines = list(bench_allocation.allocation(1_500, 100, 1))
    by_solver = [line for line in lines if line.name.startswith("value") and line.peer_name.startswith("OR-tools")]
    gaps = [line for line in lines if line.name.startswith("certified")]
    assert len(by_solver) == len(gaps) == len(bench_allocation.FACTORS)
    for line in by_solver:
        assert 0.99 <= line.ratio <= 1 + 1e-6, line
    for line in gaps:
        assert 0 <= line.ours < 0.15, line
    members = msgspec.to_builtins(lines[0])
    assert list(members) == ["name", "size", "ours", "peer", "peer_name", "ratio", "limit", "ratio_to_limit", "unit"]
    assert members["ratio"] == pytest.approx(members["ours"] / members["peer"], rel=1e-3)


def test_tables_say_what_the_trees_say() -> None:
    world = metro(600, 120, 3)
    limits = rules.prepare(canonical(world)[0])
    scorer = Scorer()
    scorer.prepare(limits.world)
    lines = list(bench.score(bench.asked_of(limits, scorer, Settings()), 3))
    assert next(line for line in lines if line.name.startswith("largest difference")).ours <= 1e-5


def test_a_whole_week_is_measured_from_rows_to_rows() -> None:
    """On a Postgres of its own, with the tables as they are today."""
    lines = {str(line["name"]): line for line in bench_week.rows(500, 60, 1)}
    shares = [float(str(line["ratio"])) for name, line in lines.items() if name.endswith("share of the time")]
    assert {"week: read", "week: read into the matcher's arrays", "week: write and commit"} <= set(lines)
    assert all(float(str(line["ours"])) > 0 for line in lines.values())
    assert sum(shares) == pytest.approx(1, abs=0.01)


def test_a_missing_peer_is_named_before_anything_is_measured() -> None:
    with pytest.raises(Broken) as refused:
        benches.measured("matching", 500, 50, 1, peers={"matching": "a_library_that_is_not_there"})
    assert "a_library_that_is_not_there" in refused.value.fields
