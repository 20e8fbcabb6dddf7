"""Ways of choosing who is invited to what: ours, and the plain ones that it has to beat."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from matching.limits import rules
from matching.score.scorer import Scorer
from matching.week import match
from matching.world.arrays import F32, I32, World
from matching.world.settings import Settings


@dataclass(frozen=True, slots=True)
class Invitations:
    """k rows by resident, best first; row numbers of the world."""

    resident: I32
    session: I32
    p: F32  # chance of coming as the matcher sees it


@dataclass(frozen=True, slots=True)
class Options:
    """Every pair that breaks no limit, by resident and then session."""

    resident: I32
    session: I32
    km: F32
    logit: F32


def options(world: World, scorer: Scorer) -> Options:
    limits = rules.prepare(world)
    m = len(world.sessions.key)
    options_by_part = []
    for rows in pairwise([*range(0, len(world.residents.key), 512), len(world.residents.key)]):
        who = np.repeat(np.arange(*rows, dtype=np.int32), m)
        what = np.tile(np.arange(m, dtype=np.int32), rows[1] - rows[0])
        fine = rules.allowed_pairs(limits, who, what)
        options_by_part.append((who[fine], what[fine]))
    who, what = (np.concatenate(column) for column in zip(*options_by_part, strict=True))
    km = rules.distance_km(limits, who, what)
    return Options(who, what, km, scorer.pair_logits(world, who, what, km))


def ours(world: World, open_to: Options, scorer: Scorer, settings: Settings, seed: int) -> Invitations:
    """The matcher as it runs in the service."""
    picks = match(world, scorer, settings, seed).picks
    return Invitations(picks.resident, picks.session, picks.p)


def blind(world: World, open_to: Options, scorer: Scorer, settings: Settings, seed: int) -> Invitations:
    """Dice among what one may go to: what the city itself is like."""
    return _best(open_to, np.random.default_rng(seed).random(len(open_to.resident), np.float32), scorer, settings)


def nearest(world: World, open_to: Options, scorer: Scorer, settings: Settings, seed: int) -> Invitations:
    """The closest groups that one may go to."""
    return _best(open_to, -open_to.km, scorer, settings)


def score_alone(world: World, open_to: Options, scorer: Scorer, settings: Settings, seed: int) -> Invitations:
    """Everybody's highest scores, as a recommender without allocation gives them."""
    return _best(open_to, open_to.logit, scorer, settings)


def first_come(world: World, open_to: Options, scorer: Scorer, settings: Settings, seed: int) -> Invitations:
    """One person after the other, in random order, takes the highest scores with a seat left for each invitation."""
    order = np.random.default_rng(seed).permutation(len(world.residents.key))
    begin = np.searchsorted(open_to.resident, np.arange(len(order) + 1))
    spare = world.sessions.seats.copy()
    rows_by_part: list[np.ndarray] = []
    for person in order:
        rows = np.arange(begin[person], begin[person + 1])
        rows = rows[np.argsort(-open_to.logit[rows], kind="stable")]
        rows = rows[spare[open_to.session[rows]] >= 1][: settings.picks_max]
        spare[open_to.session[rows]] -= 1
        rows_by_part.append(rows)
    return _invite(open_to, np.concatenate(rows_by_part), scorer)


def _best(open_to: Options, worth: F32, scorer: Scorer, settings: Settings) -> Invitations:
    order = np.lexsort((open_to.session, -worth, open_to.resident))
    place = np.arange(len(order)) - np.searchsorted(open_to.resident, open_to.resident[order])
    return _invite(open_to, order[place < settings.picks_max], scorer)


def _invite(open_to: Options, rows: np.ndarray, scorer: Scorer) -> Invitations:
    return Invitations(open_to.resident[rows], open_to.session[rows], scorer.probability(open_to.logit[rows]))


POLICIES: dict[str, Callable[[World, Options, Scorer, Settings, int], Invitations]] = {
    "ours": ours,
    "nearest": nearest,
    "score": score_alone,
    "first-come": first_come,
    "random": blind,
}
