"""Letters as they arrive: when, for whom, and the links in them."""

from __future__ import annotations

import email
import email.policy
import re
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Delivered:
    """at: by the moving clock. content: as the SMTP peer took it."""

    address: str
    at: datetime
    content: bytes

    @cached_property
    def subject(self) -> str:
        return str(email.message_from_bytes(self.content, policy=email.policy.default)["Subject"])

    @cached_property
    def text(self) -> str:
        body = email.message_from_bytes(self.content, policy=email.policy.default).get_body(("plain",))
        assert body is not None, "a letter without plain text"
        return str(body.get_content())

    @cached_property
    def is_weekly(self) -> bool:
        """The one with invitations that a mail program can stop."""
        return b"\r\nList-Unsubscribe-Post:" in self.content and bool(self.paths("r"))

    def paths(self, page: str) -> list[str]:
        """Paths of the links to one kind of page ("r", "o", "u", "me", "confirm"), each once, in their order."""
        links = re.findall(rf"https?://[^\s/]+/{page}/[\w.~-]+", self.text)
        return list(dict.fromkeys(urlsplit(link).path for link in links))
