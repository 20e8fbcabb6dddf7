"""Calendars as the world writes them: everything is read, or refused by name, one event at a time."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.feeds.ical import NotACalendar, parse
from service.feeds.model import EventOverride, ParsedCalendar, ParsedEvent


def calendar(*events: str, head: str = "") -> bytes:
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        *head.split("\n"),
        *(f"BEGIN:VEVENT\n{event}\nEND:VEVENT" for event in events),
        "END:VCALENDAR",
    ]
    return "\r\n".join(line for line in "\n".join(lines).split("\n") if line).encode() + b"\r\n"


GOOD = "UID:good\nSUMMARY:Chair yoga\nDTSTART;TZID=America/New_York:20260105T100000\nDTEND;TZID=America/New_York:20260105T110000"


def only(parsed: ParsedCalendar) -> ParsedEvent:
    assert len(parsed.events) == 1
    assert parsed.refused == []
    return parsed.events[0]


def wall(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute)  # noqa: DTZ001 - a wall-clock time


def test_a_plain_event_is_read_with_its_words() -> None:
    event = only(
        parse(
            calendar(
                GOOD + "\nLOCATION:Main Library\\, 12 Elm St\nGEO:40.5;-74.25\nCATEGORIES:Health,Seniors\nURL:https://example.org/yoga\n"
                "DESCRIPTION:<p>Sit &amp\\; stretch.</p><script>alert(1)</script>\\nBring water.\nSEQUENCE:3",
                head="X-WR-CALNAME:Town\\, all of it",
            )
        )
    )
    assert (event.title, event.start, event.zone, event.duration) == (
        "Chair yoga",
        wall(2026, 1, 5, 10),
        "America/New_York",
        timedelta(hours=1),
    )
    assert (event.place, event.lat, event.lon, event.categories) == ("Main Library, 12 Elm St", 40.5, -74.25, ("Health", "Seniors"))
    assert (event.url, event.sequence) == ("https://example.org/yoga", 3)
    assert event.description == "Sit & stretch.\n\nBring water."


BROKEN = {
    "no_start": "UID:x\nSUMMARY:No start",
    "no_title": "UID:x\nDTSTART:20260105T100000Z",
    "date_unreadable": "UID:x\nSUMMARY:x\nDTSTART:next Tuesday",
    "ends_before_it_starts": "UID:x\nSUMMARY:x\nDTSTART:20260105T100000Z\nDTEND:20260104T100000Z",
    "zone_not_known": "UID:x\nSUMMARY:x\nDTSTART;TZID=Middle Earth:20260105T100000",
    "start_out_of_range": "UID:x\nSUMMARY:x\nDTSTART:00010101T000000Z",
    "several_rules": "UID:x\nSUMMARY:x\nDTSTART:20260105T100000Z\nRRULE:FREQ=DAILY\nRRULE:FREQ=WEEKLY",
    "this_and_future": "UID:x\nSUMMARY:x\nDTSTART:20260105T100000Z\nRECURRENCE-ID;RANGE=THISANDFUTURE:20260105T100000Z",
    "event_too_long": "UID:x\nSUMMARY:x\nDTSTART:20260105T100000Z\nDESCRIPTION:" + "x" * 100_001,
    "rule_too_long": "UID:x\nSUMMARY:x\nDTSTART:20260105T100000Z\nRRULE:FREQ=MONTHLY;BYMONTHDAY=" + ",".join(["11"] * 200),
}


@pytest.mark.parametrize("code", BROKEN)
def test_a_broken_event_is_refused_by_name_and_the_others_are_kept(code: str) -> None:
    parsed = parse(calendar(GOOD, BROKEN[code], GOOD.replace("UID:good", "UID:better")))
    assert [event.uid for event in parsed.events] == ["good", "better"]
    assert [(refused.row, refused.code) for refused in parsed.refused] == [(2, code)]


def test_an_event_that_is_never_closed_costs_only_itself() -> None:
    data = calendar(GOOD, "UID:open\nSUMMARY:Open", GOOD.replace("good", "after")).replace(
        b"SUMMARY:Open\r\nEND:VEVENT\r\n", b"SUMMARY:Open\r\n"
    )
    parsed = parse(data)
    assert [event.uid for event in parsed.events] == ["good", "after"]
    assert [refused.code for refused in parsed.refused] == ["not_closed"]


def test_alarms_and_a_thousand_nested_parts_do_not_reach_the_event() -> None:
    alarm = "BEGIN:VALARM\nSUMMARY:Alarm\nDTSTART:19990101T000000\nEND:VALARM"
    assert only(parse(calendar(alarm + "\n" + GOOD))).title == "Chair yoga"
    assert only(parse(calendar(GOOD + "\n" + "\n".join(["BEGIN:X"] * 1000)))).title == "Chair yoga"


@pytest.mark.parametrize(
    "junk", ["DURATION:P15M", "GEO:somewhere", "SEQUENCE:two", "EXDATE:never", "this is no line", "CATEGORIES", "URL:javascript:alert(1)"]
)
def test_a_broken_detail_does_not_cost_the_event(junk: str) -> None:
    event = only(parse(calendar(GOOD + "\n" + junk)))
    assert event.title == "Chair yoga"
    assert event.url is None


def test_a_length_nobody_can_read_is_not_said() -> None:
    assert only(parse(calendar("UID:x\nSUMMARY:x\nDTSTART:20260105T100000Z\nDURATION:P15M"))).duration is None


@pytest.mark.parametrize(
    ("name", "home", "zone"),
    [
        ("America/Los_Angeles", None, "America/Los_Angeles"),
        ("america/los_angeles", None, "America/Los_Angeles"),
        ("PDT", None, "America/Los_Angeles"),
        ("EST", None, "America/New_York"),
        ("MST", None, "America/Denver"),
        ("MST", "America/Phoenix", "America/Phoenix"),
        ("EST", "America/Toronto", "America/Toronto"),
        ("Eastern Standard Time", None, "America/New_York"),
        ('"Eastern Time (US & Canada)"', None, "America/New_York"),
        ("/freeassociation.sourceforge.net/Europe/Berlin", None, "Europe/Berlin"),
        ("US/Pacific", None, "US/Pacific"),
    ],
)
def test_zones_are_known_by_the_names_programs_give_them(name: str, home: str | None, zone: str) -> None:
    event = only(parse(calendar(f"UID:x\nSUMMARY:x\nDTSTART;TZID={name}:20260704T100000"), home_zone=home))
    assert (event.zone, event.start) == (zone, wall(2026, 7, 4, 10))


def test_a_zone_of_the_calendars_own_making_may_say_which_one_it_means() -> None:
    own = "BEGIN:VTIMEZONE\nTZID:Our time\nX-LIC-LOCATION:America/Chicago\nEND:VTIMEZONE"
    assert only(parse(calendar("UID:x\nSUMMARY:x\nDTSTART;TZID=Our time:20260704T100000", head=own))).zone == "America/Chicago"


def test_floating_times_and_single_instants_are_told_by_the_calendars_own_clock() -> None:
    head = "X-WR-TIMEZONE:America/New_York"
    assert only(parse(calendar("UID:x\nSUMMARY:x\nDTSTART:20260704T100000", head=head))).zone == "America/New_York"
    event = only(parse(calendar("UID:x\nSUMMARY:x\nDTSTART:20260704T140000Z\nDTEND:20260704T153000Z", head=head)))
    assert (event.start, event.zone, event.duration) == (wall(2026, 7, 4, 10), "America/New_York", timedelta(minutes=90))
    assert only(parse(calendar("UID:x\nSUMMARY:x\nDTSTART:20260704T100000"))).zone is None


def test_a_day_without_an_hour_stays_a_day() -> None:
    event = only(parse(calendar("UID:x\nSUMMARY:x\nDTSTART;VALUE=DATE:20260704\nDTEND;VALUE=DATE:20260706")))
    assert (event.all_day, event.start, event.duration) == (True, wall(2026, 7, 4), timedelta(days=2))


WEEKLY = GOOD + "\nRRULE:FREQ=WEEKLY;UNTIL=20260401T000000Z"


def test_moved_and_cancelled_dates_become_part_of_their_series() -> None:
    event = only(
        parse(
            calendar(
                WEEKLY
                + "\nEXDATE;TZID=America/New_York:20260112T100000,20260119T100000\nEXDATE:20260126T150000Z\nEXDATE;VALUE=DATE:20260202",
                "UID:good\nSUMMARY:Chair yoga\nRECURRENCE-ID:20260209T150000Z\nDTSTART:20260210T160000Z\nDTEND:20260210T180000Z",
                "UID:good\nSUMMARY:Chair yoga\nSTATUS:CANCELLED\nRECURRENCE-ID;TZID=America/New_York:20260216T100000\n"
                "DTSTART;TZID=America/New_York:20260216T100000",
            )
        )
    )
    assert event.rrule == "FREQ=WEEKLY;UNTIL=20260401T000000Z"
    assert event.exdates == tuple(wall(2026, *day, 10) for day in [(1, 12), (1, 19), (1, 26), (2, 2), (2, 16)])
    assert event.overrides == (EventOverride(wall(2026, 2, 9, 10), wall(2026, 2, 10, 11), timedelta(hours=2)),)
    assert (event.rows, event.cancelled_rows) == (3, 1)


def test_a_date_whose_series_is_missing_stands_for_itself() -> None:
    event = only(parse(calendar(GOOD + "\nRECURRENCE-ID;TZID=America/New_York:20260105T090000")))
    assert event.uid == "good#20260105T090000"[:-2]


def test_of_two_versions_of_one_event_the_later_counts() -> None:
    event = only(parse(calendar(GOOD + "\nSEQUENCE:2", GOOD.replace("Chair yoga", "Old name") + "\nSEQUENCE:1")))
    assert (event.title, event.rows) == ("Chair yoga", 2)


def test_one_uid_with_several_dates_is_one_series() -> None:
    event = only(parse(calendar(GOOD, GOOD.replace("20260105", "20260107"), GOOD.replace("20260105", "20260109") + "\nSTATUS:CANCELLED")))
    assert (event.start, event.rdates, event.rows, event.cancelled_rows) == (wall(2026, 1, 5, 10), (wall(2026, 1, 7, 10),), 3, 1)


def test_one_uid_used_for_different_things_is_several_events() -> None:
    parsed = parse(calendar(GOOD, GOOD.replace("20260105", "20260107").replace("Chair yoga", "Chess")))
    assert [(event.title, event.uid) for event in parsed.events] == [("Chair yoga", "good"), ("Chess", "good#20260107T1000")]


def test_events_without_uid_keep_the_same_made_one_when_dates_are_added() -> None:
    nameless = GOOD.replace("UID:good\n", "")
    first = only(parse(calendar(nameless)))
    later = only(parse(calendar(nameless, nameless.replace("20260105", "20260112"))))
    assert first.uid == later.uid
    assert later.rdates == (wall(2026, 1, 12, 10),)


def test_a_cancelled_event_says_so() -> None:
    assert only(parse(calendar(GOOD + "\nSTATUS:CANCELLED"))).cancelled


def test_an_error_page_is_not_a_calendar_and_not_an_empty_one() -> None:
    with pytest.raises(NotACalendar):
        parse(b"<html>Too many requests</html>")
    assert parse(calendar()).rows == 0


def test_more_events_than_anyone_posts_are_refused_not_read() -> None:
    parsed = parse(calendar(*[f"UID:{number}\nSUMMARY:x\nDTSTART:20260105T100000Z" for number in range(5003)]))
    assert (parsed.rows, len(parsed.events), {refused.code for refused in parsed.refused}) == (5003, 5000, {"too_many_events"})


@settings(max_examples=300, deadline=None)
@given(
    cuts=st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 60), st.binary(max_size=12)), min_size=1, max_size=6),
)
def test_a_mangled_calendar_is_read_as_far_as_it_goes_and_every_row_is_accounted_for(cuts: list[tuple[int, int, bytes]]) -> None:
    data = bytearray(
        calendar(
            WEEKLY + "\nEXDATE:20260112T150000Z\nGEO:1;2", GOOD.replace("good", "two"), "UID:x\nSUMMARY:x\nDTSTART;VALUE=DATE:20260101"
        )
    )
    for place, length, instead in cuts:
        data[place % len(data) : place % len(data) + length] = instead
    try:
        parsed = parse(bytes(data))
    except NotACalendar:
        return
    assert parsed.rows == sum(event.rows for event in parsed.events) + len(parsed.refused)
    assert len({event.uid for event in parsed.events}) == len(parsed.events)


def test_the_moment_of_change_is_in_utc() -> None:
    assert only(parse(calendar(GOOD + "\nLAST-MODIFIED:20260101T120000Z"))).modified_at == datetime(2026, 1, 1, 12, tzinfo=UTC)


def test_the_mistakes_of_a_program_are_named_and_cost_no_event() -> None:
    broken = "UID:{}\nSUMMARY:Chess\nDTSTART;TZID=PDT:20260105T100000\nDURATION:P15M"
    parsed = parse(
        calendar(broken.format(1), broken.format(2), GOOD, head="REFRESH-INTERVAL;VALUE=DURATION:P15M"), home_zone="America/New_York"
    )
    assert parsed.noticed == {"duration_unreadable": 2, "zone_short_name": 2, "refresh_interval_unreadable": 1}
    assert (len(parsed.events), parsed.refused) == (3, [])


def test_a_sound_calendar_is_noticed_for_nothing() -> None:
    assert parse(calendar(GOOD, head="REFRESH-INTERVAL;VALUE=DURATION:PT15M\nX-PUBLISHED-TTL:P1DT12H")).noticed == {}
