"""Where and by which clock an event of a calendar takes place, as far as its words tell; else at the feed's home."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec

from service.errors import Invalid
from service.feeds.maps import Map
from service.feeds.model import FoundEvent
from service.feeds.vevent import Unreadable
from service.feeds.wall_clock import by_the_clock_of
from service.places.places import Places, zone_of

FARTHEST_HOURS = 4  # a clock further from home's than this is of another place

_ZIP = re.compile(r"\b[A-Z]{2}[ ,]{1,3}(\d{5})(?:-\d{4})?\b")
_ONLINE = re.compile(r"(?:https?://|online\b|virtual\b|zoom\b|webinar\b|via zoom\b)", re.IGNORECASE)


class Home(msgspec.Struct, frozen=True, kw_only=True):
    """Where a feed belongs to; degrees, IANA zone. `town`: a town and not a house, so its point is no place to go to."""

    name: str
    lat: float
    lon: float
    zone: str
    town: bool = False


class Placed(msgspec.Struct, frozen=True):
    """An event with its place settled. `key`: the place's words folded, so that two calendars tell of one place.

    `near`: the town whose point stands in, because the words name no place that is known; else empty. `town`: names a region around it.
    """

    event: FoundEvent
    lat: float
    lon: float
    zip: str | None
    zone: str
    name: str
    key: str
    near: str
    town: str


def home_told(told: Map) -> Home | None:
    """The town that a map names for rows without a known place."""
    town = told.home
    if town is None:
        return None
    return Home(name=town.name, lat=town.lat, lon=town.lon, zone=told.zone or zone_of(town.lat, town.lon), town=True)


def home_beside(path: Path, home: Home) -> Home:
    """A folder of calendars may hold a list of their homes (ics_index.csv), in it or above it; `home` where it says nothing."""
    for index in (path.with_name("ics_index.csv"), path.parent.with_name("ics_index.csv")):
        if index.is_file():
            with index.open(encoding="utf-8-sig", newline="") as file:
                row = next((row for row in csv.DictReader(file) if row.get("file") == path.name), None)
            if row and row.get("home_lat") and row.get("home_lon"):
                lat, lon = float(row["home_lat"]), float(row["home_lon"])
                return Home(name=row.get("home_place") or home.name, lat=lat, lon=lon, zone=zone_of(lat, lon), town=True)
    return home


def placed(event: FoundEvent, *, home: Home, places: Places) -> Placed:
    """Raises Unreadable for what takes place on a screen, or by the clock of another part of the world."""
    if _ONLINE.match(event.place):
        raise Unreadable("online_only")
    lat, lon, code, town = _point(event, home, places)
    at_home = (lat, lon) == (home.lat, home.lon)
    own_zone = home.zone if at_home else zone_of(lat, lon)
    event = _told_by(event, own_zone)
    if event.zone != "UTC" and _hours_apart(event, own_zone) > FARTHEST_HOURS:
        raise Unreadable("another_part_of_the_world", zone=str(event.zone))
    name = event.place[:300] or home.name
    key = "".join(letter for letter in (event.place or event.address or home.name).casefold() if letter.isalnum())[:300]
    near = home.name if at_home and home.town else ""
    return Placed(event, round(lat, 6), round(lon, 6), code, str(event.zone), name, key, near, town)


def _point(event: FoundEvent, home: Home, places: Places) -> tuple[float, float, str | None, str]:
    """With the postal code and the name of its town."""
    found = _ZIP.search(f"{event.place} {event.address}")
    code = event.zip or (found[1] if found else None)
    if event.lat is not None and event.lon is not None:
        return event.lat, event.lon, code, _town(code, places) or home.name
    if code:
        try:
            place = places.find(code)
        except Invalid:
            pass
        else:
            return place.lat, place.lon, place.code, place.full_name
    return home.lat, home.lon, None, home.name


def _town(code: str | None, places: Places) -> str:
    try:
        return places.find(code).full_name if code else ""
    except Invalid:
        return ""


def _told_by(event: FoundEvent, zone: str) -> FoundEvent:
    """Floating times are of the place's clock, and instants are told by it too."""
    if event.zone is None:
        return msgspec.structs.replace(event, zone=zone)
    return by_the_clock_of(zone, event)


def _hours_apart(event: FoundEvent, zone: str) -> float:
    there, here = event.start.replace(tzinfo=ZoneInfo(str(event.zone))), event.start.replace(tzinfo=ZoneInfo(zone))
    return abs((here - there).total_seconds()) / 3600 if there.tzinfo is not here.tzinfo else 0.0
