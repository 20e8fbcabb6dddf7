"""What is kept of a match run."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec
import numpy as np

from service.activities.model import ActivitySummary
from service.matches.packed import ANSWER, APART, INVITED, NEVER, PackedResidents, Table
from service.matches.reason_types import Reason


class MatchRun(msgspec.Struct, frozen=True):
    id: UUID
    region_id: UUID
    week: date
    round: int
    state: str
    seed: int
    report: dict[str, Any] | None = None


class StoredRun(msgspec.Struct, frozen=True):
    """A closed run with what it takes to repeat it."""

    id: UUID
    region_id: UUID
    week: date
    seed: int
    rules_version: str
    model_version: str
    snapshot_hash: str
    result_hash: str
    snapshot: bytes
    report: dict[str, Any]


class Score(msgspec.Struct, frozen=True):
    """A score of a region as it is kept: arrays as matching/score/archive.py packs them."""

    version: str
    fingerprint: str
    arrays: bytes
    card: dict[str, Any]
    state: str


class MatchRegion(msgspec.Struct, frozen=True):
    id: UUID
    slug: str
    name: str
    zone: str


class ResidentRow(msgspec.Struct, frozen=True):
    """One person as the matcher may know them."""

    matcher_id: UUID
    lat: float
    lon: float
    reach_km: float
    travel: str
    age_low: int
    age_high: int
    needs: int
    cost_cents: int
    languages: list[str]
    available: bytes
    party: int
    topics: list[str]
    disliked: list[str]
    words: str
    cohorts: bool
    credit: int


class ActivityRow(msgspec.Struct, frozen=True):
    id: UUID
    organization_id: UUID
    title: str
    description: str
    text_language: str
    topics: list[str]
    lat: float
    lon: float
    age_min: int | None
    age_max: int | None
    cost_cents: int | None
    languages: list[str]
    access_yes: int
    capacity: int | None
    first_at: datetime
    attend_factor: float
    met: float | None
    helped: float | None


class SessionRow(msgspec.Struct, frozen=True):
    """promised: guests that invitations without an answer still stand for."""

    id: UUID
    activity_id: UUID
    starts_at_local: datetime
    starts_at: datetime
    ends_at: datetime
    capacity: int | None
    taken: int
    promised: float = 0.0


class Snapshot(msgspec.Struct, frozen=True):
    """All rows of one region that a week depends on, read in one transaction; what there are many of as packed columns."""

    residents: PackedResidents | list[ResidentRow]
    activities: list[ActivityRow]
    sessions: list[SessionRow]
    answers: Table = msgspec.field(default_factory=lambda: np.zeros(0, ANSWER))
    invited: Table = msgspec.field(default_factory=lambda: np.zeros(0, INVITED))  # and not answered
    never: Table = msgspec.field(default_factory=lambda: np.zeros(0, NEVER))
    apart: Table = msgspec.field(default_factory=lambda: np.zeros(0, APART))


class ActivityPast(msgspec.Struct, frozen=True):
    """An activity's past, told of nobody in particular. said_yes: one number for each person who ever said yes, faded."""

    activity_id: UUID
    said_yes: list[float]
    helped: float | None


class ShownSession(ActivitySummary, frozen=True, kw_only=True):
    """A session as a page tells it."""

    id: UUID
    activity_id: UUID
    slug: str
    starts_at: datetime
    ends_at: datetime
    zone: str
    center_name: str


class OwnMatch(ShownSession, frozen=True, kw_only=True):
    """A match as its resident may see it. session_id: the date's; id: the match's. came_at, yes_at: the last time, if ever."""

    run_id: UUID
    session_id: UUID
    km: float
    reasons: list[Reason]
    capacity: int | None
    first_at: datetime
    came_at: datetime | None
    yes_at: datetime | None


class Named(msgspec.Struct, frozen=True):
    """An activity by its title."""

    id: UUID
    slug: str
    title: str


class WeekLine(msgspec.Struct, frozen=True):
    """One match of a resident's newest week; an empty hand has one line without a match."""

    week: date
    match_id: UUID | None
    activity_id: UUID | None
    title: str | None


class RunSummary(msgspec.Struct, frozen=True):
    """What a run came to. filters: how many empty hands each hard limit explains best.

    model: the score's version; fallback: why it is the hand-set one, empty when it is a learned one.
    """

    run_id: UUID | None
    region: str
    week: date
    residents: int
    sessions: int
    matches: int
    without_match: int
    filters: dict[str, int]
    violations: int
    seconds: float
    certified_gap: float
    model: str = ""
    fallback: str = ""


class Replayed(msgspec.Struct, frozen=True):
    run_id: UUID
    stored: str
    again: str
    equal: bool
