"""Rows of the database into the arrays of the matcher: pure, no clock, no I/O."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np

from matching.inputs import (
    BUS,
    CAR,
    F32,
    HALF_HOURS,
    I32,
    OLDEST,
    U32,
    U64,
    WALK,
    WEEK_WORDS,
    Activities,
    Never,
    Pairs,
    Residents,
    Sessions,
    World,
)
from service.matches.model import ActivityRow, NeverRow, PairRow, ResidentRow, SessionRow, Snapshot

MODES = {"walk": WALK, "bus": BUS, "car": CAR}
ADULT = 18
UNKNOWN_COST = 2_000_000  # above what a ceiling can be unless it is open: "not said" is never taken for free
OPEN_CEILING = 100_000  # cents; who ticks the highest ceiling says that cost does not matter
CAREFUL_SEATS = 15  # expected guests where the center named no capacity

Embed = Callable[[Sequence[str]], F32]
T = TypeVar("T")


class Vocabulary:
    """Codes <-> columns and bits; the taxonomy's order is the order of the columns."""

    def __init__(self, topics: Sequence[str], family_of: dict[str, str]) -> None:
        self.topics = list(topics)
        self.column = {code: i for i, code in enumerate(self.topics)}
        families = sorted(set(family_of.values()))
        self.family_of = {code: families.index(family) for code, family in family_of.items()}
        self.no_family = len(families)


def to_world(snapshot: Snapshot, *, week: date, zone: str, now: datetime, vocabulary: Vocabulary, embed: Embed) -> World:
    """One region's week. Rows may come in any order; columns keep the order of the rows."""
    people, series, dates = snapshot.residents, snapshot.activities, snapshot.sessions
    person = {row.matcher_id: i for i, row in enumerate(people)}
    activity = {row.id: i for i, row in enumerate(series)}
    session = {row.id: i for i, row in enumerate(dates)}
    spoken = sorted({code for p in people for code in p.languages} | {code for a in series for code in _languages(a)})[:32]
    return World(
        residents=_residents(people, vocabulary, spoken, embed),
        sessions=_sessions(dates, activity, {row.id: row for row in series}),
        activities=_activities(series, vocabulary, spoken, embed, now),
        pairs=_pairs([row for row in snapshot.pairs if row.matcher_id in person and row.activity_id in activity], person, activity),
        never=_never([row for row in snapshot.never if row.matcher_id in person and row.session_id in session], person, session),
        week_start_min=int(datetime(week.year, week.month, week.day, tzinfo=ZoneInfo(zone)).timestamp() // 60),
    )


def _residents(rows: Sequence[ResidentRow], vocabulary: Vocabulary, spoken: list[str], embed: Embed) -> Residents:
    n = len(rows)
    return Residents(
        key=keys([r.matcher_id for r in rows]),
        lat=np.array([r.lat for r in rows], np.float64),
        lon=np.array([r.lon for r in rows], np.float64),
        reach_km=np.array([r.reach_km for r in rows], np.float32),
        mode=np.array([MODES[r.travel] for r in rows], np.uint8),
        age_low=np.array([r.age_low for r in rows], np.int16),
        age_high=np.array([r.age_high for r in rows], np.int16),
        needs=np.array([r.needs for r in rows], np.uint32),
        cost_cents=np.array([UNKNOWN_COST if r.cost_cents >= OPEN_CEILING else r.cost_cents for r in rows], np.int32),
        languages=_language_bits([r.languages for r in rows], spoken),
        available=half_hour_words([r.available for r in rows]),
        party=np.array([r.party for r in rows], np.uint8),
        household=np.full(n, -1, np.int32),
        topics=_topics([(r.topics, r.disliked) for r in rows], vocabulary),
        text=_text([r.words for r in rows], embed),
        credit=np.array([r.credit for r in rows], np.float32),
        company=np.array([r.company for r in rows], np.bool_),
        cohorts=np.array([r.cohorts for r in rows], np.bool_),
    )


def _activities(rows: Sequence[ActivityRow], vocabulary: Vocabulary, spoken: list[str], embed: Embed, now: datetime) -> Activities:
    centers = {center: i for i, center in enumerate(sorted({r.organization_id for r in rows}))}
    ages = [age_band(r.age_min, r.age_max) for r in rows]
    return Activities(
        key=keys([r.id for r in rows]),
        center=np.array([centers[r.organization_id] for r in rows], np.int32),
        family=np.array([_family(r.topics, vocabulary) for r in rows], np.int32),
        lat=np.array([r.lat for r in rows], np.float64),
        lon=np.array([r.lon for r in rows], np.float64),
        age_min=np.array([low for low, _ in ages], np.int16),
        age_max=np.array([high for _, high in ages], np.int16),
        provides=np.array([r.access_yes for r in rows], np.uint32),
        cost_cents=np.array([UNKNOWN_COST if r.cost_cents is None else r.cost_cents for r in rows], np.int32),
        languages=_language_bits([_languages(r) for r in rows], spoken),
        topics=_topics([(r.topics, []) for r in rows], vocabulary),
        text=_text([f"{r.title} {r.description[:500]}" for r in rows], embed),
        size=np.array([r.capacity or CAREFUL_SEATS for r in rows], np.float32),
        age_weeks=np.array([max(0.0, (now - r.first_at) / timedelta(weeks=1)) for r in rows], np.float32),
        helped=np.array([np.nan if r.helped is None else r.helped for r in rows], np.float32),
    )


def _sessions(rows: Sequence[SessionRow], activity: dict[UUID, int], series: dict[UUID, ActivityRow]) -> Sessions:
    spans = [half_hours(r.starts_at_local, r.ends_at - r.starts_at) for r in rows]
    return Sessions(
        key=keys([r.id for r in rows]),
        activity=np.array([activity[r.activity_id] for r in rows], np.int32),
        start_min=np.array([int(r.starts_at.timestamp() // 60) for r in rows], np.int64),
        end_min=np.array([int(-(-r.ends_at.timestamp() // 60)) for r in rows], np.int64),
        week_from=np.array([first for first, _ in spans], np.int16),
        week_to=np.array([end for _, end in spans], np.int16),
        seats=np.array([max(0, (CAREFUL_SEATS if r.capacity is None else r.capacity) - r.taken) for r in rows], np.float32),
        attend_factor=np.array([series[r.activity_id].attend_factor for r in rows], np.float32),
        going=np.array([r.taken for r in rows], np.float32),
    )


def _pairs(rows: Sequence[PairRow], person: dict[UUID, int], activity: dict[UUID, int]) -> Pairs:
    rows = sorted(rows, key=lambda r: (person[r.matcher_id], activity[r.activity_id]))
    facts = {name: np.array([getattr(r, name) for r in rows], np.float32) for name in PAIR_FACTS}
    return Pairs(
        resident=np.array([person[r.matcher_id] for r in rows], np.int32),
        activity=np.array([activity[r.activity_id] for r in rows], np.int32),
        faces=np.zeros(len(rows), np.float32),
        **facts,
    )


PAIR_FACTS = ("said_yes", "said_no", "attended", "missed", "invited", "rating")


def _never(rows: Sequence[NeverRow], person: dict[UUID, int], session: dict[UUID, int]) -> Never:
    both = sorted({(person[r.matcher_id], session[r.session_id]) for r in rows})
    columns: I32 = np.array(both, np.int32).reshape(-1, 2)
    return Never(resident=columns[:, 0].copy(), session=columns[:, 1].copy())


def keys(ids: Sequence[UUID]) -> U64:
    """Stable 64-bit keys: a hash, since the first half of a time-ordered id is shared by rows written together."""
    return np.array([int.from_bytes(hashlib.blake2b(i.bytes, digest_size=8).digest(), "big") for i in ids], np.uint64)


def half_hour_words(rows: Sequence[bytes]) -> U64:
    """42 bytes, least bit first -> [n, 6] words, least bit first."""
    raw = np.zeros((len(rows), WEEK_WORDS * 8), np.uint8)
    if rows:
        raw[:, : HALF_HOURS // 8] = np.frombuffer(b"".join(rows), np.uint8).reshape(len(rows), -1)
    return raw.view("<u8").astype(np.uint64)


def half_hours(starts_at_local: datetime, lasts: timedelta) -> tuple[int, int]:
    """First half hour of the local week that is touched, and one past the last (may pass 336)."""
    minutes = starts_at_local.weekday() * 1440 + starts_at_local.hour * 60 + starts_at_local.minute
    ends = minutes + max(1, min(int(lasts.total_seconds() // 60), HALF_HOURS * 30))
    return minutes // 30, min(-(-ends // 30), minutes // 30 + HALF_HOURS)


def age_band(low: int | None, high: int | None) -> tuple[int, int]:
    """No ages given means adults; one open end is open."""
    if low is None and high is None:
        return ADULT, OLDEST
    if low is None:
        return (ADULT if high is not None and high >= ADULT else 0), OLDEST if high is None else high
    return low, OLDEST if high is None else high


def _languages(row: ActivityRow) -> list[str]:
    """What is spoken there; where nothing was said, the language the activity is written in."""
    return row.languages or [row.text_language]


def _language_bits(rows: Sequence[Sequence[str]], spoken: list[str]) -> U32:
    return np.array([sum(1 << spoken.index(code) for code in set(row) if code in spoken) for row in rows], np.uint32)


def _topics(rows: Sequence[tuple[Sequence[str], Sequence[str]]], vocabulary: Vocabulary) -> F32:
    table = np.zeros((len(rows), len(vocabulary.topics)), np.float32)
    for i, (liked, disliked) in enumerate(rows):
        table[i, [vocabulary.column[code] for code in liked if code in vocabulary.column]] = 1
        table[i, [vocabulary.column[code] for code in disliked if code in vocabulary.column]] = -1
    return table


def _family(topics: Sequence[str], vocabulary: Vocabulary) -> int:
    return next((vocabulary.family_of[code] for code in topics if code in vocabulary.family_of), vocabulary.no_family)


def _text(rows: Sequence[str], embed: Embed) -> F32:
    # An embedding refuses to embed nothing, and a region may be without people or sessions: one empty text is always there.
    return np.ascontiguousarray(embed([*rows, ""])[: len(rows)], np.float32)
