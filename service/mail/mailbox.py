"""The local mailbox: letters that are files and leave nobody's machine."""

from __future__ import annotations

import email
import email.policy
import re
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from pathlib import Path

from service.mail.model import MailboxLetter

SHOWN_MOST = 500


def letters(folder: Path) -> list[MailboxLetter]:
    """Newest first, without their texts."""
    paths = sorted((folder / "new").glob("*.eml"), key=lambda path: path.name, reverse=True)[:SHOWN_MOST]
    return [_shown(path, whole=False) for path in paths]


def letter(folder: Path, name: str) -> MailboxLetter | None:
    path = folder / "new" / f"{name}.eml"
    if not re.fullmatch(r"[a-z0-9-]{1,80}", name) or not path.is_file():
        return None
    return _shown(path, whole=True)


def _shown(path: Path, *, whole: bool) -> MailboxLetter:
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return MailboxLetter(
        name=path.stem,
        to=str(message["to"] or ""),
        subject=str(message["subject"] or ""),
        at=parsedate_to_datetime(str(message["date"])) if message["date"] else datetime.fromtimestamp(path.stat().st_mtime, UTC),
        text=_part(message, "plain") if whole else "",
        html=_part(message, "html") if whole else "",
    )


def _part(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    return str(part.get_content()) if part is not None else ""
