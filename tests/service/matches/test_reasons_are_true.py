"""Every reason of a real run is found true again: from the rows of the database, in plain Python and SQL, without the matcher."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import asyncpg
import numpy as np
import pytest

from matching import REASON_NUMBERS
from matching.reasons import MOST
from service.db import Database
from service.interests.sensitive import sensitive_of
from service.interests.words import embedding
from service.matches import actions
from service.matches.reason_types import NewGroupReason
from service.matches.reasons import TIME, sentence, sentences
from service.web.i18n import say_in
from tests.matching.oracle import great_circle_km
from tests.service.matches import town

WEEK = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
FADE = 0.9  # a week
NEW_WEEKS, SMALL, LIKE = 8, 6, 0.2
Facts = dict[str, Any]

MATCHES = """
SELECT m.reasons, m.km, p.topics, p.words, p.lat, p.lon, p.reach_km, p.cost_cents AS purse, p.available, p.matcher_id,
       a.id AS activity_id, a.topics AS about, a.title, a.description, a.lat AS there_lat, a.lon AS there_lon, a.cost_cents, a.capacity,
       s.starts_at_local, s.ends_at - s.starts_at AS lasts,
       (SELECT min(f.starts_at) FROM session AS f WHERE f.activity_id = a.id) AS first_at
FROM match AS m
JOIN profile AS p ON p.matcher_id = m.matcher_id
JOIN session AS s ON s.id = m.session_id
JOIN activity AS a ON a.id = s.activity_id
"""
# What the run's text space was made from: the activities with a date in the week that the letter speaks of.
TEXTS = """
SELECT a.title || ' ' || left(a.description, 500) AS text FROM activity AS a
WHERE EXISTS (SELECT FROM session AS s WHERE s.activity_id = a.id AND s.starts_at >= $1 AND s.starts_at < $2) ORDER BY a.id
"""


@pytest.fixture
async def region(worker_db: Database, rng: np.random.Generator, admin: asyncpg.Connection) -> str:
    """People with wishes that somebody serves, words of their own, and a past: most of it good, two weeks ago and four."""
    async with worker_db.transaction() as conn:
        slug = await town.build(conn, rng, NOW, residents=60, activities=60)
    await admin.execute("UPDATE activity SET description = 'We meet for ' || topics[1] || ' and tea', cost_cents = 0 WHERE title < 'P'")
    wishes = await admin.fetch("SELECT topics[1] AS topic, title FROM activity ORDER BY id")
    for (matcher_id,), wish in zip(await admin.fetch("SELECT matcher_id FROM profile ORDER BY matcher_id"), wishes, strict=True):
        await admin.execute(
            "UPDATE profile SET topics = $2, words = $3, reach_km = 25, needs = 0, age_low = 62, age_high = 70, languages = '{en,es}'"
            " WHERE matcher_id = $1",
            *(matcher_id, [wish["topic"]], wish["title"]),
        )
    for answer, weeks, every in (("attended", 2, 3), ("yes", 4, 4)):
        await admin.execute(
            "INSERT INTO answer (matcher_id, session_id, activity_id, answer, at)"
            " SELECT p.matcher_id, s.id, s.activity_id, $1, $2 FROM profile AS p, session AS s"
            " WHERE s.starts_at > $3 AND abs(hashtext(p.matcher_id::text || s.activity_id::text)) % 30 = $4",
            *(answer, NOW - timedelta(weeks=weeks), NOW + timedelta(days=9), every),
        )
    return slug


def near(facts: Facts, params: Facts) -> bool:
    km = great_circle_km(facts["lat"], facts["lon"], facts["there_lat"], facts["there_lon"])
    return bool(abs(km - params["km"]) < 2e-3 and abs(km - facts["km"]) < 2e-3 and km <= facts["reach_km"] / 2 + 2e-3)


def topic(facts: Facts, params: Facts) -> bool:
    about = {*facts["about"], *sensitive_of(facts["about"], facts["title"], facts["description"])}
    return params["topic"] in facts["topics"] and params["topic"] in about and params["weight"] == 1


def words(facts: Facts, params: Facts) -> bool:
    return bool(facts["words"]) and params["likeness"] > LIKE and abs(facts["likeness"] - params["likeness"]) < 1e-3


def came_before(facts: Facts, params: Facts) -> bool:
    return bool(params["visits"] > 0 and abs(facts["faded"]["attended"] - params["visits"]) < 1e-3)


def accepted_before(facts: Facts, params: Facts) -> bool:
    yes = facts["faded"]["yes"] + facts["faded"]["attended"]
    return bool(params["times"] > 0 and facts["faded"]["attended"] == 0 and abs(yes - params["times"]) < 1e-3)


def new_group(facts: Facts, params: Facts) -> bool:
    weeks = max((NOW - facts["first_at"]) / timedelta(weeks=1), 0)
    return bool(weeks < NEW_WEEKS and abs(weeks - params["weeks"]) < 1e-3)


def small_group(facts: Facts, params: Facts) -> bool:
    return bool(facts["capacity"] is not None and facts["capacity"] <= SMALL and params["people"] == facts["capacity"])


def free(facts: Facts, params: Facts) -> bool:
    return bool(facts["cost_cents"] == 0 and facts["purse"] == 0)


def time(facts: Facts, params: Facts) -> bool:
    begins = facts["starts_at_local"]
    first = begins.weekday() * 48 + begins.hour * 2 + begins.minute // 30
    halves = range(first, first + -(-(begins.minute % 30 * 60 + int(facts["lasts"].total_seconds())) // 1800))
    ticked = all(facts["available"][half % 336 // 8] >> (half % 8) & 1 for half in halves)
    return ticked and (params["week_from"], params["week_to"]) == (halves[0], halves[-1] + 1)


TRUE: dict[str, Callable[[Facts, Facts], bool]] = {
    "topic": topic,
    "words": words,
    "near": near,
    "came_before": came_before,
    "said_yes": accepted_before,
    "new_group": new_group,
    "small_group": small_group,
    "free": free,
    "time": time,
}


async def facts_of(admin: asyncpg.Connection) -> list[Facts]:
    after, before = actions.window(town.ZONE, WEEK, NOW)
    space = embedding([row["text"] for row in await admin.fetch(TEXTS, after, before)])
    answers = await admin.fetch("SELECT matcher_id, activity_id, answer, at FROM answer")
    facts_of_matches = []
    for row in await admin.fetch(MATCHES):
        facts = dict(row)
        one, other = space.transform([facts["words"], f"{facts['title']} {facts['description'][:500]}"])
        facts["likeness"] = float(sum(a * b for a, b in zip(one.tolist(), other.tolist(), strict=True)))
        facts["faded"] = Counter[str]()
        for answer in answers:
            if (answer["matcher_id"], answer["activity_id"]) == (facts["matcher_id"], facts["activity_id"]):
                facts["faded"][answer["answer"]] += FADE ** ((NOW - answer["at"]) / timedelta(weeks=1))
        facts["reasons"] = json.loads(facts["reasons"]) if isinstance(facts["reasons"], str) else facts["reasons"]
        facts_of_matches.append(facts)
    return facts_of_matches


async def test_every_stored_reason_is_true(worker_db: Database, region: str, admin: asyncpg.Connection) -> None:
    done = await actions.match_week(worker_db, region=region, week=WEEK, now=NOW)
    assert done.matches > 60
    seen, wrong = Counter[str](), []
    for facts in await facts_of(admin):
        assert 1 <= len(facts["reasons"]) <= MOST
        for reason in facts["reasons"]:
            seen[reason["code"]] += 1
            if not TRUE[reason["code"]](facts, reason):
                wrong.append((reason, facts))
    assert not wrong, wrong[:2]
    assert set(seen) == set(TRUE), seen  # each kind was met, or this test says less than its name
    assert set(TRUE) | {"none", "faces"} == set(REASON_NUMBERS)


@pytest.mark.parametrize(
    ("change", "codes"),
    [
        ("UPDATE profile SET topics = '{}'", {"topic"}),
        ("UPDATE profile SET words = 'zzz'", {"words"}),
        ("UPDATE profile SET lat = 40.001", {"near"}),
        ("UPDATE profile SET cost_cents = 500", {"free"}),
        ("UPDATE profile SET available = decode(repeat('00', 42), 'hex')", {"time"}),
        ("UPDATE activity SET capacity = 40", {"small_group"}),
        ("DELETE FROM answer", {"came_before", "said_yes"}),
        ("UPDATE session SET starts_at = starts_at - interval '1 year'", {"new_group"}),
    ],
)
async def test_the_second_look_sees_a_fact_that_changed(
    worker_db: Database, region: str, admin: asyncpg.Connection, change: str, codes: set[str]
) -> None:
    await actions.match_week(worker_db, region=region, week=WEEK, now=NOW)
    await admin.execute(change)
    facts_of_matches = await facts_of(admin)
    assert {
        r["code"] for facts in facts_of_matches for r in facts["reasons"] if r["code"] in codes and not TRUE[r["code"]](facts, r)
    } == codes


def test_no_sentence_says_that_a_group_is_new() -> None:
    """No center says when its group began, so nobody can know."""
    for language in ("en", "es", "ar"):
        say = say_in(language)
        assert sentence(NewGroupReason(weeks=0.0), say) == ""
        only_new = [NewGroupReason(weeks=0.0)]
        assert sentences(only_new, say, km=None, cost_cents=None, any_time=False) == [say(TIME)]
