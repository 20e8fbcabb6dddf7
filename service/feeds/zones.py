"""Time zone names as calendars write them, turned into IANA names: IANA, Windows, long American names, path prefixes, PDT."""

from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

_LONG_NAMES = {
    "atlantic time (canada)": "America/Halifax",
    "eastern time (us & canada)": "America/New_York",
    "eastern time": "America/New_York",
    "indiana (east)": "America/Indiana/Indianapolis",
    "central time (us & canada)": "America/Chicago",
    "central time": "America/Chicago",
    "mountain time (us & canada)": "America/Denver",
    "mountain time": "America/Denver",
    "arizona": "America/Phoenix",
    "pacific time (us & canada)": "America/Los_Angeles",
    "pacific time": "America/Los_Angeles",
    "alaska": "America/Anchorage",
    "hawaii": "Pacific/Honolulu",
    "london": "Europe/London",
}
# Not exact names: PDT is summer time only. Whoever writes it means the clock of a place, so the place's own zone goes first (see below).
_SHORT_NAMES = {
    "AST": "America/Halifax",
    "ADT": "America/Halifax",
    "ET": "America/New_York",
    "EST": "America/New_York",
    "EDT": "America/New_York",
    "CT": "America/Chicago",
    "CST": "America/Chicago",
    "CDT": "America/Chicago",
    "MT": "America/Denver",
    "MST": "America/Denver",
    "MDT": "America/Denver",
    "PT": "America/Los_Angeles",
    "PST": "America/Los_Angeles",
    "PDT": "America/Los_Angeles",
    "AKST": "America/Anchorage",
    "AKDT": "America/Anchorage",
    "HST": "Pacific/Honolulu",
}
_UTC_NAMES = {"UTC", "GMT", "Z", "ETC/UTC", "ETC/GMT", "ZULU", "UCT", "COORDINATED UNIVERSAL TIME"}
_WINDOWS = {name.lower(): zone for name, zone in WINDOWS_TO_OLSON.items()}


def zone_named(text: str, *, home: str | None = None) -> str | None:
    """IANA name, or None when nobody knows it. `home`: zone of the feed's place, which decides what a short name like MST means."""
    name = text.strip().strip('"').strip()[:120]
    if name.upper() in _UTC_NAMES:
        return "UTC"
    if name.upper() in _SHORT_NAMES:
        return home if home and name.upper() in _short_names_of(home) else _SHORT_NAMES[name.upper()]
    return _LONG_NAMES.get(name.lower()) or _WINDOWS.get(name.lower()) or _iana(name)


def is_short_name(text: str) -> bool:
    """Whether a zone is written as PDT and the like, which no standard allows and which holds for half of the year."""
    return text.strip().upper() in _SHORT_NAMES


def _iana(name: str) -> str | None:
    """Some programs put their own path before the name: /example.org/20240101/Europe/Berlin."""
    parts = name.strip("/").split("/")
    for skipped in range(len(parts)):
        if spelling := _spelled().get("/".join(parts[skipped:]).lower()):
            return spelling
    return None


@lru_cache(maxsize=1)
def _spelled() -> dict[str, str]:
    return {name.lower(): name for name in available_timezones()}


@lru_cache(maxsize=64)
def _short_names_of(zone: str) -> frozenset[str]:
    zone_info = ZoneInfo(zone)
    return frozenset(str(datetime(2026, month, 15, 12, tzinfo=UTC).astimezone(zone_info).tzname()) for month in (1, 7))
