"""Bytes of a calendar or a table turned into what they tell, or refused as a whole."""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import Any

from service.errors import Invalid
from service.feeds import ical, table
from service.feeds.inflate import Bomb, inflated
from service.feeds.maps import OUR_OWN, Map
from service.feeds.model import ParsedCalendar
from service.feeds.vevent import Unreadable

LARGEST_CALENDAR = 50 * 2**20


def read_file(path: Path, *, format: str, column_map: Map = OUR_OWN, home_zone: str) -> ParsedCalendar:
    """Raises Invalid when the file as a whole is not what it should be."""
    try:
        data = path.read_bytes()
        places = path.with_name(Path(column_map.places.file).name).read_bytes() if column_map.places else b""
    except OSError as error:
        raise Invalid("file_unreadable", file=path.name, why=error.strerror or "") from None
    return read(data, name=path.name, format=format, column_map=column_map, places=places, home_zone=home_zone)


def read(data: bytes, *, name: str, format: str, home_zone: str, column_map: Map = OUR_OWN, places: bytes = b"") -> ParsedCalendar:
    """`places`: the list that the map names, which must lie beside the table. Raises Invalid; `name` is for its sentence."""
    try:
        if format == "csv":
            return table.parse(data, column_map=column_map, places=places, home_zone=home_zone)
        raw = inflated(data, most=LARGEST_CALENDAR) if data[:2] == b"\x1f\x8b" else data
        return ical.parse(raw, home_zone=home_zone)
    except (Bomb, zlib.error):
        raise Invalid("file_unreadable", file=name, why="gzip") from None
    except ical.NotACalendar:
        raise Invalid("not_a_calendar", file=name) from None
    except Unreadable as why:
        params: dict[str, Any] = dict(why.params)
        raise Invalid(why.code, file=name, **params) from None
