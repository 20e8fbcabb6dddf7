"""Reads the columns of the two data sets: plain or gzipped CSV, ids as text, instants as minutes since the epoch."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from matching.score.learn.next_activity import History
from matching.world.arrays import F64, I32, I64


class WrongFile(OSError):
    """A file that is there, but not in the shape that is read; says which and what is wrong."""


def rows(folder: Path, name: str, columns: tuple[str, ...], optional: bool = False) -> list[dict[str, str]]:
    """The lines of NAME.csv or NAME.csv.gz; none where an optional file is missing.

    Raises FileNotFoundError that says which file is missing, WrongFile for one without the columns or that is no table.
    """
    for path in (folder / f"{name}.csv", folder / f"{name}.csv.gz"):
        if path.is_file():
            return _read(path, columns)
    if optional:
        return []
    raise FileNotFoundError(f"{folder} has no {name}.csv or {name}.csv.gz")


def _read(path: Path, columns: tuple[str, ...]) -> list[dict[str, str]]:
    try:
        with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
            table = csv.DictReader(lines, restval="")
            missing = [column for column in columns if column not in (table.fieldnames or ())]
            if missing:
                raise WrongFile(f"{path} has no column {', '.join(missing)}")
            return list(table)
    except (UnicodeDecodeError, EOFError, gzip.BadGzipFile, csv.Error) as error:
        raise WrongFile(f"{path} cannot be read as a table: {error}") from error


def minutes(texts: Iterable[str]) -> I64:
    """Instants like 2016-04-15T18:00:00Z; a missing Z means the same. Raises WrongFile for what is no instant."""
    try:
        instants = np.array([text.rstrip("Z") for text in texts], "datetime64[s]")
    except ValueError as error:
        raise WrongFile(f"a time is not like 2016-04-15T18:00:00Z: {error}") from error
    if np.isnat(instants).any():
        raise WrongFile(f"{int(np.isnat(instants).sum())} lines have no time")
    return instants.astype(np.int64) // 60


def numbers(ids: Iterable[str]) -> dict[str, int]:
    """Each id's row, in order of first appearance."""
    number_of: dict[str, int] = {}
    for one in ids:
        number_of.setdefault(one, len(number_of))
    return number_of


def coordinates(lines: Iterable[dict[str, str]], lat: str, lon: str) -> tuple[F64, F64]:
    """Latitudes and longitudes; empty ones and the point 0, 0 become nan."""
    try:
        points = np.array([(float(line[lat] or "nan"), float(line[lon] or "nan")) for line in lines]).reshape(-1, 2)
    except ValueError as error:
        raise WrongFile(f"{lat} and {lon} must be degrees: {error}") from error
    points[(points == 0).all(axis=1)] = np.nan
    return points[:, 0].copy(), points[:, 1].copy()


@dataclass(frozen=True, slots=True)
class Groups:
    """People, groups, joins, dates and yes answers of one place."""

    lat: F64  # [n] homes
    lon: F64
    names: list[str]  # [g]
    category: I32  # [g]
    joins: History  # activities are groups
    answers: History  # the same, at the start of the date answered
    date_of: I32  # [answers] row of the date
    dates: I64  # [d] start minute
    group_of: I32  # [d]


def homes(degrees: F64) -> F64:
    """Nobody's home is unknown: the median stands for it."""
    middle = float(np.nanmedian(degrees)) if np.isfinite(degrees).any() else 0.0
    return np.nan_to_num(degrees, nan=middle)


def nashville(folder: Path, dates_too: bool = True) -> Groups:
    """The five files of `meetup-nashville`; lines that point to nobody or nothing are left out.

    Joins can be asked about without `events` and `rsvps`. Raises FileNotFoundError and WrongFile.
    """
    groups = rows(folder, "groups", ("group_id", "group_name", "category_id"))
    members = rows(folder, "members", ("member_id", "lat", "lon"))
    group, member = numbers(line["group_id"] for line in groups), numbers(line["member_id"] for line in members)
    category = numbers(line["category_id"] for line in groups)
    lat, lon = coordinates(members, "lat", "lon")
    lat, lon = homes(lat), homes(lon)
    keys = np.arange(len(groups), dtype=np.uint64) + np.uint64(1)
    joins = [
        line
        for line in rows(folder, "memberships", ("member_id", "group_id", "joined"))
        if line["member_id"] in member and line["group_id"] in group
    ]
    events = [
        line for line in rows(folder, "events", ("event_id", "group_id", "start_utc"), optional=not dates_too) if line["group_id"] in group
    ]
    event = numbers(line["event_id"] for line in events)
    answers = [
        line
        for line in rows(folder, "rsvps", ("event_id", "member_id"), optional=not dates_too)
        if line["event_id"] in event and line["member_id"] in member
    ]
    dates = minutes(line["start_utc"] for line in events)
    group_of = np.array([group[line["group_id"]] for line in events], np.int32)
    date_of = np.array([event[line["event_id"]] for line in answers], np.int32)
    return Groups(
        lat,
        lon,
        [line["group_name"] for line in groups],
        np.array([category[line["category_id"]] for line in groups], np.int32),
        History(
            np.array([member[line["member_id"]] for line in joins], np.int32),
            np.array([group[line["group_id"]] for line in joins], np.int32),
            minutes(line["joined"] for line in joins),
            keys,
            lat,
            lon,
        ),
        History(np.array([member[line["member_id"]] for line in answers], np.int32), group_of[date_of], dates[date_of], keys, lat, lon),
        date_of,
        dates,
        group_of,
    )
