"""The week of one person at once: the limits, the score, the reasons and the rules of one mail that everybody's week has.

A region's sessions are laid out once (`open_region`) and serve one person after another. Nothing here knows the other residents:
what a list says is what the person could go to, before seats are shared out among all.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np

from matching import candidates, reasons, rules
from matching.candidates import Scorer
from matching.chance import Chance, hazard
from matching.inputs import F32, F64, I32, I64, U64, Bool, Never, Pairs, Residents, World
from matching.market import WIDEST, Mails, clashes
from matching.reasons import Reasons
from matching.rules import EARTH_KM, Limits
from matching.sets import best_set
from matching.settings import Settings
from matching.survivors import Tile
from matching.units import Units
from matching.worth import worth

_NONE = np.zeros(0, np.int32)
_SELF, _FIRST, _ROW, _SLICE = np.int32(0), np.zeros(1, np.int32), np.zeros(1, np.int64), np.array([0, 1])  # of one person, row 0
_NOTHING = Pairs(_NONE, _NONE, *(np.zeros(0, np.float32) for _ in range(7)))


@dataclass(frozen=True, slots=True)
class Region:
    """One region's sessions, ready for any number of people and threads."""

    limits: Limits
    scorer: Scorer
    chance: Chance
    boost: F32  # [m]
    settings: Settings
    hours: U64  # [h, WEEK_WORDS] the different times of a week at which sessions are
    hour: I64  # [m] which of them, by start
    place: F64  # [3, m] by start


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
    hours, hour = np.unique(limits.touched[by_start], axis=0, return_inverse=True)
    return Region(
        replace(limits, by_start=by_start),
        scorer,
        Chance(scorer.probability),
        worth(world, settings),
        settings,
        hours,
        hour.astype(np.int64),
        np.ascontiguousarray(limits.place[by_start].T),
    )


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
        units=Units(_FIRST, _FIRST, _SLICE, person.party.astype(np.int32)),
        home=rules.on_the_globe(person.lat, person.lon),
        seats_needed=person.party.astype(np.int32),
        never=barred.astype(np.int64),
        never_start=np.array([0, len(barred)]),
    )


def best(region: Region, person: Residents, *, never: I32 = _NONE, keep: int | None = None) -> Best:
    """What the week would choose from for one newcomer; `keep` sessions at most (the settings' `candidates`)."""
    limits = limits_of(region, person, never=never)
    session = _open_to(region, limits)
    km, nobody = rules.distance_km(limits, _SELF, session), np.zeros(len(session), np.int32)
    scorer = region.scorer.for_strangers(limits.world) if hasattr(region.scorer, "for_strangers") else region.scorer
    every = Tile(_ROW, slice(0, len(session)), nobody, np.arange(len(session), dtype=np.int32), km)
    p = region.chance(candidates.logits(scorer, limits.world, _FIRST, session)(every))
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


def _open_to(region: Region, limits: Limits) -> I32:
    """Sessions that every limit lets through, by start in the week.

    Hours and distance leave one in eight, so they are looked at first, roughly and for all: of all places on the globe,
    those within reach lie beyond a plane.
    """
    free = ~(region.hours & ~limits.world.residents.available[0]).any(axis=1)
    reach = float(limits.world.residents.reach_km[0]) + 0.01
    near = limits.home[0] @ region.place >= EARTH_KM * EARTH_KM - reach * reach / 2
    near &= free.take(region.hour)
    session = limits.by_start.take(np.flatnonzero(near))
    for name in rules.CHEAPEST_FIRST:
        session = session[rules.PASSES[name](limits, _SELF, session)]
    return session


def _one_mail(world: World, settings: Settings, session: I32, rank: F32) -> I64:
    """The best set by the rules of a mail, as everybody chooses once more at the end of a week."""
    some, dates = session[:WIDEST], world.sessions
    activity = dates.activity[some]
    family = world.activities.family[activity]
    mails = Mails(settings.picks_max, settings.per_family, activity, family, dates.start_min[some], dates.end_min[some])
    clash = clashes(mails, np.arange(len(some), dtype=np.int32)[None])[0]
    return best_set(rank[: len(some)], clash, family, settings.picks_max, settings.per_family)
