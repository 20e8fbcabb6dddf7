"""Where and by which clock an event of a calendar takes place, as far as its words tell; else at the feed's home."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec

from service.errors import Invalid
from service.feeds.elsewhere import CANADIAN, PROVINCES, STATE_NAMES, STATES, territory_in
from service.feeds.maps import Map
from service.feeds.model import ParsedEvent
from service.feeds.vevent import Unreadable
from service.feeds.wall_clock import by_the_clock_of
from service.places.model import Place
from service.places.places import Places, country_of, state_near, zone_of

FARTHEST_HOURS = 4  # a clock further from home's than this is of another place

_ZIP = re.compile(rf"\b(?:[A-Z]{{2}}|{STATE_NAMES})[ ,]{{1,3}}(\d{{5}})(?:-\d{{4}})?\b")
_ONLINE = re.compile(r"(?:https?://|online\b|virtual\b|zoom\b|webinar\b|via zoom\b)", re.IGNORECASE)


class FeedHome(msgspec.Struct, frozen=True, kw_only=True):
    """Where a feed belongs to, a town or a house; degrees, IANA zone."""

    name: str
    lat: float
    lon: float
    zone: str


class PlacedEvent(msgspec.Struct, frozen=True):
    """An event with its place settled. `key`: the place's words folded, so that two calendars tell of one place.

    `near`: the town of the ZIP, or the home, whose point stands in because the event has no point of its own; else empty.
    `town`: names a region around it.
    """

    event: ParsedEvent
    lat: float
    lon: float
    zip: str | None
    zone: str
    name: str
    key: str
    near: str
    town: str


def home_of_map(column_map: Map) -> FeedHome | None:
    """The town that a map names for rows without a known place."""
    town = column_map.home
    if town is None:
        return None
    return FeedHome(name=town.name, lat=town.lat, lon=town.lon, zone=column_map.zone or zone_of(town.lat, town.lon))


def home_beside(path: Path, home: FeedHome) -> FeedHome:
    """A folder of calendars may hold a list of their homes (ics_index.csv), in it or above it; `home` where it says nothing."""
    for index in (path.with_name("ics_index.csv"), path.parent.with_name("ics_index.csv")):
        if index.is_file():
            with index.open(encoding="utf-8-sig", newline="") as file:
                row = next((row for row in csv.DictReader(file) if row.get("file") == path.name), None)
            if row and row.get("home_lat") and row.get("home_lon"):
                lat, lon = float(row["home_lat"]), float(row["home_lon"])
                return FeedHome(name=row.get("home_place") or home.name, lat=lat, lon=lon, zone=zone_of(lat, lon))
    return home


def placed(event: ParsedEvent, *, home: FeedHome, places: Places) -> PlacedEvent:
    """Raises Unreadable for what takes place on a screen, or by the clock of another part of the world."""
    if _ONLINE.match(event.place):
        raise Unreadable("online_only")
    point = _point(event, home, places)
    own_zone = home.zone if point.at_home else zone_of(point.lat, point.lon)
    event = _on_place_clock(event, own_zone)
    if event.zone != "UTC" and _hours_apart(event, own_zone) > FARTHEST_HOURS:
        raise Unreadable("another_part_of_the_world", zone=str(event.zone))
    name = event.place[:300] or home.name
    key = "".join(letter for letter in (event.place or event.address or home.name).casefold() if letter.isalnum())[:300]
    return PlacedEvent(event, round(point.lat, 6), round(point.lon, 6), point.zip, str(event.zone), name, key, point.near, point.town)


class _Point(msgspec.Struct, frozen=True):
    """With the postal code, the name of its town, and what stands in where this is no point of the event's own."""

    lat: float
    lon: float
    zip: str | None
    town: str
    near: str = ""
    at_home: bool = False


def _point(event: ParsedEvent, home: FeedHome, places: Places) -> _Point:
    """Raises Unreadable for an address of another country or state whose point nobody knows: home is no place near it."""
    words = f"{event.place}, {event.address}"
    codes = [event.zip, *(match[1] for match in _ZIP.finditer(words)), *(match[0] for match in CANADIAN.finditer(words))]
    coded_place = next((place for code in codes if code and (place := _find(code, places))), None)
    if event.lat is not None and event.lon is not None:
        code = next((code for code in codes if code), None)
        at_home = (event.lat, event.lon) == (home.lat, home.lon)
        return _Point(event.lat, event.lon, code, coded_place.full_name if coded_place else home.name, at_home=at_home)
    if coded_place:
        return _Point(coded_place.lat, coded_place.lon, coded_place.code, coded_place.full_name, near=coded_place.full_name)
    if elsewhere := _elsewhere(f"{words}, {event.zip or ''}", home):
        raise Unreadable("another_part_of_the_world", place=elsewhere)
    return _Point(home.lat, home.lon, None, home.name, near=home.name, at_home=True)


def _elsewhere(words: str, home: FeedHome) -> str:
    """The country or state that an address names and home does not lie in; "" where it names none, or nobody knows home's."""
    country, state = territory_in(words)
    home_country = country_of(home.zone)
    if country and home_country and country != home_country:
        return state or country
    named = home.name.rpartition(", ")[2]
    at_home = {"US": STATES, "CA": PROVINCES}.get(home_country, {}).get(named) if state else None
    at_home = at_home or (state_near(home.lat, home.lon) if state and home_country == "US" else "")
    return state if at_home and state != at_home else ""


def _find(code: str, places: Places) -> Place | None:
    try:
        return places.find(code)
    except Invalid:
        return None


def _on_place_clock(event: ParsedEvent, zone: str) -> ParsedEvent:
    """Floating times are of the place's clock, and instants are told by it too."""
    if event.zone is None:
        return msgspec.structs.replace(event, zone=zone)
    return by_the_clock_of(zone, event)


def _hours_apart(event: ParsedEvent, zone: str) -> float:
    there, here = event.start.replace(tzinfo=ZoneInfo(str(event.zone))), event.start.replace(tzinfo=ZoneInfo(zone))
    return abs((here - there).total_seconds()) / 3600 if there.tzinfo is not here.tzinfo else 0.0
