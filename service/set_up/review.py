"""Everything that the set-up has made so far, at a glance."""

from __future__ import annotations

from typing import NamedTuple
from uuid import UUID

from service.errors import Missing
from service.forms import actions as forms
from service.forms.model import Form
from service.organizations import actions as organizations
from service.organizations.model import Organization
from service.places import regions
from service.set_up import store
from service.set_up.actions import SetUp, place_of
from service.set_up.model import Step


class Made(NamedTuple):
    """A place, and the addresses of those who will be invited to it."""

    place: Organization
    emails: list[str]


class Review(NamedTuple):
    """None: not made yet. town: the name of the region."""

    town: str
    operator: Made | None
    center: Made | None
    partner: Made | None
    form: Form | None


async def review_of(set_up: SetUp) -> Review:
    progress = set_up.progress
    operator = await _made(set_up, progress.operator_id)
    towns = await regions.all_regions(set_up.conn) if operator else []
    town = next((town.name for town in towns if operator and town.id == operator.place.region_id), "")
    return Review(
        town,
        operator,
        await _made(set_up, progress.center_id),
        await _made(set_up, progress.partner_id),
        await _form(set_up, progress.form_id),
    )


async def _made(set_up: SetUp, organization_id: UUID | None) -> Made | None:
    if organization_id is None:
        return None
    place = await place_of(set_up.conn, organization_id)
    await set_up.see(place.id)
    people = await organizations.addresses(set_up.conn, vault=set_up.vault, organization_id=place.id)
    return Made(place, [email for _, email in people])


async def _form(set_up: SetUp, form_id: UUID | None) -> Form | None:
    if form_id is None:
        return None
    try:
        return await forms.find(set_up.conn, await store.form_slug(set_up.conn, form_id))
    except Missing:
        return None


def typed_of(stored: Review, step: Step) -> dict[str, list[str]]:
    """What stands in the fields of a page that is opened again; a new page begins with the town's ZIP code."""
    made = {"town": stored.operator, "center": stored.center, "partner": stored.partner}.get(step)
    if made is None:
        return {"zip": [stored.operator.place.zip or ""]} if stored.operator else {}
    place = made.place
    typed = {"name": [place.name], "zip": [place.zip or ""], "postal_address": [place.postal_address], "email": made.emails[:1]}
    if step == "town":
        typed["town"] = [stored.town]
    if step == "partner" and stored.form:
        typed |= {"title": [stored.form.title], "languages": stored.form.languages, "origins": ["\n".join(stored.form.origins)]}
    return typed
