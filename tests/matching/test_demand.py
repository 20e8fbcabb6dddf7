"""Unmet demand on a small town whose gaps are known by hand."""

from dataclasses import fields, replace

import numpy as np

from matching.demand import BANDS, FEWEST, free_bands, may_tell, session_bands, unmet
from matching.world.arrays import CAR, OLDEST, WEEK_WORDS, Activities, Never, Pairs, Residents, Sessions, World

CHESS, CHOIR = 0, 1
TUESDAY_10, TUESDAY_18, SATURDAY_10, TUESDAY_3AM = 48 + 20, 48 + 36, 5 * 48 + 20, 48 + 6


def hours(*begins: int) -> np.ndarray:
    """Free for two hours from each of the given half hours."""
    row = np.zeros(WEEK_WORDS, np.uint64)
    for hour in (begin + more for begin in begins for more in range(4)):
        row[hour // 64] |= np.uint64(1 << (hour % 64))
    return row


def people(n: int, topic: int, free: np.ndarray, first_key: int = 0) -> Residents:
    topics = np.zeros((n, 2), np.float32)
    topics[:, topic] = 1
    zero = np.zeros(n, np.int32)
    return Residents(
        key=(first_key + np.arange(n)).astype(np.uint64),
        lat=np.full(n, 41.8),
        lon=np.full(n, -87.7),
        reach_km=np.full(n, 5, np.float32),
        mode=np.full(n, CAR, np.uint8),
        age_low=np.full(n, 70, np.int16),
        age_high=np.full(n, 75, np.int16),
        needs=np.zeros(n, np.uint32),
        cost_cents=zero,
        languages=np.ones(n, np.uint32),
        available=np.tile(free, (n, 1)),
        party=np.ones(n, np.uint8),
        household=np.full(n, -1, np.int32),
        topics=topics,
        text=np.zeros((n, 0), np.float32),
        credit=np.zeros(n, np.float32),
        cohorts=np.zeros(n, bool),
    )


def a_town(residents: Residents, *, begins: list[int], topic: int = CHESS, seats: float = 20, lat: float = 41.81) -> World:
    m = len(begins)
    start = np.array(begins, np.int64)
    topics = np.zeros((1, 2), np.float32)
    topics[0, topic] = 1
    sessions = Sessions(
        key=np.arange(m, dtype=np.uint64),
        activity=np.zeros(m, np.int32),
        start_min=start * 30,
        end_min=start * 30 + 60,
        week_from=start.astype(np.int16),
        week_to=(start + 2).astype(np.int16),
        seats=np.full(m, seats, np.float32),
        attend_factor=np.ones(m, np.float32),
        going=np.zeros(m, np.float32),
    )
    one, zero = np.ones(1, np.float32), np.zeros(1, np.int32)
    activities = Activities(
        key=np.ones(1, np.uint64),
        center=zero,
        family=zero,
        lat=np.array([lat]),
        lon=np.array([-87.7]),
        age_min=np.array([18], np.int16),
        age_max=np.array([OLDEST], np.int16),
        provides=np.zeros(1, np.uint32),
        cost_cents=zero,
        languages=np.ones(1, np.uint32),
        topics=topics,
        text=np.zeros((1, 0), np.float32),
        size=one * 8,
        age_weeks=one * 20,
        helped=one * 0.3,
    )
    nothing, none = np.zeros(0, np.int32), np.zeros(0, np.float32)
    return World(residents, sessions, activities, Pairs(nothing, nothing, *([none] * 7)), Never(nothing, nothing))


def published(world: World) -> list[tuple[int, int, str, int]]:
    area = np.full(len(world.residents.key), 7, np.int32)
    return [(gap.area, gap.topic, BANDS[gap.band], gap.people) for gap in unmet(world, area)]


def test_people_who_meet_no_session_are_a_gap_counted_in_tens() -> None:
    world = a_town(people(27, CHESS, hours(TUESDAY_10, SATURDAY_10)), begins=[SATURDAY_10])
    assert published(world) == [(7, CHESS, "weekday morning", 20)]


def test_the_day_that_suits_most_is_named_and_only_its_people_counted() -> None:
    wednesday = TUESDAY_10 + 48
    crowd, more = people(14, CHESS, hours(TUESDAY_10)), people(31, CHESS, hours(TUESDAY_10, wednesday), first_key=100)
    both = replace(crowd, **{c.name: np.concatenate((getattr(crowd, c.name), getattr(more, c.name))) for c in fields(crowd)})
    [gap] = unmet(a_town(both, begins=[]), np.full(45, 7, np.int32))
    assert (gap.day, gap.people, len(gap.keys)) == (1, 40, 45)
    later = replace(both, available=np.concatenate((np.tile(hours(TUESDAY_10), (14, 1)), np.tile(hours(wednesday), (31, 1)))))
    [gap] = unmet(a_town(later, begins=[]), np.full(45, 7, np.int32))
    assert (gap.day, gap.people, len(gap.keys)) == (2, 30, 31)


def test_where_no_one_day_suits_enough_none_is_named() -> None:
    days = [hours(day * 48 + 20) for day in range(5) for _ in range(4)]
    crowd = replace(people(20, CHESS, days[0]), available=np.stack(days))
    [gap] = unmet(a_town(crowd, begins=[]), np.full(20, 7, np.int32))
    assert (gap.day, gap.people) == (-1, 20)


def test_ten_people_are_never_told_and_eleven_are() -> None:
    assert published(a_town(people(FEWEST - 1, CHESS, hours(TUESDAY_10)), begins=[])) == []
    assert published(a_town(people(FEWEST, CHESS, hours(TUESDAY_10)), begins=[])) == [(7, CHESS, "weekday morning", 10)]


def test_one_person_in_several_rows_is_one_person() -> None:
    crowd = people(15, CHESS, hours(TUESDAY_10))
    assert published(a_town(replace(crowd, key=np.zeros(15, np.uint64)), begins=[])) == []


def test_a_session_of_another_topic_closes_no_gap() -> None:
    assert published(a_town(people(12, CHESS, hours(TUESDAY_10)), begins=[TUESDAY_10], topic=CHOIR)) == [(7, CHESS, "weekday morning", 10)]
    assert published(a_town(people(12, CHESS, hours(TUESDAY_10)), begins=[TUESDAY_10])) == []


def test_a_full_or_unreachable_session_closes_no_gap() -> None:
    gap = [(7, CHESS, "weekday morning", 10)]
    assert published(a_town(people(12, CHESS, hours(TUESDAY_10)), begins=[TUESDAY_10], seats=0)) == gap
    assert published(a_town(people(12, CHESS, hours(TUESDAY_10)), begins=[TUESDAY_10], lat=42.3)) == gap


def test_one_whom_the_session_does_not_admit_still_lacks_it() -> None:
    crowd = people(12, CHESS, hours(TUESDAY_10))
    assert published(a_town(replace(crowd, needs=np.ones(12, np.uint32)), begins=[TUESDAY_10])) == [(7, CHESS, "weekday morning", 10)]


def test_whoever_said_no_to_a_session_does_not_lack_one() -> None:
    world = a_town(people(12, CHESS, hours(TUESDAY_10)), begins=[TUESDAY_10])
    assert published(replace(world, never=Never(np.arange(12, dtype=np.int32), np.zeros(12, np.int32)))) == []


def test_a_spare_half_hour_or_the_night_is_no_free_time() -> None:
    free = np.zeros((2, WEEK_WORDS), np.uint64)
    free[0, TUESDAY_10 // 64] = np.uint64(1 << (TUESDAY_10 % 64))
    free[1] = hours(TUESDAY_3AM)
    assert not free_bands(free).any()
    assert [BANDS[at] for at in np.flatnonzero(free_bands(hours(TUESDAY_18)[None])[0])] == ["weekday evening"]


def test_sessions_know_their_band() -> None:
    world = a_town(people(1, CHESS, hours(TUESDAY_10)), begins=[TUESDAY_10, TUESDAY_18, SATURDAY_10, TUESDAY_3AM])
    assert session_bands(world).tolist() == [0, 2, 3, -1]


def test_a_cell_is_told_again_only_when_ten_people_are_new() -> None:
    then, nine, ten = (np.arange(size, dtype=np.uint64) for size in (20, 29, 30))
    assert may_tell(then, None)
    assert not may_tell(then[:10], None)
    assert not may_tell(nine, then)
    assert may_tell(ten, then)
