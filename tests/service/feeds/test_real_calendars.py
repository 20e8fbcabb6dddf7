"""Real calendars of some forty producers: none crashes, every event is accounted for, and an independent library finds the same dates."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import recurring_ical_events
from icalendar import Calendar, Event

from service.activities.recurrence import MovedOccurrence, Series, expand
from service.feeds.called_off import called_off, description_off
from service.feeds.ical import parse
from service.feeds.model import ParsedCalendar, ParsedEvent
from tests.shared import shared_data

SHARED = shared_data()
FILES = sorted((SHARED / "data/community-calendar/ics").glob("*.ics")) if SHARED else []
pytestmark = pytest.mark.skipif(not FILES, reason="the real calendars are not on this machine")

AFTER, BEFORE = datetime(2025, 10, 1, tzinfo=UTC), datetime(2026, 10, 1, tzinfo=UTC)
HOME = "America/New_York"


@pytest.fixture(params=FILES, ids=lambda path: path.stem)
def path(request: pytest.FixtureRequest) -> Path:
    return request.param  # type: ignore[no-any-return]


def starts(event: ParsedEvent) -> Counter[tuple[str, datetime]]:
    moved = tuple(MovedOccurrence(one.original, one.start, one.duration) for one in event.overrides)
    rule_of_dates = Series(
        start=event.start,
        duration=event.duration or timedelta(0),
        zone=event.zone or HOME,
        rule=event.rrule,
        exdates=event.exdates,
        rdates=event.rdates,
        moved=moved,
    )
    return Counter((event.title, o.starts_at) for o in expand(rule_of_dates, after=AFTER, before=BEFORE) if not event.cancelled)


MENDED = {b":P15M": b":PT15M", b"TZID=PDT": b"TZID=America/Los_Angeles", b"Eastern Time (US & Canada)": b"America/New_York"}


def by_an_independent_library(data: bytes, refused: set[str | None]) -> Counter[datetime]:
    """It reads a calendar whole or not at all, so three kinds of breakage are mended for it, and what we refuse is taken out."""
    instants: Counter[datetime] = Counter()
    for broken, mended in MENDED.items():
        data = data.replace(broken, mended)
    calendar = Calendar.from_ical(data)
    calendar.subcomponents = [part for part in calendar.subcomponents if part.get("UID") not in refused or "UID" not in part]
    for event in recurring_ical_events.of(calendar, skip_bad_series=True).between(AFTER - timedelta(days=2), BEFORE + timedelta(days=2)):
        start = event["DTSTART"].dt
        if isinstance(start, datetime) and start.tzinfo and AFTER <= start < BEFORE and not says_off(event, start):
            instants[start.astimezone(UTC)] += 1
    return instants


def says_off(event: Event, start: datetime) -> bool:
    """The words are judged by tests of their own; here only the dates are compared."""
    words = [str(event.get("SUMMARY", "")), *(str(word) for word in getattr(event.get("CATEGORIES"), "cats", []))]
    spoken = description_off(str(event.get("DESCRIPTION", ""))) or any(called_off(word, on=start.date()) for word in words)
    return spoken or str(event.get("STATUS")) == "CANCELLED"


def test_every_event_is_read_or_refused_by_name(path: Path) -> None:
    data = path.read_bytes()
    parsed = parse(data, home_zone=HOME)
    assert parsed.rows == data.count(b"BEGIN:VEVENT")
    assert parsed.rows == sum(event.rows for event in parsed.events) + len(parsed.refused)
    assert len(parsed.refused) <= 2
    assert all(refused.code for refused in parsed.refused)


def test_an_independent_library_finds_the_same_dates(path: Path) -> None:
    data = path.read_bytes()
    parsed: ParsedCalendar = parse(data, home_zone=HOME)
    ours: Counter[datetime] = Counter()
    for event in parsed.events:
        if not event.all_day and (event.zone or b"DTSTART:" not in data):
            ours += Counter(start for _, start in starts(event).elements())
    theirs = by_an_independent_library(data, {refused.uid for refused in parsed.refused})
    assert set(ours) == set(theirs)
    assert ours <= theirs  # one row told twice is one event here
