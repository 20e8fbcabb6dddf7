"""A series (wall-clock start, zone, RRULE, exceptions) worked out into instants within a window.

Days are walked one by one inside a bounded span, so no rule, however hostile, costs more than a few thousand comparisons.
Wall-clock times stay what the center wrote: ten in the morning is ten in the morning before and after daylight saving. A time that the
clock skips moves forward by the gap, a time that comes twice is the first of the two (RFC 5545, 3.3.5).
"""

import calendar
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import msgspec

from service.activities.rule_text import AskTheCenter, Rule, read_rule

WIDEST_WINDOW = timedelta(days=400)
MOST_DATES = 1000
FARTHEST_COUNTED = timedelta(days=12 * 366)  # COUNT has to be walked from the first date on
_MARGIN = timedelta(days=2)  # zones reach 14 hours from UTC, and a skipped time moves on


class MovedOccurrence(msgspec.Struct, frozen=True):
    """One date of a series held at another time (RECURRENCE-ID); both are wall-clock times of the series. No duration: the series' own."""

    original: datetime
    start: datetime
    duration: timedelta | None = None


class Series(msgspec.Struct, frozen=True, kw_only=True):
    """Wall-clock times are naive and belong to `zone` (IANA)."""

    start: datetime
    duration: timedelta
    zone: str
    rule: str | None = None
    exdates: tuple[datetime, ...] = ()
    rdates: tuple[datetime, ...] = ()
    moved: tuple[MovedOccurrence, ...] = ()


class Occurrence(msgspec.Struct, frozen=True, order=True):
    """`original` is the wall-clock time the series gave this date: it stays when the date is moved."""

    starts_at: datetime
    ends_at: datetime
    local_start: datetime
    original: datetime


@lru_cache(maxsize=1024)
def zone_of(name: str) -> ZoneInfo:
    """Raises AskTheCenter for a name that is no IANA zone."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise AskTheCenter("zone_not_known", zone=name[:60]) from None


def instant(wall: datetime, zone: ZoneInfo) -> datetime:
    """A skipped time moves forward by the gap; of a time that comes twice, the first."""
    return wall.replace(tzinfo=zone, fold=0).astimezone(UTC)


def ends(wall: datetime, duration: timedelta, zone: ZoneInfo) -> datetime:
    """Whole days are counted on the calendar, the rest in real time (RFC 5545, 3.3.6)."""
    days = timedelta(days=duration.days)
    return instant(wall + days, zone) + (duration - days)


def check(series: Series, *, after: datetime) -> None:
    """Raises AskTheCenter when the series is outside of what `expand` promises to work out from `after` on."""
    zone_of(series.zone)
    rule = read_rule(series.rule) if series.rule else None
    if not 1900 <= series.start.year <= 2200:
        raise AskTheCenter("start_out_of_range", year=series.start.year)
    if series.duration < timedelta(0):
        raise AskTheCenter("ends_before_it_starts")
    if max(len(series.exdates), len(series.rdates), len(series.moved)) > MOST_DATES:
        raise AskTheCenter("too_many_dates", most=MOST_DATES)
    if rule and rule.count and after.replace(tzinfo=None) - series.start > FARTHEST_COUNTED:
        raise AskTheCenter("counted_from_too_long_ago", year=series.start.year)


def expand(series: Series, *, after: datetime, before: datetime) -> list[Occurrence]:
    """Dates that start within [after, before), in order, each once.

    `after` and `before` are aware, at most 400 days apart. The first date counts even where the rule would not give it, as calendars do.
    Raises AskTheCenter for a series outside the bounds (see `check`).
    """
    if not timedelta(0) <= before - after <= WIDEST_WINDOW:
        raise ValueError(f"the window must be 0 to {WIDEST_WINDOW.days} days wide")
    check(series, after=after)
    zone = zone_of(series.zone)
    elsewhere = {moved.original: moved for moved in series.moved}
    first, last = ((edge.astimezone(zone)).replace(tzinfo=None) for edge in (after - _MARGIN, before + _MARGIN))
    regular = {wall for wall in _walls(series, zone, first, last) if wall not in elsewhere}
    occurrences = [_occurrence(wall, wall, series.duration, zone) for wall in regular.difference(series.exdates)]
    occurrences += [
        _occurrence(m.start, m.original, series.duration if m.duration is None else m.duration, zone) for m in elsewhere.values()
    ]
    return sorted(o for o in occurrences if after <= o.starts_at < before)


class SeriesExpander:
    """`expand` for one window, each series once: for work that asks for the dates of the same series several times."""

    def __init__(self, *, after: datetime, before: datetime) -> None:
        self._after, self._before = after, before
        self._occurrences: dict[Series, tuple[Occurrence, ...]] = {}

    def __call__(self, series: Series) -> tuple[Occurrence, ...]:
        """Raises AskTheCenter (see `expand`)."""
        if series not in self._occurrences:
            self._occurrences[series] = tuple(expand(series, after=self._after, before=self._before))
        return self._occurrences[series]


def _occurrence(wall: datetime, original: datetime, duration: timedelta, zone: ZoneInfo) -> Occurrence:
    starts_at = instant(wall, zone)
    shown = starts_at.astimezone(zone).replace(tzinfo=None, fold=0)
    return Occurrence(starts_at, max(starts_at, ends(wall, duration, zone)), shown, original)


def _walls(series: Series, zone: ZoneInfo, first: datetime, last: datetime) -> Iterator[datetime]:
    """Wall-clock starts by rule, first date and RDATE, those near the window only."""
    yield from (wall for wall in series.rdates if first <= wall <= last)
    if series.rule is None:
        if first <= series.start <= last:
            yield series.start
        return
    rule = read_rule(series.rule)
    for wall in _counted(series.start, rule, first.date(), last.date()):
        if rule.until is not None and _beyond(wall, rule.until, zone):
            return
        if first <= wall <= last:
            yield wall


def _counted(start: datetime, rule: Rule, first: date, last: date) -> Iterator[datetime]:
    """The first date, then what the rule gives after it; COUNT counts the first date too."""
    left = rule.count
    if left is not None or start.date() >= first:
        if start.date() > last:
            return
        yield start
        left = None if left is None else left - 1
    walked_from = start.date() if left is not None else max(first, start.date())
    for day in _days(rule, start.date(), walked_from, last):
        if left is not None and left <= 0:
            return
        wall = datetime.combine(day, start.time())
        if wall > start:
            yield wall
            left = None if left is None else left - 1


def _beyond(wall: datetime, until: date | datetime, zone: ZoneInfo) -> bool:
    if not isinstance(until, datetime):
        return wall.date() > until
    return wall > until if until.tzinfo is None else instant(wall, zone) > until


def _days(rule: Rule, start: date, first: date, last: date) -> Iterator[date]:
    """Days the rule gives between `first` and `last`, walking period by period; without COUNT it jumps straight to the window."""
    rule = _completed(rule, start)
    begin = _period_of(rule, start)
    number = begin + max(0, (_period_of(rule, first) - begin) // rule.interval) * rule.interval
    while number <= _period_of(rule, last):
        chosen = [day for day in map(date.fromordinal, _ordinals(rule, number)) if _given(rule, day)]
        for day in _at_positions(chosen, rule.positions):
            if first <= day <= last:
                yield day
        number += rule.interval


def _completed(rule: Rule, start: date) -> Rule:
    """What a rule leaves unsaid comes from the first date."""
    if rule.frequency == "DAILY" or rule.weekdays or rule.nth_weekdays or rule.month_days:
        return rule
    if rule.frequency == "WEEKLY":
        return msgspec.structs.replace(rule, weekdays=frozenset({start.weekday()}))
    months = rule.months or (frozenset({start.month}) if rule.frequency == "YEARLY" else frozenset())
    return msgspec.structs.replace(rule, months=months, month_days=frozenset({start.day}))


def _period_of(rule: Rule, day: date) -> int:
    """Days, weeks, months or years counted from year 1."""
    match rule.frequency:
        case "DAILY":
            return day.toordinal()
        case "WEEKLY":
            return (day.toordinal() - 1 - rule.week_start) // 7
        case "MONTHLY":
            return day.year * 12 + day.month - 1
        case "YEARLY":
            return day.year


def _ordinals(rule: Rule, number: int) -> range:
    """The days of one period as proleptic ordinals."""
    match rule.frequency:
        case "DAILY":
            return range(number, number + 1)
        case "WEEKLY":
            begin = number * 7 + 1 + rule.week_start
            return range(begin, begin + 7)
        case "MONTHLY":
            year, month = divmod(number, 12)
            begin = date(year, month + 1, 1).toordinal()
            return range(begin, begin + calendar.monthrange(year, month + 1)[1])
        case "YEARLY":
            return range(date(number, 1, 1).toordinal(), date(number + 1, 1, 1).toordinal())


def _given(rule: Rule, day: date) -> bool:
    """Whether the BY... parts let this day through."""
    if rule.months and day.month not in rule.months:
        return False
    if rule.month_days:
        length = calendar.monthrange(day.year, day.month)[1]
        if day.day not in rule.month_days and day.day - length - 1 not in rule.month_days:
            return False
    if not rule.weekdays and not rule.nth_weekdays:
        return True
    return day.weekday() in rule.weekdays or _nth(rule, day)


def _nth(rule: Rule, day: date) -> bool:
    """Whether this is the wanted nth weekday: of the year for a yearly rule without months, else of the month."""
    if not rule.nth_weekdays:
        return False
    if rule.frequency == "YEARLY" and not rule.months:
        place, length = day.timetuple().tm_yday, 366 if calendar.isleap(day.year) else 365
    else:
        place, length = day.day, calendar.monthrange(day.year, day.month)[1]
    weekday = day.weekday()
    return (weekday, (place - 1) // 7 + 1) in rule.nth_weekdays or (weekday, -((length - place) // 7 + 1)) in rule.nth_weekdays


def _at_positions(days: list[date], positions: tuple[int, ...]) -> list[date]:
    """BYSETPOS: 1 is the first of the period, -1 the last."""
    if not positions:
        return days
    indexes = {place - 1 if place > 0 else len(days) + place for place in positions}
    return [day for place, day in enumerate(days) if place in indexes]
