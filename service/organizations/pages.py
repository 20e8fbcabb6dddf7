"""Signing in by a mailed link, switching places, signing out; and who is signed in, for the pages of other rooms.

The session's secret is a cookie that scripts cannot read. Every form of a signed-in page carries a token bound to that session,
beside the browser's own word on where a post comes from (web/security.py).
"""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import NamedTuple
from uuid import UUID

import msgspec
from litestar import Litestar, get, post
from litestar.datastructures import Cookie
from litestar.handlers import BaseRouteHandler
from litestar.params import FromPath
from litestar.response import Redirect, Template
from litestar.types import ExceptionHandlersMap

from service.context import app_context
from service.crypto import hash_secret
from service.db import Conn, see_as
from service.errors import Forbidden, Gone, Invalid, Missing, Unauthenticated
from service.organizations import sessions, store
from service.organizations.model import SESSION_LIFE, Organization, Staff, StaffSession
from service.settings import ServiceSettings
from service.web import form_token, forms
from service.web.client_address import at_this_machine
from service.web.connection import AnyConnection, AnyRequest, AnyResponse
from service.web.email_address import canonical
from service.web.kinds import Email
from service.web.problems import answer
from service.web.templating import language_of, page, say_for

PURPOSE = "staff"
SAME_FOR_ALL_S = 0.25  # an answer takes as long for a stranger as for staff, so time tells nobody who works here


class Asking(msgspec.Struct):
    email: Email

    def __post_init__(self) -> None:
        self.email = canonical(self.email)


def cookie_name(settings: ServiceSettings) -> str:
    """With __Host- a neighbor domain cannot set it for us; browsers want https for that."""
    return "__Host-doorstep" if settings.secure else "doorstep"


def _secret(request: AnyConnection) -> str:
    return str(request.cookies.get(cookie_name(app_context(request).settings), ""))


async def signed_in(request: AnyConnection, conn: Conn) -> Staff:
    """Who is here; from now on the transaction sees their organization's rows. Raises Unauthenticated."""
    secret = _secret(request)
    if not secret:
        raise Unauthenticated
    return await sessions.who(conn, secret=secret, now=app_context(request).clock())


def session_hash(request: AnyRequest) -> bytes:
    """What a transaction presents to the database, so that it may write what only an operator may (`db.see_as`)."""
    return hash_secret(_secret(request))


def page_token(request: AnyRequest) -> str:
    """The token that a signed-in page's forms carry; staff need not wait two seconds before they press."""
    state = app_context(request)
    return str(state.form_tokens.mint(PURPOSE, nonce=_nonce(request), now=state.clock() - form_token.QUICKEST))


def check_token(request: AnyRequest, form: Mapping[str, Sequence[object]]) -> None:
    """Raises Invalid: form_forged for another session's token or none, form_stale after two hours."""
    state = app_context(request)
    ticket = state.form_tokens.read(PURPOSE, form_token.first_text(form, form_token.FIELD), now=state.clock())
    if not hmac.compare_digest(ticket.nonce, _nonce(request)):
        raise Invalid("form_forged")


def _nonce(request: AnyRequest) -> str:
    return hash_secret(_secret(request)).hex()[:24]


class Managed(NamedTuple):
    """A place, and somebody signed in who may look after it, inside one transaction that sees its rows.

    base: the address that the place's pages begin with, for this person.
    """

    conn: Conn
    staff: Staff
    place: Organization
    base: str

    @property
    def from_outside(self) -> bool:
        """An operator at a place of somebody else."""
        return self.staff.organization_id != self.place.id


@asynccontextmanager
async def managing(request: AnyRequest) -> AsyncIterator[Managed]:
    """Raises Unauthenticated; Missing at a place that is not theirs, as at one that is not there; Forbidden for staff and hosts."""
    kind, slug = str(request.scope["path"]).split("/")[1], request.path_params["slug"]
    async with app_context(request).db.transaction() as conn:
        staff = await signed_in(request, conn)
        if (staff.organization_kind, staff.organization_slug) != (kind, slug):
            raise Missing
        if staff.role not in ("owner", "operator"):
            raise Forbidden
        place = await _place(conn, staff, request.path_params.get("other"))
        await see_as(conn, organization_id=place.id, presented=[session_hash(request)])
        path = f"/{kind}/{slug}"
        yield Managed(conn, staff, place, path if place.id == staff.organization_id else f"{path}/organizations/{place.slug}")


async def _place(conn: Conn, staff: Staff, other: str | None) -> Organization:
    """Their own place, or for an operator the other one that the address names."""
    if other is None:
        place = await store.by_id(conn, staff.organization_id)
    else:
        place = await store.by_slug(conn, other) if staff.may("operator") else None
    if place is None:
        raise Missing
    return place


def managed_page(
    name: str, request: AnyRequest, managed: Managed, *, done_names: Mapping[str, str], status_code: int = 200, **context: object
) -> Template:
    """A page of a managed place. done_names: what a post before it may have done (`?done=`), as English sentences."""
    done = request.query_params.get("done", "")
    return page(
        name,
        request,
        status_code=status_code,
        place=managed.place,
        staff=managed.staff,
        base=managed.base,
        from_outside=managed.from_outside,
        path=str(request.scope["path"]).rstrip("/"),
        token=page_token(request),
        done=say_for(request)(done_names[done]) if done in done_names else "",
        more=context,
    )


def home_of(app: Litestar, staff: Staff) -> str:
    """The page of their place, or the list of places where nothing is built for that kind yet."""
    kind = staff.organization_kind
    built = any(route.path == f"/{kind}" or route.path.startswith(f"/{kind}/") for route in app.routes)
    return f"/{kind}/{staff.organization_slug}/" if built else "/sign-in"


@get("/sign-in", include_in_schema=False)
async def ask_page(request: AnyRequest) -> Template:
    """Asks for an address; whoever is signed in already sees their places."""
    try:
        async with app_context(request).db.transaction() as conn:
            here = await signed_in(request, conn)
            places = await sessions.places_of(conn, staff=here)
    except Unauthenticated:
        return page("organizations/sign_in.html", request)
    home = home_of(request.app, here)
    return page("organizations/places.html", request, here=here, places=places, home=home, token=page_token(request))


@post("/sign-in", include_in_schema=False, status_code=200)
async def ask(request: AnyRequest) -> AnyResponse:
    """The same answer, after the same time, whether the address is known or not."""
    fields = await forms.form_of(request)
    try:
        asking = forms.read(fields, Asking)
    except Invalid as refusal:
        return page("organizations/sign_in.html", request, status_code=422, typed=refusal.typed, wrong=refusal.fields)
    if not form_token.is_robot(fields):
        await asyncio.gather(_mail_link(request, asking.email), asyncio.sleep(SAME_FOR_ALL_S))
    return Redirect(_stored_language(request, "/sign-in/sent"), status_code=303)


async def _mail_link(request: AnyRequest, email: str) -> None:
    state = app_context(request)
    async with state.db.transaction() as conn:
        await sessions.ask(
            conn, vault=state.vault, email=email, base_url=state.settings.base_url, language=language_of(request), now=state.clock()
        )
    await state.bell.ring("deliver_letters")


@get("/sign-in/sent", include_in_schema=False, sync_to_thread=False)
def sent_page(request: AnyRequest) -> Template:
    return page("organizations/sent.html", request)


@get("/sign-in/{secret:str}", include_in_schema=False)
async def link_page(request: AnyRequest, secret: FromPath[str]) -> Template:
    """Shows one button; scanners that open every link of a letter change nothing."""
    async with app_context(request).db.transaction() as conn:
        try:
            staff = await sessions.look(conn, secret=secret, now=app_context(request).clock())
        except (Gone, Missing) as refusal:
            return _over(request, secret, refusal)
    return page("organizations/link.html", request, staff=staff, secret=secret)


@post("/sign-in/{secret:str}", include_in_schema=False, status_code=200)
async def enter(request: AnyRequest, secret: FromPath[str]) -> AnyResponse:
    async with app_context(request).db.transaction() as conn:
        try:
            session = await sessions.enter(conn, secret=secret, now=app_context(request).clock())
        except (Gone, Missing) as refusal:
            return _over(request, secret, refusal)
    return opened(request, session)


@post("/sign-in/{secret:str}/again", include_in_schema=False, status_code=200)
async def ask_again(request: AnyRequest, secret: FromPath[str]) -> AnyResponse:
    """A fresh link to the address on record, for whoever holds an old one."""
    state = app_context(request)
    async with state.db.transaction() as conn:
        try:
            await sessions.ask_again(
                conn, vault=state.vault, secret=secret, base_url=state.settings.base_url, language=language_of(request), now=state.clock()
            )
        except Missing as refusal:
            return _over(request, secret, refusal)
    await state.bell.ring("deliver_letters")
    return Redirect(_stored_language(request, "/sign-in/sent"), status_code=303)


@post("/sign-in/switch", include_in_schema=False, status_code=200)
async def switch(request: AnyRequest) -> AnyResponse:
    """Raises Missing where this person does not work, Invalid for a forged form."""
    fields = await forms.form_of(request)
    async with app_context(request).db.transaction() as conn:
        staff = await signed_in(request, conn)
        check_token(request, fields)
        wanted = _id(form_token.first_text(fields, "place"))
        session = await sessions.switch(
            conn, staff=staff, old_secret=_secret(request), organization_id=wanted, now=app_context(request).clock()
        )
    return opened(request, session)


@post("/sign-out", include_in_schema=False, status_code=200)
async def sign_out(request: AnyRequest) -> AnyResponse:
    """Needs no token: the worst that a stranger's page could do is to sign somebody out."""
    if secret := _secret(request):
        async with app_context(request).db.transaction() as conn:
            await sessions.leave(conn, secret=secret)
    response = Redirect(_stored_language(request, "/sign-in"), status_code=303)
    response.set_cookie(_cookie(request, "", max_age=0))
    return response


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Missing from None


def _over(request: AnyRequest, secret: str, refusal: Gone | Missing) -> Template:
    """An old link explains itself and offers a new one; of an unknown one there is nobody to write to."""
    is_gone = isinstance(refusal, Gone)
    return page("organizations/over.html", request, status_code=410 if is_gone else 404, known=is_gone, secret=secret)


def opened(request: AnyRequest, session: StaffSession) -> AnyResponse:
    """On to their place, with the cookie of the session."""
    response = Redirect(_stored_language(request, home_of(request.app, session.staff)), status_code=303)
    response.set_cookie(_cookie(request, session.secret, max_age=int(SESSION_LIFE.total_seconds())))
    return response


def _cookie(request: AnyRequest, value: str, *, max_age: int) -> Cookie:
    settings = app_context(request).settings
    return Cookie(cookie_name(settings), value=value, path="/", max_age=max_age, httponly=True, secure=settings.secure, samesite="lax")


def _stored_language(request: AnyRequest, path: str) -> str:
    """`path` in the language that `?lang=` chose."""
    chosen = request.query_params.get("lang", "")
    return f"{path}?lang={chosen}" if chosen.isalpha() and len(chosen) == 2 else path


def _to_sign_in(request: AnyRequest, refusal: Unauthenticated) -> AnyResponse:
    """A page is opened again after signing in; a post is refused in place, so that the browser keeps what was typed."""
    if request.method in ("GET", "HEAD"):
        return Redirect(_stored_language(request, "/sign-in"), status_code=303)
    return answer(request, refusal)


async def mailbox_guard(connection: AnyConnection, _handler: BaseRouteHandler) -> None:
    """Guard of the local mailbox, in which sign-in links stand: for a browser on this machine, elsewhere for the operator alone.

    Raises Missing where letters go out by SMTP and for other staff, Unauthenticated.
    """
    state = app_context(connection)
    if state.settings.mailbox is None:
        raise Missing
    if at_this_machine(connection, state.settings):
        return
    async with state.db.transaction() as conn:
        staff = await signed_in(connection, conn)
    if staff.organization_kind != "operator":
        raise Missing


# For the routes of pages behind a sign-in.
lead_to_sign_in: ExceptionHandlersMap = {Unauthenticated: _to_sign_in}

ROUTES = [ask_page, ask, sent_page, link_page, enter, ask_again, switch, sign_out]
