"""Rows of the database into the arrays of the matcher: pure, no clock, no I/O."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np

from matching import BUS, CAR, F32, HALF_HOURS, I32, OLDEST, U32, U64, WALK, WEEK_WORDS, Activities, Never, Residents, Sessions, World
from service.interests.clauses import wished
from service.interests.sensitive import needs_asking, sensitive_of
from service.matches import past
from service.matches.model import ActivityRow, ResidentRow, SessionRow, Snapshot
from service.matches.packed import PERSON, PackedResidents, RowIndex, Table, keys_of, packed_ids

MODES = {b"walk": WALK, b"bus ": BUS, b"car ": CAR}
ADULT = 18
UNKNOWN_COST = 2_000_000  # above what a ceiling can be unless it is open: "not said" is never taken for free
OPEN_CEILING = 100_000  # cents; who ticks the highest ceiling says that cost does not matter
CAREFUL_SEATS = 15  # expected guests where the center named no capacity

Embed = Callable[[Sequence[str]], F32]


class Vocabulary:
    """Codes <-> columns and bits; the taxonomy's order is the order of the columns. asked_only: at most 32, for who asked for them."""

    def __init__(self, topics: Sequence[str], family_of: dict[str, str], asked_only: Sequence[str] = ()) -> None:
        self.topics = list(topics)
        self.asked_bit = {code: 1 << i for i, code in enumerate(asked_only)}
        self.column = {code: i for i, code in enumerate(self.topics)}
        families = sorted(set(family_of.values()))
        self.family_of = {code: families.index(family) for code, family in family_of.items()}
        self.no_family = len(families)


def to_world(snapshot: Snapshot, *, week: date, zone: str, now: datetime, vocabulary: Vocabulary, embed: Embed) -> World:
    """One region's week. Rows may come in any order; columns keep the order of the rows."""
    people, series, dates = people_of(snapshot.residents), snapshot.activities, snapshot.sessions
    spoken = spoken_by(people, series)
    residents = to_residents(people, vocabulary, spoken, embed)
    sessions = _sessions(dates, {row.id: i for i, row in enumerate(series)}, {row.id: row for row in series})
    activities = _activities(series, vocabulary, spoken, embed, now)
    person, activity = RowIndex(residents.key), RowIndex(activities.key)
    log = past.past_answers(snapshot.answers, person, activity, now)
    apart = np.stack(_both(snapshot.apart, ("one", person), ("other", person)), axis=1)
    return World(
        residents=replace(residents, habits=past.habits(log, len(residents.key))),
        sessions=sessions,
        activities=activities,
        pairs=past.pairs(log, snapshot.invited, person, activity, past.acquaintances(log, residents.cohorts, apart), len(series)),
        never=_never(snapshot.never, person, RowIndex(sessions.key), turned_down(people.disliked, series, sessions.activity)),
        apart=apart,
        met=past.met(log, residents.cohorts, apart),
        week_start_min=int(datetime(week.year, week.month, week.day, tzinfo=ZoneInfo(zone)).timestamp() // 60),
    )


def people_of(rows: PackedResidents | Sequence[ResidentRow]) -> PackedResidents:
    """Columns from a few rows, such as one person who asks; columns stay as they are."""
    if isinstance(rows, PackedResidents):
        return rows
    row = np.zeros(len(rows), PERSON)
    for at, resident in enumerate(rows):
        for name in ("lat", "lon", "reach_km", "age_low", "age_high", "needs", "cost_cents", "party", "cohorts", "credit"):
            row[name][at] = getattr(resident, name)
        row["id"][at], row["travel"][at] = packed_ids([resident.matcher_id])[0], resident.travel.ljust(4).encode()
        row["available"][at] = np.frombuffer(resident.available, np.uint8)
    languages, topics, disliked = ([" ".join(getattr(resident, name)) for resident in rows] for name in ("languages", "topics", "disliked"))
    return PackedResidents(row, languages, topics, disliked, [resident.words for resident in rows])


def spoken_by(people: PackedResidents | Sequence[ResidentRow], series: Sequence[ActivityRow]) -> list[str]:
    """Languages in the order of their bits."""
    heard = {code for text in set(people_of(people).languages) for code in text.split()}
    return sorted(heard | {code for a in series for code in _languages(a)})[:32]


def to_residents(people: PackedResidents | Sequence[ResidentRow], vocabulary: Vocabulary, spoken: list[str], embed: Embed) -> Residents:
    people = people_of(people)
    row = people.row
    return Residents(
        key=keys_of(row["id"]),
        lat=row["lat"].astype(np.float64),
        lon=row["lon"].astype(np.float64),
        reach_km=row["reach_km"].astype(np.float32),
        mode=np.select([row["travel"] == mode for mode in MODES], list(MODES.values())).astype(np.uint8),
        age_low=row["age_low"].astype(np.int16),
        age_high=row["age_high"].astype(np.int16),
        needs=row["needs"].astype(np.uint32),
        cost_cents=np.where(row["cost_cents"] >= OPEN_CEILING, UNKNOWN_COST, row["cost_cents"]).astype(np.int32),
        languages=_language_bits(people.languages, spoken),
        available=half_hour_words(row["available"]),
        party=row["party"].astype(np.uint8),
        household=_households(row["household"]),
        topics=_topics(people.topics, people.disliked, vocabulary),
        text=_text([wished(words) for words in people.words], embed),
        credit=row["credit"].astype(np.float32),
        cohorts=row["cohorts"].astype(np.bool_),
        asked=_asked_bits([text.split() for text in people.topics], vocabulary),
    )


def _households(ids: Table) -> I32:
    """A number for each household; -1 for whoever lives in none."""
    alone = (ids["hi"] == 0) & (ids["lo"] == 0)
    return np.where(alone, -1, np.unique(keys_of(ids), return_inverse=True)[1]).astype(np.int32)


def _both(rows: Table, *ends: tuple[str, RowIndex]) -> tuple[I32, I32]:
    """The two ends of each row as row numbers, sorted, each once; rows of which an end is not there this week are left out."""
    first, second = (place.of(keys_of(rows[name])) for name, place in ends)
    there = (first >= 0) & (second >= 0)
    both = np.unique(np.stack((first[there], second[there]), axis=1), axis=0).astype(np.int32)
    return both[:, 0].copy(), both[:, 1].copy()


def _never(rows: Table, person: RowIndex, session: RowIndex, refused: I32) -> Never:
    """What was answered or is barred, and what is about a topic that the person refuses."""
    answered = np.stack(_both(rows, ("person", person), ("session", session)), axis=1)
    return Never(*(column.copy() for column in np.unique(np.concatenate((answered, refused)), axis=0).T))


def turned_down(disliked: Sequence[str], series: Sequence[ActivityRow], activity: I32) -> I32:
    """[k, 2] person and session, for every session about a topic that the person refuses. activity: [m] of each session."""
    refusing = {text: set(text.split()) for text in disliked if text}
    wanted = {code for codes in refusing.values() for code in codes}
    about = {code: np.flatnonzero(np.array([code in row.topics for row in series], bool)[activity]) for code in wanted}
    sessions = {text: np.unique(np.concatenate([about[code] for code in codes])) for text, codes in refusing.items()}
    pairs = [np.stack((np.full(len(sessions[text]), i), sessions[text]), axis=1) for i, text in enumerate(disliked) if text]
    return np.concatenate(pairs or [np.zeros((0, 2))]).astype(np.int32)


def _activities(rows: Sequence[ActivityRow], vocabulary: Vocabulary, spoken: list[str], embed: Embed, now: datetime) -> Activities:
    centers = {center: i for i, center in enumerate(sorted({r.organization_id for r in rows}))}
    ages = [age_band(r.age_min, r.age_max) for r in rows]
    sensitive = [sorted(sensitive_of(r.topics, r.title, r.description)) for r in rows]
    topics = [list(dict.fromkeys((*r.topics, *codes))) for r, codes in zip(rows, sensitive, strict=True)]
    return Activities(
        key=keys([r.id for r in rows]),
        center=np.array([centers[r.organization_id] for r in rows], np.int32),
        family=np.array([_family(codes, vocabulary) for codes in topics], np.int32),
        lat=np.array([r.lat for r in rows], np.float64),
        lon=np.array([r.lon for r in rows], np.float64),
        age_min=np.array([low for low, _ in ages], np.int16),
        age_max=np.array([high for _, high in ages], np.int16),
        provides=np.array([r.access_yes for r in rows], np.uint32),
        cost_cents=np.array([UNKNOWN_COST if r.cost_cents is None else r.cost_cents for r in rows], np.int32),
        languages=_language_bits([" ".join(_languages(r)) for r in rows], spoken),
        topics=_topics([" ".join(codes) for codes in topics], [], vocabulary),
        text=_text([f"{r.title} {r.description[:500]}" for r in rows], embed),
        size=np.array([r.capacity or CAREFUL_SEATS for r in rows], np.float32),
        age_weeks=np.array([max(0.0, (now - r.first_at) / timedelta(weeks=1)) for r in rows], np.float32),
        helped=np.array([np.nan if r.helped is None else r.helped for r in rows], np.float32),
        sensitive=_asked_bits([needs_asking(r.topics, r.title, r.description) for r in rows], vocabulary),
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
        seats=np.array([free_seats(r, series[r.activity_id].attend_factor) for r in rows], np.float32),
        attend_factor=np.array([series[r.activity_id].attend_factor for r in rows], np.float32),
        going=np.array([r.taken for r in rows], np.float32),
    )


def free_seats(session: SessionRow, attend_factor: float) -> float:
    """Seats that neither a registration nor an invitation without an answer stands for; a center wants `attend_factor` guests for each."""
    capacity = CAREFUL_SEATS if session.capacity is None else session.capacity
    return max(0.0, capacity - session.taken - session.promised / attend_factor)


def keys(ids: Sequence[UUID]) -> U64:
    return keys_of(packed_ids(ids))


def half_hour_words(available: Table) -> U64:
    """[n, 42] bytes, least bit first -> [n, 6] words, least bit first."""
    raw = np.zeros((len(available), WEEK_WORDS * 8), np.uint8)
    raw[:, : HALF_HOURS // 8] = available
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


def _language_bits(rows: Sequence[str], spoken: list[str]) -> U32:
    """Rows hold codes with a blank between; few of them differ."""
    bits = {text: sum(1 << spoken.index(code) for code in set(text.split()) if code in spoken) for text in set(rows)}
    return np.array([bits[text] for text in rows], np.uint32)


def _asked_bits(rows: Iterable[Iterable[str]], vocabulary: Vocabulary) -> U32:
    return np.array([sum(vocabulary.asked_bit.get(code, 0) for code in set(codes)) for codes in rows], np.uint32)


def _topics(liked: Sequence[str], disliked: Sequence[str], vocabulary: Vocabulary) -> F32:
    """[rows, topics] 1 where liked, -1 where disliked."""
    marks = np.zeros((len(liked), len(vocabulary.topics)), np.float32)
    for texts, mark in ((liked, 1), (disliked, -1)):
        pairs = [(i, vocabulary.column[code]) for i, text in enumerate(texts) for code in text.split() if code in vocabulary.column]
        row, column = np.array(pairs, np.int64).reshape(-1, 2).T
        marks[row, column] = mark
    return marks


def _family(topics: Sequence[str], vocabulary: Vocabulary) -> int:
    return next((vocabulary.family_of[code] for code in topics if code in vocabulary.family_of), vocabulary.no_family)


def _text(rows: Sequence[str], embed: Embed) -> F32:
    """[rows, size] in the embedding; a text that many wrote is embedded once."""
    different = {text: at for at, text in enumerate(dict.fromkeys(rows))}
    vectors = embed(list(different))
    return np.ascontiguousarray(vectors[[different[text] for text in rows]], np.float32).reshape(len(rows), vectors.shape[1])
