"""Sessions as calendars (RFC 5545): a file to keep, the event in a letter, or all seats of a person. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Literal

import msgspec
from icalendar import Calendar, Event

from service.activities.model import labeled_notes
from service.interests.sensitive import sensitive_of
from service.mail.model import CalendarPart, Content
from service.registrations.model import SessionFacts
from service.web.i18n import Translator, say_in
from service.web.visible import visible_line

Method = Literal["PUBLISH", "REQUEST", "CANCEL"]
REFRESH = timedelta(hours=1)


def calendar_file(session: SessionFacts, *, sequence: int, going: bool, url: str, now: datetime) -> bytes:
    """Instants in UTC, so that no program needs a time zone table. A date called off or given back says so under the same UID."""
    event = _event(session, sequence=sequence, going=going, now=now)
    event.add("url", url)
    return _calendar(event, "PUBLISH").encode()


def calendar_of_seats(seats: Sequence[tuple[SessionFacts, int, bool, str]], *, language: str, now: datetime) -> bytes:
    """Every (session, sequence, going, page): the calendar that a person's own program reads again and again.

    Others may look over a shoulder there too, so a sensitive group is only named by its center.
    """
    say = say_in(language)
    calendar = _empty_calendar("PUBLISH")
    calendar.add("x-wr-calname", say("Doorstep: where I go"))
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    for session, sequence, going, url in seats:
        event = _private_event(session, say, sequence=sequence, going=going, now=now)
        event.add("url", url)
        calendar.add_component(event)
    written: bytes = calendar.to_ical()
    return written


def calendar_part(session: SessionFacts, say: Translator, *, sequence: int, going: bool, now: datetime) -> CalendarPart:
    """The same event for a letter: a new or changed one, or, where the reader is not going, its removal.

    sequence: of the session and of the seat together; it grows with each change of either, and calendars take the event that has the
    highest. A mail program may write it into a calendar that others see, so a sensitive group is only named by its center there.
    """
    event = _private_event(session, say, sequence=sequence, going=going, now=now)
    method: Literal["REQUEST", "CANCEL"] = "REQUEST" if going else "CANCEL"
    return CalendarPart(method=method, text=_calendar(event, method))


def with_event(contents: Mapping[str, Content], session: SessionFacts, *, sequence: int, going: bool, now: datetime) -> dict[str, Content]:
    """The letters, by language, each with the event."""
    return {
        language: msgspec.structs.replace(
            content, calendar=calendar_part(session, say_in(language), sequence=sequence, going=going, now=now)
        )
        for language, content in contents.items()
    }


def is_private(session: SessionFacts) -> bool:
    """Whether the title must not stand where others look: in the subject of a letter, or in a calendar."""
    return bool(sensitive_of(session.topics, session.title, session.description))


def _private_event(session: SessionFacts, say: Translator, *, sequence: int, going: bool, now: datetime) -> Event:
    private = is_private(session)
    event = _event(session, sequence=sequence, going=going, now=now, title=session.center_name if private else session.title)
    event.add("class", "PRIVATE")
    notes = [] if private else [f"{label}: {text}" for label, text in labeled_notes(session, say)]
    if notes:
        event.add("description", "\n".join(map(visible_line, notes)))
    return event


def _event(session: SessionFacts, *, sequence: int, going: bool, now: datetime, title: str = "") -> Event:
    event = Event()
    event.add("uid", f"{session.id}@doorstep")
    event.add("summary", visible_line(title or session.title))
    event.add("dtstart", session.starts_at.astimezone(UTC))
    event.add("dtend", session.ends_at.astimezone(UTC))
    event.add("dtstamp", now.astimezone(UTC))
    event.add("sequence", sequence)
    event.add("status", "CONFIRMED" if going and session.state == "scheduled" else "CANCELLED")
    place = ", ".join(part for part in (session.place_name or session.center_name, session.address) if part)
    event.add("location", visible_line(place))
    return event


def _calendar(event: Event, method: Method) -> str:
    calendar = _empty_calendar(method)
    calendar.add_component(event)
    written: bytes = calendar.to_ical()
    return written.decode()


def _empty_calendar(method: Method) -> Calendar:
    calendar = Calendar()
    calendar.add("prodid", "-//Doorstep//Doorstep//EN")
    calendar.add("version", "2.0")
    calendar.add("method", method)
    return calendar
