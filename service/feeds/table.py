"""Tables (CSV, also gzipped) read row by row through a map of their columns; a bad row is refused by its number."""

import csv
import io
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256

import msgspec

from service.feeds.called_off import called_off, description_off, status_off, without_notice
from service.feeds.inflate import inflated
from service.feeds.maps import OUR_OWN, Field, Map
from service.feeds.model import ParsedCalendar, ParsedEvent, RefusedEvent
from service.feeds.series import joined
from service.feeds.text import line, plain, web_address
from service.feeds.vevent import Entry, Moment, Unreadable

MOST_ROWS = 200_000
LARGEST_TABLE = 100 * 2**20
_NOT_SAID = {"", "nan", "none", "null", "n/a", "-"}
# What a clock is followed by to make an instant of it; spreadsheets and databases write it in many ways, and Python reads two of them.
_INSTANT = re.compile(
    r"(.*\d:\d\d\S*?|.*\dT\d{4,6}\S*?)\s*(?:(z|utc|gmt)|(?:utc|gmt)?\s*([+\u2212-])(\d{1,2})(?::?(\d{2}))?)", re.IGNORECASE
)
_CLOCK = re.compile(r"(\d{1,2})(?::(\d{2}))?(?::\d{2})?\s*([ap])?\.?m?\.?", re.IGNORECASE)

Row = Mapping[str, str]
Places = Mapping[str, Mapping[str, str]]


def parse(data: bytes, *, column_map: Map = OUR_OWN, places: bytes = b"", home_zone: str | None = None) -> ParsedCalendar:
    """Every row is in the answer once. `places`: bytes of the map's list of places. Raises Unreadable when columns are missing."""
    rows = _rows(data, column_map.delimiter)
    header = next(rows, [])
    missing = column_map.column_names() - set(header) if column_map is not OUR_OWN else {"title"} - set(header)
    if missing:
        raise Unreadable("columns_missing", columns=", ".join(sorted(missing)))
    listed_places = _place_list(places, column_map) if column_map.places else {}
    count, entries, refused = 0, [], []
    for count, cells in enumerate(rows, start=1):
        try:
            entries.append(
                Entry(_event(_Reader(column_map, dict(zip(header, cells, strict=False)), listed_places, home_zone), row=count), None)
            )
        except Unreadable as why:
            refused.append(RefusedEvent(count, why.code, why.params))
    return ParsedCalendar(rows=count, events=joined(entries), refused=refused, zone=column_map.zone or home_zone)


def _rows(data: bytes, delimiter: str) -> Iterator[list[str]]:
    raw = inflated(data, most=LARGEST_TABLE) if data[:2] == b"\x1f\x8b" else data
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("cp1252", errors="replace")
    reader = csv.reader(io.StringIO(text.replace("\x00", ""), newline=""), delimiter=delimiter)
    for number in range(MOST_ROWS + 1):
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:  # one field longer than anything we keep
            cells = []
        if cells or number:
            yield cells


def _place_list(data: bytes, column_map: Map) -> Places:
    assert column_map.places
    rows = _rows(data, ",")
    header = next(rows, [])
    needed = {column_map.places.key, *column_map.places.columns.values()} - set(header)
    if needed:
        raise Unreadable("columns_missing", columns=", ".join(sorted(needed)))
    listed = (dict(zip(header, cells, strict=False)) for cells in rows)
    return {
        row[column_map.places.key].strip(): {ours: row.get(theirs, "") for ours, theirs in column_map.places.columns.items()}
        for row in listed
        if row
    }


class _Reader:
    """One row seen through the map. `zone`: the map's clock; None: the clock of wherever the row takes place, most likely `home_zone`."""

    def __init__(self, column_map: Map, row: Row, places: Places, home_zone: str | None) -> None:
        self.column_map = column_map
        self.row = row
        self.zone = column_map.zone
        self.home_zone = column_map.zone or home_zone
        self.place: Mapping[str, str] = {}
        if column_map.places:
            key = row.get(column_map.places.key, "").strip()
            if key not in places and column_map.places.required:
                raise Unreadable("place_not_known", place=key[:60])
            self.place = places.get(key, {})

    def text(self, field: Field) -> str:
        """What the row says, else the list of places, else what the map holds true otherwise; empty: not said."""
        columns = self.column_map.columns.get(field, [])
        cells = [self.row.get(name, "").strip() for name in ([columns] if isinstance(columns, str) else columns)]
        value = " ".join(cell for cell in cells if cell.lower() not in _NOT_SAID)
        return value or self.place.get(field, "").strip() or str(self.column_map.otherwise.get(field, ""))

    def number(self, field: Field, low: float, high: float) -> float | None:
        digits = self.text(field).replace(",", "").lstrip("$")
        if not digits:
            return None
        try:
            value = float(digits)
        except ValueError:
            raise Unreadable("number_unreadable", part=field, text=digits[:40]) from None
        if not low <= value <= high:
            raise Unreadable("number_out_of_range", part=field, text=digits[:40])
        return value

    def whole(self, field: Field, low: int, high: int) -> int | None:
        value = self.number(field, low, high)
        return None if value is None else int(value)

    def day(self, field: Field) -> date | None:
        moment = self.moment(field)
        return self.at_home(moment).date() if moment else None

    def moment(self, field: Field) -> Moment | None:
        """With Z or an offset it is an instant (zone UTC), else a wall-clock time of `zone`; without an hour it is a whole day."""
        text = self.text(field)
        if not text:
            return None
        for when, with_hour in self._readings(text):
            if not 1970 <= when.year <= 2200:
                raise Unreadable("start_out_of_range", year=when.year)
            if when.tzinfo is None or not with_hour:
                return Moment(when.replace(tzinfo=None), self.zone, all_day=not with_hour)
            return Moment(when.astimezone(UTC).replace(tzinfo=None), "UTC")
        raise Unreadable("date_unreadable", part=field, text=text[:40])

    def at_home(self, moment: Moment) -> datetime:
        """Wall-clock time of the feed's home, near enough before the place is known."""
        return moment.seen_in(self.home_zone, time())

    def instant(self, moment: Moment) -> datetime:
        """Naive, in UTC; comparable with others of its row, of which one may carry an offset and one may not."""
        return msgspec.structs.replace(moment, zone=moment.zone or self.home_zone).seen_in("UTC", time())

    def by_the_map(self, moment: Moment) -> Moment:
        """An instant as wall-clock time of the map's clock, where it names one."""
        if moment.zone != "UTC" or self.zone is None:
            return moment
        return Moment(moment.seen_in(self.zone, time()), self.zone)

    def _readings(self, text: str) -> Iterator[tuple[datetime, bool]]:
        """What the text may mean, and whether an hour was told with it."""
        with suppress(ValueError):
            yield datetime.fromisoformat(_iso(text)), len(text) > 10
        for form in self.column_map.dates:
            with suppress(ValueError):
                yield datetime.strptime(text, form), "%H" in form or "%I" in form  # noqa: DTZ007 - a wall-clock time

    def clock(self, field: Field, hour: Field, minute: Field) -> time | None:
        if value := self.text(field):
            return _clock(value, field)
        hour_number = self.whole(hour, 0, 23)
        return None if hour_number is None else time(hour_number, self.whole(minute, 0, 59) or 0)


def _iso(text: str) -> str:
    """An instant as Python 3.11 reads it: -0400, z, UTC and the typographic minus are as good as -04:00."""
    match = _INSTANT.fullmatch(text)
    if not match:
        return text
    sign, hours, minutes = ("+", "0", "0") if match[2] else (match[3].replace("\u2212", "-"), match[4], match[5] or "0")
    return f"{match[1]}{sign}{int(hours):02}:{int(minutes):02}"


def _clock(text: str, field: Field) -> time:
    match = _CLOCK.fullmatch(text.strip())
    hour = int(match[1]) if match else 99
    if match and match[3]:
        hour = hour % 12 + (12 if match[3].lower() == "p" else 0) if 1 <= hour <= 12 else 99
    if not match or hour > 23 or int(match[2] or 0) > 59:
        raise Unreadable("date_unreadable", part=field, text=text[:40])
    return time(hour, int(match[2] or 0))


def _event(seen: _Reader, *, row: int) -> ParsedEvent:
    if not seen.row:
        raise Unreadable("row_unreadable")
    for column, wanted in seen.column_map.only.items():
        if seen.row.get(column, "").strip() not in wanted:
            raise Unreadable("not_wanted", part=column, text=seen.row.get(column, "")[:40])
    title = line(seen.text("title"), 200)
    if not title:
        raise Unreadable("no_title")
    start = _start(seen)
    description = plain(seen.text("description"), 10_000)
    off = _says_off(seen, title, description, start)
    event = ParsedEvent(
        row=row,
        uid=_uid(seen, without_notice(title) if off else title, start),
        title=title,
        start=start.wall,
        duration=_duration(seen, start),
        zone=start.zone,
        all_day=start.all_day,
        description=description,
        place=line(seen.text("place"), 300),
        address=line(seen.text("address"), 500),
        zip=_zip(seen.text("zip")),
        url=web_address(seen.text("url")),
        rrule=_rule(seen),
        cancelled=off,
        categories=tuple(dict.fromkeys(word for part in re.split(r"[;|,]", seen.text("categories")) if (word := line(part, 60)))),
    )
    return msgspec.structs.replace(event, **_point(seen), **_limits(seen))


def _says_off(seen: _Reader, title: str, description: str, start: Moment) -> bool:
    status = line(seen.text("status"), 200)
    if status.lower() in seen.column_map.cancelled or status_off(status) or description_off(description):
        return True
    return called_off(title, on=None if seen.text("rrule") else seen.at_home(start).date())


def _start(seen: _Reader) -> Moment:
    """A clock in a column of its own goes with the day as it is written, even where a database wrote midnight behind it."""
    moment = seen.moment("start") or seen.moment("date")
    if moment is None:
        raise Unreadable("no_start")
    if not moment.all_day and moment.wall.time() != time():
        return seen.by_the_map(moment)
    clock = seen.clock("start_time", "start_hour", "start_minute")
    return Moment(datetime.combine(moment.wall.date(), clock), seen.zone) if clock else seen.by_the_map(moment)


def _duration(seen: _Reader, start: Moment) -> timedelta | None:
    """An end before its start is past midnight when only a time of day was told."""
    if (minutes := seen.number("duration_min", 1, 7 * 1440)) is not None:
        return timedelta(minutes=minutes)
    clock = seen.clock("end_time", "end_hour", "end_minute")
    if clock and not start.all_day:
        begins = seen.at_home(start)
        length = datetime.combine(begins.date(), clock) - begins
        return (length if length > timedelta(0) else length + timedelta(days=1)) if length else None
    end = seen.moment("end")
    if end is None:
        return timedelta(days=1) if start.all_day else None
    length = seen.instant(end) - seen.instant(start)
    if length < timedelta(0):
        raise Unreadable("ends_before_it_starts")
    return length or None


def _rule(seen: _Reader) -> str | None:
    if text := seen.text("rrule"):
        return text.removeprefix("RRULE:")[:301]
    repeat = seen.column_map.repeat
    rule = repeat.rules.get(seen.row.get(repeat.column, "").strip()) if repeat else None
    until = seen.day("until") if rule else None
    return f"{rule};UNTIL={until:%Y%m%d}" if until else rule


def _uid(seen: _Reader, title: str, start: Moment) -> str:
    """Rows without one: the same thing at the same place and hour is one series, before and after the clock changes."""
    if uid := line(seen.text("uid"), 500):
        return uid
    fingerprint = "\n".join(
        (title.casefold(), seen.text("place").casefold(), seen.text("address").casefold(), f"{seen.at_home(start):%H:%M}")
    )
    return f"untitled-{sha256(fingerprint.encode()).hexdigest()[:32]}"


def _zip(text: str) -> str | None:
    """Spreadsheets make 7042.0 of 07042."""
    digits = text.removesuffix(".0")
    return digits.zfill(5) if digits.isdecimal() and 3 <= len(digits) <= 5 else line(text, 12).upper() or None


def _point(seen: _Reader) -> dict[str, float | None]:
    lat, lon = seen.number("lat", -90, 90), seen.number("lon", -180, 180)
    if lat is None or lon is None or abs(lat) + abs(lon) < 0.01:
        return {"lat": None, "lon": None}
    return {"lat": lat, "lon": lon}


def _limits(seen: _Reader) -> dict[str, int | None]:
    age_min, age_max = seen.whole("age_min", 0, 130), seen.whole("age_max", 0, 130)
    if age_min is not None and age_max is not None and age_min > age_max:
        raise Unreadable("number_out_of_range", part="age_max", text=str(age_max))
    cost = 0.0 if seen.text("cost").lower() == "free" else seen.number("cost", 0, 10_000)
    return {
        "age_min": age_min,
        "age_max": age_max,
        "capacity": seen.whole("capacity", 1, 100_000),
        "cost_cents": None if cost is None else round(cost * 100),
    }
