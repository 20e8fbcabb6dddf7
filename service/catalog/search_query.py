"""What somebody asked to see, read from the address: a ZIP, a distance, words, days. Every wrong part is named at once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec

from service.catalog.model import AHEAD, FARTHEST, RADIUS_KM, WIDEST_KM, Search
from service.errors import Invalid
from service.interests.taxonomy import by_code, topics
from service.interests.words import topics_of
from service.places.model import Place
from service.places.places import Places

LONGEST = 200


class ActivityQuery(msgspec.Struct, frozen=True, kw_only=True):
    """A readable question."""

    place: Place
    search: Search


def read(given: Mapping[str, str], *, places: Places, now: datetime) -> ActivityQuery:
    """near (a ZIP), radius_km, topic (a code or people's own words), from and to (days at the place, both included).

    Raises Invalid naming every part that cannot be read; near is required.
    """
    wrong: dict[str, str] = {}
    place = _place(given.get("near", ""), places, wrong)
    zone = ZoneInfo(place.zone) if place else now.tzinfo
    today = now.astimezone(zone).date()
    first, last = _day(given, "from", today, wrong), _day(given, "to", None, wrong)
    radius_km = _radius(given.get("radius_km", ""), wrong)
    if first and last and last < first:
        wrong["to"] = "before_from"
    if wrong or place is None or first is None:
        raise Invalid(fields=wrong)
    last = last or first + AHEAD
    codes, words = topics_in(given.get("topic", ""))
    search = Search(
        lat=place.lat,
        lon=place.lon,
        radius_km=radius_km,
        begins=max(now, datetime.combine(first, time(), zone)),
        ends=min(now + FARTHEST, datetime.combine(last, time(), zone) + timedelta(days=1)),
        topics=codes,
        words=words,
    )
    return ActivityQuery(place=place, search=search)


def topics_in(text: str) -> tuple[tuple[str, ...], str]:
    """The topics that a code or people's own words name, and the words to look for in titles beside them."""
    text = " ".join(text[:LONGEST].replace("\x00", "").split())
    if text in by_code():
        return (text,), ""
    return tuple(guess.code for guess in topics_of(text)), text


def widened(search: Search) -> Search | None:
    """The same question for everything that feels alike (the topics' families); None where no topic was named."""
    families = {by_code()[code].family for code in search.topics}
    alike = tuple(topic.code for topic in topics() if topic.family in families)
    return msgspec.structs.replace(search, topics=alike) if alike else None


def _place(code: str, places: Places, wrong: dict[str, str]) -> Place | None:
    code = code.strip()[:20]
    try:
        return places.find(code)
    except Invalid:
        wrong["near"] = "zip_unknown" if len(code) == 5 and code.isascii() and code.isdigit() else "zip" if code else "required"
        return None


def _day(given: Mapping[str, str], name: str, otherwise: date | None, wrong: dict[str, str]) -> date | None:
    text = given.get(name, "").strip()
    if not text:
        return otherwise
    try:
        day = date.fromisoformat(text)
        if len(text) == 10 and 2000 <= day.year <= 2200:
            return day
    except ValueError:
        pass
    wrong[name] = "date"
    return None


def _radius(text: str, wrong: dict[str, str]) -> float:
    if not text.strip():
        return RADIUS_KM
    try:
        radius_km = float(text[:20])
        if 0 < radius_km <= WIDEST_KM:
            return radius_km
        wrong["radius_km"] = f"at_most:{WIDEST_KM:.0f}" if radius_km > 0 else "decimal"
    except ValueError:
        wrong["radius_km"] = "decimal"
    return RADIUS_KM
