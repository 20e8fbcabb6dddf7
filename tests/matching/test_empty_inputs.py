"""Nothing to work with is an ordinary week: every entry of the matcher takes empty arrays, or says in words what it lacks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest

from matching import demand, metrics, preview, week
from matching.evaluation import explored
from matching.evaluation.off_policy import doubly_robust, snips
from matching.limits.rules import FILTERS
from matching.score import archive
from matching.score.features import NAMES
from matching.score.learn import train
from matching.score.learn.next_activity import History
from matching.score.learn.next_activity import learn as learn_tables
from matching.score.prior import prior
from matching.score.scorer import Scorer
from matching.words.phrases import PhraseFinder, TextEmbedding
from matching.world.arrays import World, arrays, rebuild
from matching.world.settings import Settings
from tests.matching.test_scorer import random_model
from tests.matching.worlds import a_world

NONE, NO_KM, NOBODY_CAME = np.zeros(0, np.int32), np.zeros(0, np.float32), np.zeros(0, np.bool_)


def world_of(residents: int = 40, sessions: int = 20, topics: int = 12, text: int = 8) -> World:
    return a_world(np.random.default_rng(5), residents=residents, sessions=sessions, topics=topics, text=text)


def without_rows(table: Any) -> Any:
    return type(table)(**{column.name: getattr(table, column.name)[:0] for column in fields(table)})


def without_activities() -> World:
    world = world_of(sessions=0)
    return replace(world, activities=without_rows(world.activities), pairs=without_rows(world.pairs))


def with_nobody_free() -> World:
    world = world_of()
    return replace(world, residents=replace(world.residents, available=np.zeros_like(world.residents.available)))


WORLDS: dict[str, Callable[[], World]] = {
    "no residents": lambda: world_of(residents=0),
    "no sessions": lambda: world_of(sessions=0),
    "no residents and no sessions": lambda: world_of(residents=0, sessions=0),
    "no activities": without_activities,
    "no feasible pair": with_nobody_free,
    "no past": lambda: replace(world_of(), pairs=without_rows(world_of().pairs)),
    "no topics": lambda: world_of(topics=0),
    "no text": lambda: world_of(text=0),
    "no row in any table": lambda: rebuild({name: values[:0] if values.ndim else values for name, values in arrays(world_of()).items()}),
}


def visits(world: World, events: int) -> History:
    rng, people, activities = np.random.default_rng(1), len(world.residents.key), len(world.activities.key)
    events = events if people and activities else 0
    who, what = rng.integers(0, max(people, 1), events).astype(np.int32), rng.integers(0, max(activities, 1), events).astype(np.int32)
    keys = np.sort(world.activities.key)
    return History(who, what, rng.integers(0, 1000, events), keys, world.residents.lat, world.residents.lon)


SCORERS: dict[str, Callable[[World], Scorer]] = {
    "prior": lambda world: Scorer(),
    "learned, no tables": lambda world: Scorer(random_model(1)),
    "learned, tables of no visits": lambda world: Scorer(random_model(1), learn_tables(visits(world, 0), 1000)),
    "learned": lambda world: Scorer(random_model(1), learn_tables(visits(world, 200), 1000)),
}


@pytest.fixture(params=WORLDS)
def world(request: pytest.FixtureRequest) -> World:
    return WORLDS[request.param]()


@pytest.fixture(params=SCORERS)
def scorer(request: pytest.FixtureRequest, world: World) -> Scorer:
    return SCORERS[request.param](world)


def is_bare(world: World) -> bool:
    """Whether nobody can be matched."""
    return not len(world.residents.key) or not len(world.sessions.key) or not world.residents.available.any()


def test_a_week_of_nothing_is_a_week(world: World, scorer: Scorer) -> None:
    done = week.match(world, scorer, Settings(explore_share=0.6), 1)
    served = np.unique(done.picks.resident)
    assert len(served) + len(done.empty.resident) == len(world.residents.key)
    assert (len(served) == 0) == is_bare(world)
    assert np.isfinite([done.report[name] for name in ("objective", "bound", "certified_gap", "worst_tenth")]).all()


def test_a_preview_of_nothing_is_an_empty_list(world: World, scorer: Scorer) -> None:
    region = preview.open_region(world, scorer, Settings())
    topics, text = world.residents.topics.shape[1], world.residents.text.shape[1]
    person = preview.one_row(world_of(topics=topics, text=text).residents, 0)
    best = preview.best(region, person)
    first, alone = preview.why_not(region, person)
    assert first.sum() == len(world.sessions.key) >= alone.sum()
    assert len(best.session) <= first[-1]
    assert preview.stopped_by(region, person, NONE).shape == (len(FILTERS), 0)


def test_a_week_that_matched_nobody_is_learned_from_like_any_other(world: World, scorer: Scorer) -> None:
    seen = train.examples(scorer, world, NONE, NONE, NO_KM, NOBODY_CAME, NO_KM)
    assert seen.columns.shape == (0, len(NAMES))
    both = train.joined([seen, seen])
    assert len(train.logits(prior(), both)) == len(scorer.pair_logits(world, NONE, NONE, NO_KM)) == 0
    assert scorer.terms(world, NONE, NONE, NO_KM)[1].shape == (0, len(NAMES) + 1)
    assert not train.judge(prior(), random_model(1), both).promoted


def test_what_dice_could_have_drawn_from_nothing_is_nothing(world: World, scorer: Scorer) -> None:
    everybody = np.arange(len(world.residents.key), dtype=np.int32)
    for resident in (NONE, everybody):
        listed, unit = explored.lists(world, scorer, Settings(), 1, resident)
        chances, km = explored.chances(world, scorer, resident, listed)
        assert chances.shape == km.shape == explored.best_of(chances, listed, 3).shape
        assert len(chances) == len(unit) == len(resident)


def test_nobody_lacks_anything_where_nobody_is(world: World) -> None:
    gaps = demand.unmet(world, np.zeros(len(world.residents.key), np.int32))
    assert all(gap.people <= len(world.residents.key) for gap in gaps)
    assert demand.unmet(world, np.full(len(world.residents.key), -1, np.int32)) == []


def test_tables_of_no_visits_can_be_stored(world: World) -> None:
    follow = learn_tables(visits(world, 0), 1000)
    again = archive.unpacked(archive.packed(prior(), follow)[0])
    assert again.follow is not None
    assert len(again.follow.keys) == 0


def test_measures_of_no_pairs_are_empty_or_no_number() -> None:
    assert metrics.deciles(NO_KM, NOBODY_CAME) == []
    assert np.isnan(metrics.log_loss(NO_KM, NOBODY_CAME))
    assert np.isnan(metrics.log_loss(NO_KM, NOBODY_CAME, NO_KM))
    assert np.isnan(metrics.interval(np.zeros(0), np.random.default_rng(1))).all()
    assert len(metrics.ranked(np.zeros((0, 3), np.float32), np.zeros((0, 3), np.bool_)).ndcg) == 0


def test_no_texts_are_embedded_as_no_rows() -> None:
    assert TextEmbedding(size=4).fit(["bread"]).transform([]).shape == (0, 4)
    assert len(PhraseFinder().fit(["bread"], ["x"]).predict([])) == 0


NO_EXAMPLES = train.joined([])


@pytest.mark.parametrize(
    ("refused", "reason"),
    [
        (lambda: train.fit(NO_EXAMPLES, NO_EXAMPLES, "v", {}), "0 visits are too few to learn from"),
        (lambda: train.calibrated(prior(), NO_EXAMPLES), "no offers to calibrate on"),
        (lambda: snips([], [], []), "every choice needs a propensity"),
        (lambda: doubly_robust([], [], [], guess_taken=[], guess_target=[]), "every choice needs a propensity"),
        (lambda: TextEmbedding().fit([]), "empty vocabulary"),
        (lambda: PhraseFinder().fit([], []), "empty vocabulary"),
    ],
)
def test_what_cannot_be_done_with_nothing_says_so(refused: Callable[[], object], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        refused()
