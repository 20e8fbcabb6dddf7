"""The operator's pages: every place with its state, towns, and how the last weeks ran. A GET changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Literal

import msgspec
from litestar import Router, get, post
from litestar.response import Redirect, Template
from litestar.types import ControllerRouterHandler

from service.context import app_context
from service.errors import Conflict, Gone, Invalid, Missing
from service.forms import actions as sign_up_forms
from service.forms.model import Languages, NewForm, Title
from service.operations import store
from service.organizations import actions as organizations
from service.organizations.model import Name, OrganizationChange, PostalAddress, Slug
from service.organizations.pages import Managed, check_token, home_of, lead_to_sign_in, managed_page, managing, signed_in
from service.outcomes import confirmations, north_star
from service.places import regions
from service.registrations import closing
from service.residents.actions import place_faults
from service.residents.model import PostalCode
from service.web import forms
from service.web.connection import AnyRequest, AnyResponse
from service.web.form_token import first_text
from service.web.i18n import NAMES, mark
from service.web.kinds import Text
from service.web.problems import status_of
from service.web.sentences import sentence_for
from service.web.templating import say_for, see_other

Refused = Invalid | Conflict | Gone
WEEKS_BACK = timedelta(weeks=8)
MOST_WEEKS = 40
WORKER_LATE = timedelta(minutes=5)
KIND_NAMES = {
    "center": mark("Center"),
    "partner": mark("Partner"),
    "operator": mark("Operator"),
}
DONE_NAMES = {
    "made": mark("Made. Now invite the people who look after it."),
    "saved": mark("Saved."),
    "closed": mark("Closed. Nobody can sign in or sign up there."),
    "opened": mark("Open again. Make new keys and activities where they are needed."),
    "town": mark("The town is open."),
    "form": mark("The form is ready."),
}


def _shown(request: AnyRequest, name: str, managed: Managed, *, refusal: Refused | None = None, **context: object) -> Template:
    refused = refusal if refusal and not refusal.fields else None
    return managed_page(
        f"operations/{name}.html",
        request,
        managed,
        done_names=DONE_NAMES,
        status_code=status_of(refusal) if refusal else 200,
        wrong=refusal.fields if refusal else {},
        refused=sentence_for(refused.code, say_for(request), params=refused.params) if refused else "",
        **context,
    )


@get("/operator", include_in_schema=False, exception_handlers=lead_to_sign_in)
async def home(request: AnyRequest) -> Redirect:
    """To whatever place the person is signed in at."""
    async with app_context(request).db.transaction() as conn:
        staff = await signed_in(request, conn)
    return see_other(request, home_of(request.app, staff))


@get("/", include_in_schema=False)
async def overview(request: AnyRequest) -> Template:
    now = app_context(request).clock()
    async with managing(request) as managed:
        standing = await store.standing(managed.conn, since=(now - WEEKS_BACK).date())
        places = await organizations.listed(managed.conn)
        sign_ups = await sign_up_forms.listed(managed.conn)
        returns = await north_star.counted_weeks(managed.conn, since=(now - north_star.WEEKS_SHOWN).date())
        confirmed = await confirmations.confirmations_of(managed.conn, now=now)
        seen_at = standing.worker_seen_at
        return _shown(
            request,
            "overview",
            managed,
            standing=standing,
            returns=returns[:MOST_WEEKS],
            confirmations=confirmed,
            language_names=NAMES,
            places=[place for place in places if place.slug != managed.place.slug],
            forms=sign_ups,
            kind_names=KIND_NAMES,
            worker_late=seen_at is None or now - seen_at > WORKER_LATE,
        )


# Towns


class TownFields(msgspec.Struct):
    name: Name
    zip: PostalCode


@get("/new-town", include_in_schema=False)
async def town_page(request: AnyRequest) -> Template:
    async with managing(request) as managed:
        return _shown(request, "town", managed)


@post("/new-town", include_in_schema=False, status_code=200)
async def open_town(request: AnyRequest) -> AnyResponse:
    fields, places = await forms.form_of(request), app_context(request).places
    try:
        async with managing(request) as managed:
            check_token(request, fields)
            town = forms.read(fields, TownFields, also=partial(place_faults, places))
            await regions.open_town(managed.conn, name=town.name, zip_code=town.zip, places=places)
    except (Invalid, Conflict) as refusal:
        async with managing(request) as managed:
            return _shown(request, "town", managed, refusal=refusal, typed=forms.typed_in(fields))
    return see_other(request, f"{managed.base}/", done="town")


# Places


class PlaceChange(msgspec.Struct, kw_only=True):
    name: Name
    zip: PostalCode
    postal_address: PostalAddress


class NewPlace(PlaceChange, kw_only=True):
    """slug: made from the name where nothing is given."""

    kind: Literal["center", "partner"]
    slug: Slug | None = None


@get("/new-place", include_in_schema=False)
async def new_place_page(request: AnyRequest) -> Template:
    async with managing(request) as managed:
        return _place_form(request, managed, typed={"zip": [managed.place.zip or ""]})


def _place_form(request: AnyRequest, managed: Managed, *, typed: Mapping[str, list[str]], refusal: Refused | None = None) -> Template:
    kinds = [(kind, say_for(request)(KIND_NAMES[kind])) for kind in ("center", "partner")]
    return _shown(request, "place_form", managed, kinds=kinds, typed=typed, refusal=refusal)


@post("/new-place", include_in_schema=False, status_code=200)
async def make_place(request: AnyRequest) -> AnyResponse:
    fields, state = await forms.form_of(request), app_context(request)
    places = state.places
    try:
        async with managing(request) as managed:
            check_token(request, fields)
            asked = forms.read(fields, NewPlace, also=partial(place_faults, places))
            place = await organizations.make(
                managed.conn,
                kind=asked.kind,
                name=asked.name,
                slug=asked.slug,
                zip_code=asked.zip,
                postal_address=asked.postal_address,
                places=places,
                now=state.clock(),
            )
    except (Invalid, Conflict, Gone) as refusal:
        async with managing(request) as managed:
            return _place_form(request, managed, typed=forms.typed_in(fields), refusal=refusal)
    return see_other(request, f"{managed.base}/organizations/{place.slug}", done="made")


@get("/", include_in_schema=False)
async def place_page(request: AnyRequest) -> Template:
    async with managing(request) as managed:
        sign_ups = await sign_up_forms.listed(managed.conn, organization_id=managed.place.id)
        return _shown(request, "place", managed, forms=sign_ups, kind_name=KIND_NAMES[managed.place.kind])


@get("/edit", include_in_schema=False)
async def edit_page(request: AnyRequest) -> Template:
    async with managing(request) as managed:
        place = managed.place
        typed = {"name": [place.name], "zip": [place.zip or ""], "postal_address": [place.postal_address]}
        return _place_form(request, managed, typed=typed)


@post("/edit", include_in_schema=False, status_code=200)
async def edit(request: AnyRequest) -> AnyResponse:
    fields, places = await forms.form_of(request), app_context(request).places
    try:
        async with managing(request) as managed:
            check_token(request, fields)
            asked = forms.read(fields, PlaceChange, also=partial(place_faults, places))
            change = OrganizationChange(name=asked.name, postal_address=asked.postal_address, zip=asked.zip)
            await regions.check_reach(managed.conn, zip_code=asked.zip, places=places)
            await organizations.edit(managed.conn, slug=managed.place.slug, change=change, places=places)
    except (Invalid, Conflict, Gone) as refusal:
        async with managing(request) as managed:
            return _place_form(request, managed, typed=forms.typed_in(fields), refusal=refusal)
    return see_other(request, managed.base, done="saved")


@get("/close", include_in_schema=False)
async def close_page(request: AnyRequest) -> Template:
    """Asks once; changes nothing."""
    async with managing(request) as managed:
        return _shown(request, "close", managed, people=0)


@post("/close", include_in_schema=False, status_code=200)
async def close(request: AnyRequest) -> AnyResponse:
    """Where people would lose a seat by it, the page comes back once and says how many."""
    fields, state = await forms.form_of(request), app_context(request)
    try:
        async with managing(request) as managed:
            check_token(request, fields)
            sure = first_text(fields, "sure") == "yes"
            await closing.close(managed.conn, organization=managed.place, vault=state.vault, now=state.clock(), call_off=sure)
    except Conflict as refusal:
        async with managing(request) as managed:
            return _shown(request, "close", managed, refusal=refusal, people=refusal.params.get("people", 0))
    await state.bell.ring("deliver_letters")
    return see_other(request, managed.base, done="closed")


@post("/reopen", include_in_schema=False, status_code=200)
async def reopen(request: AnyRequest) -> AnyResponse:
    fields = await forms.form_of(request)
    async with managing(request) as managed:
        check_token(request, fields)
        await organizations.reopen(managed.conn, slug=managed.place.slug)
    return see_other(request, managed.base, done="opened")


# Forms


class NewFormFields(msgspec.Struct, kw_only=True):
    """origins: one in each line."""

    title: Title
    slug: Slug | None = None
    languages: Languages
    origins: Text = ""


@get("/new-form", include_in_schema=False)
async def new_form_page(request: AnyRequest) -> Template:
    async with managing(request) as managed:
        return _form_form(request, managed, typed={"languages": ["en", "es", "ar"]})


def _form_form(request: AnyRequest, managed: Managed, *, typed: Mapping[str, list[str]], refusal: Refused | None = None) -> Template:
    """Raises Missing for a place that has no forms."""
    if managed.place.kind != "partner":
        raise Missing
    return _shown(request, "new_form", managed, languages=list(NAMES.items()), typed={"languages": [], **typed}, refusal=refusal)


@post("/new-form", include_in_schema=False, status_code=200)
async def make_form(request: AnyRequest) -> AnyResponse:
    fields, now = await forms.form_of(request), app_context(request).clock()
    try:
        async with managing(request) as managed:
            check_token(request, fields)
            if managed.place.kind != "partner":
                raise Missing
            asked = forms.read(fields, NewFormFields)
            new = NewForm(
                slug=asked.slug or regions.slugify(asked.title),
                title=asked.title,
                languages=list(asked.languages),
                origins=asked.origins.split(),
            )
            await _make_form(managed, new, now=now)
    except (Invalid, Gone) as refusal:
        async with managing(request) as managed:
            return _form_form(request, managed, typed=forms.typed_in(fields), refusal=refusal)
    return see_other(request, managed.base, done="form")


async def _make_form(managed: Managed, new: NewForm, *, now: datetime) -> None:
    """Raises Invalid, also for a short name that is taken, and Gone."""
    try:
        _, created = await sign_up_forms.ensure(managed.conn, organization=managed.place, new=new, now=now)
    except Conflict:
        created = False
    if not created:
        raise Invalid(fields={"slug": "slug_taken"})


ROUTES: list[ControllerRouterHandler] = [
    home,
    Router(
        "/operator/{slug:str}",
        route_handlers=[overview, town_page, open_town, new_place_page, make_place],
        exception_handlers=lead_to_sign_in,
    ),
    Router(
        "/operator/{slug:str}/organizations/{other:str}",
        route_handlers=[place_page, edit_page, edit, close_page, close, reopen, new_form_page, make_form],
        exception_handlers=lead_to_sign_in,
    ),
]
