"""Finding a partner's form, and making one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from service import db, sql
from service.db import Conn
from service.errors import Conflict, Missing
from service.forms.model import Form
from service.organizations.model import Organization
from service.residents.model import Consented, SignUp
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


def consent_words(form: Form, language: str) -> str:
    """The sentence beside the box that has to be ticked; it is kept with the consent."""
    return say_in(language)("Yes, send me one letter a week with things to do near me. I can stop at any time.")


def consents(form: Form, said: SignUp) -> list[Consented]:
    words = consent_words(form, said.language)
    return [Consented(purpose="digest", version=form.consent_version, language=said.language, wording=words)]
