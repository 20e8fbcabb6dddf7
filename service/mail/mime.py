"""The bytes of a letter: headers, a text part, an HTML part, an event for the calendar."""

from __future__ import annotations

import email.policy
import re
from base64 import b64encode
from datetime import datetime
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr

from service.errors import Invalid
from service.mail.headers import check_finished, hsafe
from service.mail.invitation import addressed, check_event
from service.mail.model import CalendarPart, Content
from service.web.email_address import canonical

ENCODED_CHARS = 11  # at four bytes each, an encoded word stays within the 75 characters of RFC 2047
_PLAIN_URL = re.compile(r"|https?://[A-Za-z0-9./:_~-]{1,900}")


def build(content: Content, *, to: str, mail_from: str, message_id: str, language: str, at: datetime) -> bytes:
    """Bytes with CRLF line ends. `message_id` becomes the left part of the Message-ID, so every retry carries the same one.

    Raises Invalid when an address cannot be written, or when the finished letter does not read back as it was meant.
    """
    sender, recipient = _address(*parseaddr(mail_from)), _address("", to)
    ours = _own_lines(content, message_id=f"<{message_id}@{sender.domain}>", language=language, at=at)
    message = EmailMessage(policy=email.policy.SMTP)
    message["From"] = sender
    message["To"] = recipient
    _set_body(message, content)
    if content.calendar:
        _add_event(message, content.calendar, sender=sender, recipient=recipient)
    if message.is_multipart():
        message.set_boundary(f"doorstep-{message_id}")
    written = ours | {"Subject": _encoded(hsafe(content.subject))}
    raw = "".join(f"{name}: {value}\r\n" for name, value in written.items()).encode("ascii") + message.as_bytes()
    check_finished(raw, expected={"from": str(sender), "to": str(recipient), "subject": hsafe(content.subject), **ours})
    check_event(raw, method=content.calendar.method if content.calendar else None, sender=sender, recipient=recipient)
    return raw


def _own_lines(content: Content, *, message_id: str, language: str, at: datetime) -> dict[str, str]:
    """Headers with long addresses in them; the library would break those into encoded words, which no mail program reads as a link."""
    lines = {
        "Date": format_datetime(at),
        "Message-ID": message_id,
        "Auto-Submitted": "auto-generated",
        "Content-Language": language,
    }
    if content.stop_url:
        lines |= {"List-Unsubscribe": f"<{content.stop_url}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    if any(not value.isascii() or not value.isprintable() for value in lines.values()) or not _PLAIN_URL.fullmatch(content.stop_url):
        raise Invalid("letter_headers", fields={"own": "not plain"})
    return lines


def _encoded(subject: str) -> str:
    """RFC 2047 by hand: the library loses or adds spaces where it folds long subjects of other alphabets."""
    if subject.isascii():
        return subject
    chunks = [subject[at : at + ENCODED_CHARS] for at in range(0, len(subject), ENCODED_CHARS)]
    return "\r\n ".join(f"=?utf-8?b?{b64encode(chunk.encode()).decode()}?=" for chunk in chunks)


def _set_body(message: EmailMessage, content: Content) -> None:
    message.set_content(content.text, cte="quoted-printable")
    if content.html:
        message.add_alternative(content.html, subtype="html", cte="quoted-printable")


def _add_event(message: EmailMessage, part: CalendarPart, *, sender: Address, recipient: Address) -> None:
    """As one more way to show the letter: mail programs offer such a part to their calendar, and an attached file only to be kept.

    base64, because no program on the way may break its lines anew.
    """
    event = addressed(part, sender=sender, recipient=recipient)
    message.add_alternative(event, subtype="calendar", cte="base64", params={"method": part.method})


def _address(name: str, spec: str) -> Address:
    try:
        address = Address(hsafe(name, 80), addr_spec=canonical(spec))
    except (Invalid, ValueError, IndexError, HeaderParseError):
        raise Invalid("letter_address") from None
    if address.addr_spec != spec:
        raise Invalid("letter_address")
    return address
