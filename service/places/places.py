"""Postal codes to points: US ZIP codes from a package, other countries from the operator's own file."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import TypedDict
from zoneinfo import ZoneInfo, available_timezones

import tzfpy
import zipcodes
from babel.core import get_global
from babel.numbers import get_territory_currencies

from service.errors import Broken, Invalid
from service.places.distance import distance_km, rounded
from service.places.model import Place

_ZIP = re.compile(r"\s*([0-9]{5})(?:-?[0-9]{4})?\s*")


class ZipRow(TypedDict):
    """A row of the package, as far as it is read; a code without a point has empty degrees."""

    zip_code: str
    city: str
    state: str
    lat: str
    long: str
    timezone: str


_matching: Callable[[str], list[ZipRow]] = zipcodes.matching
_every_zip: Callable[[], list[ZipRow]] = zipcodes.list_all
_COLUMNS = ("code", "name", "lat", "lon", "zone")


class Places:
    """Finds places by code; the operator's own codes come before ZIP codes."""

    def __init__(self, operator_places: Mapping[str, Place] | None = None) -> None:
        self._own = dict(operator_places or {})

    def find(self, code: str) -> Place:
        """Raises Invalid (field `zip`) for a code that is not known or has no point on the map."""
        place = self._own.get(folded(code)) or _by_zip(code)
        if place is None:
            raise Invalid(fields={"zip": "zip"})
        return place


def open_places(places_file: str) -> Places:
    """Places with the operator's file; the empty name means none. Raises Broken naming each bad row."""
    return Places(read_places(Path(places_file)) if places_file else None)


def read_places(path: Path) -> dict[str, Place]:
    """The operator's CSV (code,name,lat,lon,zone) by folded code. Raises Broken with every row that cannot be used."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.DictReader(file)
        missing = [name for name in _COLUMNS if name not in (rows.fieldnames or ())]
        if missing:
            raise Broken("places_file", fields={name: "column is missing" for name in missing})
        read = [(rows.line_num, _place(row)) for row in rows]
    faults = {f"line {line}": fault for line, fault in read if isinstance(fault, str)}
    if faults:
        raise Broken("places_file", fields=faults)
    return {folded(place.code): place for _, place in read if isinstance(place, Place)}


def folded(code: str) -> str:
    """Codes are told apart by letters and digits alone: "sw1a 1aa" is "SW1A1AA"."""
    return "".join(letter for letter in code.upper() if letter.isalnum())


def zone_of(lat: float, lon: float) -> str:
    """IANA time zone of a point (degrees)."""
    return str(tzfpy.get_tz(lon, lat))


def clock_of_place(zone: str, lat: float, lon: float, *, year: int) -> str:
    """Zone by whose clock people live where something takes place: `zone` itself as long as the place keeps the same clock in `year`."""
    there = zone_of(lat, lon)
    at_sea = there.startswith("Etc/") and zone != "UTC"  # no clock that anybody lives by
    return zone if at_sea or same_clock(zone, there, year=year) else there


@lru_cache(maxsize=4096)
def same_clock(zone: str, other: str, *, year: int) -> bool:
    """Whether two zones show the same time on every day of a year and of the eight weeks after it."""
    first, second = ZoneInfo(zone), ZoneInfo(other)
    days = (datetime(year, 1, 1, 12, tzinfo=UTC) + timedelta(days=day) for day in range(366 + 56))
    return zone == other or all(day.astimezone(first).utcoffset() == day.astimezone(second).utcoffset() for day in days)


def country_of(zone: str) -> str:
    """ISO 3166 code of the country that lives by a zone; "" where nobody knows."""
    return str(get_global("zone_territories").get(zone) or "")


@lru_cache(maxsize=4096)
def state_near(lat: float, lon: float) -> str:
    """Code of the state of the nearest ZIP; "" where none lies within 50 km."""
    near = (row for row in _every_zip() if row["lat"] and abs(float(row["lat"]) - lat) < 0.5 and abs(float(row["long"]) - lon) < 1)
    km, state = min(((distance_km(lat, lon, float(row["lat"]), float(row["long"])), row["state"]) for row in near), default=(math.inf, ""))
    return str(state) if km <= 50 else ""


def currency_of(zone: str) -> str:
    """ISO 4217 code of what "$10" means by the clock of a place; dollars of the United States where nobody knows."""
    territory = country_of(zone)
    return next(iter(get_territory_currencies(territory)), "USD") if territory else "USD"


def _by_zip(code: str) -> Place | None:
    match = _ZIP.fullmatch(code)
    rows = _matching(match[1]) if match else []
    # Military and some company codes have no point; nobody could be matched there.
    if not rows or not rows[0]["lat"] or not rows[0]["long"] or float(rows[0]["lat"]) == 0:
        return None
    row = rows[0]
    lat, lon = rounded(float(row["lat"]), float(row["long"]))
    zone = zone_of(lat, lon)  # the package's own zone is another clock at some borders
    zone = row["timezone"] if zone.startswith("Etc/") and row["timezone"] else zone
    return Place(code=row["zip_code"], name=row["city"], state=row["state"], lat=lat, lon=lon, zone=zone)


def _place(row: Mapping[str, str | None]) -> Place | str:
    """A place, or the sentence that says why the row is none."""
    texts = {name: (row.get(name) or "").strip() for name in _COLUMNS}
    empty = [name for name in ("code", "name", "lat", "lon") if not texts[name]]
    if empty:
        return f"{', '.join(empty)} missing"
    try:
        lat, lon = rounded(float(texts["lat"]), float(texts["lon"]))
    except ValueError:
        return "lat and lon must be numbers"
    if not (abs(lat) <= 90 and abs(lon) <= 180):
        return "lat or lon is off the map"
    zone = texts["zone"] or zone_of(lat, lon)
    if zone not in available_timezones():
        return f"{zone} is no time zone"
    return Place(code=texts["code"], name=texts["name"], lat=lat, lon=lon, zone=zone)
