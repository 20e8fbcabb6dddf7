"""The bytes of a letter: headers, a text part, an HTML part."""

from __future__ import annotations

import email.policy
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr

from service.errors import Invalid
from service.mail.headers import check_finished, hsafe
from service.mail.model import Content


def build(content: Content, *, to: str, mail_from: str, message_id: str, language: str, at: datetime) -> bytes:
    """Bytes with CRLF line ends. `message_id` becomes the left part of the Message-ID, so every retry carries the same one.

    Raises Invalid when an address cannot be written, or when the finished letter does not read back as it was meant.
    """
    sender, recipient = _address(mail_from), _address(f"{hsafe(content.to_name, 80)} <{to}>")
    ours = _own_lines(content, message_id=f"<{message_id}@{sender.domain}>", language=language, at=at)
    message = EmailMessage(policy=email.policy.SMTP)
    message["From"] = sender
    message["To"] = recipient
    message["Subject"] = hsafe(content.subject)
    _set_body(message, content, boundary=f"doorstep-{message_id}")
    raw = "".join(f"{name}: {value}\r\n" for name, value in ours.items()).encode("ascii") + message.as_bytes()
    check_finished(raw, expected={"from": str(sender), "to": str(recipient), "subject": hsafe(content.subject), **ours})
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
    if any(not value.isascii() or not value.isprintable() or len(value) > 900 for value in lines.values()):
        raise Invalid("letter_headers", fields={"own": "not plain"})
    return lines


def _set_body(message: EmailMessage, content: Content, *, boundary: str) -> None:
    message.set_content(content.text, cte="quoted-printable")
    if content.html:
        message.add_alternative(content.html, subtype="html", cte="quoted-printable")
        message.set_boundary(boundary)


def _address(written: str) -> Address:
    name, spec = parseaddr(written)
    try:
        address = Address(hsafe(name, 80), addr_spec=spec)
    except (ValueError, IndexError):
        raise Invalid("letter_address") from None
    if not spec.isascii() or not address.domain or address.addr_spec != spec:
        raise Invalid("letter_address")
    return address
