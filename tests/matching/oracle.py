"""The rules of a week once more, pair by pair in plain Python, written without looking at how the matcher does it."""

from __future__ import annotations

from collections import defaultdict
from itertools import combinations
from math import asin, cos, radians, sin, sqrt

import numpy as np

from matching.week import Week
from matching.world.arrays import World
from matching.world.settings import Settings


def great_circle_km(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    a, b, c, d = map(radians, (lat1, lon1, lat2, lon2))
    return 2 * 6371.0088 * asin(sqrt(sin((c - a) / 2) ** 2 + cos(a) * cos(c) * sin((d - b) / 2) ** 2))


def why_not(world: World, r: int, s: int, *, slack_km: float = 0.0) -> set[str]:
    """Names of the limits that forbid resident r in session s."""
    who, dates, groups = world.residents, world.sessions, world.activities
    a = int(dates.activity[s])
    broken = set()
    if any(int(x) == r and int(y) == s for x, y in zip(world.never.resident, world.never.session, strict=True)):
        broken.add("answered")
    about = {bit for bit in range(32) if int(groups.sensitive[a]) >> bit & 1}
    broken |= {"sensitive"} if about and not any(int(who.asked[r]) >> bit & 1 for bit in about) else set()
    for half in range(int(dates.week_from[s]), max(int(dates.week_to[s]), int(dates.week_from[s]) + 1)):
        if not int(who.available[r, (half % 336) // 64]) >> (half % 336 % 64) & 1:
            broken.add("time")
    if great_circle_km(who.lat[r], who.lon[r], groups.lat[a], groups.lon[a]) > float(who.reach_km[r]) + slack_km:
        broken.add("reach")
    if not (groups.age_min[a] <= who.age_low[r] and who.age_high[r] <= groups.age_max[a]):
        broken.add("age")
    if any(int(who.needs[r]) >> bit & 1 and not int(groups.provides[a]) >> bit & 1 for bit in range(32)):
        broken.add("needs")
    if groups.cost_cents[a] > who.cost_cents[r]:
        broken.add("cost")
    if not int(who.languages[r]) & int(groups.languages[a]):
        broken.add("language")
    seats = sum(int(who.party[other]) for other in companions(world, r))
    if seats > dates.seats[s]:
        broken.add("full")
    return broken


def companions(world: World, r: int) -> list[int]:
    home = int(world.residents.household[r])
    return [r] if home < 0 else [int(i) for i in np.flatnonzero(world.residents.household == home)]


def violations(world: World, week: Week, settings: Settings) -> list[str]:
    """Everything a week promises and does not keep."""
    mails: dict[int, list[int]] = defaultdict(list)
    invited: dict[int, list[tuple[int, float]]] = defaultdict(list)
    for r, s, p in zip(week.picks.resident.tolist(), week.picks.session.tolist(), week.picks.p.tolist(), strict=True):
        mails[r].append(s)
        invited[s].append((r, p))
    wrong = [f"{r} to {s}: {why}" for r, chosen in mails.items() for s in chosen for why in why_not(world, r, s, slack_km=2e-3)]
    wrong += [f"mail of {r}: {why}" for r, chosen in mails.items() for why in _mail(world, chosen, settings)]
    wrong += [f"session {s}: {why}" for s, people in invited.items() for why in _session(world, s, people, settings)]
    for r in range(len(world.residents.key)):
        wrong += [f"household of {r} split" for other in companions(world, r) if set(mails[other]) != set(mails[r])]
    return wrong


def _mail(world: World, chosen: list[int], settings: Settings) -> list[str]:
    dates, groups = world.sessions, world.activities
    activities = [int(dates.activity[s]) for s in chosen]
    families = [int(groups.family[a]) for a in activities]
    wrong = ["too many"] if len(chosen) > settings.picks_max else []
    wrong += ["one activity twice"] if len(set(activities)) < len(activities) else []
    wrong += ["too much of a family"] if any(families.count(f) > settings.per_family for f in families) else []
    clash = any(dates.start_min[a] < dates.end_min[b] and dates.start_min[b] < dates.end_min[a] for a, b in combinations(chosen, 2))
    return wrong + (["overlap"] if clash else [])


def _session(world: World, s: int, people: list[tuple[int, float]], settings: Settings) -> list[str]:
    expected = sum(p * int(world.residents.party[r]) for r, p in people)
    limit = float(world.sessions.seats[s]) * float(world.sessions.attend_factor[s]) * settings.capacity_factor
    wrong = ["expected attendance too high"] if expected > limit * (1 + 1e-5) else []
    there = {r for r, _ in people}
    return wrong + (["people who must be apart"] if any(a in there and b in there for a, b in world.apart.tolist()) else [])
