"""Evaluation on a town made up here: it reads files of the named columns, looks at nothing from after the day, and ranks what is there."""

from __future__ import annotations

import csv
import shutil
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from matching.evaluation import next_group, weekly
from matching.evaluation.baselines import baselines
from matching.evaluation.columns import WrongFile, minutes, nashville
from matching.evaluation.run import GROUPS, measured
from matching.metrics import interval, ranked
from matching.score.features import NAMES
from service.errors import Broken
from service.outcomes.evaluate import evaluate
from service.outcomes.peers import peers

DAY = "2017-07-01"


def write(folder: Path, name: str, rows: list[dict[str, object]]) -> None:
    with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
        lines = csv.DictWriter(file, list(rows[0]))
        lines.writeheader()
        lines.writerows(rows)


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """1,200 people, 24 groups of four categories; people of a category join and go to its groups, in two years."""
    folder, rng = tmp_path_factory.mktemp("log"), np.random.default_rng(5)
    start = np.datetime64("2015-10-01T18:00:00")
    stamp = [str(start + np.timedelta64(int(day), "D")) + "Z" for day in range(700)]
    write(
        folder,
        "groups",
        [{"group_id": g, "group_name": f"circle {g}", "category_id": g % 4, "category_name": f"kind {g % 4}"} for g in range(24)],
    )
    homes = rng.normal((36.1, -86.8), 0.05, (1200, 2)).round(2)
    write(folder, "members", [{"member_id": m, "city": "", "state": "", "lat": home[0], "lon": home[1]} for m, home in enumerate(homes)])
    joins, answers = [], []
    events = [
        {"event_id": f"e{day}-{g}", "group_id": g, "name": "", "start_utc": stamp[day]} for g in range(24) for day in range(g % 7, 700, 7)
    ]
    for person in range(1200):
        days = np.sort(rng.integers(0, 700, rng.integers(1, 5)))
        groups = person % 4 + 4 * rng.choice(6, len(days), replace=False)
        joins += [{"member_id": person, "group_id": g, "joined": stamp[day]} for g, day in zip(groups, days, strict=True)]
        answers += [
            {"event_id": f"e{at}-{g}", "member_id": person}
            for g, day in zip(groups, days, strict=True)
            for at in range(int(day + (g % 7 - day) % 7), 700, 7)
            if rng.random() < 0.2
        ]
    write(folder, "memberships", joins)
    write(folder, "events", events)
    write(folder, "rsvps", answers)
    return folder


def test_a_category_that_people_keep_to_is_learned(log: Path) -> None:
    lines = evaluate(log, "next-group", datetime.fromisoformat(DAY), baselines=False, ablate=False, seed=1)
    assert {line.model for line in lines} == {"doorstep", "hand-set"}
    assert all(line.lo <= line.ndcg10 <= line.hi for line in lines)
    scores = {line.people: line for line in lines if line.model == "doorstep"}
    assert set(scores) == {"history", "one", "new"}
    assert scores["history"].ndcg10 > 0.6  # five to two of 24 groups are left that fit: a ranking by dice has about 0.2


def test_nothing_from_after_the_day_reaches_a_score(log: Path) -> None:
    groups, day = nashville(log), int(minutes([f"{DAY}T00:00:00Z"])[0])
    for question in (*next_group.task(groups, day).learn, *next_group.task(groups, day).measure, *weekly.task(groups, day, True).measure):
        assert len(question.asked)
        assert question.history.at_min.max() < question.now_min
        assert (question.wanted.any(axis=1)).all()
    assert max(question.now_min for question in next_group.task(groups, day).learn) < day


def test_weekly_without_membership_looks_at_answers_only(log: Path) -> None:
    groups, day = nashville(log), int(minutes([f"{DAY}T00:00:00Z"])[0])
    without, with_it = (weekly.task(groups, day, member).measure[0] for member in (False, True))
    assert len(without.history.resident) < len(with_it.history.resident)
    cold = [person for person, kind in zip(without.asked, without.people, strict=True) if kind == "cold"]
    assert cold
    assert not np.isin(cold, without.history.resident).any()


def test_a_part_of_the_week_that_somebody_keeps_to_is_counted_from_earlier_dates_only(log: Path) -> None:
    groups, day = nashville(log), int(minutes([f"{DAY}T00:00:00Z"])[0])
    for member in (False, True):
        question = weekly.task(groups, day, member).measure[0]
        before = groups.answers.before(question.now_min)
        weeks = (question.now_min - before.at_min) / weekly.WEEK_MIN
        for person in np.unique(before.resident)[:40]:
            mine = before.resident == person
            started = (before.at_min[mine] - weekly.FIRST_MONDAY_MIN) % weekly.WEEK_MIN // 240
            expected = np.bincount(started, 0.9 ** weeks[mine], 42)
            np.testing.assert_allclose(question.world.residents.habits[person], expected, rtol=1e-5)


def test_the_same_seed_gives_the_same_lines(log: Path) -> None:
    groups, day = nashville(log), int(minutes([f"{DAY}T00:00:00Z"])[0])
    task = next_group.task(groups, day)
    lines = [measured(task, "dice", lambda question, rng: rng.random(question.wanted.shape, np.float32), seed) for seed in (1, 1, 2)]
    assert lines[0] == lines[1] != lines[2]


def test_a_day_after_the_last_line_and_a_missing_file_are_said_in_words(log: Path, tmp_path: Path) -> None:
    with pytest.raises(Broken, match="nothing_to_measure"):
        evaluate(log, "next-group", datetime.fromisoformat("2030-01-01"), baselines=False, ablate=False, seed=1)
    with pytest.raises(FileNotFoundError, match=r"no groups\.csv"):
        evaluate(tmp_path, "weekly", datetime.fromisoformat(DAY), baselines=False, ablate=False, seed=1)


def test_joins_can_be_asked_about_without_the_files_of_dates(log: Path, tmp_path: Path) -> None:
    for name in ("groups", "members", "memberships"):
        shutil.copy(log / f"{name}.csv", tmp_path)
    ours = evaluate(tmp_path, "next-group", datetime.fromisoformat(DAY), baselines=False, ablate=False, seed=1)
    assert ours == evaluate(log, "next-group", datetime.fromisoformat(DAY), baselines=False, ablate=False, seed=1)
    with pytest.raises(FileNotFoundError, match=r"no events\.csv"):
        evaluate(tmp_path, "weekly", datetime.fromisoformat(DAY), baselines=False, ablate=False, seed=1)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("groups", "group_id,group_name\n1,circle\n", r"groups\.csv has no column category_id"),
        ("members", "member_id,lat,lon\n1,north,west\n", "lat and lon must be degrees"),
        ("memberships", "member_id,group_id,joined\n1,1,yesterday\n", "a time is not like"),
        ("memberships", "member_id,group_id,joined\n1,1,\n", "1 lines have no time"),
        ("groups", "", r"groups\.csv has no column group_id, group_name, category_id"),
    ],
)
def test_a_file_of_another_shape_is_named_with_what_is_wrong(log: Path, tmp_path: Path, name: str, text: str, message: str) -> None:
    for other in ("groups", "members", "memberships"):
        shutil.copy(log / f"{other}.csv", tmp_path)
    (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
    with pytest.raises(WrongFile, match=message):
        evaluate(tmp_path, "next-group", datetime.fromisoformat(DAY), baselines=False, ablate=False, seed=1)


def test_a_broken_archive_is_named(tmp_path: Path) -> None:
    (tmp_path / "groups.csv.gz").write_bytes(b"not compressed")
    with pytest.raises(WrongFile, match=r"groups\.csv\.gz cannot be read"):
        nashville(tmp_path)


def test_a_long_stretch_is_measured_on_twelve_weeks_spread_over_it(log: Path) -> None:
    early = int(minutes(["2016-06-01T00:00:00Z"])[0])
    task = weekly.task(nashville(log), early, membership=False)
    days = [(question.now_min - early) / 1440 for question in task.measure]
    assert len(days) == 12
    assert days[0] < 7
    assert days[-1] > 400
    assert all((question.now_min - weekly.FIRST_MONDAY_MIN) % weekly.WEEK_MIN == 0 for question in task.measure)


def test_every_plain_ranker_and_every_ablation_is_a_line_of_the_same_run(log: Path) -> None:
    lines = evaluate(log, "next-group", datetime.fromisoformat(DAY), baselines=True, ablate=True, seed=1)
    ours = {"doorstep", "hand-set"} | {f"doorstep without {group}" for group in GROUPS}
    assert set(baselines()) | ours <= {line.model for line in lines}
    score = {line.model: line.ndcg10 for line in lines if line.people == "history"}
    assert score["doorstep without co-membership"] != score["doorstep"]


@pytest.mark.parametrize("name", ["hybrid", "implicit ALS", "implicit BPR"])
def test_a_peer_that_learns_by_small_steps_goes_on_from_week_to_week(log: Path, name: str) -> None:
    ranker = (baselines() | peers()).get(name)
    if ranker is None:
        pytest.skip("implicit is not installed")
    groups, day = nashville(log), int(minutes([f"{DAY}T00:00:00Z"])[0])
    weeks = weekly.task(groups, day, membership=False).measure
    first, again = (ranker(weeks[0], np.random.default_rng(seed)) for seed in (1, 2))
    fresh = [(baselines() | peers())[name](weeks[0], np.random.default_rng(seed)) for seed in (2, 3)]
    alike = [np.corrcoef(one.ravel(), other.ravel())[0, 1] for one, other in ((first, again), fresh)]
    assert 1 - alike[0] < (1 - alike[1]) / 2
    taken = weeks[0].wanted
    assert again[taken].mean() > again[~taken].mean()


def test_every_feature_is_left_out_in_exactly_one_ablation() -> None:
    assert sorted(name for group in GROUPS.values() for name in group) == sorted(NAMES)


def test_ndcg_is_the_textbook_number() -> None:
    scores = np.array([[3.0, 2.0, 1.0, 0.0]], np.float32)
    measures = ranked(scores, np.array([[False, True, False, True]]))
    assert measures.ndcg[0] == pytest.approx((1 / np.log2(3) + 1 / np.log2(5)) / (1 + 1 / np.log2(3)))
    assert ranked(scores, np.array([[True, True, False, False]])).ndcg[0] == pytest.approx(1)


def test_an_interval_draws_whole_people() -> None:
    values, people = np.repeat([0.0, 1.0], 500), np.repeat([0, 1], 500)
    low, high = interval(values, np.random.default_rng(1), people)
    assert (low, high) == (0, 1)
    low, high = interval(values, np.random.default_rng(1))
    assert 0.4 < low < high < 0.6
