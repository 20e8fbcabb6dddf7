"""The event in a letter: who sends it and who it is for, and the check of the finished one (iTIP and iMIP, RFC 5546 and 6047)."""

from __future__ import annotations

import email
import email.policy
from email.headerregistry import Address

from icalendar import Calendar, Component, Event, vCalAddress, vText

from service.errors import Invalid
from service.mail.model import CalendarPart


def addressed(part: CalendarPart, *, sender: Address, recipient: Address) -> str:
    """The calendar with the letter's From as organizer and its To as attendee.

    The attendee has accepted and is asked for no reply: the seat was taken on our page, and is given back there. A program shows the
    event as the reader's own only where the attendee is the address that the letter came to.
    """
    calendar = Calendar.from_ical(part.text)
    for event in calendar.walk("VEVENT"):
        organizer, attendee = vCalAddress(f"mailto:{sender.addr_spec}"), vCalAddress(f"mailto:{recipient.addr_spec}")
        organizer.params["CN"] = vText(sender.display_name or sender.addr_spec)
        attendee.params |= {"ROLE": vText("REQ-PARTICIPANT"), "PARTSTAT": vText("ACCEPTED"), "RSVP": vText("FALSE")}
        event.add("organizer", organizer)
        event.add("attendee", attendee)
    written: bytes = calendar.to_ical()
    return written.decode()


def check_event(raw: bytes, *, method: str | None, sender: Address, recipient: Address) -> None:
    """Read the finished letter as a stranger would. Raises Invalid unless it holds the one event it should, and from and for whom.

    method: None for a letter without one.
    """
    parts = [part for part in email.message_from_bytes(raw, policy=email.policy.SMTP).walk() if part.get_content_type() == "text/calendar"]
    if method is None and not parts:
        return
    try:
        [part] = parts
        calendar = Calendar.from_ical(bytes(part.get_payload(decode=True)))
        [event] = calendar.subcomponents
        seen = {"methods": {part["content-type"].params["method"], str(calendar["METHOD"])}, **_people(event)}
    except (ValueError, KeyError) as error:
        raise Invalid("letter_calendar", fields={"calendar": str(error)}) from None
    people = {"organizer": f"mailto:{sender.addr_spec}", "attendee": f"mailto:{recipient.addr_spec}"}
    if method is None or seen != {"methods": {method}, **people} or not isinstance(event, Event) or event.subcomponents:
        raise Invalid("letter_calendar")


def _people(event: Component) -> dict[str, str]:
    """A second attendee makes a list of it, which is no address."""
    return {"organizer": str(event["ORGANIZER"]), "attendee": str(event["ATTENDEE"])}
