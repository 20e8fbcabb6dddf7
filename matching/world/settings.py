"""The few knobs of a week, each a promise to someone rather than a tuning parameter."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Settings:
    picks_max: int = 5  # sessions in one mail
    per_family: int = 2  # of one topic family in one mail
    candidates: int = 48  # sessions kept per unit, 64 at most; the certificate tells what the rest was worth
    capacity_factor: float = 1.0  # times each center's own factor on its seats
    newcomer_bonus: float = 1.1  # on the chance at a new or small group; 1 switches the floor off
    lasting: float = 0.5  # power of a group's share of first visits that became second ones; 0: every visit counts the same
    new_weeks: float = 8.0  # a group is new before this age
    small_size: float = 6.0  # and small below this many people
    variety: float = 0.3  # share of another kind, and of another center, in what a person is offered over the weeks; 0: none is promised
    cohorts: bool = True  # people who met and agreed get the next session together
    explore_share: float = 0.03  # of the units, one slot is drawn by dice and logged
    step: float = 1e-3  # smallest raise of a bid, in expected visits per seat
    threads: int = 2
