"""Header values that cannot smuggle in a header of their own, and the check of the finished letter.

Text of centers and residents reaches subjects. Control characters start new lines, direction marks hide what a line says, and a
foreign encoded word (`=?...?=`) is decoded by some Python versions into either of them after cleaning (CVE-2024-6923).
"""

from __future__ import annotations

import email
import email.policy
import re

from service.errors import Invalid
from service.web.visible import visible_line

_ALLOWED = re.compile(
    r"from|to|subject|date|message-id|list-unsubscribe|list-unsubscribe-post|list-id|auto-submitted|feedback-id"
    r"|mime-version|content-type|content-transfer-encoding|content-language|dkim-signature"
)
_ONCE = {"from", "to", "subject", "date", "message-id", "list-unsubscribe", "list-unsubscribe-post"}


def hsafe(value: str, limit: int = 200) -> str:
    """One line of at most `limit` characters, with nothing in it that a mail reader would interpret."""
    return visible_line(value).replace("=?", "= ?")[:limit].rstrip()


def check_finished(raw: bytes, *, expected: dict[str, str]) -> None:
    """Read the letter as a stranger would. Raises Invalid unless it has our headers only, and these values in them."""
    read = email.message_from_bytes(raw, policy=email.policy.SMTP)
    names = [name.lower() for name in read]
    faults = {name: "not allowed" for name in names if not _ALLOWED.fullmatch(name)}
    faults |= {name: "twice" for name in _ONCE if names.count(name) > 1}
    faults |= {name: "changed" for name, value in expected.items() if str(read[name]) != value}
    if read.defects:
        faults["defects"] = ", ".join(type(defect).__name__ for defect in read.defects)
    if faults:
        raise Invalid("letter_headers", fields=faults)
