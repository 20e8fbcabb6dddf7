"""Which dates stay, move or go when an activity should have other ones; no database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.sessions.compare import Comparison, compare
from service.sessions.model import TOLERANCE, StoredDate, WantedDate

BELLS, TEA = UUID(int=1), UUID(int=2)
FIRST = datetime(2026, 12, 8, 10, 0, tzinfo=UTC)
HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(weeks=1)


def stored(*begins: datetime, activity: UUID = BELLS, cancelled: frozenset[int] = frozenset()) -> list[StoredDate]:
    return [
        StoredDate(
            session_id=UUID(int=activity.int * 1000 + n),
            activity_id=activity,
            original_local=moment.replace(tzinfo=None),
            starts_at=moment,
            ends_at=moment + HOUR,
            zone="UTC",
            state="cancelled" if n in cancelled else "scheduled",
        )
        for n, moment in enumerate(begins)
    ]


def wanted(*begins: datetime, activity: UUID = BELLS, length: timedelta = HOUR, moved_by: timedelta = timedelta(0)) -> list[WantedDate]:
    return [
        WantedDate(
            activity_id=activity,
            original_local=moment.replace(tzinfo=None),
            starts_at_local=(moment + moved_by).replace(tzinfo=None),
            zone="UTC",
            starts_at=moment + moved_by,
            ends_at=moment + moved_by + length,
        )
        for moment in begins
    ]


def weeks(count: int, shift: timedelta = timedelta(0), begin: int = 0) -> list[datetime]:
    return [FIRST + n * WEEK + shift for n in range(begin, begin + count)]


def outcome(result: Comparison) -> tuple[list[int], dict[int, datetime], list[int]]:
    """By the last digits of the ids."""
    return (
        sorted(date.session_id.int % 1000 for date in result.moved),
        {id.int % 1000: name for id, name in result.renamed.items()},
        sorted(id.int % 1000 for id in result.unwanted),
    )


def test_the_same_dates_change_nothing() -> None:
    assert outcome(compare(stored(*weeks(8)), wanted(*weeks(8)), ())) == ([], {}, [])


def test_a_week_later_the_new_week_at_the_end_follows_no_date() -> None:
    """Also when a date in the middle, or the last one, was called off in the same look."""
    assert outcome(compare(stored(*weeks(8)), wanted(*weeks(9)), ())) == ([], {}, [])
    for gone in range(8):
        left = [moment for n, moment in enumerate(weeks(9)) if n != gone]
        assert outcome(compare(stored(*weeks(8)), wanted(*left), ())) == ([], {}, [gone])


@pytest.mark.parametrize("shift", [HOUR, -2 * HOUR, DAY, 3 * DAY, -DAY])
def test_a_group_that_moves_to_another_hour_or_weekday_keeps_its_dates(shift: timedelta) -> None:
    moved, renamed, unwanted = outcome(compare(stored(*weeks(4)), wanted(*weeks(4, shift)), ()))
    last_follows = (FIRST + shift).date() <= FIRST.date()
    assert moved == list(range(4 if last_follows else 3))
    assert renamed == {n: moment.replace(tzinfo=None) for n, moment in enumerate(weeks(4, shift)) if n in moved}
    assert unwanted == ([] if last_follows else [3])


def test_an_event_with_one_date_keeps_it_wherever_it_goes() -> None:
    assert outcome(compare(stored(FIRST), wanted(FIRST + 40 * DAY), ())) == ([0], {0: (FIRST + 40 * DAY).replace(tzinfo=None)}, [])


def test_where_two_dates_could_have_become_one_nobody_guesses() -> None:
    twice = stored(FIRST, FIRST + 4 * HOUR)
    assert outcome(compare(twice, wanted(FIRST + HOUR), ())) == ([], {}, [0, 1])
    assert outcome(compare(twice, wanted(FIRST), ())) == ([], {}, [1])


def test_a_date_that_was_called_off_follows_and_is_followed_by_nothing() -> None:
    off = stored(*weeks(2), cancelled=frozenset({1}))
    assert outcome(compare(off, wanted(FIRST), ())) == ([], {}, [])
    assert outcome(compare(off, wanted(*weeks(2)), ())) == ([], {}, []), "it is brought back under its own name"


@pytest.mark.parametrize(("by", "moves"), [(TOLERANCE, False), (TOLERANCE + timedelta(minutes=1), True)])
def test_less_than_the_tolerance_is_the_same_appointment(by: timedelta, moves: bool) -> None:
    for changed in (wanted(FIRST, moved_by=by), wanted(FIRST, moved_by=-by), wanted(FIRST, length=HOUR + by)):
        assert outcome(compare(stored(FIRST), changed, ())) == ([0] if moves else [], {}, [])


def test_all_dates_of_a_relocated_activity_move_and_no_other() -> None:
    before = [*stored(*weeks(2)), *stored(*weeks(2), activity=TEA)]
    after = [*wanted(*weeks(2)), *wanted(*weeks(2), activity=TEA)]
    result = compare(before, after, {TEA})
    assert {date.activity_id for date in result.moved} == {TEA}
    assert len(result.moved) == 2


@given(before=st.lists(st.integers(0, 60), unique=True, max_size=10), after=st.lists(st.integers(0, 60), unique=True, max_size=10))
def test_every_date_has_one_fate_and_no_two_dates_one_name(before: list[int], after: list[int]) -> None:
    """Days and half days of two months."""
    dates, wishes = stored(*(FIRST + n * DAY / 2 for n in before)), wanted(*(FIRST + n * DAY / 2 for n in after))
    result = compare(dates, wishes, ())
    names = {date.session_id: date.original_local for date in dates} | result.renamed
    staying = [names[date.session_id] for date in dates if date.session_id not in result.unwanted]
    assert len(set(staying)) == len(staying)
    assert set(staying) <= {wish.original_local for wish in wishes}
    assert not set(result.renamed) & set(result.unwanted)
    assert len(set(names.values())) == len(names), "not even for a moment do two dates of an activity have one name"
