"""What a center says of a new activity, checked as a whole and turned into what we keep. The same rule for page, API and sample."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any

import msgspec
import nh3

from service import access
from service.activities.model import NOTE_LABELS, ActivityFacts, Line, VisitNotes
from service.activities.recurrence import Series, expand
from service.activities.rule_text import AskTheCenter
from service.db import Conn
from service.errors import Invalid
from service.interests.words import topics_of_activity
from service.organizations.model import Organization
from service.places.distance import distance_km
from service.places.places import Places, zone_of
from service.places.regions import region_for
from service.web.visible import visible, visible_line

FARTHEST_KM = 200  # from the center: farther away is a slip of the map, and would open a region of its own
AHEAD = timedelta(days=399)  # a first date may be next term
Wall = Annotated[datetime, msgspec.Meta(tz=False)]


class NewActivity(VisitNotes, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a center says of an activity; the same rule for the page, the API and imports.

    starts_at_local and excluded: wall-clock times at the place. Left out: not said, and never assumed (no ages: adults).
    access_yes, access_no: codes of service.access. lat and lon go together; without them the ZIP is the place.
    """

    title: Annotated[str, msgspec.Meta(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*\Z")]
    starts_at_local: Wall
    duration_min: Annotated[int, msgspec.Meta(ge=5, le=1440)]
    description: Annotated[str, msgspec.Meta(max_length=10_000)] = ""
    rrule: Annotated[str, msgspec.Meta(max_length=300)] | None = None
    excluded: Annotated[tuple[Wall, ...], msgspec.Meta(max_length=500)] = ()
    reference: Annotated[str, msgspec.Meta(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*\Z")] | None = None
    place_name: Line = ""
    address: Line = ""
    zip: Annotated[str, msgspec.Meta(max_length=12, pattern=r"^[0-9A-Za-z -]*\Z")] | None = None
    lat: Annotated[float, msgspec.Meta(ge=-90, le=90)] | None = None
    lon: Annotated[float, msgspec.Meta(ge=-180, le=180)] | None = None
    capacity: Annotated[int, msgspec.Meta(ge=1, le=100_000)] | None = None
    minimum: Annotated[int, msgspec.Meta(ge=1, le=100_000)] | None = None
    age_min: Annotated[int, msgspec.Meta(ge=0, le=130)] | None = None
    age_max: Annotated[int, msgspec.Meta(ge=0, le=130)] | None = None
    cost_cents: Annotated[int, msgspec.Meta(ge=0, le=1_000_000)] | None = None
    languages: Annotated[tuple[Annotated[str, msgspec.Meta(pattern=r"^[a-z]{2,3}\Z")], ...], msgspec.Meta(max_length=10)] = ()
    access_yes: Annotated[tuple[str, ...], msgspec.Meta(max_length=20)] = ()
    access_no: Annotated[tuple[str, ...], msgspec.Meta(max_length=20)] = ()
    url: Annotated[str, msgspec.Meta(max_length=2000, pattern=r"^https?://[^\x00-\x20\x7f]+\Z")] | None = None


async def facts_of_posting(conn: Conn, *, organization: Organization, new: NewActivity, places: Places, now: datetime) -> ActivityFacts:
    """Raises Invalid naming every wrong field: an unknown ZIP, an access code that is none, a rule we cannot follow, no date ahead."""
    new = _seen(new)
    where, faults = _where(organization, new, places)
    faults |= {} if new.title else {"title": "required"}
    faults |= _wrong_dates(new, where["zone"], now) | _wrong_limits(new)
    if faults:
        raise Invalid(fields=faults)
    region_id = await region_for(conn, where["lat"], where["lon"], where.pop("town"), where["zone"])
    topics = tuple(guess.code for guess in topics_of_activity(new.title, new.description))
    return ActivityFacts(**_plainly(new), **where, region_id=region_id, topics=topics)


def _seen(new: NewActivity) -> NewActivity:
    """The same as people would read it: its lines without what nobody sees."""
    lines = {name: visible_line(getattr(new, name)) for name in ("title", "place_name", "address", *NOTE_LABELS)}
    return msgspec.structs.replace(new, **lines, description=visible(new.description))


def _plainly(new: NewActivity) -> dict[str, Any]:
    """The fields that are kept as they were said."""
    changed = {"reference", "lat", "lon", "access_yes", "access_no", "description"}
    copied = {name: value for name, value in msgspec.structs.asdict(new).items() if name not in changed}
    return copied | {
        "description": plain(new.description),
        "access_yes": access.bits_of(new.access_yes),
        "access_no": access.bits_of(new.access_no),
    }


def _wrong_dates(new: NewActivity, zone: str, now: datetime) -> dict[str, str]:
    duration = timedelta(minutes=new.duration_min)
    series = Series(start=new.starts_at_local, duration=duration, zone=zone, rule=new.rrule, exdates=new.excluded)
    try:
        return {} if expand(series, after=now, before=now + AHEAD) else {"starts_at_local": "past"}
    except AskTheCenter as refusal:
        return {"rrule": refusal.code}


def plain(text: str) -> str:
    """Text as people wrote it, without a tag in it."""
    return nh3.clean(text, tags=set()).replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">").replace("\x00", "").strip()


def place_key(name: str, address: str, lat: float, lon: float) -> str:
    """Equal for two tellings of one place: its letters and digits, or its point where it has no name."""
    folded = "".join(letter for letter in (name or address).casefold() if letter.isalnum())
    return folded[:120] or f"{lat:.3f},{lon:.3f}"


def _where(organization: Organization, new: NewActivity, places: Places) -> tuple[dict[str, Any], dict[str, str]]:
    """The place of an activity, and what is wrong with it: its point, else its ZIP, else the center's own place.

    near_place: the town of the ZIP whose middle stands in, for what is posted or for the center itself; empty for a point of its own.
    """
    town, faults = organization.name, {}
    lat, lon, zone, near = organization.lat, organization.lon, organization.zone, _town_of(organization, places)
    if new.lat is not None and new.lon is not None:
        lat, lon, zone, near = new.lat, new.lon, zone_of(new.lat, new.lon), ""
    elif new.zip:
        try:
            place = places.find(new.zip)
            lat, lon, zone, town, near = place.lat, place.lon, place.zone, place.full_name, place.full_name
        except Invalid as invalid:
            faults = dict(invalid.fields)
    if (new.lat is None) != (new.lon is None):
        faults["lat" if new.lat is None else "lon"] = "missing"
    if distance_km(lat, lon, organization.lat, organization.lon) > FARTHEST_KM:
        faults |= dict.fromkeys(("lat", "lon") if new.lat is not None else ("zip",), f"place_far:{FARTHEST_KM}")
    key = place_key(new.place_name, new.address, lat, lon)
    return {"lat": lat, "lon": lon, "zone": zone, "town": town, "near_place": near, "place_key": key}, faults


def _town_of(organization: Organization, places: Places) -> str:
    """The town whose middle stands for the center; "" where somebody gave it a point of its own."""
    try:
        place = places.find(organization.zip or "")
    except Invalid:
        return ""
    return place.full_name if (place.lat, place.lon) == (organization.lat, organization.lon) else ""


def _wrong_limits(new: NewActivity) -> dict[str, str]:
    unknown = {name for name in ("access_yes", "access_no") if set(getattr(new, name)) - access.NEEDS.keys()}
    checks = {
        "access_no": "contradicts" if set(new.access_yes) & set(new.access_no) else None,
        "age_max": "before_age_min" if _less(new.age_max, new.age_min) else None,
        "minimum": "above_capacity" if _less(new.capacity, new.minimum) else None,
    }
    return {name: code for name, code in checks.items() if code} | dict.fromkeys(unknown, "unknown_need")


def _less(high: int | None, low: int | None) -> bool:
    return high is not None and low is not None and high < low
