"""The event that a letter carries: the date under the name of the page's file, and no word that others should not read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from icalendar import Calendar

from service.registrations.calendar import calendar_file, calendar_part
from service.registrations.model import SessionFacts
from service.web.i18n import say_in

NOW = datetime(2026, 11, 23, 15, tzinfo=UTC)


def session(**facts: Any) -> SessionFacts:
    plain: dict[str, Any] = {
        "id": UUID(int=1), "organization_id": UUID(int=2), "activity_id": UUID(int=3), "state": "scheduled", "sequence": 2, "title": "Soup",
        "starts_at": NOW + timedelta(days=4), "ends_at": NOW + timedelta(days=4, hours=1), "zone": "America/New_York", "description": "",
        "topics": ["cooking"], "center_name": "Riverton Center", "place_name": "Oak hall", "address": "12 Mill Street", "bring": "A cup",
    }  # fmt: skip
    return SessionFacts(**(plain | facts))


def event(date: SessionFacts, *, going: bool = True, language: str = "en") -> Any:
    part = calendar_part(date, say_in(language), sequence=5, going=going, now=NOW)
    calendar = Calendar.from_ical(part.text)
    assert str(calendar["METHOD"]) == part.method == ("REQUEST" if going else "CANCEL")
    [only] = calendar.walk("VEVENT")
    return only


@pytest.mark.parametrize(("going", "status"), [(True, "CONFIRMED"), (False, "CANCELLED")])
def test_the_event_of_a_letter_and_the_file_of_the_page_are_one_event(going: bool, status: str) -> None:
    file: Any
    [file] = Calendar.from_ical(calendar_file(session(), sequence=5, going=going, url="https://x.example", now=NOW)).walk("VEVENT")
    for name in ("UID", "SEQUENCE", "SUMMARY", "LOCATION", "STATUS"):
        assert event(session(), going=going)[name] == file[name]
    assert event(session(), going=going)["STATUS"] == status
    assert event(session(), going=going)["DTSTART"].dt == file["DTSTART"].dt == NOW + timedelta(days=4)


@pytest.mark.parametrize(("language", "words"), [("en", "Bring: A cup"), ("es", "Traiga: A cup"), ("ar", "أحضر معك: A cup")])
def test_what_to_bring_stands_in_the_calendar_in_the_readers_language(language: str, words: str) -> None:
    assert event(session(), language=language)["DESCRIPTION"] == words


@pytest.mark.parametrize(
    "secret", [{"title": "Grief support group"}, {"topics": ["grief"]}, {"description": "For people living with cancer."}]
)
def test_a_calendar_that_others_see_does_not_name_a_sensitive_group(secret: dict[str, Any]) -> None:
    written = event(session(bring="Something of the person you lost", **secret))
    assert written["SUMMARY"] == "Riverton Center"
    assert written["CLASS"] == "PRIVATE"
    assert "DESCRIPTION" not in written
