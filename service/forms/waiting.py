"""The address that the thank-you page waits for, sealed into the page's own address: nothing is stored, and no cookie is needed.

It says nothing of whether the address is known. It ends soon, as the next person at a library's computer may press "back".
"""

from __future__ import annotations

import base64
import binascii
from datetime import UTC, datetime, timedelta

import msgspec

from service.crypto import Vault
from service.errors import Broken
from service.tokens import NOBODY

LIFE = timedelta(hours=2)


class _Waiting(msgspec.Struct, array_like=True):
    email: str
    ends_at: int


def sealed(vault: Vault, *, slug: str, email: str, now: datetime) -> str:
    """For the address of the thank-you page of one form."""
    content = msgspec.msgpack.encode(_Waiting(email, int((now + LIFE).timestamp())))
    return base64.urlsafe_b64encode(vault.seal(content, place=f"thanks.{slug}", row=NOBODY)).rstrip(b"=").decode()


def address(vault: Vault, text: str, *, slug: str, now: datetime) -> str | None:
    """The address that waits; None for what is over or was not written here."""
    try:
        raw = base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
        waiting = msgspec.msgpack.decode(vault.open_bytes(raw, place=f"thanks.{slug}", row=NOBODY), type=_Waiting)
    except (ValueError, binascii.Error, Broken, msgspec.DecodeError):
        return None
    return waiting.email if now < datetime.fromtimestamp(waiting.ends_at, UTC) else None
