"""Links in letters: sealed tokens for people who have no password.

A token says what it may do (its purpose), for whom, about what and until when; a MAC over all of it makes it unforgeable.
It is no session: it can be used many times, what it does can be undone, and raising the resident's `link_epoch` revokes it.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import struct
import unicodedata
from collections.abc import Sequence
from datetime import UTC, datetime
from enum import IntEnum, unique
from uuid import UUID

import msgspec

from service.crypto import derive
from service.errors import Gone, Missing

_LAYOUT = struct.Struct(">B4sB16s16sIH")  # version, key id, purpose, resident, subject, expiry (s since 1970; 0: never), epoch
_MAC_BYTES = 16
_VERSION = 1
CODE_DIGITS = 6
NOBODY = UUID(int=0)


@unique
class Purpose(IntEnum):
    CONFIRM = 1  # subject: none
    ME = 2  # preferences, export, erasure; short-lived and mailed on request only
    ASK_ME = 3  # only lets its holder have a fresh ME link mailed to the address on record
    ANSWER = 4  # subject: match
    STOP = 5  # subject: none; never expires
    SEAT = 6  # subject: session; answers an offer, gives up a wait or a seat
    FEEDBACK = 7  # subject: session; says how a visit was
    CALENDAR = 8  # subject: the id of a calendar feed; never expires, and reads nothing but one's own seats
    HOST = 9  # no resident; subject: the id of a host link, whose date says when it ends
    CHANGE = 10  # subject: the run of the letter; never expires. Makes one of three small changes, and shows nothing on record
    CENTER = 11  # for staff, in the resident's place; subject: their center; says that it is still there
    COMPANY = 12  # subject: none; says that nobody is to be told of this person, nor they of others


class Link(msgspec.Struct, frozen=True):
    purpose: Purpose
    resident_id: UUID
    subject_id: UUID
    epoch: int


class Tokens:
    """Mints and reads tokens; the first key signs, every key reads."""

    def __init__(self, secrets: Sequence[bytes]) -> None:
        self._keys = {derive(secret, "key id", 4): derive(secret, "token") for secret in secrets}
        self._code_keys = [derive(secret, "code") for secret in secrets]
        self._first = next(iter(self._keys))

    def mint(
        self, purpose: Purpose, *, resident_id: UUID, epoch: int, subject_id: UUID = NOBODY, expires_at: datetime | None = None
    ) -> str:
        until = int(expires_at.timestamp()) if expires_at else 0
        body = _LAYOUT.pack(_VERSION, self._first, purpose, resident_id.bytes, subject_id.bytes, until, epoch)
        return _text(body + _mac(self._keys[self._first], body))

    def read(self, token: str, *, now: datetime, purposes: Sequence[Purpose]) -> Link:
        """Raises Missing for anything that we did not write or that is not for this page, Gone when its time is over."""
        link, until = self._opened(token, purposes)
        if until and now >= datetime.fromtimestamp(until, UTC):
            raise Gone("link_expired")
        return link

    def read_late(self, token: str, *, purposes: Sequence[Purpose]) -> Link:
        """The same however old it is, for what an old link may still do: have a new one mailed to the address on record."""
        return self._opened(token, purposes)[0]

    def code(self, subject_id: UUID) -> str:
        """Six digits that stand for a subject where somebody types them. Whoever reads them has to count the tries."""
        return _digits(self._code_keys[0], subject_id)

    def is_code(self, typed: str, subject_id: UUID) -> bool:
        """Whether `typed` is a subject's code. Spaces and dashes do not count, and digits of any script do."""
        digits = "".join(str(unicodedata.digit(sign)) for sign in typed if sign.isdecimal())
        return any([hmac.compare_digest(digits, _digits(key, subject_id)) for key in self._code_keys])

    def _opened(self, token: str, purposes: Sequence[Purpose]) -> tuple[Link, int]:
        raw = _bytes(token)
        body, mac = raw[: _LAYOUT.size], raw[_LAYOUT.size :]
        version, key_id, purpose, resident, subject, until, epoch = _LAYOUT.unpack(body)
        key = self._keys.get(key_id)
        if key is None or version != _VERSION or not hmac.compare_digest(_mac(key, body), mac) or purpose not in purposes:
            raise Missing("link_unknown")
        return Link(Purpose(purpose), UUID(bytes=resident), UUID(bytes=subject), epoch), until


def _mac(key: bytes, body: bytes) -> bytes:
    return hmac.digest(key, body, "sha256")[:_MAC_BYTES]


def _digits(key: bytes, subject_id: UUID) -> str:
    return f"{int.from_bytes(hmac.digest(key, subject_id.bytes, 'sha256')) % 10**CODE_DIGITS:0{CODE_DIGITS}d}"


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _bytes(token: str) -> bytes:
    """Only the one spelling that we write is read: a second spelling of a token would pass block lists and logs unseen."""
    try:
        raw = base64.urlsafe_b64decode(token.encode("ascii") + b"=" * (-len(token) % 4))
    except (ValueError, binascii.Error):
        raise Missing("link_unknown") from None
    if len(raw) != _LAYOUT.size + _MAC_BYTES or _text(raw) != token:
        raise Missing("link_unknown")
    return raw
