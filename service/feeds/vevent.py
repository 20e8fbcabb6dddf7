"""One VEVENT read by itself: its words, its moment, its exceptions; or the name of what is wrong with it."""

import hashlib
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from icalendar import Component, Event
from icalendar.prop import vBroken, vCategory, vDDDLists

from service.feeds.called_off import called_off, description_off, status_off, without_notice
from service.feeds.model import ParsedEvent, RefusedEvent
from service.feeds.text import line, plain, web_address
from service.feeds.zones import is_short_name, zone_named

LONGEST_RULE = 300


class Unreadable(Exception):
    """`code` names what is wrong; the row is refused, the others are read on."""

    def __init__(self, code: str, **params: str | int) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


class Clock(msgspec.Struct, frozen=True):
    """What the rest of the calendar says about time: its own zone, its place's zone, names it defines itself."""

    zone: str | None = None
    home: str | None = None
    defined: dict[str, str] = {}

    def named(self, name: str) -> str:
        zone = zone_named(name, home=self.home) or zone_named(self.defined.get(name, ""), home=self.home)
        if not zone:
            raise Unreadable("zone_not_known", zone=name[:60])
        return zone


class Moment(msgspec.Struct, frozen=True):
    """A wall-clock time; no zone: floating. An all-day moment is midnight."""

    wall: datetime
    zone: str | None
    all_day: bool = False

    def seen_in(self, zone: str | None, at: time) -> datetime:
        """Wall-clock time in `zone`; a bare day takes the time `at`."""
        if self.all_day:
            return datetime.combine(self.wall.date(), at)
        if self.zone is None or zone is None or self.zone == zone:
            return self.wall
        return self.wall.replace(tzinfo=ZoneInfo(self.zone)).astimezone(ZoneInfo(zone)).replace(tzinfo=None)


class Entry(msgspec.Struct, frozen=True):
    """A VEVENT; `replaces` names the date of a series that it stands for (RECURRENCE-ID), `noticed` what is broken in it and no matter."""

    event: ParsedEvent
    replaces: Moment | None
    noticed: tuple[str, ...] = ()


def read_vevent(lines: list[str], *, row: int, clock: Clock, cancelled: bool = False) -> Entry | RefusedEvent:
    """`lines`: unfolded, from BEGIN:VEVENT to END:VEVENT, nothing nested. `cancelled`: its calendar calls all of its events off."""
    component: Component | None = None
    try:
        component = Event.from_ical("\r\n".join(lines) + "\r\n")
        return _entry(component, row=row, clock=clock, cancelled=cancelled)
    except Unreadable as why:
        readable = component if why.code != "this_and_future" else None
        if readable is not None and (entry := _bare_call_off(readable, row=row, clock=clock, cancelled=cancelled)):
            return entry
        return RefusedEvent(row, why.code, why.params, _word(component, "UID", 1000) or None, _word(component, "SUMMARY", 200))
    except Exception as error:  # a parser of others meets garbage: whatever it raises costs this row only
        return RefusedEvent(row, "unreadable", {"what": type(error).__name__}, _word(component, "UID", 1000) or None)


def _entry(component: Component, *, row: int, clock: Clock, cancelled: bool) -> Entry:
    start = _moment(component, "DTSTART", clock)
    if start is None:
        raise Unreadable("no_start")
    title = _word(component, "SUMMARY", 200)
    replaces = _replaces(component, start, clock)
    if start.zone == "UTC" and clock.zone and "RRULE" not in component:
        start = msgspec.structs.replace(start, wall=start.seen_in(clock.zone, start.wall.time()), zone=clock.zone)
    off = cancelled or _says_off(component, title, start, replaces)
    if not title and not off:
        raise Unreadable("no_title")
    location = _word(component, "LOCATION", 800)
    lat, lon = _point(component)
    event = ParsedEvent(
        row=row,
        uid=_word(component, "UID", 1000) or _made_uid(without_notice(title) if off else title, location, start),
        title=title,
        start=start.wall,
        duration=_duration(component, start, clock),
        zone=start.zone,
        all_day=start.all_day,
        description=plain(_first(component, "DESCRIPTION") or "", 10_000),
        place=location,
        lat=lat,
        lon=lon,
        url=web_address(_first(component, "URL") or ""),
        rrule=_rule(component),
        exdates=_dates(component, "EXDATE", start, clock),
        rdates=_dates(component, "RDATE", start, clock),
        cancelled=off,
        categories=_categories(component),
        sequence=_whole(_first(component, "SEQUENCE")),
        modified_at=_modified(component),
    )
    return Entry(event, replaces, _noticed(component))


def _says_off(component: Component, title: str, start: Moment, replaces: Moment | None) -> bool:
    """By its status, its title, its categories or the beginning of its description. Of a series the title may mean one day only."""
    if status_off(_word(component, "STATUS", 60)) or description_off(plain(_first(component, "DESCRIPTION") or "", 500)):
        return True
    moved = replaces is not None and start.seen_in(replaces.zone, replaces.wall.time()) != replaces.wall
    day = None if "RRULE" in component or "RDATE" in component else start.wall.date()
    # A bare category "closed" is how recovery groups say who may come.
    notices = (title, *(word for word in _categories(component) if word.casefold() != "closed"))
    return any(called_off(words, on=day, moved=moved) for words in notices)


def _bare_call_off(component: Component, *, row: int, clock: Clock, cancelled: bool) -> Entry | None:
    """A call-off counts even where the rest of it is missing or broken. RFC 5546 (3.2.5) asks for no start."""
    uid, title = _word(component, "UID", 1000), _word(component, "SUMMARY", 200)
    off = cancelled or status_off(_word(component, "STATUS", 60)) or called_off(title, on=None)
    moments: dict[str, Moment] = {}
    for name in ("DTSTART", "RECURRENCE-ID", "DTSTAMP"):
        with suppress(Unreadable):
            if moment := _moment(component, name, clock):
                moments[name] = moment
    if not (uid and off and moments):
        return None
    start = next(iter(moments.values()))
    modified_at, sequence = _modified(component), _whole(_first(component, "SEQUENCE"))
    event = ParsedEvent(
        row=row,
        uid=uid,
        title=title,
        start=start.wall,
        zone=start.zone,
        all_day=start.all_day,
        cancelled=True,
        sequence=sequence,
        modified_at=modified_at,
    )
    return Entry(event, moments.get("RECURRENCE-ID"))


def _word(component: Component | None, name: str, longest: int) -> str:
    value = _first(component, name) if component is not None else None
    return line("" if value is None else value, longest)


def _made_uid(title: str, location: str, start: Moment) -> str:
    """Rows without UID: dates of the same thing at the same place and hour are taken for one series."""
    fingerprint = "\n".join((title.casefold(), location.casefold(), f"{start.wall:%H:%M}", str(start.zone)))
    return f"untitled-{hashlib.sha256(fingerprint.encode()).hexdigest()[:32]}"


def _first(component: Component, name: str) -> Any:
    """The value, the first of several; None where it is missing or garbage."""
    value = component.get(name)
    value = value[0] if isinstance(value, list) else value
    return None if isinstance(value, vBroken) else value


def _moment(component: Component, name: str, clock: Clock) -> Moment | None:
    """Raises Unreadable when it stands there and makes no sense."""
    if name not in component:
        return None
    value = _first(component, name)
    when = getattr(value, "dt", None)
    if not isinstance(when, date):
        raise Unreadable("date_unreadable", part=name)
    return _placed(when, value.params.get("TZID"), clock)


def _placed(when: date | datetime, named: str | None, clock: Clock) -> Moment:
    if not 1970 <= when.year <= 2200:
        raise Unreadable("start_out_of_range", year=when.year)
    if not isinstance(when, datetime):
        return Moment(datetime.combine(when, time()), clock.zone, all_day=True)
    wall = when.replace(tzinfo=None, microsecond=0)
    if when.tzname() == "UTC":
        return Moment(wall, "UTC")
    return Moment(wall, clock.named(str(named)) if named else clock.zone)


def _duration(component: Component, start: Moment, clock: Clock) -> timedelta | None:
    """None where it is not said, or said in a way nobody can read (P15M is fifteen months to some and minutes to others)."""
    end = _moment(component, "DTEND", clock) if _first(component, "DTEND") else None
    if end is None:
        length = getattr(_first(component, "DURATION"), "dt", None)
        duration = length if isinstance(length, timedelta) else None
    else:
        duration = end.seen_in(start.zone, time()) - start.wall
    if duration is not None and duration < timedelta(0):
        raise Unreadable("ends_before_it_starts")
    return duration or (timedelta(days=1) if start.all_day else None)


def _noticed(component: Component) -> tuple[str, ...]:
    """Mistakes of the program that wrote it, which cost a guess and not the row."""
    length = "DURATION" in component and not isinstance(getattr(_first(component, "DURATION"), "dt", None), timedelta)
    start = _first(component, "DTSTART")
    counts = {
        "duration_unreadable": length and "DTEND" not in component,
        "zone_short_name": is_short_name(str(getattr(start, "params", {}).get("TZID", ""))),
    }
    return tuple(name for name, there in counts.items() if there)


def _rule(component: Component) -> str | None:
    value = component.get("RRULE")
    if value is None:
        return None
    if isinstance(value, list):
        raise Unreadable("several_rules")
    if isinstance(value, vBroken):
        raise Unreadable("rule_unreadable")
    text: str = value.to_ical().decode()
    if len(text) > LONGEST_RULE:
        raise Unreadable("rule_too_long", longest=LONGEST_RULE)
    return text


def _dates(component: Component, name: str, start: Moment, clock: Clock) -> tuple[datetime, ...]:
    """Wall-clock times in the zone of the start. What cannot be read in a list is left out; a PERIOD counts by its start."""
    value = component.get(name)
    collected = []
    for dates in value if isinstance(value, list) else [value]:
        if not isinstance(dates, vDDDLists):
            continue
        for item in dates.dts:
            when = item.dt[0] if isinstance(item.dt, tuple) else item.dt
            if isinstance(when, date):
                moment = _placed(when, item.params.get("TZID") or dates.params.get("TZID"), clock)
                collected.append(moment.seen_in(start.zone, start.wall.time()))
    return tuple(sorted(set(collected)))


def _replaces(component: Component, start: Moment, clock: Clock) -> Moment | None:
    value = _first(component, "RECURRENCE-ID")
    if value and str(value.params.get("RANGE", "")).upper() == "THISANDFUTURE":
        raise Unreadable("this_and_future")
    return _moment(component, "RECURRENCE-ID", clock)


def _point(component: Component) -> tuple[float | None, float | None]:
    """0,0 is how programs write that they know no place."""
    geo = _first(component, "GEO")
    lat, lon = getattr(geo, "latitude", None), getattr(geo, "longitude", None)
    if lat is None or lon is None or not (-90 <= lat <= 90 and -180 <= lon <= 180) or abs(lat) + abs(lon) < 0.01:
        return None, None
    return float(lat), float(lon)


def _categories(component: Component) -> tuple[str, ...]:
    value = component.get("CATEGORIES")
    words = [word for group in (value if isinstance(value, list) else [value]) if isinstance(group, vCategory) for word in group.cats]
    return tuple(dict.fromkeys(category for word in words[:30] if (category := line(word, 60))))


def _whole(value: Any) -> int:
    return min(int(value), 2**31 - 1) if isinstance(value, int) and value >= 0 else 0


def _modified(component: Component) -> datetime | None:
    for name in ("LAST-MODIFIED", "DTSTAMP"):
        when = getattr(_first(component, name), "dt", None)
        if isinstance(when, datetime) and 1970 <= when.year <= 2200:
            return when.astimezone(UTC) if when.tzinfo else when.replace(tzinfo=UTC)
    return None
