"""Posting activities and keeping their dates."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import nh3

from service import access
from service.activities import recurrence, store
from service.activities.model import Activity, NewActivity, Written
from service.activities.recurrence import Occurrence, Series
from service.activities.rule_text import AskTheCenter
from service.db import Conn
from service.errors import Invalid, Missing
from service.ids import new_id
from service.interests.words import topics_of_activity
from service.organizations.model import Organization
from service.places.places import Places, zone_of
from service.places.regions import region_for, slugify

AHEAD = timedelta(weeks=8)  # dates are worked out this far, and further every night


async def post(conn: Conn, *, organization: Organization, new: NewActivity, places: Places, now: datetime) -> Activity:
    """Publish an activity with its dates of the next eight weeks. A retry with the same reference returns the first one.

    Raises Invalid naming every wrong field: a ZIP nobody knows, an access code that is none, a rule we cannot follow, no date ahead.
    """
    if new.reference and (first := await store.by_reference(conn, organization_id=organization.id, reference=new.reference)):
        return first
    where, faults = _where(organization, new, places)
    dates = _dates(_series(new, where["zone"]), now, faults)
    faults |= _faults(new)
    if faults:
        raise Invalid(fields=faults)
    async with conn.transaction():
        region_id = await region_for(conn, where["lat"], where["lon"], where.pop("town"), where["zone"])
        row = _columns(new) | where | {"region_id": region_id}
        written = await write(conn, organization_id=organization.id, row=row, dates=dates, now=now)
    made = await store.by_id(conn, written.id) if written else None
    if made is None:
        raise Missing
    return made


async def write(conn: Conn, *, organization_id: UUID, row: dict[str, Any], dates: Sequence[Occurrence], now: datetime) -> Written | None:
    """Write a series and its dates; None when it stood there just so. `row`: the columns of `activity` that say what it is."""
    activity_id = new_id(now)
    full = {"feed_id": None, "uid": None, "reference": None, "text_language": "en", "extra": [], "moved": []} | row
    full["topics"] = [guess.code for guess in topics_of_activity(row["title"], row["description"])]
    slug = f"{slugify(row['title'])[:80].strip('-') or 'activity'}-{activity_id.hex[-8:]}"
    written = await store.write(conn, organization_id=organization_id, id=activity_id, slug=slug, now=now, **full)
    if written:
        await store.write_sessions(conn, organization_id=organization_id, activity_id=written.id, zone=row["zone"], dates=dates, now=now)
    return written


def plain(text: str) -> str:
    """Text as people wrote it, without a tag in it."""
    return nh3.clean(text, tags=set()).replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">").replace("\x00", "").strip()


def place_key(name: str, address: str, lat: float, lon: float) -> str:
    """Equal for two tellings of one place: its letters and digits, or its point where it has no name."""
    folded = "".join(letter for letter in (name or address).casefold() if letter.isalnum())
    return folded[:120] or f"{lat:.3f},{lon:.3f}"


def _where(organization: Organization, new: NewActivity, places: Places) -> tuple[dict[str, Any], dict[str, str]]:
    """The place of an activity, and what is wrong with it: its point, else its ZIP, else the center's own place."""
    town, faults = organization.name, {}
    lat, lon, zone = organization.lat, organization.lon, organization.zone
    if new.lat is not None and new.lon is not None:
        lat, lon, zone = new.lat, new.lon, zone_of(new.lat, new.lon)
    elif new.zip:
        try:
            place = places.find(new.zip)
            lat, lon, zone, town = place.lat, place.lon, place.zone, place.full_name
        except Invalid as invalid:
            faults = dict(invalid.fields)
    if (new.lat is None) != (new.lon is None):
        faults["lat" if new.lat is None else "lon"] = "missing"
    key = place_key(new.place_name, new.address, lat, lon)
    return {"lat": lat, "lon": lon, "zone": zone, "town": town, "place_key": key}, faults


def _series(new: NewActivity, zone: str) -> Series:
    return Series(
        start=new.starts_at_local, duration=timedelta(minutes=new.duration_min), zone=zone, rule=new.rrule, exdates=tuple(new.excluded)
    )


def _dates(series: Series, now: datetime, faults: dict[str, str]) -> list[Occurrence]:
    try:
        dates = recurrence.expand(series, after=now, before=now + AHEAD)
    except AskTheCenter as refusal:
        faults["rrule"] = refusal.code
        return []
    if not dates:
        faults.setdefault("starts_at_local", "past")
    return dates


def _faults(new: NewActivity) -> dict[str, str]:
    unknown = {name for name in ("access_yes", "access_no") if set(getattr(new, name)) - access.NEEDS.keys()}
    checks = {
        "access_no": "contradicts" if set(new.access_yes) & set(new.access_no) else None,
        "age_max": "before_age_min" if _less(new.age_max, new.age_min) else None,
        "minimum": "above_capacity" if _less(new.capacity, new.minimum) else None,
    }
    return {name: code for name, code in checks.items() if code} | dict.fromkeys(unknown, "unknown_need")


def _less(high: int | None, low: int | None) -> bool:
    return high is not None and low is not None and high < low


def _columns(new: NewActivity) -> dict[str, Any]:
    row: dict[str, Any] = {name: getattr(new, name) for name in msgspec.structs.asdict(new)}
    del row["lat"], row["lon"]
    row["description"] = plain(new.description)
    row["access_yes"] = access.bits_of(new.access_yes) if set(new.access_yes) <= access.NEEDS.keys() else 0
    row["access_no"] = access.bits_of(new.access_no) if set(new.access_no) <= access.NEEDS.keys() else 0
    return row
