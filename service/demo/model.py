"""What a sample week came to."""

from __future__ import annotations

import msgspec


class DemoSummary(msgspec.Struct, frozen=True, kw_only=True):
    """What the week came to.

    filters: whoever got nothing, by the limit that took the last of what was on; "nothing_on": nothing was, in their region and week;
    "seats": something suited them, and its seats went to others. imported: rows by what became of them; noticed: what is broken in files
    that were read all the same; not_read: files that could not be read, and why.
    """

    residents: int
    activities: int
    sessions: int
    matches: int
    digests_sent: int
    residents_without_match: int
    violations: int
    seconds: float
    mailbox: str
    filters: dict[str, int]
    imported: dict[str, int]
    noticed: list[str]
    not_read: list[str]
    sent_again: int
    runs: list[str]
