"""One question put to a ranker: a World, the people asked, what they may be offered, and what they took up afterwards."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from matching.follow import History
from matching.inputs import F32, I32, Bool, World


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


@dataclass(frozen=True, slots=True)
class Task:
    """A name, questions to learn from (all of it before the day), and questions to be measured on."""

    name: str
    learn: list[Question]
    measure: list[Question]
    later: list[Question]  # the last of the learning questions, held out for calibration and for the choice against the prior


def distances(question: Question) -> F32:
    """[q, m] kilometers as the crow flies, float32."""
    people, activities = question.world.residents, question.world.activities
    row = question.world.sessions.activity
    lat, lon = np.radians(people.lat[question.asked])[:, None], np.radians(people.lon[question.asked])[:, None]
    to_lat, to_lon = np.radians(activities.lat)[row], np.radians(activities.lon)[row]
    half = np.sin((to_lat - lat) / 2) ** 2 + np.cos(lat) * np.cos(to_lat) * np.sin((to_lon - lon) / 2) ** 2
    km: F32 = (2 * 6371.0088 * np.arcsin(np.sqrt(half))).astype(np.float32)
    return km


def some(question: Question, most: int, rng: np.random.Generator) -> Question:
    """The same question put to at most so many people."""
    if len(question.asked) <= most:
        return question
    kept = np.sort(rng.choice(len(question.asked), most, replace=False))
    return Question(
        question.world,
        question.asked[kept],
        question.wanted[kept],
        question.offered[kept],
        tuple(question.people[at] for at in kept),
        question.recent,
        question.history,
        question.now_min,
    )
