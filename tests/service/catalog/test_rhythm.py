"""How often, in plain words, and back."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.activities.recurrence import Series, expand
from service.catalog import rhythm
from service.catalog.rhythm import Rhythm, nth_of, read, rule_of, words
from service.web.i18n import say_in

START = datetime.fromisoformat("2026-11-24T10:00")  # a Tuesday, the fourth of its month

rhythms = st.one_of(
    st.just(Rhythm(repeat="once")),
    st.builds(Rhythm, repeat=st.just("daily"), until=st.none() | st.dates(date(2027, 1, 1), date(2030, 1, 1))),
    st.builds(
        Rhythm,
        repeat=st.sampled_from(["weekly", "fortnightly"]),
        weekdays=st.sets(st.integers(0, 6), min_size=1).map(lambda days: tuple(sorted(days))),
        until=st.none() | st.dates(date(2027, 1, 1), date(2030, 1, 1)),
    ),
    st.builds(
        Rhythm,
        repeat=st.just("monthly"),
        weekdays=st.tuples(st.integers(0, 6)),
        nth=st.sampled_from([1, 2, 3, 4, -1]),
        until=st.none() | st.dates(date(2027, 1, 1), date(2030, 1, 1)),
    ),
)


@given(rhythms)
def test_what_is_written_as_a_rule_is_read_back_the_same(one: Rhythm) -> None:
    assert read(rule_of(one), START) == one


@given(rhythms)
def test_every_rhythm_has_words_in_every_language(one: Rhythm) -> None:
    for language in ("en", "es", "ar"):
        text = words(one, say_in(language))
        assert text
        assert "{" not in text


@given(st.dates(date(2026, 1, 1), date(2028, 12, 31)))
def test_the_monthly_rule_of_a_day_gives_that_very_day(day: date) -> None:
    rule = rule_of(Rhythm(repeat="monthly", weekdays=(day.weekday(),), nth=nth_of(day)))
    start = datetime.combine(day - timedelta(days=40), datetime.min.time().replace(hour=10))
    at = datetime.combine(day, start.time())
    occurrences = expand(
        Series(start=start, duration=timedelta(hours=1), zone="UTC", rule=rule),
        after=at.replace(tzinfo=UTC) - timedelta(days=1),
        before=at.replace(tzinfo=UTC) + timedelta(days=1),
    )
    # A fifth Tuesday is also the last one.
    assert [one.local_start.date() for one in occurrences] == [day]


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=YEARLY",
        "FREQ=WEEKLY;COUNT=5",
        "FREQ=MONTHLY;BYMONTHDAY=13",
        "FREQ=WEEKLY;INTERVAL=3",
        "FREQ=MONTHLY;BYDAY=1MO,3MO",
        "nonsense",
    ],
)
def test_what_plain_words_do_not_cover_is_not_covered_up(rule: str) -> None:
    assert read(rule, START) is None


def test_words() -> None:
    say = say_in("en")
    assert words(read("FREQ=WEEKLY;BYDAY=TH,TU", START) or Rhythm(repeat="once"), say) == "Every week: Tuesday and Thursday"
    assert words(Rhythm(repeat="monthly", weekdays=(1,), nth=-1), say) == "Every month: the last Tuesday"
    assert rhythm.rule_of(Rhythm(repeat="fortnightly", weekdays=(0, 2))) == "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE"
