"""Letters, and what can become of one."""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from typing import Literal
from uuid import UUID

import msgspec

Kind = Literal["confirm", "digest", "link", "sign_in", "notice", "question", "company"]
TO_EMAIL = "letter.to_email"
State = Literal["pending", "leased", "sending", "sent", "failed", "ambiguous", "held", "skipped"]


class CalendarPart(msgspec.Struct, frozen=True, kw_only=True):
    """One event for the reader's calendar (iTIP, RFC 5546).

    text: a calendar whose event names nobody. Who sends and who reads a letter is known when it leaves; its From and To become
    the event's organizer and attendee then (`invitation.py`).
    """

    method: Literal["REQUEST", "CANCEL"]
    text: str


class Content(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One letter in one language, as composed."""

    subject: str
    text: str
    html: str = ""
    stop_url: str = ""  # one-click unsubscribe (RFC 8058); given for everything that comes unasked
    calendar: CalendarPart | None = None


class Leased(msgspec.Struct, frozen=True, kw_only=True):
    """A letter that one sender has taken, with the sealed address it goes to."""

    id: UUID
    kind: Kind
    resident_id: UUID | None
    staff_id: UUID | None
    message_id: str
    content: bytes
    attempt: int
    email: bytes
    email_index: bytes
    language: str

    @property
    def is_test(self) -> bool:
        """To an address that belongs to nobody here."""
        return self.resident_id is None and self.staff_id is None

    @property
    def email_place(self) -> str:
        """Which column the address was sealed for."""
        if self.resident_id:
            return "resident.email"
        return TO_EMAIL if self.is_test else "staff.email"


class Fate(msgspec.Struct, frozen=True, kw_only=True):
    """What has become of a letter. last_error: the words of the mail server, or ours."""

    state: State
    queued_at: datetime
    sent_at: datetime | None
    last_error: str | None


class InDoubt(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    message_id: str
    ambiguous_n: int


class Doubtful(msgspec.Struct, frozen=True, kw_only=True):
    """A letter that may have arrived: `ambiguous` ones are being looked up, `held` ones wait for a person."""

    message_id: str
    kind: Kind
    state: Literal["ambiguous", "held"]
    queued_at: datetime


class Accepted(msgspec.Struct, frozen=True):
    """The next server took responsibility for the letter."""


class Temp(msgspec.Struct, frozen=True):
    """Certainly not taken; worth trying again."""

    error: str


class Perm(msgspec.Struct, frozen=True):
    """Certainly not taken, and never will be. `address_bad`: because of whom it goes to, not because of what it says."""

    error: str
    address_bad: bool = False


class Ambiguous(msgspec.Struct, frozen=True):
    """The whole letter went out and no answer came back: it may have been taken."""

    error: str


Outcome = Accepted | Temp | Perm | Ambiguous


class LookupResult(Enum):
    """What a transport can say about a letter that it may have taken."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class Tally(msgspec.Struct, kw_only=True):
    """What became of the letters that one round handled."""

    sent: int = 0
    put_off: int = 0
    failed: int = 0
    ambiguous: int = 0
    skipped: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(**{name: getattr(self, name) + getattr(other, name) for name in self.__struct_fields__})


class MailboxLetter(msgspec.Struct, frozen=True, kw_only=True):
    """A letter of the local mailbox."""

    name: str
    to: str
    subject: str
    at: datetime
    text: str = ""
    html: str = ""
