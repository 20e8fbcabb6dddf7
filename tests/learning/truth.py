"""What is hidden of the people: the simulator's chance of a visit, and how many of those who say yes come."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from matching.simulate.city import City, Habits
from matching.simulate.past import Past
from matching.simulate.people import Answers, chance_of_coming, remember
from matching.world.arrays import F32, F64, I32, Bool

SUREST_YES = 0.95


@dataclass(frozen=True, slots=True)
class KeepingWord:
    """The logit that whoever says yes comes. Assumed: about half come in all; fewer from far away, more to what they like or have seen."""

    base: float = 0.2
    liking: float = 2.5
    distance: float = -2.0
    been_before: float = 1.5


@dataclass(frozen=True, slots=True)
class Chances:
    """Of k invitations, if a seat is free: of a yes, of coming after a yes, and so of a visit."""

    yes: F64
    comes: F64

    @property
    def visit(self) -> F64:
        return self.yes * self.comes


@dataclass(slots=True)
class HiddenTruth:
    """`past` is what really happened; nothing of it is read from the product's tables."""

    city: City
    habits: Habits
    word: KeepingWord
    past: Past

    def chances(self, week: int, person: I32, group: I32, km: F32) -> Chances:
        near = (km / self.city.people.reach_km[person]).astype(np.float32)
        faces = self.past.faces(week)[person, group]
        visit = chance_of_coming(self.city, self.habits, self.past, week, person, group, near, faces)
        been = self.past.visits[person, group] > 0
        logit = self.word.base + self.word.liking * self.city.liking[person, group] + self.word.distance * near
        comes = 1 / (1 + np.exp(-(logit + self.word.been_before * been)))
        return Chances(np.minimum(visit / comes, SUREST_YES), comes.astype(np.float64))

    def refuses(self, person: I32, group: I32, rng: np.random.Generator) -> Bool:
        """[k] who presses "not for me", of those who do not say yes."""
        return np.asarray(rng.random(len(person)) < self.habits.refusing * (1 - self.city.liking[person, group]))

    def remember(self, week: int, invited: tuple[I32, I32], came: Bool, answered: Bool, holding: Bool, rng: np.random.Generator) -> None:
        """The week as the simulator keeps it. A yes without a visit is an answer: the invitation is not counted as ignored."""
        replies = Answers(truth=came.astype(np.float64), wanted=came, seated=came, refused=answered & ~came)
        remember(self.city, self.habits, self.past, week, invited, replies, holding, rng)
        self.past.fade()
