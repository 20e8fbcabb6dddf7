"""A visit counts for more where people come back, and a small floor lifts groups that are new."""

from dataclasses import replace

import numpy as np
import pytest

from matching.score.session_value import session_values
from matching.week import match
from matching.world.arrays import World
from matching.world.settings import Settings
from tests.matching.worlds import PlainScore, a_world, open_to_all


def a_town(helped: float, age_weeks: float = 100, size: float = 20) -> World:
    world = open_to_all(a_world(np.random.default_rng(3), residents=80, sessions=24, seats=(5, 12)))
    a = len(world.activities.key)
    column = np.where(np.arange(a) % 2 == 0, helped, 0.3).astype(np.float32)
    groups = replace(world.activities, helped=column, age_weeks=np.full(a, age_weeks, np.float32), size=np.full(a, size, np.float32))
    return replace(world, activities=groups)


def test_an_ordinary_group_counts_one_whether_its_share_is_known_or_not() -> None:
    for helped in (0.3, np.nan):
        assert session_values(a_town(helped), Settings()) == pytest.approx(1)


def test_new_and_small_groups_have_a_floor() -> None:
    for world in (a_town(0.3, age_weeks=2), a_town(0.3, size=3)):
        assert session_values(world, Settings()) == pytest.approx(Settings().newcomer_bonus)
    assert Settings().newcomer_bonus > 1


def test_a_group_that_nobody_returned_to_is_still_worth_something() -> None:
    assert (session_values(a_town(0.0), Settings()) > 0.1).all()


def test_more_people_are_sent_where_people_come_back_and_the_promised_chances_stay_true() -> None:
    world, knobs = a_town(0.6), Settings(explore_share=0.0)
    weeks = [match(world, PlainScore(-2.2), chosen, 5) for chosen in (knobs, replace(knobs, lasting=0.0))]
    good = [np.isin(week.picks.session, np.flatnonzero(world.sessions.activity % 2 == 0)) for week in weeks]
    expected = [float(week.picks.p[to_good_groups].sum()) for week, to_good_groups in zip(weeks, good, strict=True)]
    assert expected[0] > expected[1]
    chances = [
        dict(zip(zip(week.picks.resident.tolist(), week.picks.session.tolist(), strict=True), week.picks.p.tolist(), strict=True))
        for week in weeks
    ]
    both = chances[0].keys() & chances[1].keys()
    assert both
    assert [chances[0][pair] for pair in sorted(both)] == pytest.approx([chances[1][pair] for pair in sorted(both)], rel=1e-4)
