"""Consent to be invited together with people met before: the box, what is kept of it, and `profile.cohorts`, which follows it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from service import db
from service.db import Conn
from service.residents import store
from service.residents.model import Consented, Resident, SameFaces
from service.residents.store import queries
from service.web.i18n import Translator, mark, say_in

VERSION = 1  # of the words; raise it when they change their meaning
PURPOSE: SameFaces = "same_faces"
WORDS = mark(
    "I like to meet the same few people again. You may invite me together with people I have met there, and tell them so without my name."
)


def boxes(say: Translator) -> list[tuple[str, str]]:
    """Purpose and words."""
    return [(PURPOSE, say(WORDS))]


def consents(ticked: Sequence[str], *, language: str) -> list[Consented]:
    """What is kept of the box on a page in this language; nothing where it was not ticked."""
    if PURPOSE not in ticked:
        return []
    return [Consented(purpose=PURPOSE, version=VERSION, language=language, wording=say_in(language)(WORDS))]


async def change(conn: Conn, resident: Resident, ticked: Sequence[str], *, language: str, now: datetime) -> None:
    """Keep the box as it is. A consent that lives keeps its first words."""
    for consent in consents(ticked, language=language):
        await store.put_consent(conn, resident.id, consent, form_id=resident.form_id, source="preferences", now=now)
    if PURPOSE in ticked:
        await follow_consent(conn, resident.id, now=now)
    else:
        await leave(conn, resident.id, now=now)


async def leave(conn: Conn, resident_id: UUID, *, now: datetime) -> None:
    await db.run(conn, queries.withdraw_purposes, resident_id=resident_id, purposes=[PURPOSE], now=now)
    await follow_consent(conn, resident_id, now=now)


async def renew(conn: Conn, resident_id: UUID, *, now: datetime) -> None:
    """Give the last consent again, with the same words at a new time. Nothing where there never was one."""
    await db.run(conn, queries.renew_same_faces, resident_id=resident_id, now=now)
    await follow_consent(conn, resident_id, now=now)


async def follow_consent(conn: Conn, resident_id: UUID, *, now: datetime) -> None:
    """Make `profile.cohorts` what the living consents say. Whatever changes such a consent calls this in its transaction."""
    await db.run(conn, queries.set_cohorts, resident_id=resident_id, now=now)
