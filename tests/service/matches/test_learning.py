"""A region learns from its weeks: only what was known before, only what is better, and never at the price of an old week's replay."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from uuid import UUID

import asyncpg
import numpy as np
import pytest

from matching import NOTHING_LEARNED, Examples, Scorer
from matching import pack_score as packed
from matching.score.learn.next_activity import learn as learn_tables
from matching.score.prior import prior
from service.db import Database
from service.matches import actions, learning, lessons, store
from service.matches.model import MatchRegion
from service.matches.rounds import Round
from tests.matching.test_scorer import random_model
from tests.service.matches import town
from tests.service.matches.lived import come, live
from tests.service.matches.test_match_week import NOW, WEEK

WEEKS = 5
AFTER = NOW + timedelta(weeks=WEEKS, days=7)  # every week is settled
NEXT = WEEK + timedelta(weeks=WEEKS + 1)

OFFERS_BY_ROUND = """
SELECT count(*) AS offers FROM match AS m JOIN match_run AS r ON r.id = m.run_id GROUP BY r.week, r.round ORDER BY r.week, r.round
"""


@pytest.fixture
async def region(worker_db: Database, rng: np.random.Generator) -> str:
    async with worker_db.transaction() as conn:
        return await town.build(conn, rng, NOW, residents=110, activities=40, weeks=WEEKS + 2)


@pytest.fixture
async def lived(worker_db: Database, admin: asyncpg.Connection, region: str) -> str:
    """A town that is known to the last detail: people come to what is near."""
    await live(worker_db, admin, region, WEEK, NOW, WEEKS)
    return region


async def place_of(worker_db: Database, region: str) -> MatchRegion:
    async with worker_db.transaction() as conn:
        place = await store.region_by_slug(conn, region)
    assert place is not None
    return place


async def states_of(admin: asyncpg.Connection) -> dict[str, str]:
    return {row["version"]: row["state"] for row in await admin.fetch("SELECT version, state FROM learned_score")}


async def run_of(admin: asyncpg.Connection, week: date) -> UUID:
    run_id: UUID = await admin.fetchval("SELECT id FROM match_run WHERE week = $1", week)
    return run_id


async def test_a_better_score_is_promoted_runs_the_next_week_and_leaves_every_replay_equal(
    worker_db: Database, admin: asyncpg.Connection, lived: str
) -> None:
    lesson = await learning.learn(worker_db, region=lived, now=AFTER)
    assert lesson is not None
    assert lesson.promoted, lesson.reason
    assert lesson.challenger_loss is not None
    assert lesson.champion_loss is not None
    assert lesson.challenger_loss < lesson.champion_loss
    assert await admin.fetchval("SELECT count(*) FROM lesson WHERE promoted AND challenger = $1", lesson.challenger) == 1
    done = await actions.match_week(worker_db, region=lived, week=NEXT, now=AFTER)
    assert (done.model, done.fallback) == (lesson.challenger, "")
    async with worker_db.transaction() as conn:
        arrays, mark = packed(random_model(1))
        place = await place_of(worker_db, lived)
        await store.retire_champion(conn, place.id, now=AFTER)
        columns = {"version": "random", "fingerprint": mark, "arrays": arrays, "card": {}, "state": "champion", "verdict": "by hand"}
        await store.keep_score(conn, place.id, champion_loss=None, challenger_loss=None, now=AFTER, **columns)
    for week in (WEEK, NEXT):
        assert (await actions.replay(worker_db, run_id=await run_of(admin, week))).equal


async def test_nothing_is_learned_twice_and_a_score_that_is_worse_on_held_out_weeks_is_never_promoted(
    worker_db: Database, admin: asyncpg.Connection, lived: str
) -> None:
    first = await learning.learn(worker_db, region=lived, now=AFTER)
    again = await learning.learn(worker_db, region=lived, now=AFTER)
    assert again is not None
    assert (again.promoted, again.reason) == (False, "nothing new since the last lesson")
    await admin.execute("DELETE FROM answer WHERE at < $1", NOW + timedelta(weeks=WEEKS - 1, days=2))
    for week in range(WEEKS - 1):
        await come(admin, WEEK + timedelta(weeks=week), NOW + timedelta(weeks=week, days=6), upside_down=True)
    second = await learning.learn(worker_db, region=lived, now=AFTER)
    assert first is not None
    assert second is not None
    assert not second.promoted
    assert second.reason.startswith("not better")  # in its chances or in its order: either is enough
    states = {first.challenger: "champion", second.challenger: "challenger", prior().version: "retired"}
    assert await states_of(admin) == states
    await admin.execute("DELETE FROM answer WHERE ctid = (SELECT min(ctid) FROM answer)")
    third = await learning.learn(worker_db, region=lived, now=AFTER)
    assert third is not None
    del states[second.challenger]  # no week ever ran on it
    assert await states_of(admin) == states | {third.challenger: "challenger"}
    await admin.execute("UPDATE match_run SET snapshot = 'of a program long gone' WHERE week = $1", WEEK)
    fourth = await learning.learn(worker_db, region=lived, now=AFTER)
    assert fourth is not None
    assert fourth.weeks == third.weeks - 1 == WEEKS - 1


async def test_with_too_little_behind_it_a_region_keeps_the_hand_set_score_and_says_so(
    worker_db: Database, admin: asyncpg.Connection, region: str
) -> None:
    lesson = await learning.learn(worker_db, region=region, now=AFTER)
    assert lesson is not None
    assert not lesson.promoted
    assert lesson.reason == "0 settled weeks are too few to learn from; 3 are needed"
    assert await admin.fetchval("SELECT reason FROM lesson") == lesson.reason
    done = await actions.match_week(worker_db, region=region, week=WEEK, now=NOW)
    assert (done.model, done.fallback) == (prior().version, NOTHING_LEARNED)
    report = await admin.fetchval("SELECT report ->> 'model' FROM match_run")
    assert NOTHING_LEARNED in report


async def test_a_damaged_score_does_not_run_and_the_week_says_why(worker_db: Database, admin: asyncpg.Connection, region: str) -> None:
    place = await place_of(worker_db, region)
    arrays, mark = packed(random_model(1))
    async with worker_db.transaction() as conn:
        columns = {"version": "random", "fingerprint": mark[::-1], "arrays": arrays, "card": {}, "state": "champion", "verdict": "by hand"}
        await store.keep_score(conn, place.id, champion_loss=None, challenger_loss=None, now=NOW, **columns)
    done = await actions.match_week(worker_db, region=region, week=WEEK, now=NOW)
    assert done.model == prior().version
    assert done.fallback == "random: its fingerprint does not fit its numbers"
    assert await admin.fetchval("SELECT report -> 'done' ->> 'fallback' FROM match_run") == done.fallback


async def test_a_week_is_learned_from_with_what_was_known_before_its_monday(
    worker_db: Database, admin: asyncpg.Connection, region: str
) -> None:
    """Whatever is told or done later leaves its features as they were; what was told before does not."""
    await live(worker_db, admin, region, WEEK, NOW, 4)
    monday = WEEK + timedelta(weeks=3)
    before = await features(worker_db, region, await run_of(admin, monday))
    assert before.came.any()
    instant = datetime(monday.year, monday.month, monday.day, 12, tzinfo=NOW.tzinfo)
    await admin.execute("UPDATE answer SET answer = 'no', rating = -1 WHERE at >= $1", instant)
    after = await features(worker_db, region, await run_of(admin, monday))
    assert not after.came.any()
    assert np.array_equal(before.columns, after.columns)
    await admin.execute("UPDATE answer SET activity_id = (SELECT min(activity_id::text)::uuid FROM answer) WHERE at < $1", instant)
    assert not np.array_equal(before.columns, (await features(worker_db, region, await run_of(admin, monday))).columns)


async def test_later_rounds_of_a_week_teach_with_its_first(worker_db: Database, admin: asyncpg.Connection, region: str) -> None:
    """Newcomers are matched in rounds of their own: what they did is learned as what everybody else did."""
    await admin.execute("UPDATE resident SET paused_until = $1 WHERE abs(hashtext(id::text)) % 2 = 0", AFTER)
    await actions.match_week(worker_db, region=region, week=WEEK, now=NOW)
    await admin.execute("UPDATE resident SET paused_until = NULL")
    await actions.match_week(worker_db, region=region, week=WEEK, now=NOW + timedelta(minutes=1), round=Round(200))
    offers = [row["offers"] for row in await admin.fetch(OFFERS_BY_ROUND)]
    assert len(offers) == 2
    await come(admin, WEEK, NOW + timedelta(days=8))
    lesson = await learning.learn(worker_db, region=region, now=AFTER)
    assert lesson is not None
    assert (lesson.weeks, lesson.offers) == (1, sum(offers))
    assert lesson.visits == await admin.fetchval("SELECT count(*) FROM answer WHERE answer = 'attended'") > 0
    earlier = await learning.learn(worker_db, region=region, now=NOW + timedelta(days=13))
    assert earlier is not None
    assert earlier.offers == offers[0], "dates of the later round may lie a week further ahead, and are not over yet"


async def features(worker_db: Database, region: str, run_id: UUID) -> Examples:
    place = await place_of(worker_db, region)
    async with worker_db.transaction(isolation="repeatable_read") as conn:
        past, run = await learning.history_of(conn, place, now=AFTER), await lessons.past_run(conn, run_id)
    return learning.one_round(run, past, learn_tables(past, 0), Scorer(), held=False, is_first=True).rows


def test_a_sampled_week_stands_for_all_its_offers() -> None:
    sample, weight = lessons.sampled(np.arange(100_000) % 50 == 0, 7)
    assert weight.sum() == pytest.approx(100_000)
    assert len(sample) == 2_000 + lessons.MOST_REFUSED


async def test_where_nobody_noted_who_came_a_yes_counts_as_a_visit(worker_db: Database, admin: asyncpg.Connection, region: str) -> None:
    await actions.match_week(worker_db, region=region, week=WEEK, now=NOW)
    run_id = await run_of(admin, WEEK)
    noted = await admin.fetchval("SELECT session_id FROM match GROUP BY session_id HAVING count(*) > 2 ORDER BY 1 LIMIT 1")
    await admin.execute(
        "INSERT INTO answer SELECT m.matcher_id, m.session_id, s.activity_id, 'yes', NULL, $1 FROM match AS m"
        " JOIN session AS s ON s.id = m.session_id",
        NOW,
    )
    await admin.execute(
        "UPDATE answer SET answer = 'attended' WHERE (matcher_id, session_id) = (SELECT matcher_id, session_id FROM answer"
        " WHERE session_id = $1 LIMIT 1)",
        noted,
    )
    async with worker_db.transaction() as conn:
        rows = await store.outcomes(conn, run_id)
    others = await admin.fetchval("SELECT count(*) FROM match WHERE session_id <> $1", noted)
    assert rows["came"].sum() == others + 1
    assert lessons.visits_by(rows) == {"center": 1, "person": 0, "yes_only": others}
    await admin.execute("UPDATE answer SET answer = 'wanted' WHERE session_id <> $1", noted)
    async with worker_db.transaction() as conn:
        without_seats = await store.outcomes(conn, run_id)
    assert len(without_seats) == len(rows) - others, "who wanted a full date neither came nor stayed away"
    assert without_seats["came"].sum() == 1


async def test_what_a_person_says_counts_where_the_center_noted_nothing_and_weighs_more_than_a_yes(
    worker_db: Database, admin: asyncpg.Connection, region: str
) -> None:
    await actions.match_week(worker_db, region=region, week=WEEK, now=NOW)
    run_id = await run_of(admin, WEEK)
    words = [("attended", "center"), ("attended", "person"), ("missed", "person"), ("yes", None), ("missed", "center"), ("no", None)]
    offers = await admin.fetch(
        "SELECT DISTINCT ON (m.session_id) m.matcher_id, m.session_id, s.activity_id FROM match AS m"
        " JOIN session AS s ON s.id = m.session_id ORDER BY m.session_id, m.matcher_id LIMIT $1",
        len(words),
    )
    assert len(offers) == len(words), "each on a date of its own: no roster of one speaks for another"
    for offer, (answer, visit_by) in zip(offers, words, strict=True):
        await admin.execute(
            "INSERT INTO answer (matcher_id, session_id, activity_id, answer, visit_by, at) VALUES ($1, $2, $3, $4, $5, $6)",
            *(*offer, answer, visit_by, NOW),
        )
    async with worker_db.transaction() as conn:
        run = await lessons.past_run(conn, run_id)
    rows = run.outcomes
    assert lessons.visits_by(rows) == {"center": 1, "person": 1, "yes_only": 1}
    trust = sorted(lessons.TRUST[rows["source"][rows["came"]]].tolist())
    assert trust == pytest.approx(sorted(lessons.weights().values()))
    assert lessons.weights()["yes_only"] < lessons.weights()["person"] < lessons.weights()["center"]
    seen = lessons.seen_with(None, run)
    assert sorted(seen.weight[seen.came].tolist()) == pytest.approx(trust)
    assert seen.weight[~seen.came].sum() == pytest.approx(len(rows) - 3 - 0.1), "a person's word weighs the same when it is a no"


async def test_the_card_of_a_score_says_how_many_visits_rest_on_whose_word(
    worker_db: Database, admin: asyncpg.Connection, lived: str
) -> None:
    await admin.execute("UPDATE answer SET visit_by = 'person' WHERE abs(hashtext(matcher_id::text)) % 3 = 0")
    await admin.execute("UPDATE answer SET answer = 'yes', visit_by = NULL WHERE abs(hashtext(session_id::text)) % 5 = 0")
    lesson = await learning.learn(worker_db, region=lived, now=AFTER)
    assert lesson is not None
    card = await admin.fetchval("SELECT card FROM learned_score WHERE version = $1", lesson.challenger)
    counts = json.loads(card)["visits_by"] if isinstance(card, str) else card["visits_by"]
    assert min(counts.values()) > 0
    assert sum(counts.values()) == lesson.visits
