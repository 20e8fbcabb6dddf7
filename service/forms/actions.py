"""Finding a partner's form, making one and changing it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from service import db, sql
from service.db import Conn
from service.errors import Conflict, Gone, Invalid, Missing
from service.forms.model import ORIGINS, Form, FormChange, ListedForm, NewForm
from service.organizations.model import Organization
from service.residents import company
from service.residents.model import Consented, SignUp
from service.web.form_token import Ticket
from service.web.i18n import mark, say_in
from service.web.security import origin_of

queries = sql.load(__file__)
ASKED_AT_SIGN_UP = ("company", "company_name")  # beside the weekly letter; what a regular may agree to stands on the own page
INTRO = mark(
    "Tell us a little about what you like. Once a week we write to you with a few groups near your door."
    " It is free, and you can stop at any time."
)


async def find(conn: Conn, slug: str) -> Form:
    """A form, closed or not. Raises Missing."""
    form = await db.one(conn, queries.by_slug, Form, slug=slug)
    if form is None:
        raise Missing(form=slug)
    return form


async def find_open(conn: Conn, slug: str) -> Form:
    """Raises Missing, and Gone for the form of a closed organization."""
    form = await find(conn, slug)
    refuse_closed(form)
    return form


def refuse_closed(form: Form) -> None:
    """Raises Gone."""
    if form.closed_at:
        raise Gone("form_closed", slug=form.slug)


async def create(
    conn: Conn, *, organization: Organization, slug: str, title: str, intro: str, now: datetime, origins: Sequence[str] = ()
) -> None:
    """Raises Conflict when the slug is taken."""
    new = NewForm(slug=slug, title=title, intro=intro, origins=list(origins))
    if not await _insert(conn, organization, new, now=now):
        raise Conflict("slug_taken", slug=slug)


async def ensure(conn: Conn, *, organization: Organization, new: NewForm, now: datetime) -> tuple[Form, bool]:
    """The organization's form of that slug, and whether it was made now.

    Raises Invalid for origins that are none, Gone for a closed organization, Conflict("form_differs") with the `stored` and the `wanted`
    facts where the slug stands for something else.
    """
    if organization.closed_at:
        raise Gone("organization_closed", slug=organization.slug)
    origins = checked_origins(new.origins)
    created = await _insert(conn, organization, msgspec.structs.replace(new, origins=origins), now=now)
    form = await find(conn, new.slug)
    if form.organization_id != organization.id:
        raise Conflict("slug_taken", slug=new.slug)
    names = ["title", *(["intro"] if new.intro else []), *(["origins"] if origins else [])]
    wanted: dict[str, object] = {"title": new.title, "intro": new.intro, "origins": origins}
    differing = [name for name in names if getattr(form, name) != wanted[name]]
    if differing:
        stored = {name: getattr(form, name) for name in differing}
        raise Conflict("form_differs", slug=new.slug, stored=stored, wanted={name: wanted[name] for name in differing})
    return form, created


async def edit(conn: Conn, *, slug: str, change: FormChange) -> Form:
    """Raises Missing, Gone, Invalid for origins that are none. The transaction sees the rows of the form's organization."""
    form = await find(conn, slug)
    refuse_closed(form)
    origins = form.origins if change.origins is None else checked_origins(change.origins)
    title = form.title if change.title is None else change.title
    intro = form.intro if change.intro is None else change.intro
    languages = form.languages if change.languages is None else change.languages
    key = {"organization_id": form.organization_id, "slug": slug}
    if not await db.run(conn, queries.update, title=title, intro=intro, languages=languages, origins=origins, **key):
        raise Missing
    return await find(conn, slug)


async def listed(conn: Conn, *, organization_id: UUID | None = None) -> list[ListedForm]:
    return await db.all_of(conn, queries.listed, ListedForm, organization_id=organization_id)


def checked_origins(texts: Sequence[str]) -> list[str]:
    """The origins as they are kept, each once. Raises Invalid naming those that are none."""
    origins = {text: origin_of(text) for text in texts}
    wrong = [text for text, origin in origins.items() if origin is None]
    if wrong:
        raise Invalid(fields={"origins": f"origins:{', '.join(wrong)}"})
    if len(origins) > ORIGINS:
        raise Invalid(fields={"origins": f"too_many_chosen:{ORIGINS}"})
    return list(dict.fromkeys(origin for origin in origins.values() if origin))


async def _insert(conn: Conn, organization: Organization, new: NewForm, *, now: datetime) -> bool:
    """False where the slug is taken."""
    inserted = await db.run(
        conn,
        queries.insert,
        organization_id=organization.id,
        slug=new.slug,
        title=new.title,
        intro=new.intro or INTRO,
        languages=list(new.languages),
        origins=list(new.origins),
        now=now,
    )
    return bool(inserted)


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


def consents(form: Form, submission: SignUp) -> list[Consented]:
    """The weekly letter's, which has to be ticked, and what else the form asks: nothing that only a regular can know."""
    words = consent_words(form, submission.language)
    weekly = Consented(purpose="digest", version=form.consent_version, language=submission.language, wording=words)
    asked = [purpose for purpose in submission.consent if purpose in ASKED_AT_SIGN_UP]
    return [weekly, *company.consents(asked, language=submission.language)]
