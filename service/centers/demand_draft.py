"""A wish of the neighborhood as a drafted activity: what the form opens with, all of it the center's to change. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from service.interests.taxonomy import by_code
from service.web.i18n import Translator

WEEKEND = 3  # bands from here on, see matching.demand.BANDS
HOURS = (("10:00", "11:30"), ("14:00", "15:30"), ("18:00", "19:30"))
AHEAD = timedelta(days=14)  # time to find a room and somebody to lead it
TUESDAY, SATURDAY = 1, 5


def typed(asked: Mapping[str, str], say: Translator, *, today: date) -> dict[str, list[str]]:
    """The form as it would have been filled in for a topic and a band; nothing for an address that names none, or a private topic."""
    topic, band = by_code().get(asked.get("topic", "")), asked.get("band", "")
    if topic is None or topic.sensitive or band not in {"0", "1", "2", "3", "4", "5"}:
        return {}
    begins, ends = HOURS[int(band) % WEEKEND]
    day = asked.get("day", "")
    weekday = int(day) if day in {"0", "1", "2", "3", "4", "5", "6"} else SATURDAY if int(band) >= WEEKEND else TUESDAY
    return {
        "title": [topic.name(say.language)],
        "first_on": [_next(today + AHEAD, weekday).isoformat()],
        "begins": [begins],
        "ends": [ends],
        "repeat": ["weekly"],
    }


def _next(day: date, weekday: int) -> date:
    return day + timedelta(days=(weekday - day.weekday()) % 7)
