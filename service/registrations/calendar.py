"""One session as a calendar file (RFC 5545). Pure."""

from __future__ import annotations

from datetime import UTC, datetime

from icalendar import Calendar, Event

from service.registrations.model import SessionFacts
from service.web.visible import visible_line


def calendar_file(session: SessionFacts, *, sequence: int, going: bool, url: str, now: datetime) -> bytes:
    """Instants in UTC, so that no program needs a time zone table. A date called off or given back says so under the same UID."""
    event = Event()
    event.add("uid", f"{session.id}@doorstep")
    event.add("summary", visible_line(session.title))
    event.add("dtstart", session.starts_at.astimezone(UTC))
    event.add("dtend", session.ends_at.astimezone(UTC))
    event.add("dtstamp", now.astimezone(UTC))
    event.add("sequence", sequence)
    event.add("status", "CONFIRMED" if going and session.state == "scheduled" else "CANCELLED")
    place = ", ".join(part for part in (session.place_name or session.center_name, session.address) if part)
    event.add("location", visible_line(place))
    event.add("url", url)
    calendar = Calendar()
    calendar.add("prodid", "-//Doorstep//Doorstep//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add_component(event)
    written: bytes = calendar.to_ical()
    return written
