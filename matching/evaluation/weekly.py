"""Task 2: the weekly letter. Each Monday: which dates of the week do people say yes to, among all of that week."""

from __future__ import annotations

import numpy as np

from matching.evaluation.columns import Groups
from matching.evaluation.question import Question, Task
from matching.evaluation.towns import Offer, age_weeks, habits, lately, liking, middles, profile, town, visits
from matching.score.learn.next_activity import DAY_MIN, History
from matching.words.phrases import TextEmbedding
from matching.world.arrays import F32

WEEK_MIN = 7 * DAY_MIN
FIRST_MONDAY_MIN = 4 * DAY_MIN  # the epoch began on a Thursday
LEARNED_WEEKS = 9
MEASURED_WEEKS = 12
QUARTER_MIN = 90 * DAY_MIN


def task(groups: Groups, until_min: int, membership: bool) -> Task:
    """Learns from nine weeks before the day, is measured on the weeks after it: on twelve evenly spread ones where there are more.

    Interests are the categories of groups joined before. With `membership` a join counts as a yes to the group;
    without, nobody's own memberships of the groups on offer are looked at.
    """
    text = TextEmbedding().fit(groups.names).transform(groups.names)
    first = FIRST_MONDAY_MIN + -(-(until_min - FIRST_MONDAY_MIN) // WEEK_MIN) * WEEK_MIN
    history = _together(groups.joins, groups.answers) if membership else groups.answers
    last = int(groups.dates[groups.date_of].max(initial=first))
    mondays = np.arange(first, last, WEEK_MIN)
    spread = np.unique(np.linspace(0, len(mondays) - 1, min(len(mondays), MEASURED_WEEKS)).round().astype(int))
    learn = [question(groups, history, first - WEEK_MIN * back, text) for back in range(LEARNED_WEEKS, 0, -1)]
    measure = [question(groups, history, monday, text) for monday in mondays[spread].tolist()]
    return Task("weekly-member" if membership else "weekly", [q for q in learn if len(q.asked)], [q for q in measure if len(q.asked)])


def question(groups: Groups, history: History, monday: int, text: F32) -> Question:
    """One week; whoever answered nothing before is cold."""
    past, joins, answers = history.before(monday), groups.joins.before(monday), groups.answers.before(monday)
    week = (groups.dates >= monday) & (groups.dates < monday + WEEK_MIN)
    dates = np.flatnonzero(week)
    place = np.full(len(week), -1, np.int32)
    place[dates] = np.arange(len(dates))
    inside = place[groups.date_of] >= 0
    asked, line = np.unique(groups.answers.resident[inside], return_inverse=True)
    wanted = np.zeros((len(asked), len(dates)), np.bool_)
    wanted[line, place[groups.date_of[inside]]] = True
    topics = np.eye(int(groups.category.max()) + 1, dtype=np.float32)[groups.category]
    lat, lon = middles(_together(joins, past))
    offer = Offer(
        center=np.arange(len(groups.names), dtype=np.int32),
        family=groups.category,
        lat=lat,
        lon=lon,
        topics=topics,
        text=text,
        age_weeks=age_weeks(_together(joins, past), monday),
        activity=groups.group_of[dates],
        start_min=groups.dates[dates],
        size=_turnout(groups, monday),
    )
    answered = np.bincount(answers.resident, minlength=len(past.lat))[asked]
    people = tuple("warm" if count else "cold" for count in answered)
    world = town(offer, past, liking(joins, topics), profile(past, text), monday, habits(answers, answers.at_min, monday))
    recent = lately(answers, monday)[offer.activity]
    return Question(world, asked.astype(np.int32), wanted, np.ones_like(wanted), people, recent, past, monday, _shares(joins, topics))


def _turnout(groups: Groups, monday: int) -> F32:
    """[g] yes answers to an ordinary date of the last quarter of a year."""
    held = (groups.dates >= monday - QUARTER_MIN) & (groups.dates < monday)
    dates = np.bincount(groups.group_of[held], minlength=len(groups.names))
    answers = np.bincount(groups.group_of[groups.date_of[held[groups.date_of]]], minlength=len(groups.names))
    turnout: F32 = (answers / np.maximum(dates, 1)).astype(np.float32)
    return turnout


def _shares(joins: History, topics: F32) -> F32:
    """[n, t] the categories of the groups joined, as shares of their number."""
    count = np.asarray(visits(joins) @ topics, np.float32)
    shares: F32 = count / np.maximum(count.sum(axis=1, keepdims=True), 1)
    return shares


def _together(one: History, other: History) -> History:
    """Both logs; they must speak of the same people and groups."""
    return History(
        np.concatenate((one.resident, other.resident)),
        np.concatenate((one.activity, other.activity)),
        np.concatenate((one.at_min, other.at_min)),
        one.keys,
        one.lat,
        one.lon,
    )
