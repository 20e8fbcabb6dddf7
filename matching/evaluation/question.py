"""One question put to a ranker: a World, the people asked, what they may be offered, and what they took up afterwards."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from matching.limits.rules import EARTH_KM
from matching.score.learn.next_activity import History
from matching.world.arrays import F32, F64, I32, Bool, World


@dataclass(frozen=True, slots=True)
class Question:
    """Everything but `wanted` was known before `now_min`."""

    world: World
    asked: I32  # [q] rows in world.residents
    wanted: Bool  # [q, m] what they took up
    offered: Bool  # [q, m] what may be ranked for them
    people: tuple[str, ...]  # [q] history, one, new, warm or cold
    recent: F32  # [m] answers of the last 90 days to the session's group
    history: History  # what came before, for the tables
    now_min: int
    shares: F32 | None = None  # [n, t] of each category among the groups joined, where they are known apart from the history
    place: F64 | None = None  # [m, 2] where each session is, nan where its activity's place must do


@dataclass(frozen=True, slots=True)
class Task:
    """A name, questions to learn from (all of it before the day), and questions to be measured on."""

    name: str
    learn: list[Question]
    measure: list[Question]


def distances(question: Question) -> F32:
    """[q, m] kilometers as the crow flies, float32."""
    people, activities = question.world.residents, question.world.activities
    row = question.world.sessions.activity
    lat, lon = np.radians(people.lat[question.asked])[:, None], np.radians(people.lon[question.asked])[:, None]
    to_lat, to_lon = activities.lat[row], activities.lon[row]
    if question.place is not None:
        has_place = np.isfinite(question.place).all(axis=1)
        to_lat, to_lon = np.where(has_place, question.place[:, 0], to_lat), np.where(has_place, question.place[:, 1], to_lon)
    to_lat, to_lon = np.radians(to_lat), np.radians(to_lon)
    half = np.sin((to_lat - lat) / 2) ** 2 + np.cos(lat) * np.cos(to_lat) * np.sin((to_lon - lon) / 2) ** 2
    km: F32 = (2 * EARTH_KM * np.arcsin(np.sqrt(half))).astype(np.float32)
    return km


def some(question: Question, most: int, rng: np.random.Generator) -> Question:
    """The same question put to at most so many people."""
    if len(question.asked) <= most:
        return question
    chosen = np.sort(rng.choice(len(question.asked), most, replace=False))
    return replace(
        question,
        asked=question.asked[chosen],
        wanted=question.wanted[chosen],
        offered=question.offered[chosen],
        people=tuple(question.people[at] for at in chosen),
    )
