"""The rules of the set-up: who may go through it, and what each page saves.

The holder of the link is trusted as the first operator: the link is printed on the terminal of whoever starts the installation.
Every piece of work runs as the plain role of the pages and presents the secret of the link; the database lets such a transaction make
organizations, and no other of that role but an operator's. Letters to people leave only when the set-up is finished.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from service import db
from service.crypto import Vault, hash_secret
from service.db import Conn, see_as
from service.errors import Conflict, Gone, Missing
from service.forms import actions as forms
from service.forms.model import FormChange, NewForm
from service.mail import actions as mail
from service.organizations import actions as organizations
from service.organizations import sessions
from service.organizations import store as organization_rows
from service.organizations.model import Organization, OrganizationChange, OrganizationKind, Role, StaffSession
from service.places import regions
from service.places.places import Places
from service.set_up import letters, store
from service.set_up.model import LIFE, CenterStep, PartnerStep, Progress, TownStep
from service.set_up.store import queries


@dataclass(frozen=True, slots=True)
class SetUp:
    """One transaction of the set-up: the connection that presented the link, and how far it had come when it began."""

    conn: Conn
    secret_hash: bytes
    progress: Progress
    places: Places
    vault: Vault
    now: datetime

    async def see(self, organization_id: UUID | None = None) -> None:
        """Present the link, and read the rows of one organization."""
        await see_as(self.conn, organization_id=organization_id, presented=[self.secret_hash])


async def offer_link(conn: Conn, *, base_url: str, now: datetime) -> str | None:
    """Worker role. A new link, for a day; None where there is nothing to set up. Links printed before no longer work."""
    secret = secrets.token_urlsafe(32)
    if not await store.offer(conn, secret_hash=hash_secret(secret), expires_at=now + LIFE):
        return None
    return f"{base_url.rstrip('/')}/set-up/{secret}"


async def look(conn: Conn, *, secret: str, now: datetime) -> Progress:
    """Raises Missing for an unknown link, Gone for an old or a finished one, or where an operator came by another way."""
    secret_hash = hash_secret(secret)
    await see_as(conn, presented=[secret_hash])
    progress = await store.progress(conn, secret_hash)
    if progress is None:
        raise Missing("link_unknown")
    if progress.finished_at is not None:
        raise Gone("set_up_finished")
    if progress.expires_at <= now:
        raise Gone("set_up_over")
    if progress.operator_id is None and await store.has_operator(conn):
        raise Gone("set_up_finished")
    return progress


# Town


async def save_town(set_up: SetUp, step: TownStep) -> None:
    """The town, the operator's organization and its first person. Raises Invalid, Conflict."""
    if set_up.progress.operator_id is None:
        await regions.open_town(set_up.conn, name=step.town, zip_code=step.zip, places=set_up.places)
    else:
        await _redraw_town(set_up, step)
    operator = await _save_place(
        set_up,
        set_up.progress.operator_id,
        kind="operator",
        name=step.name,
        slug=None,
        zip_code=step.zip,
        postal_address=step.postal_address,
    )
    staff_id = await _save_person(set_up, operator, email=step.email, role="operator")
    await set_up.see(operator.id)
    await db.run(set_up.conn, queries.note_town, operator_id=operator.id, staff_id=staff_id, secret_hash=set_up.secret_hash)


async def _redraw_town(set_up: SetUp, step: TownStep) -> None:
    """A name or a ZIP that was mistyped is mended while the town is being set up."""
    operator = await place_of(set_up.conn, set_up.progress.operator_id)
    place = set_up.places.find(step.zip)
    drawn = await regions.redraw_town(
        set_up.conn,
        region_id=operator.region_id,
        operator_id=operator.id,
        name=step.town,
        slug=regions.slugify(step.town),
        lat=place.lat,
        lon=place.lon,
        zone=place.zone,
    )
    if not drawn:
        raise Conflict("town_elsewhere", town=step.town, slug=regions.slugify(step.town))


# Sender


async def send_test_letter(set_up: SetUp, *, to: str, language: str) -> None:
    """By the same queue and the same way out as every letter."""
    operator = await place_of(set_up.conn, set_up.progress.operator_id)
    await set_up.see(operator.id)
    letter_id = await mail.queue(
        set_up.conn,
        kind="notice",
        contents={language: letters.test_letter(operator, language)},
        vault=set_up.vault,
        now=set_up.now,
        to_email=to,
        organization_id=operator.id,
    )
    await db.run(set_up.conn, queries.note_test_letter, letter_id=letter_id, secret_hash=set_up.secret_hash)


async def pass_sender(set_up: SetUp) -> None:
    await db.run(set_up.conn, queries.note_sender, now=set_up.now, secret_hash=set_up.secret_hash)


# Center, partner


async def save_center(set_up: SetUp, step: CenterStep) -> None:
    """Raises Invalid."""
    center = await _save_place(
        set_up,
        set_up.progress.center_id,
        kind="center",
        name=step.name,
        slug=step.slug,
        zip_code=step.zip,
        postal_address=step.postal_address,
    )
    await _save_person(set_up, center, email=step.email, role="owner")
    await set_up.see()
    await db.run(set_up.conn, queries.note_center, center_id=center.id, secret_hash=set_up.secret_hash)


async def save_partner(set_up: SetUp, step: PartnerStep) -> None:
    """The partner and its form, which is called by the same short name. Raises Invalid."""
    partner = await _save_place(
        set_up,
        set_up.progress.partner_id,
        kind="partner",
        name=step.name,
        slug=step.slug,
        zip_code=step.zip,
        postal_address=step.postal_address,
    )
    await _save_person(set_up, partner, email=step.email, role="owner")
    await set_up.see(partner.id)
    form_id = await _save_form(set_up, partner, step)
    await db.run(set_up.conn, queries.note_partner, partner_id=partner.id, form_id=form_id, secret_hash=set_up.secret_hash)


async def _save_form(set_up: SetUp, partner: Organization, step: PartnerStep) -> UUID:
    origins = step.origins.split()
    if set_up.progress.form_id is None:
        new = NewForm(slug=partner.slug, title=step.title, languages=list(step.languages), origins=origins)
        form, _ = await forms.ensure(set_up.conn, organization=partner, new=new, now=set_up.now)
        return form.id
    slug = await store.form_slug(set_up.conn, set_up.progress.form_id)
    change = FormChange(title=step.title, languages=list(step.languages), origins=origins)
    return (await forms.edit(set_up.conn, slug=slug, change=change)).id


# The end


async def finish(set_up: SetUp, *, base_url: str, language: str) -> StaffSession:
    """Use the link up, invite everybody, and sign the operator in. Raises Conflict while a page was not saved."""
    if set_up.progress.first_open != "review":
        raise Conflict("set_up_unfinished")
    if not await db.run(set_up.conn, queries.finish, now=set_up.now, secret_hash=set_up.secret_hash):
        raise Gone("set_up_finished")
    progress, places = set_up.progress, [set_up.progress.operator_id, set_up.progress.center_id, set_up.progress.partner_id]
    for organization_id in places:
        place = await place_of(set_up.conn, organization_id)
        await _invite_everybody(set_up, place, base_url=base_url, language=language)
    assert progress.operator_id is not None
    assert progress.operator_staff_id is not None
    return await sessions.open_for(set_up.conn, organization_id=progress.operator_id, staff_id=progress.operator_staff_id, now=set_up.now)


async def _invite_everybody(set_up: SetUp, place: Organization, *, base_url: str, language: str) -> None:
    await set_up.see(place.id)
    for colleague, email in await organizations.addresses(set_up.conn, vault=set_up.vault, organization_id=place.id):
        await sessions.invite(
            set_up.conn,
            vault=set_up.vault,
            email=email,
            organization=place.slug,
            role=colleague.role,
            base_url=base_url,
            language=language,
            now=set_up.now,
        )


# Shared


async def place_of(conn: Conn, organization_id: UUID | None) -> Organization:
    """Raises Missing."""
    place = await organization_rows.by_id(conn, organization_id) if organization_id else None
    if place is None:
        raise Missing
    return place


async def _save_place(
    set_up: SetUp,
    organization_id: UUID | None,
    *,
    kind: OrganizationKind,
    name: str,
    slug: str | None,
    zip_code: str,
    postal_address: str,
) -> Organization:
    """Made the first time, changed afterwards; the short name stays. Raises Invalid."""
    conn, places = set_up.conn, set_up.places
    if organization_id is None:
        return await organizations.make(
            conn, kind=kind, name=name, slug=slug, zip_code=zip_code, postal_address=postal_address, places=places, now=set_up.now
        )
    await regions.check_reach(conn, zip_code=zip_code, places=places)
    change = OrganizationChange(name=name, postal_address=postal_address, zip=zip_code)
    return await organizations.edit(conn, slug=(await place_of(conn, organization_id)).slug, change=change, places=places)


async def _save_person(set_up: SetUp, place: Organization, *, email: str, role: Role) -> UUID:
    """The one person of a place: another address takes the place of the one typed before, who was never written to."""
    await set_up.see(place.id)
    before = await organizations.addresses(set_up.conn, vault=set_up.vault, organization_id=place.id)
    staff_id = await organizations.add_staff(set_up.conn, vault=set_up.vault, organization=place, email=email, role=role, now=set_up.now)
    for colleague, _ in before:
        if colleague.id != staff_id:
            await organizations.remove_staff(set_up.conn, organization_id=place.id, staff_id=colleague.id, now=set_up.now)
    return staff_id
