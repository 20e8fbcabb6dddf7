"""One person's list at once is the list that the whole week would begin with."""

from __future__ import annotations

from dataclasses import fields, replace
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from matching import preview, reasons, week
from matching.allocate import candidates
from matching.allocate.candidates import CandidateQuery, RankingWeights
from matching.allocate.slates import best_slates
from matching.allocate.state import SlateRules, clashes
from matching.limits import rules
from matching.limits.constraint_bits import constraint_bits
from matching.score.calibration import Calibration
from matching.score.scorer import Scorer
from matching.score.session_value import session_values
from matching.world.arrays import Activities, Never, Residents, World
from matching.world.canonical import canonical
from matching.world.households import per_unit
from matching.world.settings import Settings
from tests.matching.test_scorer import invented_follow, random_model
from tests.matching.worlds import PlainScore, a_world

pytestmark = pytest.mark.filterwarnings("error::RuntimeWarning")

CALM = Settings(explore_share=0.0, per_family=1, threads=1)


def without(world: World, row: int) -> World:
    """The region without one resident, and so without that resident's past."""
    others = np.arange(len(world.residents.key)) != row
    place = np.cumsum(others) - 1
    people = {column.name: getattr(world.residents, column.name)[others] for column in fields(Residents)}
    pairs = {column.name: getattr(world.pairs, column.name)[world.pairs.resident != row] for column in fields(world.pairs)}
    pairs["resident"] = place[pairs["resident"]].astype(np.int32)
    nobody = np.zeros((0, 2), np.int32)
    return replace(world, residents=Residents(**people), pairs=type(world.pairs)(**pairs), never=_without(world, row, place), apart=nobody)


def _without(world: World, row: int, place: np.ndarray) -> Never:
    of_others = world.never.resident != row
    return Never(place[world.never.resident[of_others]].astype(np.int32), world.never.session[of_others])


def a_newcomer_among(seed: int) -> tuple[World, int]:
    """A world, and the row of somebody who lives alone and has no past: no habits, and no seat is owed to them."""
    world = a_world(np.random.default_rng(seed), residents=60, sessions=150, easy=0.95)
    row = seed % 60
    household = world.residents.household.copy()
    household[row] = -1
    habits, credit = world.residents.habits.copy(), world.residents.credit.copy()
    habits[row], credit[row] = 0, 0
    pairs = {column.name: getattr(world.pairs, column.name)[world.pairs.resident != row] for column in fields(world.pairs)}
    people = replace(world.residents, household=household, habits=habits, credit=credit)
    return replace(world, residents=people, pairs=type(world.pairs)(**pairs), apart=np.zeros((0, 2), np.int32)), row


def weekly_list(world: World, scorer: Any, row: int) -> tuple[np.ndarray, np.ndarray]:
    """(sessions, p) of one resident's candidates in a week of everybody, in the order of keys as a week has it."""
    world, order = canonical(world)
    row = int(np.flatnonzero(order.residents == row)[0])
    limits, weight = rules.prepare(world), np.ones(len(world.residents.key), np.float32)
    taste = RankingWeights(per_unit(limits.units, weight), np.zeros(len(world.sessions.key), np.float32), session_values(world, CALM))
    edges = candidates.find(
        CandidateQuery(limits, constraint_bits(limits), scorer, Calibration(scorer.probability), taste), keep=CALM.candidates, threads=1
    )
    unit = limits.units.of[row]
    there = edges.session[unit] >= 0
    session = edges.session[unit][there]
    return order.sessions[session], -np.expm1(-edges.hazard[unit][there] / taste.boost[session])


def alike(one: np.ndarray, other: np.ndarray, km: np.ndarray, share: float) -> bool:
    """A block measures its distances in float32 from its own middle: what is next door may seem some meters away."""
    return len(one) == len(other) and bool((np.abs(one - other) <= np.where(km < 0.02, 5e-3, share) * other).all())


@pytest.mark.parametrize("kind", [PlainScore, Scorer])
@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
@example(seed=32634)  # one session is at home
def test_one_persons_list_is_the_weekly_one(kind: type, seed: int) -> None:
    world, row = a_newcomer_among(seed)
    session, p = weekly_list(world, kind(), row)
    region = preview.open_region(without(world, row), kind(), CALM)
    shown = preview.best(region, preview.one_row(world.residents, row), never=world.never.session[world.never.resident == row])
    assert alike(shown.p, p, shown.km, 2e-4)
    boost = session_values(world, CALM)
    same = shown.session == session
    swapped = np.abs(np.log1p(-shown.p) * boost[shown.session] - np.log1p(-p) * boost[session])
    assert (same | (swapped < 1e-5)).all()
    activity = world.sessions.activity  # whose dates tie may be listed with any of them
    assert sorted(activity[shown.session]) == sorted(activity[session]) or len(session) == CALM.candidates


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
@example(seed=634)  # two dates of one activity tie
@example(seed=1147)  # and are all there is
def test_where_seats_are_plenty_the_mail_is_the_weeks_mail_with_its_reasons(seed: int) -> None:
    world, row = a_newcomer_among(seed)
    world = replace(world, sessions=replace(world.sessions, seats=np.where(world.sessions.seats > 0, np.inf, 0).astype(np.float32)))
    picks = week.match(world, Scorer(), CALM, seed).picks
    mine = picks.resident == row
    region = preview.open_region(without(world, row), Scorer(), CALM)
    shown = preview.best(region, preview.one_row(world.residents, row), never=world.never.session[world.never.resident == row])
    session, theirs, boost = shown.session[shown.picks], picks.session[mine], session_values(world, CALM)
    assert len(session) == len(theirs)
    one, other = (-np.log1p(-p) * boost[of] for p, of in ((shown.p[shown.picks], session), (picks.p[mine], theirs)))
    assert alike(one, other, shown.km[shown.picks], 5e-4)  # so near to each other two may change places
    same = session == theirs
    assert shown.reasons.code[same].tolist() == picks.reasons.code[mine][same].tolist()
    np.testing.assert_array_equal(shown.reasons.number[same], picks.reasons.number[mine][same])
    assert (world.sessions.activity[session] == world.sessions.activity[theirs]).any() or not len(same)


def test_a_model_with_tables_of_what_follows_what_scores_a_newcomer_the_same() -> None:
    """`next` is not zero for newcomers: it says where people of a place begin."""
    compared = 0
    for seed in range(8):
        world, row = a_newcomer_among(seed)
        scorer, again = (Scorer(random_model(seed), invented_follow(world, seed)) for _ in range(2))
        session, p = weekly_list(world, scorer, row)
        shown = preview.best(preview.open_region(without(world, row), again, CALM), preview.one_row(world.residents, row))
        assert alike(shown.p, p, shown.km, 2e-4)
        compared += len(session)
    assert compared > 20


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_why_not_counts_what_it_counts_in_a_week(seed: int) -> None:
    world, row = a_newcomer_among(seed)
    first, alone = rules.why_not(rules.prepare(world), np.array([row], np.int32))
    never = world.never.session[world.never.resident == row]
    region, person = preview.open_region(without(world, row), Scorer(), CALM), preview.one_row(world.residents, row)
    mine = preview.why_not(region, person, never=never)
    assert (mine[0].tolist(), mine[1].tolist()) == (first[0].tolist(), alone[0].tolist())
    every = np.arange(len(world.sessions.key), dtype=np.int32)
    assert ((~preview.stopped_by(region, person, every, never=never)).all(axis=0)).sum() == first[0, -1]


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_a_list_long_enough_holds_all_that_no_limit_forbids(seed: int) -> None:
    world = a_world(np.random.default_rng(seed), residents=40, sessions=50, easy=0.5)
    every, row = np.arange(50, dtype=np.int32), seed % 40
    own = {column.name: getattr(world.activities, column.name)[world.sessions.activity] for column in fields(Activities)}
    world = replace(world, activities=Activities(**own), sessions=replace(world.sessions, activity=every))  # one date of each
    never, person = world.never.session[world.never.resident == row], preview.one_row(world.residents, row)
    shown = preview.best(preview.open_region(world, PlainScore(), CALM), person, never=never, keep=50)
    limits = rules.prepare(replace(world, residents=person, never=Never(np.zeros(len(never), np.int32), never)))
    assert sorted(shown.session.tolist()) == np.flatnonzero(rules.verdicts(limits, 0 * every, every).all(axis=0)).tolist()
    assert shown.km.tolist() == rules.distance_km(limits, 0 * shown.session, shown.session).tolist()


@settings(max_examples=200, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), picks=st.integers(1, 4), per_family=st.sampled_from([1, 2, 4]), ties=st.booleans())
def test_one_mail_by_itself_is_the_best_of_every_set_that_fits(seed: int, picks: int, per_family: int, ties: bool) -> None:
    """And what a mail among many holds, unless two sets are worth the same. Most of these mails have dates that overlap."""
    rng = np.random.default_rng(seed)
    width = int(rng.integers(0, 12))
    activity, start = rng.integers(0, 6, width).astype(np.int32), rng.integers(0, 30, width)
    mails = SlateRules(picks, per_family, activity, activity // 2, start, start + rng.integers(1, 12, width))
    net = -np.sort(-rng.normal(0.4, 0.3, width)).astype(np.float32)
    net = (np.round(net * 8) / 8).astype(np.float32) if ties else net
    clash = clashes(mails, np.arange(width, dtype=np.int32)[None])
    chosen = preview.one_slate(net, mails)
    among = best_slates(net[None], clash, mails.family[None], mails)
    every = [some for k in range(picks + 1) for some in combinations(np.flatnonzero(net > 0).tolist(), k) if fits(some, mails)]
    value = max(float(net[list(some)].sum(dtype=np.float64)) for some in every)
    assert chosen.tolist() in [list(some) for some in every]
    assert float(net[chosen].sum(dtype=np.float64)) == pytest.approx(value) == pytest.approx(float(among.net[0]), abs=1e-6)
    assert ties or chosen.tolist() == np.flatnonzero(among.chosen[0]).tolist()


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), picks=st.integers(2, 5))
def test_one_mail_of_a_crowded_day_is_as_good_as_among_many(seed: int, picks: int) -> None:
    """Where most dates overlap, the short search of one row gives up, and the whole week's goes on."""
    rng = np.random.default_rng(seed)
    width = int(rng.integers(30, 41))
    activity, start = np.arange(width, dtype=np.int32), rng.integers(0, 20, width)
    mails = SlateRules(picks, 4, activity, activity % 9, start, start + rng.integers(4, 12, width))
    net = -np.sort(-rng.uniform(0.3, 0.5, width)).astype(np.float32)
    among = best_slates(net[None], clashes(mails, np.arange(width, dtype=np.int32)[None]), mails.family[None], mails)
    chosen = preview.one_slate(net, mails)
    assert fits(tuple(chosen.tolist()), mails)
    assert float(net[chosen].sum()) == pytest.approx(float(among.net[0]), abs=1e-6)


def fits(some: tuple[int, ...], mails: SlateRules) -> bool:
    """Places of a mail that are their own rows in `mails`."""
    apart = all(mails.end_min[a] <= mails.start_min[b] or mails.end_min[b] <= mails.start_min[a] for a, b in combinations(some, 2))
    family, activity = mails.family[list(some)].tolist(), mails.activity[list(some)].tolist()
    return apart and len(set(activity)) == len(some) and all(family.count(each) <= mails.per_family for each in family)


def test_one_person_is_one_row() -> None:
    world, _ = a_newcomer_among(1)
    with pytest.raises(ValueError, match="one person"):
        preview.best(preview.open_region(world, Scorer(), CALM), world.residents)


def test_the_reasons_are_those_of_the_facts() -> None:
    offered = 0
    for seed in range(10):
        world, row = a_newcomer_among(seed)
        region = preview.open_region(without(world, row), Scorer(), CALM)
        shown = preview.best(region, preview.one_row(world.residents, row))
        again = reasons.recompute(world, CALM, np.full(len(shown.picks), row, np.int32), shown.session[shown.picks])
        assert again.code.tolist() == shown.reasons.code.tolist()
        offered += len(shown.picks)
    assert offered


def test_a_preview_offers_one_date_of_an_activity() -> None:
    knobs, offered = replace(CALM, per_family=CALM.picks_max), 0
    for seed in range(10):
        world, row = a_newcomer_among(seed)
        few = (np.arange(len(world.sessions.key)) % min(3, len(world.activities.key))).astype(np.int32)
        world = replace(world, sessions=replace(world.sessions, activity=few))
        shown = preview.best(preview.open_region(without(world, row), Scorer(), knobs), preview.one_row(world.residents, row))
        chosen = few[shown.session[shown.picks]].tolist()
        assert len(set(chosen)) == len(chosen)
        offered += len(chosen)
    assert offered
