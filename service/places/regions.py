"""Regions: places that people travel between, matched as one."""

from __future__ import annotations

import re
import unicodedata
from uuid import UUID

from service import db
from service.db import Conn
from service.errors import Conflict, Invalid, Missing
from service.places.distance import distance_km
from service.places.model import Place, Region
from service.places.places import Places
from service.sql import load

REGION_KM = 60.0
LONGEST_NAME = 120
queries = load(__file__)


async def region_for(conn: Conn, lat: float, lon: float, name: str, zone: str) -> UUID:
    """The nearest region whose center lies within 60 km, else a new one around this point, named after it.

    Two people who arrive in a new place at once get one region: the slug decides.
    """
    near = nearest(await all_regions(conn), lat, lon)
    if near:
        return near.id
    # Another place of this name, far away, may have the first slug; two regions at one tenth of a degree would be one region.
    for slug in (slugify(name), f"{slugify(name)[:30].strip('-')}-{_spot(lat, lon)}"):
        region = await db.one(conn, queries.insert_region, Region, slug=slug, name=name, zone=zone, lat=lat, lon=lon)
        region = region or await region_by_slug(conn, slug)
        if region and nearest([region], lat, lon):
            return region.id
    raise Conflict("region_taken")  # nothing but a slug given by hand can lead here


async def redraw_town(conn: Conn, *, region_id: UUID, operator_id: UUID, name: str, slug: str, lat: float, lon: float, zone: str) -> bool:
    """A town that is being set up: its name, and where it lies while nobody but the operator is there. False where the name is taken."""
    return bool(
        await db.run(
            conn, queries.redraw_town, region_id=region_id, operator_id=operator_id, name=name, slug=slug, lat=lat, lon=lon, zone=zone
        )
    )


async def open_town(conn: Conn, *, name: str, zip_code: str, places: Places) -> tuple[Region, bool]:
    """The region around a ZIP under this name, and whether it was made now.

    Raises Invalid for the name and the ZIP, both at once; Conflict("town_here_already") where the ZIP lies in a town of another name,
    Conflict("town_elsewhere") where a town far away has the name.
    """
    name = " ".join(name.split())
    place = _checked(name, zip_code, places)
    await db.run(conn, queries.hold_towns)
    here = nearest(await all_regions(conn), place.lat, place.lon)
    if here:
        if slugify(here.name) != slugify(name):
            raise Conflict("town_here_already", zip=place.code, town=here.name, slug=here.slug)
        return here, False
    region = await db.one(conn, queries.insert_region, Region, slug=slugify(name), name=name, zone=place.zone, lat=place.lat, lon=place.lon)
    if region is None:
        raise Conflict("town_elsewhere", town=name, slug=slugify(name))
    return region, True


async def town_of(conn: Conn, place: Place) -> Region:
    """Raises Missing("no_town_near") for a place that no open town reaches."""
    town = nearest(await all_regions(conn), place.lat, place.lon)
    if town is None:
        raise Missing("no_town_near", zip=place.code, place=place.full_name, km=round(REGION_KM))
    return town


async def check_reach(conn: Conn, *, zip_code: str, places: Places) -> None:
    """Raises Invalid (field `zip`) for a ZIP that is unknown, or that no open town reaches."""
    try:
        await town_of(conn, places.find(zip_code))
    except Missing:
        raise Invalid(fields={"zip": "too_far_from_town"}) from None


def _checked(name: str, zip_code: str, places: Places) -> Place:
    faults = {} if 1 <= len(name) <= LONGEST_NAME else {"name": f"too_long:{LONGEST_NAME}" if name else "required"}
    try:
        place = places.find(zip_code)
    except Invalid as refusal:
        raise Invalid(fields={**faults, **refusal.fields}) from None
    if faults:
        raise Invalid(fields=faults)
    return place


async def all_regions(conn: Conn) -> list[Region]:
    return await db.all_of(conn, queries.all_regions, Region)


async def region_by_slug(conn: Conn, slug: str) -> Region | None:
    return await db.one(conn, queries.region_by_slug, Region, slug=slug)


def nearest(regions: list[Region], lat: float, lon: float) -> Region | None:
    reachable = [(distance_km(lat, lon, region.lat, region.lon), region.slug, region) for region in regions]
    inside = [pair for pair in reachable if pair[0] <= REGION_KM]
    return min(inside)[2] if inside else None


def _spot(lat: float, lon: float) -> str:
    """A point to a tenth of a degree, as in 398n-896w."""
    return f"{abs(round(lat * 10))}{'n' if lat >= 0 else 's'}-{abs(round(lon * 10))}{'e' if lon >= 0 else 'w'}"


def slugify(name: str) -> str:
    """Lower-case letters, digits and hyphens; "place" when nothing is left."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:50].strip("-") or "place"
