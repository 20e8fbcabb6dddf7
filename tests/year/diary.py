"""What the script itself saw happen: nothing in it is read from the program's tables but whose handle a seat has."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from uuid import UUID
from zoneinfo import ZoneInfo

from tests.year.letters import Delivered

TWO_DAYS = timedelta(days=2)


@dataclass(frozen=True)
class Visit:
    """noted: whether the center's program said so."""

    resident: UUID
    activity: UUID
    starts_at: datetime
    noted: bool


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
