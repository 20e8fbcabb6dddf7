"""Queueing a letter, in the transaction of the change that causes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from service.crypto import Vault
from service.db import Conn
from service.ids import new_id
from service.mail import store
from service.mail.model import TO_EMAIL, Content, Kind

PLACE = "letter.content"
KEEP_TRYING = timedelta(days=3)
_CONTENTS = msgspec.msgpack.Decoder(dict[str, Content])


async def queue(
    conn: Conn,
    *,
    kind: Kind,
    contents: Mapping[str, Content],
    vault: Vault,
    now: datetime,
    resident_id: UUID | None = None,
    staff_id: UUID | None = None,
    to_email: str | None = None,
    organization_id: UUID | None = None,
    not_before: datetime | None = None,
    give_up_at: datetime | None = None,
) -> UUID:
    """Write a letter to the ledger; it leaves after the transaction commits, or not at all.

    contents: language -> letter. Several languages when the writer may not know which one the reader speaks (a center never sees
    a resident's row); the sender takes the reader's. Exactly one of resident_id, staff_id and to_email (a plain address).
    organization_id: on whose behalf, needed where an organization's own transaction writes to somebody else.
    Not before `now`, and for three days, unless said otherwise.
    """
    letter_id = new_id(now)
    earliest = not_before or now
    await store.queue(
        conn,
        letter_id=letter_id,
        kind=kind,
        resident_id=resident_id,
        staff_id=staff_id,
        to_email=vault.seal(to_email, place=TO_EMAIL, row=letter_id) if to_email else None,
        to_email_index=vault.index(to_email) if to_email else None,
        organization_id=organization_id,
        message_id=letter_id.hex,
        content=vault.seal(msgspec.msgpack.encode(dict(contents)), place=PLACE, row=letter_id),
        not_before=earliest,
        give_up_at=give_up_at or earliest + KEEP_TRYING,
        now=now,
    )
    return letter_id


async def withdraw(conn: Conn, letter_ids: Sequence[UUID]) -> set[UUID]:
    """Take letters out of the ledger that nobody has begun to send. Ids of those that will not leave."""
    return await store.withdraw(conn, letter_ids=letter_ids)


def open_content(vault: Vault, sealed: bytes, *, letter_id: UUID, language: str) -> Content:
    """The letter in the reader's language; where it was not written in that one, in English or else the first there is."""
    contents = _CONTENTS.decode(vault.open_bytes(sealed, place=PLACE, row=letter_id))
    return contents.get(language) or contents.get("en") or next(iter(contents.values()))
