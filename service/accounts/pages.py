"""People, keys and forms of a place. Owners look after their own place, operators after every one; a GET changes nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, NamedTuple
from uuid import UUID

import msgspec
from litestar import Router, get, post
from litestar.params import FromPath
from litestar.response import Template

from service.context import app_context
from service.errors import Conflict, Gone, Invalid, Missing, Refusal
from service.forms import actions as sign_up_forms
from service.forms import poster
from service.forms.embedding import ways
from service.forms.model import Form, FormChange, Intro, Languages, Title
from service.organizations import actions, keys, sessions
from service.organizations import store as organizations
from service.organizations.model import KEY_OVERLAP, OrganizationKind, Role, Scope
from service.organizations.pages import Managed, check_token, lead_to_sign_in, managed_page, managing
from service.web import forms
from service.web.connection import AnyRequest, AnyResponse
from service.web.i18n import NAMES, mark
from service.web.kinds import Email, Text
from service.web.problems import status_of
from service.web.sentences import sentence_for
from service.web.templating import language_of, say_for, see_other

ROLE_NAMES = {
    "owner": mark("Owner"),
    "staff": mark("Staff"),
    "host": mark("Host"),
    "operator": mark("Operator"),
}
ROLE_HINT_NAMES = {
    "owner": mark("May do everything here, and invites and removes people."),
    "staff": mark("Does the daily work here."),
    "host": mark("Looks, and changes nothing."),
    "operator": mark("Looks after every place of this Doorstep."),
}
ROLES_OF: dict[OrganizationKind, tuple[Role, ...]] = {
    "center": ("owner", "staff", "host"),
    "partner": ("owner", "staff"),
    "operator": ("operator",),
}
DONE_NAMES = {
    "invited": mark("Invited. A letter with a link is on its way."),
    "removed": mark("Removed. This person can no longer sign in here."),
    "revoked": mark("The key works no longer."),
    "saved": mark("Saved."),
}
STATE_NAMES = {
    "works": mark("works"),
    "replaced": mark("is being replaced"),
    "revoked": mark("revoked"),
    "expired": mark("expired"),
}
# Only rights that an address of the API asks for.
SCOPES_OF: dict[OrganizationKind, tuple[Scope, ...]] = {
    "center": ("activities:write", "roster:read", "attendance:write"),
    "partner": ("signups:write", "report:read"),
    "operator": ("report:read",),
}
SCOPE_NAMES = {
    "activities:write": mark("Post and change activities"),
    "roster:read": mark("See who comes to a date"),
    "attendance:write": mark("Note who came to a date"),
    "signups:write": mark("Sign people up by its form"),
    "report:read": mark("Read how many came back"),
}


def shown(request: AnyRequest, name: str, managed: Managed, *, status_code: int = 200, **context: object) -> Template:
    return managed_page(f"accounts/{name}.html", request, managed, done_names=DONE_NAMES, status_code=status_code, **context)


# People


class Invitation(msgspec.Struct):
    email: Email
    role: Role


class Person(NamedTuple):
    """A colleague as the page lists them. last: nobody else has the role without which the place cannot be run."""

    id: UUID
    email: str
    role: Role
    is_me: bool
    last: bool


async def _people(request: AnyRequest, managed: Managed) -> list[Person]:
    opened = await actions.addresses(managed.conn, vault=app_context(request).vault, organization_id=managed.place.id)
    leading = [colleague for colleague, _ in opened if colleague.role in ("owner", "operator")]
    return [
        Person(colleague.id, email, colleague.role, colleague.id == managed.staff.id, leading == [colleague]) for colleague, email in opened
    ]


async def _people_page(request: AnyRequest, managed: Managed, refusal: Invalid | Conflict | None = None) -> Template:
    say = say_for(request)
    return shown(
        request,
        "people",
        managed,
        status_code=422 if isinstance(refusal, Invalid) else 409 if refusal else 200,
        people=await _people(request, managed),
        roles=[(role, say(ROLE_NAMES[role]), say(ROLE_HINT_NAMES[role])) for role in ROLES_OF[managed.place.kind]],
        role_names=ROLE_NAMES,
        typed=refusal.typed if refusal else {},
        wrong=refusal.fields if refusal else {},
        refused=refusal.code if refusal and not refusal.fields else "",
    )


@get("/people", include_in_schema=False)
async def people_page(request: AnyRequest) -> Template:
    async with managing(request) as managed:
        return await _people_page(request, managed)


@post("/people", include_in_schema=False, status_code=200)
async def invite(request: AnyRequest) -> AnyResponse:
    """Inviting somebody again mails a new link and changes the role."""
    fields, state = await forms.form_of(request), app_context(request)
    try:
        async with managing(request) as managed:
            check_token(request, fields)
            invitation = forms.read(fields, Invitation, also=lambda values: _role_faults(managed.place.kind, values.get("role")))
            await sessions.invite(
                managed.conn,
                vault=state.vault,
                email=invitation.email,
                organization=managed.place.slug,
                role=invitation.role,
                base_url=state.settings.base_url,
                language=language_of(request),
                now=state.clock(),
            )
    except (Invalid, Conflict) as refusal:
        refusal.typed = forms.typed_in(fields)
        async with managing(request) as managed:
            return await _people_page(request, managed, refusal)
    await state.bell.ring("deliver_letters")
    return see_other(request, f"{managed.base}/people", done="invited")


def _role_faults(kind: OrganizationKind, role: Role | None) -> dict[str, str]:
    return {} if role is None or role in ROLES_OF[kind] else {"role": "choice"}


@get("/people/{id:uuid}/remove", include_in_schema=False)
async def remove_page(request: AnyRequest, id: FromPath[UUID]) -> Template:
    """Asks once; changes nothing."""
    async with managing(request) as managed:
        person = next((person for person in await _people(request, managed) if person.id == id), None)
        if person is None:
            raise Missing
        return shown(request, "remove", managed, person=person)


@post("/people/{id:uuid}/remove", include_in_schema=False, status_code=200)
async def remove(request: AnyRequest, id: FromPath[UUID]) -> AnyResponse:
    """Their sessions end in the same transaction. Whoever removes themselves is led to the door."""
    fields, state = await forms.form_of(request), app_context(request)
    try:
        async with managing(request) as managed:
            check_token(request, fields)
            await actions.remove_staff(managed.conn, organization_id=managed.place.id, staff_id=id, now=state.clock())
    except Conflict as refusal:
        async with managing(request) as managed:
            return await _people_page(request, managed, refusal)
    if id == managed.staff.id:
        return see_other(request, "/sign-in")
    return see_other(request, f"{managed.base}/people", done="removed")


# Keys


class KeyFields(msgspec.Struct):
    scopes: Annotated[list[Scope], msgspec.Meta(min_length=1)]


async def _keys_page(request: AnyRequest, managed: Managed, refusal: Refusal | None = None) -> Template:
    say, now = say_for(request), app_context(request).clock()
    stored = await organizations.keys_of(managed.conn, managed.place.id)
    params = refusal.params if refusal else {}
    return shown(
        request,
        "keys",
        managed,
        status_code=status_of(refusal) if refusal else 200,
        keys=[(key, key.state_at(now)) for key in stored],
        states={name: say(words) for name, words in STATE_NAMES.items()},
        scopes=[(scope, say(SCOPE_NAMES[scope])) for scope in SCOPES_OF[managed.place.kind]],
        scope_names=SCOPE_NAMES,
        wrong=refusal.fields if refusal else {},
        refused=sentence_for(refusal.code, say, params=params) if refusal and not refusal.fields else "",
    )


@get("/keys", include_in_schema=False)
async def keys_page(request: AnyRequest) -> Template:
    async with managing(request) as managed:
        return await _keys_page(request, managed)


@post("/keys", include_in_schema=False, status_code=200)
async def create_key(request: AnyRequest) -> AnyResponse:
    """The answer shows the key, for the only time."""
    fields, state = await forms.form_of(request), app_context(request)
    try:
        async with managing(request) as managed:
            check_token(request, fields)
            wanted = forms.read(fields, KeyFields)
            _refuse_foreign_scopes(managed.place.kind, wanted.scopes)
            issued, _ = await keys.issue(managed.conn, organization=managed.place, scopes=wanted.scopes, now=state.clock(), another=True)
            return shown(request, "key", managed, issued=issued, replaced="")
    except (Invalid, Gone) as refusal:
        async with managing(request) as managed:
            return await _keys_page(request, managed, refusal)


def _refuse_foreign_scopes(kind: OrganizationKind, scopes: Sequence[Scope]) -> None:
    """Raises Invalid for a right that no machine of such a place can use."""
    if not set(scopes) <= set(SCOPES_OF[kind]):
        raise Invalid(fields={"scopes": "choice"})


@post("/keys/{id:str}/rotate", include_in_schema=False, status_code=200)
async def rotate_key(request: AnyRequest, id: FromPath[str]) -> AnyResponse:
    """A new key with the same rights, shown once; the old one works for a day more."""
    fields, state = await forms.form_of(request), app_context(request)
    try:
        async with managing(request) as managed:
            check_token(request, fields)
            issued = await keys.rotate(managed.conn, organization_id=managed.place.id, key_id=id, now=state.clock())
            return shown(request, "key", managed, issued=issued, replaced=id, overlap_ends_at=state.clock() + KEY_OVERLAP)
    except (Conflict, Gone) as refusal:
        async with managing(request) as managed:
            return await _keys_page(request, managed, refusal)


@get("/keys/{id:str}/revoke", include_in_schema=False)
async def revoke_page(request: AnyRequest, id: FromPath[str]) -> Template:
    """Asks once; changes nothing."""
    async with managing(request) as managed:
        stored = await organizations.keys_of(managed.conn, managed.place.id)
        key = next((key for key in stored if key.id == id and key.revoked_at is None), None)
        if key is None:
            raise Missing
        return shown(request, "revoke", managed, key=key)


@post("/keys/{id:str}/revoke", include_in_schema=False, status_code=200)
async def revoke_key(request: AnyRequest, id: FromPath[str]) -> AnyResponse:
    """It works no longer from the next request on. Twice is the same as once."""
    fields, state = await forms.form_of(request), app_context(request)
    async with managing(request) as managed:
        check_token(request, fields)
        await keys.revoke(managed.conn, organization_id=managed.place.id, key_id=id, now=state.clock())
    return see_other(request, f"{managed.base}/keys", done="revoked")


# Forms


class FormFields(msgspec.Struct):
    """origins: one in each line."""

    title: Title
    languages: Languages
    intro: Intro = ""
    origins: Text = ""

    def change(self) -> FormChange:
        return FormChange(title=self.title, intro=self.intro, languages=list(self.languages), origins=self.origins.split())


async def _own_form(managed: Managed, slug: str) -> Form:
    """Raises Missing: the form of another place looks as if it were not there."""
    form = await sign_up_forms.find(managed.conn, slug)
    if form.organization_id != managed.place.id:
        raise Missing
    return form


def _form_page(
    request: AnyRequest,
    managed: Managed,
    form: Form,
    *,
    typed: Mapping[str, list[str]] | None = None,
    refusal: Invalid | Gone | None = None,
) -> Template:
    stored = {"title": [form.title], "intro": [form.intro], "languages": form.languages, "origins": ["\n".join(form.origins)]}
    return shown(
        request,
        "form",
        managed,
        status_code=status_of(refusal) if refusal else 200,
        form=form,
        ways=ways(form, base_url=app_context(request).settings.base_url, say=say_for(request)),
        languages=list(NAMES.items()),
        typed=stored if typed is None else {"languages": [], **typed},
        wrong=refusal.fields if refusal else {},
        refused=refusal.code if refusal and not refusal.fields else "",
    )


@get("/forms/{form:str}", include_in_schema=False)
async def form_page(request: AnyRequest, form: FromPath[str]) -> Template:
    async with managing(request) as managed:
        return _form_page(request, managed, await _own_form(managed, form))


@post("/forms/{form:str}", include_in_schema=False, status_code=200)
async def change_form(request: AnyRequest, form: FromPath[str]) -> AnyResponse:
    fields = await forms.form_of(request)
    try:
        async with managing(request) as managed:
            stored = await _own_form(managed, form)
            check_token(request, fields)
            await sign_up_forms.edit(managed.conn, slug=stored.slug, change=forms.read(fields, FormFields).change())
    except (Invalid, Gone) as refusal:
        async with managing(request) as managed:
            stored = await _own_form(managed, form)
            return _form_page(request, managed, stored, typed=forms.typed_in(fields), refusal=refusal)
    return see_other(request, f"{managed.base}/forms/{form}", done="saved")


@get("/forms/{form:str}/poster", include_in_schema=False)
async def poster_page(request: AnyRequest, form: FromPath[str]) -> Template:
    """To print or to save as PDF by the browser, which has the letters of every script."""
    async with managing(request) as managed:
        stored = await _own_form(managed, form)
        address = f"{app_context(request).settings.base_url}/f/{stored.slug}"
        return shown(request, "poster", managed, form=stored, texts=poster.texts(stored), code=poster.code(address), address=address)


PAGES = [
    people_page,
    invite,
    remove_page,
    remove,
    keys_page,
    create_key,
    rotate_key,
    revoke_page,
    revoke_key,
    form_page,
    change_form,
    poster_page,
]
PREFIXES = ("/center/{slug:str}", "/partner/{slug:str}", "/operator/{slug:str}", "/operator/{slug:str}/organizations/{other:str}")

ROUTES = [Router(prefix, route_handlers=PAGES, exception_handlers=lead_to_sign_in) for prefix in PREFIXES]
