"""The week of one person at once: the limits, the score, the reasons and the rules of one mail that everybody's week has.

A region's sessions are laid out once (`open_region`) and serve one person after another. Nothing here knows the other residents:
what a list says is what the person could go to, before seats are shared out among all.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, fields, replace
from itertools import combinations

import numpy as np

from matching import reasons
from matching.allocate import candidates
from matching.allocate.slates import best_slates
from matching.allocate.state import WIDEST, SlateRules, clashes
from matching.limits import rules
from matching.limits.constraint_bits import unpacked_bits
from matching.limits.rules import EARTH_KM, Limits
from matching.reasons import Reasons
from matching.score.calibration import Calibration, hazard
from matching.score.protocol import PairScorer
from matching.score.session_value import session_values
from matching.world.arrays import F32, F64, HALF_HOURS, I32, I64, Bool, Never, Pairs, Residents, World
from matching.world.canonical import inverse, take
from matching.world.households import Units
from matching.world.settings import Settings

NODES = 32  # of one mail's search in plain numbers; 293 of 300 newcomers of the bench need fewer
_NONE = np.zeros(0, np.int32)
_SELF, _FIRST, _ROW, _SLICE = np.int32(0), np.zeros(1, np.int32), np.zeros(1, np.int64), np.array([0, 1])  # of one person, row 0
_NOTHING = Pairs(_NONE, _NONE, *(np.zeros(0, np.float32) for _ in range(7)))


@dataclass(frozen=True, slots=True)
class PreparedRegion:
    """One region's sessions by start in the week, ready for any number of people and threads."""

    rows: I32  # [m] of the World that was opened
    turn: I32  # [m] where each of its rows is here
    limits: Limits  # by start, like what follows
    scorer: PairScorer
    chance: Calibration
    boost: F32  # [m]
    settings: Settings
    starting: I64  # [HALF_HOURS] sessions that begin there
    place: F64  # [3, m]


@dataclass(frozen=True, slots=True)
class Best:
    """k sessions, a few dates of one activity at most, best first: the list that a week's allocation would begin with."""

    session: I32  # [k] rows of the World that was opened
    p: F32  # [k] chance of coming if invited
    km: F32  # [k]
    picks: I64  # positions in the list of what one mail would hold if no seat were short
    reasons: Reasons  # of the picks


def open_region(world: World, scorer: PairScorer, settings: Settings) -> PreparedRegion:
    """Everything that does not depend on who asks; about the cost of one pass over sessions and pairs.

    Of `world.residents` only the count of rows matters: `world.pairs` tells how well known each activity is.
    """
    # Ties go to the smaller key, as in a week, whose rows are put in the order of their keys.
    rows = np.lexsort((world.sessions.key, world.sessions.week_from)).astype(np.int32)
    nobody = Never(_NONE, _NONE)
    world = replace(world, sessions=take(world.sessions, rows), never=nobody)
    scorer.prepare(world)
    limits = rules.prepare(world)
    starting = np.bincount(world.sessions.week_from, minlength=HALF_HOURS)
    place = np.ascontiguousarray(limits.place.T)
    chance, boost = Calibration(scorer.probability), session_values(world, settings)
    return PreparedRegion(rows, inverse(rows), limits, scorer, chance, boost, settings, starting, place)


def limits_of(region: PreparedRegion, person: Residents, *, never: I32 = _NONE) -> Limits:
    """The region before this one person. person: one row, a household of its own; never: rows of the World opened, answered already.

    Raises ValueError for another number of rows.
    """
    if len(person.key) != 1:
        raise ValueError(f"one person, not {len(person.key)}")
    barred = np.unique(region.turn[never])
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


def best(region: PreparedRegion, person: Residents, *, never: I32 = _NONE, keep: int | None = None) -> Best:
    """What the week would choose from for one newcomer; `keep` sessions at most (the settings' `candidates`)."""
    limits = limits_of(region, person, never=never)
    session = _open_to(region, limits)
    km, nobody = rules.distance_km(limits, _SELF, session), np.zeros(len(session), np.int32)
    block = region.scorer.for_strangers(limits.world).opened(limits.world, _FIRST, session)
    p = region.chance(block.cells(_ROW, slice(0, len(session)), nobody, np.arange(len(session), dtype=np.int32), km))
    rank = hazard(p, region.boost[session])
    activity = limits.world.sessions.activity[session]
    at = candidates.best(nobody, 1, activity, rank, keep or region.settings.candidates)[0]
    picks = _one_mail(limits.world, region.settings, session[at], rank[at])
    reasons_of_picks = reasons.explain(limits, region.settings, nobody[picks], session[at][picks])
    return Best(region.rows[session[at]], p[at], km[at], picks, reasons_of_picks)


def why_not(region: PreparedRegion, person: Residents, *, never: I32 = _NONE) -> tuple[I32, I32]:
    """([10], [9]) as `rules.why_not` counts them, for one person."""
    first, alone = rules.why_not(limits_of(region, person, never=never), np.zeros(1, np.int32))
    return first[0], alone[0]


def stopped_by(region: PreparedRegion, person: Residents, sessions: I32, *, never: I32 = _NONE) -> Bool:
    """[9, k] in the order of rules.FILTERS: True where that limit keeps the person from that session."""
    return ~rules.verdicts(limits_of(region, person, never=never), np.zeros(len(sessions), np.int32), region.turn[sessions])


def one_row(residents: Residents, row: int) -> Residents:
    """One resident of a table, as a person without a household."""
    cut = {column.name: getattr(residents, column.name)[row : row + 1] for column in fields(residents)}
    return Residents(**cut | {"household": np.full(1, -1, np.int32)})


def _open_to(region: PreparedRegion, limits: Limits) -> I32:
    """Sessions that every limit lets through.

    All are asked first, roughly, whether they begin at a free time and lie near: places within a reach are those beyond a plane.
    """
    free = unpacked_bits(limits.world.residents.available)[0, :HALF_HOURS].view(bool)
    reach = float(limits.world.residents.reach_km[0]) + 0.01
    open_to = limits.home[0] @ region.place >= EARTH_KM * EARTH_KM - reach * reach / 2
    open_to &= free.repeat(region.starting)
    for name in rules.AT_ONCE:
        open_to &= rules.PASSES[name](limits, _SELF, slice(None))
    session = np.flatnonzero(open_to).astype(np.int32)
    for name in rules.ONE_BY_ONE:
        session = session[rules.PASSES[name](limits, _SELF, session)]
    return session


def _one_mail(world: World, settings: Settings, session: I32, rank: F32) -> I64:
    """The best set by the rules of a mail, as everybody chooses once more at the end of a week."""
    some, dates = session[:WIDEST], world.sessions
    activity = dates.activity[some]
    family = world.activities.family[activity]
    mail = SlateRules(settings.picks_max, settings.per_family, activity, family, dates.start_min[some], dates.end_min[some])
    return one_slate(rank[: len(some)], mail)


def one_slate(net: F32, mail: SlateRules) -> I64:
    """Places of the best slate of one row; each place is its own session in `mail`.

    One date of an activity, so many of a family and so many in all are a laminar matroid, of which the greedy slate is the best. It
    stays the best where none of its dates overlap; of two that do, one has to go. Few rows ask more than NODES questions of which;
    those are left to the search of the whole week, whose tables cost most of a millisecond for one row.
    """
    worth, begins, ends = net.tolist(), mail.start_min.tolist(), mail.end_min.tolist()
    order = [place for place in sorted(range(len(worth)), key=lambda place: -worth[place]) if worth[place] > 0]
    groups = list(zip(mail.activity.tolist(), mail.family.tolist(), strict=True))
    best, most, nodes = list[int](), 0.0, [frozenset[int]()]  # a node: places left out
    for _ in range(NODES):
        if not nodes:
            return np.array(sorted(best), np.int64)
        out = nodes.pop()
        slate = _greedy_slate([place for place in order if place not in out], groups, mail)
        value = sum(worth[place] for place in slate)
        if value <= most:
            continue
        overlap = next(((a, b) for a, b in combinations(slate, 2) if begins[a] < ends[b] and begins[b] < ends[a]), None)
        if overlap:
            nodes += [out | {place} for place in overlap]
        else:
            best, most = slate, value
    clash = clashes(mail, np.arange(len(net), dtype=np.int32)[None])
    return np.flatnonzero(best_slates(net[None], clash, mail.family[None], mail).chosen)


def _greedy_slate(order: list[int], groups: list[tuple[int, int]], mail: SlateRules) -> list[int]:
    """order: places, the best first. groups: activity and family of each place."""
    slate, activities, families = list[int](), set[int](), Counter[int]()
    for place in order:
        activity, family = groups[place]
        if activity not in activities and families[family] < mail.per_family:
            slate.append(place)
            activities.add(activity)
            families[family] += 1
            if len(slate) == mail.picks_max:
                break
    return slate
