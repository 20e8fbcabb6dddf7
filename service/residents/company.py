"""Consent to company on a first visit: the boxes, what is kept of them, and taking it back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from service import db
from service.db import Conn
from service.residents import store
from service.residents.model import Company, Consented, Resident
from service.residents.store import queries
from service.web.i18n import Translator, mark, say_in

VERSION = 2  # of the words; raise it when they change their meaning
WORDS: dict[Company, str] = {
    "company": mark("I would like company the first time I go. You may tell one other person with a seat that I am new and coming."),
    "company_name": mark("You may also tell the other person my first name, if they tell me theirs."),
    "welcome_host": mark("I am glad to greet a new person at a group I know. You may tell them that I am coming."),
}
NAMED_WITH = frozenset(("company", "welcome_host"))  # a name alone tells nobody anything


class _Living(msgspec.Struct, frozen=True):
    purpose: Company


def boxes(say: Translator) -> dict[str, str]:
    """Words by purpose, in the order of the page."""
    return {purpose: say(words) for purpose, words in WORDS.items()}


def consents(ticked: Sequence[str], *, language: str) -> list[Consented]:
    """What is kept of the boxes that were ticked on a page in this language. A name alone is not kept."""
    say = say_in(language)
    return [
        Consented(purpose=purpose, version=VERSION, language=language, wording=say(words))
        for purpose, words in WORDS.items()
        if purpose in ticked and not NAMED_WITH.isdisjoint(ticked)
    ]


async def agreed_to(conn: Conn, resident_id: UUID) -> list[str]:
    """Purposes, of those of `WORDS`."""
    return [consent.purpose for consent in await db.all_of(conn, queries.company_of, _Living, resident_id=resident_id)]


async def change(conn: Conn, resident: Resident, ticked: Sequence[str], *, language: str, now: datetime) -> None:
    """Keep the boxes as they are: a consent that is not ticked any more is taken back, one that lives keeps its first words."""
    given = consents(ticked, language=language)
    refused = [purpose for purpose in WORDS if purpose not in {consent.purpose for consent in given}]
    await db.run(conn, queries.withdraw_purposes, resident_id=resident.id, purposes=refused, now=now)
    for consent in given:
        await store.put_consent(conn, resident.id, consent, form_id=resident.form_id, source="preferences", now=now)
