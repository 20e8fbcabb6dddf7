"""Finding a partner's form, and making one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from service import db, sql
from service.db import Conn
from service.errors import Conflict, Invalid, Missing
from service.forms.model import Form
from service.organizations.model import Organization
from service.residents.model import Consented, SignUp
from service.web.form_token import Ticket
from service.web.i18n import say_in

queries = sql.load(__file__)


async def find(conn: Conn, slug: str) -> Form:
    """Raises Missing."""
    form = await db.one(conn, queries.by_slug, Form, slug=slug)
    if form is None:
        raise Missing
    return form


async def create(
    conn: Conn, *, organization: Organization, slug: str, title: str, intro: str, now: datetime, origins: Sequence[str] = ()
) -> None:
    """Raises Conflict when the slug is taken."""
    made = await db.run(
        conn, queries.insert, organization_id=organization.id, slug=slug, title=title, intro=intro, origins=list(origins), now=now
    )
    if not made:
        raise Conflict("slug_taken", slug=slug)


async def use_once(conn: Conn, ticket: Ticket, *, email_index: bytes) -> bool:
    """Use up an opening of the form, in the transaction of the sign-up. False: the same press came twice, and was answered before.

    Raises Invalid when it was used for another address.
    """
    if await db.run(conn, queries.use_form, nonce=ticket.nonce, email_index=email_index, expires_at=ticket.expires_at):
        return True
    if await db.value(conn, queries.address_of_use, nonce=ticket.nonce) != email_index:
        raise Invalid("form_used")
    return False


async def forget_uses(conn: Conn, *, now: datetime) -> None:
    """Worker role: openings whose tokens are too old anyway."""
    await db.run(conn, queries.forget_form_uses, now=now)


def consent_words(form: Form, language: str) -> str:
    """The sentence beside the box that has to be ticked; it is kept with the consent."""
    return say_in(language)("Yes, send me one letter a week with things to do near me. I can stop at any time.")


def consents(form: Form, said: SignUp) -> list[Consented]:
    words = consent_words(form, said.language)
    return [Consented(purpose="digest", version=form.consent_version, language=said.language, wording=words)]
