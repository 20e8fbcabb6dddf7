"""Task 1: which groups people join next, out of all groups."""

from __future__ import annotations

import numpy as np

from matching.evaluation.columns import Groups
from matching.evaluation.question import Question, Task
from matching.evaluation.towns import Offer, age_weeks, lately, liking, middles, profile, town, visits
from matching.score.learn.next_activity import DAY_MIN
from matching.words.phrases import TextEmbedding
from matching.world.arrays import F32

WINDOW_DAYS = 60
SNAPSHOTS = 3


def task(groups: Groups, until_min: int) -> Task:
    """Three windows of 60 days before the day to learn from, everything after it to be measured on."""
    starts = [until_min - WINDOW_DAYS * DAY_MIN * back for back in range(SNAPSHOTS, 0, -1)]
    text = TextEmbedding().fit(groups.names).transform(groups.names)
    learn = [question(groups, start, start + WINDOW_DAYS * DAY_MIN, text) for start in starts]
    last = int(groups.joins.at_min.max()) + 1
    return Task("next-group", learn, [question(groups, until_min, last, text, every=True)])


def question(groups: Groups, now_min: int, end_min: int, text: F32, every: bool = False) -> Question:
    """Joins in [now, end); groups that began later are not candidates, unless all of the file are."""
    past = groups.joins.before(now_min)
    window = groups.joins.only((groups.joins.at_min >= now_min) & (groups.joins.at_min < end_min))
    there = np.arange(len(groups.names)) if every else np.unique(groups.joins.activity[groups.joins.at_min < end_min])
    topics = np.eye(int(groups.category.max()) + 1, dtype=np.float32)[groups.category]
    lat, lon = middles(past)
    g = len(groups.names)
    offer = Offer(
        center=np.arange(g, dtype=np.int32),
        family=groups.category,
        lat=lat,
        lon=lon,
        topics=topics,
        text=text,
        age_weeks=age_weeks(past, now_min),
        activity=there.astype(np.int32),
        start_min=np.full(len(there), now_min, np.int64),
    )
    asked = np.unique(window.resident)
    visited = visits(past)[asked].toarray()[:, there] > 0
    wanted = (visits(window)[asked].toarray()[:, there] > 0) & ~visited
    has_answer = wanted.any(axis=1)
    number = np.asarray(visits(past).sum(axis=1)).ravel()[asked]
    people = tuple(("new", "one", "history")[min(int(count), 2)] for count in number[has_answer])
    world = town(offer, past, liking(past, topics), profile(past, text), now_min)
    return Question(
        world,
        asked[has_answer].astype(np.int32),
        wanted[has_answer],
        ~visited[has_answer],
        people,
        lately(past, now_min)[there],
        past,
        now_min,
    )
