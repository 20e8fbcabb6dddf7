"""The event in a letter: a part that mail programs offer to the calendar, for the reader alone, and nothing else in it."""

from __future__ import annotations

import email
import email.policy
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any

import msgspec
import pytest
from icalendar import Calendar

from service.crypto import Vault
from service.errors import Invalid
from service.ids import new_id
from service.mail.actions import PLACE, open_content
from service.mail.invitation import check_event
from service.mail.mime import build
from service.mail.model import CalendarPart, Content

AT = datetime(2026, 11, 24, 15, tzinfo=UTC)
EVENT = (
    "BEGIN:VEVENT\r\nUID:1@doorstep\r\nSUMMARY:Soup\\, company\\; and مرحبا بالجيران\r\nDTSTART:20261128T150000Z\r\n"
    "DTEND:20261128T163000Z\r\nDTSTAMP:20261124T150000Z\r\nSEQUENCE:3\r\nSTATUS:CONFIRMED\r\nEND:VEVENT\r\n"
)


def calendar(method: str = "REQUEST", events: str = EVENT) -> str:
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Doorstep//EN\r\nMETHOD:{method}\r\n{events}END:VCALENDAR\r\n"


def letter(part: CalendarPart | None, **changed: str) -> bytes:
    content = Content(subject="Hello", text="Hello.\n", html=changed.get("html", "<p>Hello.</p>"), calendar=part)
    mail_from = changed.get("mail_from", "Doorstep <hello@doorstep.example.org>")
    return build(content, to=changed.get("to", "ada@example.org"), mail_from=mail_from, message_id="0123abc", language="en", at=AT)


def read(raw: bytes) -> EmailMessage:
    message = email.message_from_bytes(raw, policy=email.policy.SMTP)
    assert isinstance(message, EmailMessage)
    return message


def event_in(raw: bytes) -> Any:
    [*_, part] = read(raw).iter_parts()
    [event] = Calendar.from_ical(part.get_content()).walk("VEVENT")
    return event


REQUEST = CalendarPart(method="REQUEST", text=calendar())


@pytest.mark.parametrize("method", ["REQUEST", "CANCEL"])
@pytest.mark.parametrize("html", ["", "<p>Hello.</p>"])
def test_the_event_is_the_last_of_the_ways_to_show_a_letter(method: Any, html: str) -> None:
    message = read(letter(CalendarPart(method=method, text=calendar(method)), html=html))
    assert message.get_content_type() == "multipart/alternative"
    kinds = ["text/plain", *(["text/html"] if html else []), "text/calendar"]
    assert [part.get_content_type() for part in message.iter_parts()] == kinds
    event = [*message.iter_parts()][-1]
    assert dict(event["content-type"].params) == {"charset": "utf-8", "method": method}
    assert event["content-disposition"] is None, "an attached file is only offered to be kept"


def test_who_sends_and_who_reads_become_organizer_and_attendee_when_the_letter_leaves() -> None:
    for name in ("ada", "a.rather.long.name-that+makes_the_line_of_the_attendee_fold", "o'hara"):
        event = event_in(letter(REQUEST, to=f"{name}@example.org"))
        assert event["ATTENDEE"] == f"mailto:{name}@example.org"
        assert (event["ATTENDEE"].params["PARTSTAT"], event["ATTENDEE"].params["RSVP"]) == ("ACCEPTED", "FALSE")
        assert event["ORGANIZER"] == "mailto:hello@doorstep.example.org"
        assert event["ORGANIZER"].params["CN"] == "Doorstep"
        assert (event["SUMMARY"], event["SEQUENCE"]) == ("Soup, company; and مرحبا بالجيران", 3)


@pytest.mark.parametrize("name", ['Door "step"', "Doorstep; RSVP=TRUE", "Doorstep:mailto:eve@example.org", "Türschwelle"])
def test_no_name_of_a_sender_becomes_a_property_of_the_event(name: str) -> None:
    quoted = name.replace('"', '\\"')
    event = event_in(letter(REQUEST, mail_from=f'"{quoted}" <hello@doorstep.example.org>'))
    assert event["ORGANIZER"] == "mailto:hello@doorstep.example.org"
    assert dict(event["ORGANIZER"].params) == {"CN": name}


@pytest.mark.parametrize(
    "wrong",
    [
        calendar("CANCEL"),
        calendar(events=EVENT + EVENT),
        calendar(events=""),
        calendar(events="BEGIN:VTODO\r\nUID:1\r\nEND:VTODO\r\n"),
        calendar(events=EVENT.replace("END:VEVENT", "BEGIN:VALARM\r\nACTION:AUDIO\r\nTRIGGER:-PT5M\r\nEND:VALARM\r\nEND:VEVENT")),
        calendar(events=EVENT.replace("UID:1", "ATTENDEE:mailto:eve@example.org\r\nUID:1")),
        calendar(events=EVENT.replace("UID:1", "ORGANIZER:mailto:eve@example.org\r\nUID:1")),
        "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n",
        "soup",
    ],
    ids=["method", "two", "none", "task", "alarm", "guest", "organizer", "empty", "text"],
)
def test_an_event_that_is_not_as_it_was_meant_stops_the_letter(wrong: str) -> None:
    with pytest.raises((Invalid, ValueError)):
        letter(CalendarPart(method="REQUEST", text=wrong))


def test_a_letter_without_an_event_must_not_hold_one() -> None:
    raw, nobody = letter(REQUEST), read(letter(None))["from"].addresses[0]
    with pytest.raises(Invalid):
        check_event(raw, method=None, sender=nobody, recipient=nobody)
    with pytest.raises(Invalid):
        check_event(letter(None), method="REQUEST", sender=nobody, recipient=nobody)


def test_a_retry_of_a_letter_with_an_event_has_the_same_bytes() -> None:
    assert letter(REQUEST) == letter(REQUEST)


def test_letters_that_were_stored_before_there_were_events_still_open() -> None:
    vault, row = Vault([b"a secret of the tests that is long enough for a key"]), new_id(AT)
    old = msgspec.msgpack.encode({"en": {"subject": "Hello", "text": "Hello.\n", "html": "<p>Hello.</p>"}})
    content = open_content(vault, vault.seal(old, place=PLACE, row=row), letter_id=row, language="es")
    assert content == Content(subject="Hello", text="Hello.\n", html="<p>Hello.</p>")
    assert b"text/calendar" not in letter(None)
