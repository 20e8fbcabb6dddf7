"""A comparison of virtual years says how sure it is, whom it serves, and the same thing however it was computed."""

import json

import numpy as np
import pytest
from scipy.stats import t as student

from matching.simulate.city import Habits, a_city
from matching.simulate.compare import Comparison, Plan, walk
from matching.simulate.fairness import alike, groups
from matching.simulate.policies import POLICIES
from matching.simulate.report import interval, ratio, summary, table
from matching.simulate.year import run

PLAN = Plan(weeks=8, residents=160, seeds=(3, 4), policies=("ours", "nearest"), per_group=8)


@pytest.fixture(scope="module")
def lived() -> tuple[Comparison, int]:
    reports: Comparison = {}
    return reports, sum(1 for _ in walk(PLAN, reports, processes=2))


def test_every_week_of_every_city_is_told_once(lived: tuple[Comparison, int]) -> None:
    assert lived[1] == PLAN.steps == 8 * 2 * 2


def test_side_by_side_is_the_same_as_alone(lived: tuple[Comparison, int]) -> None:
    alone = run(8, 160, 4, policy="nearest", per_group=8)
    assert json.dumps(lived[0]["nearest"][1], sort_keys=True) == json.dumps(alone, sort_keys=True)


def test_an_unknown_policy_stops_the_comparison() -> None:
    with pytest.raises(KeyError):
        list(walk(Plan(2, 60, (0,), ("horoscope",)), {}, processes=1))


def test_an_interval_is_student_s_and_one_city_has_none() -> None:
    mean_and_interval = interval([1.0, 2.0, 4.0])
    reach = student.ppf(0.975, 2) * np.std([1, 2, 4], ddof=1) / np.sqrt(3)
    assert mean_and_interval == pytest.approx({"mean": 7 / 3, "lo": 7 / 3 - reach, "hi": 7 / 3 + reach})
    assert interval([2.0]) == {"mean": 2.0, "lo": None, "hi": None}


def test_cities_are_compared_one_by_one_and_nothing_is_no_measure() -> None:
    reports: Comparison = {
        "ours": [{"north_star": 0.2}, {"north_star": 0.9}],
        "score": [{"north_star": 0.1}, {"north_star": 0.3}],
        "first-come": [{"north_star": 0.1}, {"north_star": 0.0}],
    }
    assert ratio(reports, "score")["mean"] == pytest.approx(2.5)
    assert ratio(reports, "first-come") == {"mean": None, "lo": None, "hi": None}


def test_the_groups_of_each_kind_are_everybody() -> None:
    people = a_city(300, Habits(), np.random.default_rng(1)).people
    kinds: dict[str, np.ndarray] = {}
    for what, _, who in alike(people):
        kinds[what] = kinds.get(what, 0) + who.astype(int)
    assert all((times == 1).all() for times in kinds.values())


def test_a_group_that_is_left_out_shows() -> None:
    people = a_city(200, Habits(), np.random.default_rng(2)).people
    weeks = np.full(200, 10)
    chance = np.where(people.needs > 0, 0.0, 0.5) * weeks
    shares = groups(people, chance, weeks, np.where(people.needs > 0, 0, 5), weeks)
    assert shares["needs"]["one or more"]["weekly_chance"] == shares["needs"]["one or more"]["north_star"] == 0
    assert shares["needs"]["none"]["weekly_chance"] == shares["needs"]["none"]["north_star"] == 0.5


def test_the_summary_is_plain_json_and_the_table_names_every_policy_and_group(lived: tuple[Comparison, int]) -> None:
    figures = summary(PLAN, lived[0])
    assert json.loads(json.dumps(figures, allow_nan=False))["seeds"] == [3, 4]
    assert figures["ours_against"]["nearest"]["north_star"] == ratio(lived[0], "nearest")
    text = "\n".join(table(figures))
    assert all(word in text for word in ("ours", "nearest", "on foot", "the other one only", "one or more", "widest gap"))


def test_more_people_for_each_group_are_fewer_groups() -> None:
    sizes = [len(a_city(400, Habits(), np.random.default_rng(1), per_group).seats) for per_group in (10, 50)]
    assert sizes == [40, 8]


def test_the_command_offers_every_policy() -> None:
    from service.cli.measure import simulate

    offered = next(option for option in simulate.params if option.name == "policies").type
    assert set(offered.choices) == set(POLICIES)  # type: ignore[attr-defined]  # a click.Choice
