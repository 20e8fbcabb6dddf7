"""The sample neighborhood as its file describes it, and what a sample week came to."""

from __future__ import annotations

from datetime import date

import msgspec

from service.activities.model import VisitNotes


class SampleOrganization(msgspec.Struct, frozen=True, kw_only=True):
    slug: str
    name: str
    zip: str
    postal_address: str


class SamplePartner(SampleOrganization, frozen=True, kw_only=True):
    """form: short name of its sign-up form; title, intro: what stands on it."""

    form: str
    title: str
    intro: str


class SampleActivity(VisitNotes, frozen=True, kw_only=True):
    """start: hour and minute by the clock of the city; cost in cents; yes, no: answers on access; ages: youngest and oldest."""

    title: str
    description: str
    rule: str
    start: str
    minutes: int
    capacity: int
    cost: int
    yes: tuple[str, ...]
    no: tuple[str, ...] = ()
    minimum: int | None = None
    ages: tuple[int | None, int | None] = (None, None)
    languages: tuple[str, ...] = ("en",)


class SampleCenter(SampleOrganization, frozen=True, kw_only=True):
    """notes: of all its activities, where an activity has none of its own."""

    place: str
    notes: VisitNotes
    activities: list[SampleActivity]


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """zips: where its residents live."""

    city: str
    state: str
    zips: list[str]
    partners: list[SamplePartner]
    centers: list[SampleCenter]


class DemoDay(msgspec.Struct, frozen=True, kw_only=True):
    """A day after the sample week. yes, feedback: buttons pressed. came, stayed_away: of people with a seat at a date that ended.

    waiting: people who wait for a seat at its end.
    """

    day: date
    letters: int
    yes: int
    came: int
    stayed_away: int
    waiting: int
    feedback: int


class DemoReturns(msgspec.Struct, frozen=True, kw_only=True):
    """People with a match in the first week, and those of them who came twice to one activity (`outcomes/north_star.py`)."""

    matched: int
    came_back: int


class DemoSummary(msgspec.Struct, frozen=True, kw_only=True):
    """What the week came to.

    filters: whoever got nothing, by the limit that took the last of what was on; "nothing_on": nothing was, in their region and week;
    "seats": something suited them, and its seats went to others. imported: rows by what became of them; noticed: what is broken in files
    that were read all the same; not_read: files that could not be read, and why. days, returns: of `--weeks`, as far as they were played.
    """

    residents: int
    activities: int
    sessions: int
    matches: int
    digests_sent: int
    residents_without_match: int
    violations: int
    seconds: float
    mailbox: str
    filters: dict[str, int]
    imported: dict[str, int]
    noticed: list[str]
    not_read: list[str]
    sent_again: int
    runs: list[str]
    days: list[DemoDay] = []
    returns: DemoReturns | None = None
