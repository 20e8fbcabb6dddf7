"""The week of one person at once: the limits, the score, the reasons and the rules of one mail that everybody's week has.

A region's sessions are laid out once (`open_region`) and serve one person after another. Nothing here knows the other residents:
what a list says is what the person could go to, before seats are shared out among all.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np

from matching import candidates, reasons, rules
from matching.blocks import around
from matching.candidates import Scorer
from matching.chance import Chance, hazard
from matching.inputs import F32, I32, I64, Bool, Never, Pairs, Residents, World
from matching.market import WIDEST, Mails, clashes
from matching.reasons import Reasons
from matching.rules import Limits
from matching.sets import best_sets
from matching.settings import Settings
from matching.units import units_of
from matching.worth import worth

_NONE = np.zeros(0, np.int32)
_NOTHING = Pairs(_NONE, _NONE, *(np.zeros(0, np.float32) for _ in range(7)))


@dataclass(frozen=True, slots=True)
class Region:
    """One region's sessions, ready for any number of people and threads."""

    limits: Limits
    scorer: Scorer
    chance: Chance
    boost: F32  # [m]
    settings: Settings


@dataclass(frozen=True, slots=True)
class Best:
    """k sessions, one of each activity, best first: the list that a week's allocation would begin with."""

    session: I32  # [k] rows of the region's World
    p: F32  # [k] chance of coming if invited
    km: F32  # [k]
    picks: I64  # positions in the list of what one mail would hold if no seat were short
    reasons: Reasons  # of the picks


def open_region(world: World, scorer: Scorer, settings: Settings) -> Region:
    """Everything that does not depend on who asks; about the cost of one pass over sessions and pairs.

    Of `world.residents` only the count of rows matters: `world.pairs` tells how well known each activity is.
    """
    if hasattr(scorer, "prepare"):
        scorer.prepare(world)
    limits = rules.prepare(world)
    # Ties go to the smaller key, as in a week, whose rows are put in the order of their keys.
    by_start = np.lexsort((world.sessions.key, world.sessions.week_from)).astype(np.int32)
    return Region(replace(limits, by_start=by_start), scorer, Chance(scorer.probability), worth(world, settings), settings)


def limits_of(region: Region, person: Residents, *, never: I32 = _NONE) -> Limits:
    """The region before this one person. person: one row, a household of its own; never: sessions already answered.

    Raises ValueError for another number of rows.
    """
    if len(person.key) != 1:
        raise ValueError(f"one person, not {len(person.key)}")
    barred = np.unique(never).astype(np.int32)
    world = replace(region.limits.world, residents=person, pairs=_NOTHING, never=Never(np.zeros(len(barred), np.int32), barred),
                    apart=np.zeros((0, 2), np.int32), met=np.zeros((0, 2), np.int32))  # fmt: skip
    return replace(
        region.limits,
        world=world,
        units=units_of(person),
        home=rules.on_the_globe(person.lat, person.lon),
        seats_needed=person.party.astype(np.int32),
        never=barred.astype(np.int64),
        never_start=np.array([0, len(barred)]),
    )


def best(region: Region, person: Residents, *, never: I32 = _NONE, keep: int | None = None) -> Best:
    """What the week would choose from for one newcomer; `keep` sessions at most (the settings' `candidates`)."""
    limits = limits_of(region, person, never=never)
    session, km = _open_to(limits)
    nobody = np.zeros(len(session), np.int32)
    scorer = region.scorer.for_strangers(limits.world) if hasattr(region.scorer, "for_strangers") else region.scorer
    logits = np.zeros((1, len(session)), np.float32)
    scorer.logits(limits.world, np.zeros(1, np.int32), session, km[None], logits)
    p = region.chance(logits[0])
    rank = hazard(p, region.boost[session])
    activity = limits.world.sessions.activity[session]
    at, _ = candidates.best(nobody.astype(np.int64), 1, activity, rank, keep or region.settings.candidates)
    at = at[np.argsort(-rank[at], kind="stable")]
    picks = _one_mail(limits.world, region.settings, session[at], rank[at])
    told = reasons.explain(limits, region.settings, nobody[picks], session[at][picks])
    return Best(session[at], p[at], km[at], picks, told)


def why_not(region: Region, person: Residents, *, never: I32 = _NONE) -> tuple[I32, I32]:
    """([9], [8]) as `rules.why_not` counts them, for one person."""
    first, alone = rules.why_not(limits_of(region, person, never=never), np.zeros(1, np.int32))
    return first[0], alone[0]


def stopped_by(region: Region, person: Residents, sessions: I32, *, never: I32 = _NONE) -> Bool:
    """[8, k] in the order of rules.FILTERS: True where that limit keeps the person from that session."""
    return ~rules.verdicts(limits_of(region, person, never=never), np.zeros(len(sessions), np.int32), sessions)


def one_row(residents: Residents, row: int) -> Residents:
    """One resident of a table, as a person without a household."""
    cut = {column.name: getattr(residents, column.name)[row : row + 1] for column in fields(residents)}
    return Residents(**cut | {"household": np.full(1, -1, np.int32)})


def _open_to(limits: Limits) -> tuple[I32, F32]:
    """(sessions, km) that every limit lets through, by start in the week."""
    near, person = around(limits, np.zeros(1, np.int32)), np.int32(0)
    session = near[rules.allowed_pairs(limits, person, near)]
    return session, rules.distance_km(limits, person, session)


def _one_mail(world: World, settings: Settings, session: I32, rank: F32) -> I64:
    """The best set by the rules of a mail, as everybody chooses once more at the end of a week."""
    some = session[None, :WIDEST]
    activity, dates = world.sessions.activity, world.sessions
    family = world.activities.family[activity]
    mails = Mails(settings.picks_max, settings.per_family, activity, family, dates.start_min, dates.end_min)
    nothing = np.zeros(some.shape, bool)
    sets = best_sets(rank[None, :WIDEST], clashes(mails, some), family[some], settings.picks_max, settings.per_family, nothing)
    return np.flatnonzero(sets.chosen[0])
