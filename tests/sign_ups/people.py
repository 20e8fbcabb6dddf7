"""How invented people deal with the letter of a sign-up: it is late, lost or filed as spam, and they are tired. All of it is assumed."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

LOST, SPAM, SCANNED = 0.04, 0.12, 0.3  # of letters, of letters, of mailboxes
MEDIAN_DELAY_MIN, DELAY_SPREAD = 1.5, 1.3  # of a lognormal
STAYS_MIN = 5.0  # on the page that thanks, in the mean
LOOKS_IN_SPAM = 0.6  # of those who read that they should
PRESSES_TWICE = 0.88  # the others take the first press for the whole
TYPES = 0.6  # of those who have the letter while the page is open, where it takes a code
TYPES_RIGHT = 0.97
COMES_BACK, ANSWERS_REMINDER = 0.45, 0.5


@dataclass(frozen=True, slots=True)
class Person:
    """What this person's mail does and what they do. stays_min: minutes on the page. delays_min: of the letter, of the same sent again;
    infinite: it never comes, or nobody looks where it is.
    """

    email: str
    is_scanned: bool
    stays_min: float
    delays_min: tuple[float, float]
    reads_reminder: bool
    presses_twice: bool
    types: bool
    types_right: bool
    comes_back: bool

    @property
    def arrives_min(self) -> float:
        """When the letter is seen by whoever does not ask for it again."""
        return self.delays_min[0]


def invented(rng: np.random.Generator, count: int, *, arm: str) -> list[Person]:
    return [_person(rng, f"person-{number}@{arm}.example.org") for number in range(count)]


def _person(rng: np.random.Generator, email: str) -> Person:
    looks_in_spam = rng.random() < LOOKS_IN_SPAM
    return Person(
        email=email,
        is_scanned=rng.random() < SCANNED,
        stays_min=rng.exponential(STAYS_MIN),
        delays_min=(_delay(rng, looks_in_spam), _delay(rng, looks_in_spam)),
        reads_reminder=rng.random() < ANSWERS_REMINDER and math.isfinite(_delay(rng, looks_in_spam)),
        presses_twice=rng.random() < PRESSES_TWICE,
        types=rng.random() < TYPES,
        types_right=rng.random() < TYPES_RIGHT,
        comes_back=rng.random() < COMES_BACK,
    )


def _delay(rng: np.random.Generator, looks_in_spam: bool) -> float:
    minutes, is_lost, is_spam = rng.lognormal(math.log(MEDIAN_DELAY_MIN), DELAY_SPREAD), rng.random() < LOST, rng.random() < SPAM
    return math.inf if is_lost or (is_spam and not looks_in_spam) else float(minutes)
