"""iCalendar (RFC 5545) as the world really writes it: each VEVENT is read by itself, so a broken one never loses the others."""

import re
from collections import Counter
from collections.abc import Iterator

import msgspec

from service.feeds.model import ParsedCalendar, RefusedEvent
from service.feeds.series import joined
from service.feeds.text import line
from service.feeds.vevent import Clock, Entry, read_vevent
from service.feeds.wall_clock import by_the_clock_of
from service.feeds.zones import zone_named

MOST_EVENTS = 5000
LONGEST_EVENT = 100_000  # characters; a description of 10,000 with room for pictures and the like
_LENGTH = re.compile(r"P(?:\d+W|(?=\d|T\d)(?:\d+D)?(?:T(?=\d)(?:\d+H)?(?:\d+M)?(?:\d+S)?)?)", re.IGNORECASE)


class NotACalendar(ValueError):
    """The bytes hold no BEGIN:VCALENDAR: an error page, most often."""


class _Block(msgspec.Struct):
    """The lines of one VEVENT without what is nested in it (alarms). `calendar`: number of its VCALENDAR, for a file may hold several."""

    lines: list[str]
    calendar: int
    closed: bool = False


class _Calendar(msgspec.Struct):
    """What stands outside of the events: first value of each property, and the zones that name another one.

    number: VCALENDARs so far. cancelling: those of them that call their events off (METHOD:CANCEL, RFC 5546).
    """

    properties: dict[str, str] = {}
    zones: dict[str, str] = {}
    number: int = 0
    cancelling: set[int] = set()


def parse(data: bytes, *, home_zone: str | None = None) -> ParsedCalendar:
    """Every VEVENT is in the answer once: in an event (`rows`) or refused by name.

    `home_zone`: IANA zone of the place the feed belongs to; it explains short zone names and stands in where the calendar names none.
    Raises NotACalendar.
    """
    text = _decoded(data)
    if "BEGIN:VCALENDAR" not in text[:100_000].upper():
        raise NotACalendar
    calendar = _Calendar()
    blocks = list(_blocks(_unfolded(text), calendar))
    zone = zone_named(calendar.properties.get("X-WR-TIMEZONE") or calendar.properties.get("TIMEZONE-ID") or "", home=home_zone)
    clock = Clock(zone=zone if zone != "UTC" else None, home=home_zone, defined=calendar.zones)
    read = [_read(block, row, clock, block.calendar in calendar.cancelling) for row, block in enumerate(blocks, start=1)]
    events = joined([entry for entry in read if isinstance(entry, Entry)])
    return ParsedCalendar(
        rows=len(blocks),
        events=[by_the_clock_of(clock.zone, event) for event in events] if clock.zone else events,
        refused=[entry for entry in read if isinstance(entry, RefusedEvent)],
        name=line(_unescaped(calendar.properties.get("NAME") or calendar.properties.get("X-WR-CALNAME", "")), 120),
        zone=clock.zone,
        noticed=_noticed(read, calendar),
    )


def _noticed(read: list[Entry | RefusedEvent], calendar: _Calendar) -> dict[str, int]:
    """Rows by what is broken in them, and what is broken around them: P15M is fifteen months to some programs and minutes to others."""
    counts = Counter(what for entry in read if isinstance(entry, Entry) for what in entry.noticed)
    counts["refresh_interval_unreadable"] = sum(
        _LENGTH.fullmatch(value.strip()) is None
        for name in ("REFRESH-INTERVAL", "X-PUBLISHED-TTL")
        if (value := calendar.properties.get(name)) is not None
    )
    return dict(+counts)


def _read(block: _Block, row: int, clock: Clock, cancelled: bool) -> Entry | RefusedEvent:
    if row > MOST_EVENTS:
        return RefusedEvent(row, "too_many_events", {"most": MOST_EVENTS})
    if not block.closed:
        return RefusedEvent(row, "not_closed")
    if sum(map(len, block.lines)) > LONGEST_EVENT:
        return RefusedEvent(row, "event_too_long", {"longest": LONGEST_EVENT})
    return read_vevent(block.lines, row=row, clock=clock, cancelled=cancelled)


def _decoded(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig").replace("\x00", "")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace").replace("\x00", "")


def _unfolded(text: str) -> Iterator[str]:
    """Lines with their continuations joined (RFC 5545, 3.1); other line ends than CRLF are common."""
    parts: list[str] = []
    for raw in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        if raw[:1] in (" ", "\t"):
            parts.append(raw[1:])
            continue
        if parts:
            yield "".join(parts)
        parts = [raw]
    yield "".join(parts)


def _blocks(lines: Iterator[str], calendar: _Calendar) -> Iterator[_Block]:
    """VEVENTs in order, an unclosed one too; what is nested in them is skipped without counting on it to be closed in order."""
    block: _Block | None = None
    inside: list[str] = []
    for text in lines:
        name, value = _named(text)
        if name == "BEGIN" and value == "VEVENT":
            if block:
                yield block
            block, inside = _Block([text], calendar.number), []
        elif block is None:
            _outside(name, value, text, inside, calendar)
        elif name == "END" and value in ("VEVENT", "VCALENDAR"):
            block.lines.append("END:VEVENT")
            block.closed = value == "VEVENT"
            yield block
            block = None
        elif name in ("BEGIN", "END"):
            inside = [*inside, value][:20] if name == "BEGIN" else inside[:-1]
        elif not inside and text:
            block.lines.append(text)
    if block:
        yield block


def _named(text: str) -> tuple[str, str]:
    name, _, value = text.partition(":")
    return name.strip().upper(), value.strip().upper() if name.upper() in ("BEGIN", "END") else value


def _outside(name: str, value: str, text: str, inside: list[str], calendar: _Calendar) -> None:
    """A VTIMEZONE may name the zone it means (X-LIC-LOCATION); `inside` holds the TZID being read."""
    bare = name.partition(";")[0]
    if (name, value) == ("BEGIN", "VCALENDAR"):
        calendar.number += 1
    elif bare == "METHOD" and value.strip().upper() == "CANCEL":
        calendar.cancelling.add(calendar.number)
    elif bare == "TZID":
        inside[:] = [value.strip()]
    elif bare == "X-LIC-LOCATION" and inside:
        calendar.zones.setdefault(inside[0], value.strip())
    elif bare in ("NAME", "X-WR-CALNAME", "X-WR-TIMEZONE", "TIMEZONE-ID", "REFRESH-INTERVAL", "X-PUBLISHED-TTL"):
        calendar.properties.setdefault(bare, value)


def _unescaped(text: str) -> str:
    return text.replace("\\n", " ").replace("\\,", ",").replace("\\;", ";").replace("\\\\", "\\")
