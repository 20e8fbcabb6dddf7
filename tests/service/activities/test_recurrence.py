"""Series become instants: by the clock of the place, whatever daylight saving does, and at a bounded cost."""

import sys
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
import pytest
import recurring_ical_events
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from service.activities.recurrence import MovedOccurrence, Series, SeriesExpander, check, expand
from service.activities.rule_text import AskTheCenter, read_rule

NEW_YORK = ZoneInfo("America/New_York")
ZONES = [
    "America/New_York",
    "America/Los_Angeles",
    "America/Phoenix",
    "America/St_Johns",
    "America/Santiago",
    "Europe/London",
    "Europe/Berlin",
    "Africa/Cairo",
    "Asia/Kathmandu",
    "Australia/Sydney",
    "Australia/Lord_Howe",
    "Pacific/Auckland",
    "Pacific/Kiritimati",
    "UTC",
]


def at(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute)  # noqa: DTZ001 - a wall-clock time


def utc(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


def series(start: datetime, rule: str | None = None, **more: object) -> Series:
    plain = Series(start=start, duration=timedelta(hours=1), zone="America/New_York", rule=rule)
    return msgspec.structs.replace(plain, **more)


def year_of(rule_of_dates: Series) -> list[datetime]:
    return [o.local_start for o in expand(rule_of_dates, after=utc(2026, 1, 1), before=utc(2027, 1, 1))]


@settings(max_examples=60, deadline=None)
@given(zone=st.sampled_from(ZONES), hour=st.integers(0, 23), minute=st.sampled_from([0, 15, 30, 45]))
def test_wall_clock_times_survive_both_changes_of_the_clock(zone: str, hour: int, minute: int) -> None:
    rule_of_dates = series(at(2026, 1, 1, hour, minute), "FREQ=DAILY", zone=zone)
    occurrences = expand(rule_of_dates, after=utc(2026, 1, 1), before=utc(2027, 1, 1))
    assert 363 <= len(occurrences) <= 366
    for occurrence in occurrences:
        shown = occurrence.starts_at.astimezone(ZoneInfo(zone))
        assert occurrence.local_start == shown.replace(tzinfo=None)
        assert occurrence.ends_at - occurrence.starts_at == timedelta(hours=1)
        if (shown.hour, shown.minute) != (hour, minute):  # only a time the clock skipped may differ, and only forward by the gap
            wanted = occurrence.original.replace(tzinfo=ZoneInfo(zone))
            assert wanted.astimezone(UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None) != occurrence.original
            assert timedelta(0) < occurrence.local_start - occurrence.original <= timedelta(hours=1)


def test_a_time_that_the_clock_skips_moves_forward_by_the_gap() -> None:
    occurrences = expand(series(at(2026, 3, 7, 2, 30), "FREQ=DAILY;COUNT=3"), after=utc(2026, 3, 1), before=utc(2026, 4, 1))
    assert [o.starts_at for o in occurrences] == [utc(2026, 3, 7, 7, 30), utc(2026, 3, 8, 7, 30), utc(2026, 3, 9, 6, 30)]
    assert [o.local_start for o in occurrences] == [at(2026, 3, 7, 2, 30), at(2026, 3, 8, 3, 30), at(2026, 3, 9, 2, 30)]


def test_of_a_time_that_comes_twice_the_first_is_meant() -> None:
    occurrences = expand(series(at(2026, 11, 1, 1, 30)), after=utc(2026, 10, 1), before=utc(2026, 12, 1))
    assert [o.starts_at for o in occurrences] == [utc(2026, 11, 1, 5, 30)]


def test_whole_days_are_counted_on_the_calendar_and_hours_in_real_time() -> None:
    window = {"after": utc(2026, 3, 1), "before": utc(2026, 4, 1)}
    [day] = expand(series(at(2026, 3, 7, 10), duration=timedelta(days=1)), **window)
    [night] = expand(series(at(2026, 3, 7, 22), duration=timedelta(hours=12)), **window)
    assert day.ends_at - day.starts_at == timedelta(hours=23)
    assert night.ends_at - night.starts_at == timedelta(hours=12)


def test_cancelled_and_moved_dates_are_not_where_the_rule_says() -> None:
    rule_of_dates = series(
        at(2026, 6, 1, 10),
        "FREQ=WEEKLY;COUNT=5",
        exdates=(at(2026, 6, 8, 10),),
        rdates=(at(2026, 6, 10, 18),),
        moved=(
            MovedOccurrence(at(2026, 6, 15, 10), at(2026, 6, 16, 11), timedelta(hours=2)),
            MovedOccurrence(at(2026, 6, 29, 10), at(2027, 6, 29, 10)),
        ),
    )
    occurrences = expand(rule_of_dates, after=utc(2026, 1, 1), before=utc(2027, 1, 1))
    assert [o.local_start for o in occurrences] == [at(2026, 6, 1, 10), at(2026, 6, 10, 18), at(2026, 6, 16, 11), at(2026, 6, 22, 10)]
    assert occurrences[2].original == at(2026, 6, 15, 10)
    assert occurrences[2].ends_at - occurrences[2].starts_at == timedelta(hours=2)


def test_a_date_moved_into_the_window_is_found_there() -> None:
    rule_of_dates = series(
        at(2025, 6, 2, 10), "FREQ=WEEKLY;UNTIL=20250701", moved=(MovedOccurrence(at(2025, 6, 9, 10), at(2026, 6, 9, 10)),)
    )
    assert year_of(rule_of_dates) == [at(2026, 6, 9, 10)]


@pytest.mark.parametrize(
    ("until", "last"),
    [
        ("20260310", at(2026, 3, 10, 21)),
        ("20260311T005959Z", at(2026, 3, 9, 21)),
        ("20260311T010000Z", at(2026, 3, 10, 21)),
        ("20260310T210000", at(2026, 3, 10, 21)),
        ("20260310T205959", at(2026, 3, 9, 21)),
    ],
)
def test_until_is_read_as_a_day_an_instant_or_a_wall_clock_time(until: str, last: datetime) -> None:
    assert year_of(series(at(2026, 3, 1, 21), f"FREQ=DAILY;UNTIL={until}"))[-1] == last


def test_a_series_without_end_is_found_long_after_it_began() -> None:
    assert year_of(series(at(1998, 1, 6, 19), "FREQ=MONTHLY;BYDAY=-1TU"))[:2] == [at(2026, 1, 27, 19), at(2026, 2, 24, 19)]


def test_the_last_workday_of_each_month() -> None:
    rule_of_dates = series(at(2026, 1, 30, 9), "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;COUNT=3")
    assert year_of(rule_of_dates) == [at(2026, 1, 30, 9), at(2026, 2, 27, 9), at(2026, 3, 31, 9)]


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        ("FREQ=SECONDLY", "frequency_not_read"),
        ("FREQ=HOURLY;BYHOUR=9", "frequency_not_read"),
        ("FREQ=DAILY;INTERVAL=53", "rule_number_too_large"),
        ("FREQ=DAILY;INTERVAL=0", "rule_number_too_large"),
        ("FREQ=DAILY;COUNT=1001", "rule_number_too_large"),
        ("FREQ=DAILY;COUNT=99999999999999999999", "rule_unreadable"),
        ("FREQ=YEARLY;BYWEEKNO=20", "rule_part_not_read"),
        ("FREQ=WEEKLY;BYDAY=2MO", "rule_part_not_read"),
        ("FREQ=WEEKLY;BYMONTHDAY=1", "rule_part_not_read"),
        ("FREQ=MONTHLY;BYSETPOS=1", "rule_part_not_read"),
        ("FREQ=DAILY;FREQ=DAILY", "rule_unreadable"),
        ("FREQ=DAILY;UNTIL=20261399", "rule_unreadable"),
        ("FREQ=DAILY;BYDAY=XX", "rule_unreadable"),
        ("", "rule_unreadable"),
        ("FREQ=MONTHLY;BYMONTHDAY=" + ",".join(["1"] * 200), "rule_too_long"),
    ],
)
def test_what_we_do_not_read_is_asked_of_the_center(rule: str, code: str) -> None:
    with pytest.raises(AskTheCenter) as refused:
        read_rule(rule)
    assert refused.value.code == code


def test_a_zone_nobody_knows_is_asked_of_the_center() -> None:
    for zone in ("Mars/Olympus", "../../etc/passwd", "", "A" * 5000):
        with pytest.raises(AskTheCenter):
            expand(series(at(2026, 1, 1), zone=zone), after=utc(2026, 1, 1), before=utc(2026, 2, 1))


def test_a_count_from_long_ago_is_asked_of_the_center() -> None:
    with pytest.raises(AskTheCenter):
        check(series(at(2001, 1, 1, 9), "FREQ=DAILY;COUNT=1000"), after=utc(2026, 1, 1))


HOSTILE = [
    "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
    "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30;COUNT=1000",
    "FREQ=MONTHLY;BYDAY=5MO;BYMONTHDAY=1",
    "FREQ=MONTHLY;BYMONTHDAY=31;BYMONTH=2,4,6,9,11;COUNT=1000",
    "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=31;INTERVAL=1",
    "FREQ=YEARLY;BYDAY=53MO,-53TU,52WE;BYMONTHDAY=29;COUNT=1000",
    "FREQ=YEARLY;INTERVAL=52;BYMONTH=2;BYMONTHDAY=29;COUNT=1000",
    "FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR,SA,SU;BYMONTHDAY=13;BYMONTH=2;BYSETPOS=366;COUNT=1000",
    "FREQ=YEARLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;BYSETPOS=-366,366,1,-1;COUNT=1000",
    "FREQ=DAILY;INTERVAL=52;BYMONTH=12;BYMONTHDAY=-31;BYSETPOS=2",
    "FREQ=DAILY;UNTIL=99991231T235959Z",
    "FREQ=DAILY;UNTIL=00010101",
]


@pytest.mark.parametrize("rule", HOSTILE)
def test_no_rule_however_hostile_keeps_the_machine_busy(rule: str) -> None:
    """The work is counted, not timed: 100,000 calls take less than 20 ms."""
    calls = 0

    def count(*_: object) -> None:
        nonlocal calls
        calls += 1

    rule_of_dates = series(at(2015, 1, 1, 9), rule)
    sys.setprofile(count)
    try:
        expand(rule_of_dates, after=utc(2026, 1, 1), before=utc(2026, 12, 31))
    finally:
        sys.setprofile(None)
    assert calls < 100_000


RULES = st.builds(
    lambda frequency, parts: ";".join([f"FREQ={frequency}", *(part for part in parts if part)]),
    st.sampled_from(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]),
    st.tuples(
        st.sampled_from(["", "INTERVAL=2", "INTERVAL=3", "INTERVAL=7"]),
        st.sampled_from(["", "WKST=SU", "WKST=TU"]),
        st.sampled_from(["", "BYDAY=TU", "BYDAY=MO,WE,FR", "BYDAY=SU", "BYDAY=SA,SU"]),
        st.sampled_from(["", "", "BYMONTH=3,11", "BYMONTH=1,6,7"]),
    ),
)
NTH_RULES = st.sampled_from(
    [
        "FREQ=MONTHLY;BYDAY=1MO",
        "FREQ=MONTHLY;BYDAY=-1SU,2WE",
        "FREQ=MONTHLY;BYDAY=5TH",
        "FREQ=MONTHLY;BYMONTHDAY=-1",
        "FREQ=MONTHLY;BYMONTHDAY=13;BYDAY=FR",
        "FREQ=MONTHLY;BYMONTHDAY=29,30,31",
        "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
        "FREQ=MONTHLY;BYDAY=SA,SU;BYSETPOS=2,-2",
        "FREQ=YEARLY;BYDAY=20MO",
        "FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3,10",
        "FREQ=YEARLY;BYMONTHDAY=1",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29",
        "FREQ=YEARLY;BYMONTH=9;BYDAY=MO;BYSETPOS=1",
        "FREQ=DAILY;BYMONTHDAY=1,15;BYDAY=MO,TH",
    ]
)


def by_the_oracle(rule_of_dates: Series, after: datetime, before: datetime) -> list[datetime]:
    """The same series read by an independent library, through iCalendar text."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//oracle//",
        "BEGIN:VEVENT",
        "UID:one",
        f"DTSTART;TZID={rule_of_dates.zone}:{rule_of_dates.start:%Y%m%dT%H%M%S}",
        "DURATION:PT1H",
        f"RRULE:{rule_of_dates.rule}",
        *(f"EXDATE;TZID={rule_of_dates.zone}:{day:%Y%m%dT%H%M%S}" for day in rule_of_dates.exdates),
        *(f"RDATE;TZID={rule_of_dates.zone}:{day:%Y%m%dT%H%M%S}" for day in rule_of_dates.rdates),
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    calendar = Calendar.from_ical("\r\n".join(lines) + "\r\n")
    starts = (event["DTSTART"].dt.astimezone(UTC) for event in recurring_ical_events.of(calendar).between(after, before))
    return sorted(start for start in starts if after <= start < before)


@settings(max_examples=300, deadline=None)
@given(
    rule=st.one_of(RULES, NTH_RULES),
    zone=st.sampled_from(ZONES),
    start=st.datetimes(min_value=at(2023, 1, 1), max_value=at(2027, 1, 1)),
    until=st.one_of(st.none(), st.datetimes(min_value=at(2026, 1, 1), max_value=at(2027, 6, 1))),
    offset=st.integers(0, 365),
    width=st.integers(1, 120),
    out=st.lists(st.integers(0, 60), max_size=4),
    extra=st.lists(st.datetimes(min_value=at(2026, 1, 1), max_value=at(2027, 1, 1)), max_size=3),
)
def test_an_independent_library_finds_the_same_dates(
    rule: str, zone: str, start: datetime, until: datetime | None, offset: int, width: int, out: list[int], extra: list[datetime]
) -> None:
    start = start.replace(second=0, microsecond=0)
    if until:
        rule = f"{rule};UNTIL={until:%Y%m%dT%H%M%S}Z"
    after = utc(2026, 1, 1) + timedelta(days=offset)
    before = after + timedelta(days=width)
    rule_of_dates = series(start, rule, zone=zone, rdates=tuple(sorted({day.replace(second=0, microsecond=0) for day in extra})))
    everything = expand(rule_of_dates, after=after, before=before)
    taken_out = tuple(sorted({everything[place].original for place in out if place < len(everything)}))
    rule_of_dates = Series(
        start=start, duration=rule_of_dates.duration, zone=zone, rule=rule, rdates=rule_of_dates.rdates, exdates=taken_out
    )
    ours = [o.starts_at for o in expand(rule_of_dates, after=after, before=before)]
    assert sorted(set(ours)) == sorted(set(by_the_oracle(rule_of_dates, after, before)))


@settings(max_examples=100, deadline=None)
@given(count=st.integers(1, 60), weekday=st.sampled_from(["MO", "WE,FR", "SU"]), interval=st.integers(1, 4), zone=st.sampled_from(ZONES))
def test_a_count_ends_the_series_where_an_independent_library_ends_it(count: int, weekday: str, interval: int, zone: str) -> None:
    first = {"MO": at(2026, 1, 5, 18, 30), "WE,FR": at(2026, 1, 7, 18, 30), "SU": at(2026, 1, 4, 18, 30)}[weekday]
    rule_of_dates = series(first, f"FREQ=WEEKLY;INTERVAL={interval};COUNT={count};BYDAY={weekday}", zone=zone)
    after, before = utc(2026, 2, 1), utc(2026, 12, 31)
    assert [o.starts_at for o in expand(rule_of_dates, after=after, before=before)] == by_the_oracle(rule_of_dates, after, before)


def test_a_series_is_worked_out_once_for_a_job_that_asks_again() -> None:
    series = Series(
        start=datetime(2026, 3, 2, 10, tzinfo=UTC).replace(tzinfo=None),
        duration=timedelta(hours=1),
        zone="America/New_York",
        rule="FREQ=WEEKLY",
    )
    after = datetime(2026, 3, 1, tzinfo=UTC)
    before = after + timedelta(days=399)
    work_out = SeriesExpander(after=after, before=before)
    dates = work_out(series)
    assert list(dates) == expand(series, after=after, before=before)
    assert work_out(msgspec.structs.replace(series)) is dates
    assert work_out(msgspec.structs.replace(series, rule="FREQ=DAILY")) != dates
