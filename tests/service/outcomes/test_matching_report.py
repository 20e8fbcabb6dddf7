"""The matching report: honest about forecasts, about other policies, and about what it cannot know yet."""

from __future__ import annotations

from datetime import timedelta

import asyncpg
import numpy as np
import pytest

from matching import Settings
from service.db import Database
from service.matches import learning
from service.outcomes.matching import POLICIES, report
from tests.service.matches import town
from tests.service.matches.lived import live
from tests.service.matches.test_match_week import NOW, WEEK

AFTER = NOW + timedelta(weeks=7)


@pytest.fixture
async def region(worker_db: Database, rng: np.random.Generator) -> str:
    async with worker_db.transaction() as conn:
        return await town.build(conn, rng, NOW, residents=110, activities=40, weeks=6)


async def test_every_drawn_row_is_used_and_every_tenth_is_told(worker_db: Database, admin: asyncpg.Connection, region: str) -> None:
    await live(worker_db, admin, region, WEEK, NOW, 5, Settings(explore_share=0.6))
    figures = await report(worker_db, region=region, weeks=12, now=AFTER)
    assert figures.drawn == await admin.fetchval("SELECT count(*) FROM match WHERE drawn") > 100
    assert figures.left_out == 0
    assert figures.offers == await admin.fetchval("SELECT count(*) FROM match")
    assert figures.visits == await admin.fetchval("SELECT count(*) FROM answer WHERE answer = 'attended'")
    assert figures.estimates["in use"] == figures.estimates["set by hand"]  # nothing has been learned
    nearest, dice = (figures.estimates[name]["snips"] for name in ("nearest", "dice"))
    assert nearest["value"] > dice["value"] > 0  # people come to what is near
    came = await admin.fetchval(
        "SELECT avg((x.answer IS NOT NULL)::int) FROM match AS m LEFT JOIN answer AS x USING (matcher_id, session_id) WHERE m.drawn"
    )
    assert dice["value"] == pytest.approx(float(came), abs=0.06)
    assert sum(tenth["n"] for tenth in figures.tenths) == figures.offers
    assert figures.honest is False  # the hand-set score does not know how eager this town is
    assert sum(kind["came"] for kind in figures.exposure.values()) == figures.visits
    await admin.execute("UPDATE match_run SET snapshot = 'of a program long gone' WHERE week = $1", WEEK)
    assert len((await report(worker_db, region=region, weeks=12, now=AFTER)).weeks) == 4


async def test_weeks_that_a_score_has_learned_from_do_not_judge_it(worker_db: Database, admin: asyncpg.Connection, region: str) -> None:
    await live(worker_db, admin, region, WEEK, NOW, 5, Settings(explore_share=0.6))
    lesson = await learning.learn(worker_db, region=region, now=AFTER)
    assert lesson is not None
    # Whether it was better is another test's question: here it runs in any case.
    await admin.execute("UPDATE learned_score SET state = 'retired' WHERE state = 'champion'")
    await admin.execute("UPDATE learned_score SET state = 'champion' WHERE version = $1", lesson.challenger)
    figures = await report(worker_db, region=region, weeks=12, now=AFTER)
    judged = await admin.fetchval(
        "SELECT count(*) FROM match AS m JOIN match_run AS r ON r.id = m.run_id WHERE m.drawn AND r.week = $1", WEEK + timedelta(weeks=4)
    )
    assert figures.model == lesson.challenger
    assert figures.drawn - figures.left_out == judged > 0


async def test_with_few_drawn_rows_it_says_not_enough_yet(worker_db: Database, admin: asyncpg.Connection, region: str) -> None:
    empty = await report(worker_db, region=region, weeks=12, now=AFTER)
    assert (empty.weeks, empty.offers, empty.honest) == ([], 0, None)
    await live(worker_db, admin, region, WEEK, NOW, 1)
    figures = await report(worker_db, region=region, weeks=12, now=AFTER)
    assert figures.offers > 0
    assert figures.drawn < 20  # three or so, as the dice fall; none at all in one town of twenty
    assert {figures.estimates[name][way] for name in POLICIES for way in ("snips", "doubly_robust")} == {"not enough yet"}
