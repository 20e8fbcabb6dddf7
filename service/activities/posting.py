"""What a center wrote, turned into what is kept of an activity; every wrong field is named at once."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from service import access
from service.activities.model import NewActivity, Told
from service.activities.recurrence import Series, expand
from service.activities.rule_text import AskTheCenter
from service.activities.text import plain
from service.errors import Invalid
from service.interests.words import topics_of_activity
from service.organizations.model import Organization
from service.places.places import Places, zone_of


class Where(msgspec.Struct, frozen=True):
    """Degrees and IANA zone; `town` names a region that has to be made."""

    lat: float
    lon: float
    zone: str
    town: str


def read_posting(new: NewActivity, *, organization: Organization, places: Places, now: datetime) -> Where:
    """Where it takes place: its point, else its ZIP, else the center's own place. Raises Invalid naming every wrong field."""
    faults: dict[str, str] = {}
    where = _where(new, organization, places, faults)
    faults |= _unfit(new) | _faults_of_dates(new, where.zone, now)
    if faults:
        raise Invalid(fields=faults, typed=msgspec.to_builtins(new))
    return where


def told_of(new: NewActivity, where: Where, *, region_id: UUID) -> Told:
    """Raises KeyError for a need that does not exist; `read_posting` finds it first."""
    description = plain(new.description, 10_000)
    return Told(
        title=new.title.strip(),
        description=description,
        topics=tuple(guess.code for guess in topics_of_activity(new.title, description)),
        place_name=new.place_name,
        address=new.address,
        zip=new.zip,
        place_key=place_key(new.place_name, new.address, where.lat, where.lon),
        lat=where.lat,
        lon=where.lon,
        region_id=region_id,
        zone=where.zone,
        starts_at_local=new.starts_at_local,
        duration_min=new.duration_min,
        rrule=new.rrule,
        excluded=tuple(sorted(set(new.excluded))),
        capacity=new.capacity,
        minimum=new.minimum,
        age_min=new.age_min,
        age_max=new.age_max,
        cost_cents=new.cost_cents,
        languages=tuple(new.languages),
        access_yes=access.bits_of(new.access_yes),
        access_no=access.bits_of(new.access_no),
        bring=new.bring,
        meeting_point=new.meeting_point,
        getting_there=new.getting_there,
        url=new.url,
    )


def place_key(name: str, address: str, lat: float, lon: float) -> str:
    """Equal for two tellings of one place: its letters and digits, or its point where it has no name."""
    folded = "".join(letter for letter in (name or address).casefold() if letter.isalnum())
    return folded[:120] or f"{lat:.3f},{lon:.3f}"


def _where(new: NewActivity, organization: Organization, places: Places, faults: dict[str, str]) -> Where:
    if (new.lat is None) != (new.lon is None):
        faults["lat" if new.lat is None else "lon"] = "missing"
    if new.lat is not None and new.lon is not None:
        return Where(new.lat, new.lon, zone_of(new.lat, new.lon), organization.name)
    if new.zip:
        try:
            place = places.find(new.zip)
            return Where(place.lat, place.lon, place.zone, place.full_name)
        except Invalid as invalid:
            faults |= invalid.fields
    return Where(organization.lat, organization.lon, organization.zone, organization.name)


def _unfit(new: NewActivity) -> dict[str, str]:
    checks = {
        "title": "missing" if not new.title.strip() else None,
        "access_no": "contradicts" if set(new.access_yes) & set(new.access_no) else None,
        "age_max": "before_age_min" if _less(new.age_max, new.age_min) else None,
        "minimum": "above_capacity" if _less(new.capacity, new.minimum) else None,
    }
    unknown = {name for name in ("access_yes", "access_no") if set(getattr(new, name)) - access.NEEDS.keys()}
    return {name: code for name, code in checks.items() if code} | dict.fromkeys(unknown, "unknown_need")


def _less(high: int | None, low: int | None) -> bool:
    return high is not None and low is not None and high < low


def _faults_of_dates(new: NewActivity, zone: str, now: datetime) -> dict[str, str]:
    series = Series(
        start=new.starts_at_local, duration=timedelta(minutes=new.duration_min), zone=zone, rule=new.rrule, exdates=tuple(new.excluded)
    )
    try:
        dates = expand(series, after=now, before=now + timedelta(days=399))
    except AskTheCenter as refusal:
        return {"starts_at_local" if refusal.code == "start_out_of_range" else "rrule": refusal.code}
    return {} if dates else {"starts_at_local": "past"}
