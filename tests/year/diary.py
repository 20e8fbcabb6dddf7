"""What the script itself saw happen: nothing in it is read from the program's tables but whose handle a seat has."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import pairwise
from uuid import UUID
from zoneinfo import ZoneInfo

from tests.year.letters import Delivered
from tests.year.neighbor import Neighbor

TWO_DAYS, SIX_WEEKS = timedelta(days=2), timedelta(days=42)


@dataclass(frozen=True)
class Visit:
    """Somebody was there. noted: whether the center's program said so. Nobody else knows of it unless the person speaks."""

    resident: UUID
    neighbor: Neighbor
    activity: UUID
    session: UUID
    day: date
    noted: bool

    @property
    def is_known(self) -> bool:
        return self.noted or self.session in self.neighbor.spoke_of


@dataclass(frozen=True)
class Change:
    """Something that everybody in `people` (addresses) has to be told once: the subject begins with what `subjects` gives for them."""

    at: datetime
    subjects: dict[str, str]


@dataclass
class Diary:
    letters: list[Delivered] = field(default_factory=list)
    visits: list[Visit] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    presses: Counter[str] = field(default_factory=Counter)

    def doubled(self, zones: dict[str, ZoneInfo]) -> list[str]:
        """People who got two weekly letters in one ISO week of their own calendar, or within two days; zones: by address.

        The very first letter comes when a person has confirmed, and the next one may follow in the same week.
        """
        arrived = defaultdict(list)
        for letter in self.letters:
            if letter.is_weekly:
                arrived[letter.address].append(letter.at.astimezone(zones[letter.address]))
        return [
            f"{address} had weekly letters at {earlier} and {later}"
            for address, times in arrived.items()
            for number, (earlier, later) in enumerate(pairwise(times))
            if later - earlier < TWO_DAYS or (number > 0 and earlier.isocalendar()[:2] == later.isocalendar()[:2])
        ]

    def untold(self, until: datetime) -> list[str]:
        """Addresses that a change was not told exactly once, of those changes that had a day to be told by `until`."""
        faults = []
        arrived = defaultdict(list)
        for letter in self.letters:
            arrived[letter.address].append(letter)
        for change in self.changes:
            if change.at + timedelta(days=1) > until:
                continue
            for address, subject in change.subjects.items():
                times = sum(
                    letter.subject == subject and change.at <= letter.at <= change.at + timedelta(days=1) for letter in arrived[address]
                )
                if times != 1:
                    faults.append(f"{address} was told {times} times at {change.at}: {subject}")
        return faults

    def came_back(self, resident: UUID, begins: date) -> bool:
        """Whether somebody was at one activity twice within six weeks from a day on, as far as anybody knows of it."""
        times = Counter(
            visit.activity
            for visit in self.visits
            if visit.resident == resident and visit.is_known and begins <= visit.day <= begins + SIX_WEEKS
        )
        return max(times.values(), default=0) >= 2
