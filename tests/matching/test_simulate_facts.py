"""The virtual city behaves as real towns were seen to: its habits are held by facts, not by what a comparison should say."""

import numpy as np
import pytest

from matching.score.scorer import Scorer
from matching.simulate.city import Habits, a_city
from matching.simulate.past import Past, the_world
from matching.simulate.people import answers, regulars, remember
from matching.simulate.policies import blind, options
from matching.world.settings import Settings

CITIES, PEOPLE, WEEKS, WITHIN = 5, 1000, 26, 6


def half_a_year(seed: int) -> dict[str, np.ndarray]:
    """Columns of what happened under blind invitations; `first`, `stated` and `came` are rows of invitations to strangers."""
    habits = Habits()
    city, rng = a_city(PEOPLE, habits, np.random.default_rng([seed, 1])), np.random.default_rng([seed, 2])
    past, scorer = Past.blank(PEOPLE, len(city.seats)), Scorer()
    stated, came, reached = [], [], 0.0
    for week in range(WEEKS):
        holding = regulars(city, habits, past, week, rng)
        world, who, what = the_world(city, past, week, holding)
        invited = blind(world, options(world, scorer), scorer, Settings(threads=1), seed * 1000 + week)
        week_answers = answers(city, habits, past, world, invited, who, what, holding, rng)
        row, column = who[invited.resident], what[world.sessions.activity[invited.session]]
        strangers = past.visits[row, column] == 0
        stated.append(((city.people.topics[row] * city.groups.topics[column]).sum(axis=1) > 0.5)[strangers])
        came.append(week_answers.wanted[strangers])
        reached = reached or len(np.unique(row[week_answers.wanted])) / len(np.unique(row))
        remember(city, habits, past, week, (row, column), week_answers, holding, rng)
        past.fade()
    visit, gap = _visits(past)
    return {"reached": np.array([reached]), "stated": np.concatenate(stated), "came": np.concatenate(came), "visit": visit, "gap": gap}


def _visits(past: Past) -> tuple[np.ndarray, np.ndarray]:
    """Of every visit with six weeks to follow: how many came before it, and weeks until the next (99: none)."""
    pair = np.concatenate([who.astype(np.int64) * past.visits.shape[1] + what for _, who, what in past.log])
    week = np.concatenate([np.full(len(who), at) for at, who, _ in past.log])
    order = np.lexsort((week, pair))
    pair, week = pair[order], week[order]
    gap = np.append(np.where(np.diff(pair) == 0, np.diff(week), 99), 99)
    visit = np.arange(len(pair)) - np.searchsorted(pair, pair)
    return visit[week < WEEKS - WITHIN], gap[week < WEEKS - WITHIN]


@pytest.fixture(scope="module")
def seen() -> dict[str, np.ndarray]:
    years = [half_a_year(seed) for seed in range(40, 40 + CITIES)]
    return {name: np.concatenate([year[name] for year in years]) for name in years[0]}


def test_nine_of_a_hundred_follow_a_first_blind_mail(seen: dict[str, np.ndarray]) -> None:
    assert 0.07 < seen["reached"].mean() < 0.12


def test_a_stated_interest_triples_the_odds(seen: dict[str, np.ndarray]) -> None:
    liked, other = seen["came"][seen["stated"]].mean(), seen["came"][~seen["stated"]].mean()
    assert 2.4 < liked / (1 - liked) / (other / (1 - other)) < 3.6


@pytest.mark.parametrize(("before", "share"), [(0, 0.29), (1, 0.43), (2, 0.55), (3, 0.57)])
def test_visits_are_followed_by_another_as_often_as_in_a_real_town(seen: dict[str, np.ndarray], before: int, share: float) -> None:
    simulated_share = (seen["gap"][seen["visit"] == before] <= WITHIN).mean()
    assert abs(simulated_share - share) < 0.08


def test_two_fifths_of_those_who_return_do_so_in_the_next_week(seen: dict[str, np.ndarray]) -> None:
    gap = seen["gap"][seen["visit"] == 0]
    assert abs((gap <= 1).sum() / (gap <= WITHIN).sum() - 0.42) < 0.08
