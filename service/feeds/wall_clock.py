"""An event told in UTC, told again by the clock of its place: people come at half past four in summer and in winter."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from service.activities.recurrence import Series, expand
from service.activities.rule_text import WEEKDAYS, AskTheCenter, read_rule
from service.feeds.model import EventOverride, ParsedEvent

_CODES = tuple(WEEKDAYS)


class Shift(msgspec.Struct, frozen=True):
    """How a series written in UTC is read: its first date in UTC and by the clock of `zone`, both naive."""

    utc_start: datetime
    local_start: datetime
    zone: str

    @property
    def days(self) -> int:
        """-1 where the evening of the place is already tomorrow in UTC."""
        return (self.local_start.date() - self.utc_start.date()).days

    def of_series(self, moment: datetime) -> datetime:
        """A date of the series: it keeps the wall time of the first one, whatever the clock does in between."""
        if moment.time() == self.utc_start.time():
            return moment + (self.local_start - self.utc_start)
        return local(moment, self.zone)


def retold(moment: datetime, *, start: datetime, zone: str, rule: str | None) -> datetime:
    """One date of a stored series that was told in UTC from `start` on, by the clock of `zone`."""
    return Shift(start, local(start, zone), zone).of_series(moment) if rule else local(moment, zone)


def local(moment: datetime, zone: str) -> datetime:
    """The wall-clock time of an instant; both naive."""
    return moment.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None, fold=0)


def by_the_clock_of(zone: str, event: ParsedEvent) -> ParsedEvent:
    """The event with every moment as wall-clock time of `zone`.

    Events in another zone than UTC stay as they are, and so do rules that cannot be said with other days: the day before the first Monday.
    """
    if event.zone != "UTC" or event.all_day or zone == "UTC":
        return event
    shift = Shift(event.start, local(event.start, zone), zone)
    rule = _rule_by_the_clock(event.rrule, shift) if event.rrule else None
    if event.rrule and rule is None:
        return event
    tell = shift.of_series if event.rrule else lambda moment: local(moment, zone)
    return msgspec.structs.replace(
        event,
        start=shift.local_start,
        zone=zone,
        rrule=rule,
        exdates=tuple(sorted({tell(moment) for moment in event.exdates})),
        rdates=tuple(sorted({tell(moment) for moment in event.rdates})),
        overrides=tuple(EventOverride(tell(moved.original), tell(moved.start), moved.duration) for moved in event.overrides),
    )


def _rule_by_the_clock(text: str, shift: Shift) -> str | None:
    """None where the rule cannot be said by the local clock."""
    parts = dict(part.partition("=")[::2] for part in text.upper().strip(";").split(";"))
    try:
        read_rule(text)
        if shift.days and not _written_for_the_place(parts, shift):
            shifted = _other_days(parts, shift)
            if shifted is None:
                return None
            parts = shifted
    except AskTheCenter:
        return text  # refused by name further on
    if "UNTIL" in parts:
        parts["UNTIL"] = _until(parts["UNTIL"], shift)
    return ";".join(f"{name}={value}" for name, value in parts.items())


def _written_for_the_place(parts: dict[str, str], shift: Shift) -> bool:
    """Whether only the moments were turned into UTC: the rule gives the local day of the first date, and not the day it has in UTC."""
    return _gives(parts, shift.local_start) and not _gives(parts, shift.utc_start)


def _gives(parts: dict[str, str], moment: datetime) -> bool:
    """Whether the rule gives this day by itself. The day before stands as the first date, for that always counts."""
    rule = ";".join(f"{name}={value}" for name, value in parts.items() if name not in ("INTERVAL", "COUNT", "UNTIL"))
    begin = moment - timedelta(days=1)
    series = Series(start=begin, duration=timedelta(hours=1), zone="UTC", rule=rule)
    instant = moment.replace(tzinfo=UTC)
    return any(date.starts_at == instant for date in expand(series, after=instant, before=instant + timedelta(hours=1)))


def _other_days(parts: dict[str, str], shift: Shift) -> dict[str, str] | None:
    """The same dates named by their local days."""
    weekdays = parts.get("BYDAY", "").split(",") if "BYDAY" in parts else []
    if "BYMONTH" in parts or any(weekday not in _CODES for weekday in weekdays):
        return None
    if parts["FREQ"] in ("DAILY", "WEEKLY") and "BYMONTHDAY" not in parts:
        turned = parts | {"WKST": _turned(parts.get("WKST", "MO"), shift.days)}
        return turned | {"BYDAY": ",".join(_turned(weekday, shift.days) for weekday in weekdays)} if weekdays else turned
    if parts["FREQ"] != "MONTHLY" or weekdays or "BYSETPOS" in parts:
        return None
    days = [int(day) for day in parts.get("BYMONTHDAY", str(shift.utc_start.day)).split(",")]
    if not all(0 < day <= 28 and 0 < day + shift.days <= 28 for day in days):
        return None
    return parts | {"BYMONTHDAY": ",".join(str(day + shift.days) for day in days)}


def _turned(weekday: str, days: int) -> str:
    return _CODES[(_CODES.index(weekday) + days) % 7]


def _until(text: str, shift: Shift) -> str:
    """The last moment as wall-clock time. Some programs mean the rule's own UTC, some the true instant: the later one loses no date."""
    until = read_rule(f"FREQ=DAILY;UNTIL={text}").until
    if isinstance(until, datetime) and until.tzinfo:
        naive = until.replace(tzinfo=None)
        later = max(naive + (shift.local_start - shift.utc_start), local(naive, shift.zone))
        return f"{later:%Y%m%dT%H%M%S}"
    assert isinstance(until, date)
    return f"{until + timedelta(days=min(0, shift.days)):%Y%m%d}" if not isinstance(until, datetime) else text
