"""How the columns of somebody's table are to be read: a small TOML or JSON file beside the table."""

import tomllib
from pathlib import Path
from typing import Annotated, Literal, get_args
from zoneinfo import available_timezones

import msgspec

from service.errors import Invalid

Field = Literal[
    "uid", "title", "description", "place", "address", "zip", "lat", "lon", "url", "categories",
    "start", "date", "start_time", "start_hour", "start_minute", "end", "end_time", "end_hour", "end_minute", "duration_min",
    "rrule", "until", "age_min", "age_max", "capacity", "cost", "status", "modified",
]  # fmt: skip


class PlaceList(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A second table that tells where places are: `file` beside the table, found by `key` (the same column name in both).

    `required`: a row whose place is not in the list is refused instead of put in the feed's home town.
    """

    file: str
    key: str
    columns: dict[Literal["place", "address", "zip", "lat", "lon"], str]
    required: bool = False


class HomeTown(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where rows without a known place are taken to be; degrees."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    lat: Annotated[float, msgspec.Meta(ge=-90, le=90)]
    lon: Annotated[float, msgspec.Meta(ge=-180, le=180)]


class Repeat(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Values of a column that mean a recurrence: {"ongoing": "FREQ=WEEKLY"}; it ends on the day of the field `until`."""

    column: str
    rules: dict[str, str]


class Map(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`columns`: our field -> their column, or several whose values are joined; for `uid` they also say which rows are one series.

    `otherwise`: what holds where a column says nothing. `dates`: strptime formats, tried in order; ISO dates are always read.
    `cancelled`: what the field `status` says of what does not take place, beside the words of `called_off.py`.
    `only`: a row counts if each column has one of the values.
    """

    columns: dict[Field, str | list[str]]
    zone: str | None = None
    dates: tuple[str, ...] = ()
    delimiter: Annotated[str, msgspec.Meta(min_length=1, max_length=1)] = ","
    otherwise: dict[Field, str | int | float] = {}
    only: dict[str, list[str]] = {}
    cancelled: tuple[str, ...] = ("cancelled", "canceled")
    repeat: Repeat | None = None
    places: PlaceList | None = None
    home: HomeTown | None = None

    def column_names(self) -> set[str]:
        names = {name for names in self.columns.values() for name in ([names] if isinstance(names, str) else names)}
        return names | set(self.only) | ({self.repeat.column} if self.repeat else set()) | ({self.places.key} if self.places else set())


# What a table that we could have asked for looks like; read without a map.
OUR_OWN = Map(columns={field: field for field in get_args(Field)})


def read_map(path: Path) -> Map:
    """Raises Invalid naming what is wrong with the file."""
    try:
        text = path.read_text(encoding="utf-8")
        fields = msgspec.json.decode(text) if path.suffix == ".json" else tomllib.loads(text)
        column_map = msgspec.convert(fields, Map)
    except (OSError, ValueError) as error:
        raise Invalid("map_unreadable", fields={path.name: str(error)[:200]}) from None
    if column_map.zone and column_map.zone not in available_timezones():
        raise Invalid("map_unreadable", fields={"zone": "zone_not_known"})
    return column_map
