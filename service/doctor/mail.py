"""Whether letters can leave: the sender's address, the mail server or the mailbox, and a test letter for who asks for one."""

from __future__ import annotations

import os
from datetime import datetime
from email.utils import parseaddr
from pathlib import Path
from urllib.parse import urlsplit

from service.errors import Invalid
from service.ids import new_id
from service.mail.mime import build
from service.mail.model import Accepted, Ambiguous, Content
from service.mail.transport import Smtp, open_transport
from service.settings import ServiceSettings

ANSWER_S = 10.0
# Names that RFC 2606 and RFC 6761 keep for examples and tests: no letter from or link to them works anywhere.
EXAMPLES = ("example.com", "example.net", "example.org", "example", "test", "invalid", "localhost")
LOOPBACK = ("127.0.0.1", "::1", "localhost")
TEST_LETTER = Content(
    subject="A test letter from Doorstep",
    text="Somebody asked `doorstep doctor` for this letter.\n\nIt arrived, so letters to residents can leave this server.\n",
)


async def faults(settings: ServiceSettings, *, answer_s: float = ANSWER_S) -> list[str]:
    """answer_s: how long the mail server may take in all."""
    if settings.mailbox is not None:
        return [] if _writable(settings.mailbox) else [f"mail: the mailbox {settings.mailbox} cannot be written"]
    server = await Smtp(settings.mail_url, mail_from=settings.mail_from, send_s=answer_s).fault()
    return [*_sender_faults(settings), *([f"mail: {_place(settings.mail_url)} {server}"] if server else [])]


def notes(settings: ServiceSettings) -> list[str]:
    if settings.mailbox is None:
        return []
    return [
        f"mail: letters are files in {settings.mailbox} and reach nobody;"
        " set DOORSTEP_MAIL_URL and DOORSTEP_MAIL_FROM before you open a town"
    ]


async def send_test_letter(settings: ServiceSettings, *, to: str, now: datetime) -> tuple[str | None, str | None]:
    """A fault and a note, one of them None."""
    message_id = f"test-{new_id(now).hex}"
    try:
        raw = build(TEST_LETTER, to=to, mail_from=settings.mail_from, message_id=message_id, language="en", at=now)
    except Invalid:
        return f"test letter: {to} or DOORSTEP_MAIL_FROM ({settings.mail_from}) is not an address that a letter can carry", None
    transport = open_transport(settings)
    try:
        outcome = await transport.send(message_id, raw, to=to)
    finally:
        await transport.close()
    match outcome:
        case Accepted() if settings.mailbox is not None:
            return None, f"test letter: written to {settings.mailbox}; no mail server was asked"
        case Accepted():
            return None, f"test letter: {_place(settings.mail_url)} took it for {to}; look whether it arrives, and not as spam"
        case Ambiguous(error=error):
            return f"test letter: may have left, or not ({error}); look whether it arrives at {to}", None
        case refused:
            return f"test letter: not taken ({refused.error})", None


def _sender_faults(settings: ServiceSettings) -> list[str]:
    sender, host = parseaddr(settings.mail_from)[1], urlsplit(settings.base_url).hostname or ""
    faults = []
    if _is_example(sender.rpartition("@")[2]):
        faults.append(f"mail: letters would come from {sender}, an address made for examples: set DOORSTEP_MAIL_FROM to one of your town")
    if host in LOOPBACK or _is_example(host):
        faults.append(f"mail: links in letters would lead to {settings.base_url}, which opens for nobody else: set DOORSTEP_BASE_URL")
    return faults


def _is_example(host: str) -> bool:
    name = host.lower().rstrip(".")
    return any(name == example or name.endswith(f".{example}") for example in EXAMPLES)


def _place(mail_url: str) -> str:
    """The server without its password."""
    parts = urlsplit(mail_url)
    return f"{parts.scheme}://{parts.hostname or 'localhost'}{f':{parts.port}' if parts.port else ''}"


def _writable(folder: Path) -> bool:
    """Whether a file could be written there, as far as can be seen without writing one."""
    there = next(place for place in (folder.absolute(), *folder.absolute().parents) if place.exists())
    return there.is_dir() and os.access(there, os.W_OK | os.X_OK)
