"""Tables: an hour with an offset is an instant, one without is the hour at the place. All rows are invented."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.feeds.maps import Map
from service.feeds.model import ParsedCalendar, ParsedEvent
from service.feeds.places import FeedHome, placed
from service.feeds.table import parse
from service.places.places import Places

NEW_YORK = "America/New_York"
HOME = FeedHome(name="Elm House", lat=40.75, lon=-73.99, zone=NEW_YORK)
PLACES = Places()


def table(header: str, *rows: str, column_map: Map | None = None) -> ParsedCalendar:
    data = "\n".join((header, *rows)).encode()
    parsed = parse(data, column_map=column_map, home_zone=NEW_YORK) if column_map else parse(data, home_zone=NEW_YORK)
    assert parsed.rows == sum(event.rows for event in parsed.events) + len(parsed.refused)
    return parsed


def at_the_place(event: ParsedEvent) -> str:
    where = placed(event, home=HOME, places=PLACES)
    return f"{where.event.start:%m-%d %H:%M} {where.zone}"


def only(parsed: ParsedCalendar) -> ParsedEvent:
    assert parsed.refused == []
    [event] = parsed.events
    return event


@pytest.mark.parametrize(
    "start",
    [
        "2026-03-12T22:00:00Z",
        "2026-03-12T22:00:00z",
        "2026-03-12t22:00:00.000z",
        "20260312T220000Z",
        "2026-03-12 22:00 UTC",
        "2026-03-12 22:00 GMT",
        "2026-03-12T15:00:00-07:00",
        "2026-03-12T15:00:00-0700",
        "2026-03-12T15:00-07",
        "2026-03-12 15:00 -0700",
        "2026-03-12T15:00:00\u221207:00",
        "2026-03-13T03:30:00+05:30",
        "2026-03-12 23:00 GMT+1",
        "2026-03-12T18:00:00",
        "2026-03-12 18:00",
    ],
)
def test_six_in_the_evening_is_six_in_the_evening_however_it_is_written(start: str) -> None:
    assert at_the_place(only(table("title,start,zip", f"Stew,{start},10001"))) == "03-12 18:00 America/New_York"


def test_the_place_of_a_row_tells_its_hour_and_not_the_home_of_the_table() -> None:
    rows = ["Stew,2026-03-12T23:00:00Z,60601", "Tea,2026-03-13T18:00:00,60601", "Pie,2026-03-14T18:00:00,10001"]
    events = table("title,start,zip", *rows).events
    assert [at_the_place(event) for event in events] == [
        "03-12 18:00 America/Chicago",
        "03-13 18:00 America/Chicago",
        "03-14 18:00 America/New_York",
    ]


def test_the_clock_of_a_map_counts_for_its_instants_too() -> None:
    column_map = Map(columns={"title": "name", "start": "begins", "end": "ends"}, zone="America/Denver", dates=("%d.%m.%Y %H:%M %z",))
    rows = ["Stew,2026-03-12T22:00:00Z,2026-03-12T23:30:00Z", "Tea,12.03.2026 22:00 +0000,12.03.2026 23:00 +0000"]
    events = table("name,begins,ends", *rows, column_map=column_map).events
    assert [(f"{event.start:%m-%d %H:%M}", event.zone) for event in events] == [("03-12 16:00", "America/Denver")] * 2
    assert [event.duration for event in events] == [timedelta(minutes=90), timedelta(hours=1)]


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2026-03-12T22:00:00Z", "2026-03-12T23:30:00Z"),
        ("2026-03-12T22:00:00Z", "2026-03-12T19:30:00-04:00"),
        ("2026-03-12T22:00:00Z", "2026-03-12 19:30"),
        ("2026-03-12 18:00", "2026-03-12T23:30:00Z"),
    ],
)
def test_start_and_end_may_be_written_in_two_ways(start: str, end: str) -> None:
    assert only(table("title,start,end", f"Stew,{start},{end}")).duration == timedelta(minutes=90)


def test_a_length_over_the_change_of_the_clock_is_the_true_one() -> None:
    assert only(table("title,start,end", "Vigil,2026-03-08T05:30:00Z,2026-03-08T08:30:00Z")).duration == timedelta(hours=3)


def test_a_clock_in_its_own_column_goes_with_the_day_as_written() -> None:
    for day in ("2026-03-12", "2026-03-12T00:00:00", "2026-03-12T00:00:00.000Z"):
        event = only(table("title,date,start_time,end_time", f"Stew,{day},18:00,19:30"))
        assert at_the_place(event) == "03-12 18:00 America/New_York"
        assert event.duration == timedelta(minutes=90)


@settings(max_examples=200, deadline=None)
@given(
    since=st.integers(0, 364 * 24 * 60),
    minutes=st.integers(-12 * 4, 14 * 4).map(lambda quarter: quarter * 15),
    colon=st.booleans(),
    space=st.booleans(),
)
def test_every_offset_is_read_as_the_instant_it_is(since: int, minutes: int, colon: bool, space: bool) -> None:
    instant = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=since)
    written = instant + timedelta(minutes=minutes)
    hours, rest = divmod(abs(minutes), 60)
    offset = f"{'-' if minutes < 0 else '+'}{hours:02}{':' if colon else ''}{rest:02}"
    event = only(table("title,start,zip", f"Stew,{written:%Y-%m-%dT%H:%M}{' ' if space else ''}{offset},10001"))
    expected = instant.astimezone(ZoneInfo(NEW_YORK))
    assert at_the_place(event) == f"{expected:%m-%d %H:%M} {NEW_YORK}"


def test_one_program_stays_one_series_when_the_clock_changes() -> None:
    rows = ["Stew,2026-03-05T18:00:00-05:00", "Stew,2026-03-12T22:00:00Z", "Stew,2026-03-19 18:00-04:00"]
    event = only(table("title,start", *rows))
    where = placed(event, home=HOME, places=PLACES).event
    assert [f"{day:%m-%d %H:%M}" for day in (where.start, *where.rdates)] == ["03-05 18:00", "03-12 18:00", "03-19 18:00"]


def test_what_the_status_or_the_title_of_a_row_calls_off_is_off() -> None:
    rows = [
        "Stew,2026-03-12 18:00,CANCELED - ice",
        "Tea,2026-03-13 18:00,Postponed",
        "Pie (cancelled),2026-03-14 18:00,",
        "Hall closed,2026-03-15 18:00,open",
        "Bread,2026-03-16 18:00,confirmed",
        "Closed loop walk,2026-03-17 18:00,",
    ]
    events = table("title,start,status", *rows).events
    assert [event.title for event in events if not event.cancelled] == ["Bread", "Closed loop walk"]
    assert len(events) == 6


def test_a_row_keeps_its_identity_when_the_notice_is_written_into_its_title() -> None:
    before, after = (only(table("title,start", f"{title},2026-03-12 18:00")) for title in ("Stew night", "CANCELLED - Stew night"))
    assert before.uid == after.uid


def test_dates_outside_of_all_calendars_are_refused_by_name() -> None:
    [refused] = table("title,start", "Stew,0001-01-01T00:00:00+14:00").refused
    assert refused.code == "start_out_of_range"
    [refused] = table("title,start", "Stew,2026-03-12T22:00:00+99:00").refused
    assert refused.code == "date_unreadable"
