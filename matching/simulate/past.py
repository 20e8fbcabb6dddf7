"""What has happened so far in the virtual city, and the world that the matcher is shown of it."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TypeVar

import numpy as np

from matching.simulate.city import City, minutes
from matching.world.arrays import F32, I32, I64, Activities, Bool, Never, Pairs, Residents, Sessions, World

FADE = 0.95  # a week, on counts of what people did
Table = TypeVar("Table", Residents, Activities)
COUNTS = ("said_yes", "said_no", "attended", "missed", "invited")
REGULAR = 3  # weeks after which someone who has not come is no familiar face any more


@dataclass(slots=True)
class Past:
    """Changes week by week; everything else in the simulation is given new."""

    counts: dict[str, F32]  # [n, a] each
    visits: I32  # [n, a] ever
    seen: I32  # [n, a] week of the last visit, -99 for none
    log: list[tuple[int, I64, I64]]  # week, residents, groups that met
    tired: F32  # [n] 0 to 1
    left: Bool  # [n]
    credit: F32  # [n] weeks in a row with nothing although something was possible
    together: float  # hours that pairs of people have shared
    met: Bool  # [n, n] were at a session together

    @classmethod
    def blank(cls, residents: int, groups: int) -> Past:
        return cls(
            counts={name: np.zeros((residents, groups), np.float32) for name in COUNTS},
            visits=np.zeros((residents, groups), np.int32),
            seen=np.full((residents, groups), -99, np.int32),
            log=[],
            tired=np.zeros(residents, np.float32),
            left=np.zeros(residents, bool),
            credit=np.zeros(residents, np.float32),
            together=0.0,
            met=np.zeros((residents, residents), bool),
        )

    def faces(self, week: int) -> F32:
        """[n, a] people a visitor of a group knows there: two more with each visit, among those who came lately."""
        lately = (week - self.seen <= REGULAR) & (self.visits > 0)
        met = np.minimum(2 * self.visits, np.maximum(lately.sum(axis=0) - 1, 0))
        return np.where(lately, met, 0).astype(np.float32)

    def fade(self) -> None:
        for name in COUNTS:
            self.counts[name] *= FADE


def the_world(city: City, past: Past, week: int, holding: Bool) -> tuple[World, I32, I32]:
    """What the matcher is shown this week, with the residents and groups that its rows stand for.

    `holding` [n, a]: regulars who keep their seat; it is no longer free, and they are not invited to what they hold.
    """
    who = np.flatnonzero(~past.left).astype(np.int32)
    what = np.flatnonzero(city.opens <= week).astype(np.int32)
    people = _rows(replace(city.people, credit=past.credit), who)
    held = holding[np.ix_(who, what)]
    of, session = np.nonzero(held)
    faces = past.faces(week)[np.ix_(who, what)]
    sessions = _sessions(city, what, week, city.seats[what] - holding[:, what].sum(axis=0))
    world = World(
        residents=people,
        sessions=sessions,
        activities=_groups(city, past, what, week),
        pairs=_pairs(past, who, what, faces),
        never=Never(of.astype(np.int32), session.astype(np.int32)),
        met=np.argwhere(np.triu(past.met[np.ix_(who, who)], 1)).astype(np.int32),
        week_start_min=int(minutes(week, np.zeros(1, np.int32))[0]),
    )
    return world, who, what


def _rows(table: Table, rows: I32) -> Table:
    return type(table)(**{column.name: getattr(table, column.name)[rows] for column in fields(table)})


def _sessions(city: City, what: I32, week: int, free: I64) -> Sessions:
    starts, lasts = city.starts[what], city.lasts[what]
    return Sessions(
        key=(city.groups.key[what] * np.uint64(1000) + np.uint64(week)).astype(np.uint64),
        activity=np.arange(len(what), dtype=np.int32),
        start_min=minutes(week, starts),
        end_min=minutes(week, starts + lasts),
        week_from=starts.astype(np.int16),
        week_to=(starts + lasts).astype(np.int16),
        seats=np.maximum(free, 0).astype(np.float32),
        attend_factor=np.ones(len(what), np.float32),
        going=np.zeros(len(what), np.float32),
    )


def _groups(city: City, past: Past, what: I32, week: int) -> Activities:
    visits = past.visits[:, what]
    once, twice = (visits > 0).sum(axis=0), (visits > 1).sum(axis=0)
    lately = (week - past.seen[:, what] <= REGULAR).sum(axis=0)
    groups = _rows(city.groups, what)
    return replace(
        groups,
        size=np.maximum(lately, 4).astype(np.float32),
        age_weeks=(week - city.opens[what]).astype(np.float32),
        helped=((twice + 3) / (once + 10)).astype(np.float32),
    )


def _pairs(past: Past, who: I32, what: I32, faces: F32) -> Pairs:
    counts = {name: table[np.ix_(who, what)] for name, table in past.counts.items()}
    counted = np.any(np.stack([table > 0.01 for table in counts.values()]), axis=0)
    row, column = np.nonzero(counted)
    columns = {name: table[row, column] for name, table in counts.items()}
    rating = np.zeros(len(row), np.float32)
    return Pairs(row.astype(np.int32), column.astype(np.int32), **columns, rating=rating, faces=faces[row, column])
