"""A series written in UTC keeps the hour at which its people come, summer and winter."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from service.activities.recurrence import MovedOccurrence, Occurrence, Series, expand
from service.feeds.ical import parse
from service.feeds.model import ParsedEvent
from service.feeds.wall_clock import by_the_clock_of
from tests.service.feeds.calendars import calendar

AFTER, BEFORE = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 2, 1, tzinfo=UTC)
UNTIL = datetime(2026, 12, 20, tzinfo=UTC)
NEW_YORK = "America/New_York"


def parsed(*lines: str, head: str = f"X-WR-TIMEZONE:{NEW_YORK}", more: str = "") -> ParsedEvent:
    event = "\r\n".join(["BEGIN:VEVENT", "UID:kites", "SUMMARY:Kite workshop", *lines, "END:VEVENT"])
    [read] = parse(calendar(event, *([more] if more else []), head=head)).events
    return read


def dates(event: ParsedEvent) -> list[Occurrence]:
    series = Series(
        start=event.start,
        duration=timedelta(hours=1),
        zone=str(event.zone),
        rule=event.rrule,
        exdates=event.exdates,
        rdates=event.rdates,
        moved=event.overrides,  # type: ignore[arg-type] # the same three fields
    )
    return expand(series, after=AFTER, before=BEFORE)


def shown(event: ParsedEvent) -> list[str]:
    return [f"{date.local_start:%m-%d %H:%M}" for date in dates(event)]


@settings(max_examples=300, deadline=None)
@example(zone="Australia/Sydney", start=datetime(2026, 5, 1, 0, 1), rule="DAILY", weekdays=[], end=";UNTIL=20261220T000000Z")  # noqa: DTZ001
@given(
    zone=st.sampled_from([NEW_YORK, "America/Los_Angeles", "America/St_Johns", "Europe/Madrid", "Australia/Sydney", "America/Phoenix"]),
    start=st.datetimes(datetime(2026, 1, 5), datetime(2026, 9, 1)).map(lambda moment: moment.replace(second=0, microsecond=0)),  # noqa: DTZ001
    rule=st.sampled_from(["DAILY", "DAILY;INTERVAL=3", "WEEKLY", "WEEKLY;INTERVAL=2", "WEEKLY;INTERVAL=2;WKST=SU", "MONTHLY"]),
    weekdays=st.lists(st.sampled_from(["MO", "TU", "WE", "TH", "FR", "SA", "SU"]), unique=True, max_size=3),
    end=st.sampled_from(["", ";COUNT=30", ";UNTIL=20261220T000000Z"]),
)
def test_the_wall_time_of_a_utc_calendar_is_constant_and_no_date_is_lost(
    zone: str, start: datetime, rule: str, weekdays: list[str], end: str
) -> None:
    by_day = f";BYDAY={','.join(weekdays)}" if weekdays and rule.startswith("WEEKLY") else ""
    event = parsed(f"DTSTART:{start:%Y%m%dT%H%M%SZ}", f"RRULE:FREQ={rule}{by_day}{end}", head=f"X-WR-TIMEZONE:{zone}")
    first = start.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None, fold=0)
    assume(first.date() == start.date() or rule != "MONTHLY" or 2 <= min(start.day, first.day) <= max(start.day, first.day) <= 28)
    assert event.zone == zone
    assert {date.original.time() for date in dates(event)} == {first.time()}
    if by_day and first.date() != start.date() and _names(first) in weekdays and _names(start) not in weekdays:
        return  # the rule was written for the place already: its days stay as they are
    as_written = Series(start=start, duration=timedelta(hours=1), zone="UTC", rule=f"FREQ={rule}{by_day}{end}")
    in_utc = [date.original + (first - start) for date in expand(as_written, after=AFTER, before=BEFORE - timedelta(days=9))]
    expected = [day.date() for day in in_utc if day < datetime(2027, 1, 20)]  # noqa: DTZ001
    near = [date for date in dates(event) if date.original < datetime(2027, 1, 20)]  # noqa: DTZ001
    assert [date.original.date() for date in near][: len(expected)] == expected
    # UNTIL may mean the true instant, too: over a clock change that is up to an hour later than the rule's own count.
    assert all(date.starts_at <= UNTIL for date in near[len(expected) :]) if "UNTIL" in end else len(near) == len(expected)


def _names(moment: datetime) -> str:
    return ("MO", "TU", "WE", "TH", "FR", "SA", "SU")[moment.weekday()]


WEEKLY = ("DTSTART:20261019T203000Z", "DTEND:20261019T213000Z", "RRULE:FREQ=WEEKLY;BYDAY=MO;UNTIL=20261116T203000Z")


def test_half_past_four_stays_half_past_four_when_the_clock_changes() -> None:
    assert shown(parsed(*WEEKLY)) == ["10-19 16:30", "10-26 16:30", "11-02 16:30", "11-09 16:30", "11-16 16:30"]


@pytest.mark.parametrize("as_utc", ["20261102T203000Z", "20261102T213000Z"], ids=["as the rule counts", "as the true instant"])
def test_exceptions_find_their_date_however_the_program_counts(as_utc: str) -> None:
    assert "11-02 16:30" not in shown(parsed(*WEEKLY, f"EXDATE:{as_utc}"))
    one_date = f"BEGIN:VEVENT\r\nUID:kites\r\nSUMMARY:Kite workshop\r\nRECURRENCE-ID:{as_utc}\r\nDTSTART:20261103T170000Z\r\nEND:VEVENT"
    assert shown(parsed(*WEEKLY, more=one_date))[2:4] == ["11-03 12:00", "11-09 16:30"]
    called_off = one_date.replace("SUMMARY:", "SUMMARY:CANCELLED ").replace("20261103T170000Z", as_utc)
    assert shown(parsed(*WEEKLY, more=called_off))[1:3] == ["10-26 16:30", "11-09 16:30"]


def test_an_evening_that_is_tomorrow_in_utc_keeps_its_weekday() -> None:
    tuesday_in_utc = ("DTSTART:20261020T003000Z", "RRULE:FREQ=WEEKLY;BYDAY=TU;COUNT=3")
    monday_at_the_place = ("DTSTART:20261020T003000Z", "RRULE:FREQ=WEEKLY;BYDAY=MO;COUNT=3")
    for lines in (tuesday_in_utc, monday_at_the_place):
        assert shown(parsed(*lines)) == ["10-19 20:30", "10-26 20:30", "11-02 20:30"]


def test_a_rule_that_local_days_cannot_say_stays_in_utc() -> None:
    event = parsed("DTSTART:20261007T003000Z", "RRULE:FREQ=MONTHLY;BYDAY=1WE;COUNT=3")
    assert event.zone == "UTC"
    assert "BYDAY=1WE" in str(event.rrule)
    assert parsed("DTSTART:20261007T003000Z", "RRULE:FREQ=MONTHLY;BYDAY=1TU;COUNT=3").zone == NEW_YORK


def test_instants_without_a_rule_are_told_one_by_one() -> None:
    start = datetime(2026, 10, 26, 20, 30)  # noqa: DTZ001
    event = ParsedEvent(
        row=1,
        uid="kites",
        title="Kites",
        start=start,
        zone="UTC",
        rdates=(start + timedelta(days=7),),
        overrides=(MovedOccurrence(start, start + timedelta(hours=1)),),  # type: ignore[arg-type] # the same three fields
    )
    assert shown(by_the_clock_of(NEW_YORK, event)) == ["10-26 17:30", "11-02 15:30"]
    assert by_the_clock_of("UTC", event) is event
