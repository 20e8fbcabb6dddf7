"""How the virtual people behave: who returns by themselves, who answers an invitation, who tires and leaves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from matching.limits import rules
from matching.simulate.city import City, Habits, minutes
from matching.simulate.past import Past
from matching.simulate.policies import Invitations
from matching.world.arrays import F32, F64, I32, I64, Bool, World

REMEMBERED = 6  # weeks of absence after which nobody returns unasked


@dataclass(frozen=True, slots=True)
class Answers:
    """What became of k invitations."""

    truth: F64  # [k] the real chance of wanting to come
    wanted: Bool  # [k] came to the door
    seated: Bool  # [k] and found a seat
    refused: Bool  # [k] pressed "not for me"


def chance_of_coming(city: City, habits: Habits, past: Past, week: int, who: I32, what: I32, near: F32, faces: F32) -> F64:
    """[k] the truth about invitations; `near` is the distance as a share of the reach.

    Whoever was there before is only reminded: an invitation gives back what absence took from the chance to return.
    """
    first = (
        habits.base
        + habits.liking * city.liking[who, what]
        + habits.distance * near
        + city.zeal[who]
        + city.whim[who, what]
        - habits.stale * np.log1p(past.counts["invited"][who, what])
    )
    gap = week - past.seen[who, what]
    forgotten = 1 - habits.fading ** np.clip(gap - 1, 0, 99)
    been_before = past.visits[who, what] > 0
    returning = chance_of_returning(city, habits, past, who, what, faces) * forgotten
    return np.asarray((1 - past.tired[who]) * np.where(been_before, returning, _share(first)), np.float64)


def chance_of_returning(city: City, habits: Habits, past: Past, who: I32, what: I32, faces: F32) -> F64:
    """[k] of coming again in the week after a visit."""
    return _share(
        habits.again
        + habits.habit * np.log2(np.maximum(past.visits[who, what], 1))
        + habits.fit * city.liking[who, what]
        + 0.5 * city.whim[who, what]
        + city.pleasant[what]
        + 0.5 * city.zeal[who]
        + habits.friend * np.log2(1 + faces)
    )


def _share(logit: F32 | F64) -> F64:
    return np.asarray(1 / (1 + np.exp(-logit)), np.float64)


def regulars(city: City, habits: Habits, past: Past, week: int, rng: np.random.Generator) -> Bool:
    """[n, a] people who return to a group by themselves, one group a day at most, as far as it has seats."""
    holding = np.zeros(past.visits.shape, bool)
    gap = week - past.seen
    who, what = (
        column.astype(np.int32)
        for column in np.nonzero((past.visits > 0) & (gap <= REMEMBERED) & ~past.left[:, None] & (city.opens <= week)[None, :])
    )
    chance = chance_of_returning(city, habits, past, who, what, past.faces(week)[who, what])
    coming = rng.random(len(who)) < chance * habits.fading ** (gap[who, what] - 1)
    busy, full = set[tuple[int, int]](), np.zeros(len(city.seats), np.int64)
    for at in rng.permutation(np.flatnonzero(coming)):
        person, group = int(who[at]), int(what[at])
        day = int(city.starts[group]) // 48
        if (person, day) not in busy and full[group] < city.seats[group]:
            busy.add((person, day))
            full[group] += 1
            holding[person, group] = True
    return holding


def answers(
    city: City, habits: Habits, past: Past, world: World, invited: Invitations, who: I32, what: I32, holding: Bool, rng: np.random.Generator
) -> Answers:
    """Everyone reads the mail from the top and comes to what they want, one group a day; seats go to whoever is at the door first."""
    person, group = who[invited.resident], what[world.sessions.activity[invited.session]]
    km = rules.distance_km(rules.prepare(world), invited.resident, invited.session)
    week = int(world.week_start_min - minutes(0, np.zeros(1, np.int32))[0]) // 10_080
    faces = past.faces(week)[person, group]
    truth = chance_of_coming(city, habits, past, week, person, group, km / city.people.reach_km[person], faces)
    wanted = _one_a_day(city, person, group, rng.random(len(person)) < truth, holding)
    order = rng.permutation(len(person))
    line = order[np.argsort(invited.session[order], kind="stable")]
    line = line[wanted[line]]
    place = np.arange(len(line)) - np.searchsorted(invited.session[line], invited.session[line])
    seated = np.zeros(len(person), bool)
    seated[line[place < world.sessions.seats[invited.session[line]]]] = True
    refused = ~wanted & (rng.random(len(person)) < habits.refusing * (1 - city.liking[person, group]))
    return Answers(truth, wanted, seated, refused)


def _one_a_day(city: City, person: I32, group: I32, wants: Bool, holding: Bool) -> Bool:
    day = city.starts[group].astype(np.int64) // 48
    held_by, held = np.nonzero(holding)
    taken = np.zeros((holding.shape[0], 7), bool)
    taken[held_by, city.starts[held] // 48] = True
    wants = wants & ~taken[person, day]
    first = np.zeros(len(person), bool)
    rows = np.flatnonzero(wants)
    first[rows[np.unique(person[rows].astype(np.int64) * 7 + day[rows], return_index=True)[1]]] = True
    return first


def remember(
    city: City,
    habits: Habits,
    past: Past,
    week: int,
    invited: tuple[I32, I32],
    replies: Answers,
    holding: Bool,
    rng: np.random.Generator,
) -> None:
    """Write the week into the past: `invited` are residents and groups of the city, row by row with `replies`."""
    person, group = invited
    np.add.at(past.counts["said_yes"], (person[replies.wanted], group[replies.wanted]), 1)
    np.add.at(past.counts["missed"], (person[replies.wanted & ~replies.seated], group[replies.wanted & ~replies.seated]), 1)
    np.add.at(past.counts["said_no"], (person[replies.refused], group[replies.refused]), 1)
    silent = ~replies.wanted & ~replies.refused
    np.add.at(past.counts["invited"], (person[silent], group[silent]), 1)
    came = holding.copy()
    came[person[replies.seated], group[replies.seated]] = True
    _meet(city, past, week, came)
    mailed = np.bincount(person, minlength=len(past.tired)) > 0
    turned = np.bincount(person[replies.wanted & ~replies.seated], minlength=len(past.tired))
    out = came.any(axis=1)
    past.tired += habits.turned_away * turned + habits.boredom * (mailed & ~out)
    past.tired = np.clip(np.where(out, past.tired * habits.rest, past.tired * 0.98), 0, 0.95).astype(np.float32)
    past.left |= rng.random(len(past.left)) < habits.leaving * past.tired


def _meet(city: City, past: Past, week: int, came: Bool) -> None:
    who, what = np.nonzero(came)
    past.visits[who, what] += 1
    past.counts["attended"][who, what] += 1
    past.seen[who, what] = week
    for group in np.flatnonzero(came.any(axis=0)):
        there = np.flatnonzero(came[:, group])
        past.met[np.ix_(there, there)] = True
    size: I64 = came.sum(axis=0)
    past.together += float((size * (size - 1) / 2 * city.lasts / 2).sum())
    past.log.append((week, who, what))
