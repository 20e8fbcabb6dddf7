"""Making, changing and listing organizations, and who works there."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from service import db
from service.crypto import Vault
from service.db import Conn, see_as
from service.errors import Conflict, Forbidden, Gone, Invalid, Missing
from service.ids import new_id
from service.organizations import store
from service.organizations.model import ListedOrganization, NewOrganization, Organization, OrganizationChange, OrganizationKind, Role, Staff
from service.organizations.store import Colleague, queries
from service.places.model import Place
from service.places.places import Places
from service.places.regions import check_reach, region_for, slugify, town_of
from service.web.email_address import canonical


async def create(conn: Conn, *, new: NewOrganization, places: Places, now: datetime) -> Organization:
    """Worker role only: pages cannot make organizations. Raises Invalid for an unknown ZIP, Conflict for a taken slug."""
    place = places.find(new.zip)
    region_id = await region_for(conn, place.lat, place.lon, place.full_name, place.zone)
    if not await _insert(conn, new, place, region_id=region_id, now=now):
        raise Conflict("slug_taken", slug=new.slug)
    return await find(conn, new.slug)


async def ensure(conn: Conn, *, new: NewOrganization, places: Places, now: datetime) -> tuple[Organization, bool]:
    """The organization of that slug, in a town that is open, and whether it was made now. Worker role only.

    Raises Invalid for an unknown ZIP, Missing("no_town_near"), Conflict("organization_differs") with the `stored` and the `wanted`
    facts where the slug stands for something else, Gone where it is closed.
    """
    place = places.find(new.zip)
    town = await town_of(conn, place)
    created = await _insert(conn, new, place, region_id=town.id, now=now)
    organization = await find_open(conn, new.slug)
    stored, wanted = _facts(organization, new, place)
    if stored != wanted:
        raise Conflict("organization_differs", slug=new.slug, stored=stored, wanted=wanted)
    return organization, created


async def make(
    conn: Conn,
    *,
    kind: OrganizationKind,
    name: str,
    slug: str | None,
    zip_code: str,
    postal_address: str,
    places: Places,
    now: datetime,
) -> Organization:
    """A new organization from a page: the worker role, an operator's session or the set-up link. Without a slug, a free one of its name.

    Raises Invalid naming the field: a slug that is taken, a ZIP that is unknown or that no open town reaches.
    """
    await check_reach(conn, zip_code=zip_code, places=places)
    chosen = slug or await _free_slug(conn, slugify(name), kind)
    new = NewOrganization(kind=kind, slug=chosen, name=name, postal_address=postal_address, zip=zip_code)
    try:
        organization, created = await ensure(conn, new=new, places=places, now=now)
    except (Conflict, Gone):
        created = False
    if not created:
        raise Invalid(fields={"slug": "slug_taken"})
    return organization


async def _free_slug(conn: Conn, wanted: str, kind: OrganizationKind) -> str:
    """The name itself, or with the kind after it, or with a number."""
    candidates = [wanted, f"{wanted}-{kind}", *(f"{wanted}-{number}" for number in range(2, 100))]
    for candidate in candidates:
        if await store.by_slug(conn, candidate) is None:
            return candidate
    raise Invalid(fields={"slug": "slug_taken"})


async def edit(conn: Conn, *, slug: str, change: OrganizationChange, places: Places) -> Organization:
    """Change what is given. What it posted stays where it is. Raises Missing, Gone, Invalid for an unknown ZIP. Worker role only."""
    organization = await find_open(conn, slug)
    place = places.find(change.zip) if change.zip is not None else None
    values = {name: getattr(organization, name) for name in ("name", "postal_address", "website", "region_id", "zip", "lat", "lon", "zone")}
    values |= {name: value for name in ("name", "postal_address", "website") if (value := getattr(change, name)) is not None}
    if place:
        town = await town_of(conn, place)
        values |= {"region_id": town.id, "zip": place.code, "lat": place.lat, "lon": place.lon, "zone": place.zone}
    await db.run(conn, queries.update_organization, id=organization.id, **values)
    return await find(conn, slug)


async def reopen(conn: Conn, *, slug: str) -> bool:
    """Let people in again; keys and dates that ended stay ended. Whether it was closed. Raises Missing. Worker role only."""
    organization = await find(conn, slug)
    return bool(await db.run(conn, queries.reopen_organization, id=organization.id))


async def mark_closed(conn: Conn, *, organization_id: UUID, now: datetime) -> None:
    """Stop its keys and its sign-ins. `registrations.closing.close` is the whole of it: that also calls the dates off. Worker role only."""
    await db.run(conn, queries.close_organization, id=organization_id, now=now)
    await db.run(conn, queries.revoke_keys_of, organization_id=organization_id, now=now)
    await db.run(conn, queries.delete_sessions_of_organization, organization_id=organization_id)


async def lock(conn: Conn, organization_id: UUID) -> None:
    """Wait for whoever is posting there, and hold off whoever comes after, until the transaction ends. Worker role only."""
    await db.run(conn, queries.lock_organization, id=organization_id)


async def listed(conn: Conn, *, kind: OrganizationKind | None = None) -> list[ListedOrganization]:
    """All of them, closed ones too, town by town."""
    return await db.all_of(conn, queries.listed, ListedOrganization, kind=kind)


async def find(conn: Conn, slug: str) -> Organization:
    """Raises Missing."""
    organization = await store.by_slug(conn, slug)
    if organization is None:
        raise Missing("organization_unknown", slug=slug)
    return organization


async def find_open(conn: Conn, slug: str) -> Organization:
    """Raises Missing, and Gone for one that is closed."""
    organization = await find(conn, slug)
    if organization.closed_at:
        raise Gone("organization_closed", slug=slug)
    return organization


async def add_staff(conn: Conn, *, vault: Vault, organization: Organization, email: str, role: Role, now: datetime) -> UUID:
    """The id of the staff member; adding somebody again only changes the role.

    Raises Forbidden for a role this place cannot give, Invalid for an address that no letter can reach, Gone for a closed place, Conflict
    where the last owner would be owner no more.
    """
    if organization.closed_at:
        raise Gone("organization_closed", slug=organization.slug)
    email = canonical(email)
    if (role == "operator") != (organization.kind == "operator"):
        raise Forbidden("role_not_here", role=role, organization=organization.slug)
    await see_as(conn, organization_id=organization.id, presented=vault.indexes(email))
    colleagues = [staff for staff in await store.staff_by_address(conn, vault.indexes(email)) if staff.organization_id == organization.id]
    if colleagues and colleagues[0].role == "owner" != role:
        await _refuse_last_owner(conn, colleagues[0])
    staff_id = colleagues[0].id if colleagues else new_id(now)
    added: UUID = await db.value(
        conn,
        queries.put_staff,
        organization_id=organization.id,
        id=staff_id,
        email=vault.seal(email, place="staff.email", row=staff_id),
        email_index=colleagues[0].email_index if colleagues else vault.index(email),
        role=role,
        now=now,
    )
    return added


async def remove_staff(conn: Conn, *, organization_id: UUID, staff_id: UUID, now: datetime) -> None:
    """Their sessions end too. Whoever asks is an owner there or an operator: `organizations.pages.managing`.

    Raises Conflict for the last owner, Missing for anybody else's staff.
    """
    await db.run(conn, queries.lock_owners, organization_id=organization_id)
    staff = await store.staff_by_id(conn, organization_id=organization_id, staff_id=staff_id)
    if staff is None:
        raise Missing
    if not await db.run(conn, queries.remove_staff, organization_id=organization_id, staff_id=staff_id, now=now):
        raise Conflict("last_owner", organization=staff.organization_slug)
    await db.run(conn, queries.delete_sessions_of, organization_id=organization_id, staff_id=staff_id)


async def remove_by_address(conn: Conn, *, vault: Vault, organization: Organization, email: str, now: datetime) -> None:
    """For the operator. Raises Missing for somebody who does not work there, Conflict for the last owner."""
    await see_as(conn, organization_id=organization.id, presented=vault.indexes(email))
    works = [staff for staff in await store.staff_by_address(conn, vault.indexes(email)) if staff.organization_id == organization.id]
    if not works:
        raise Missing("staff_unknown", organization=organization.slug)
    await remove_staff(conn, organization_id=organization.id, staff_id=works[0].id, now=now)


async def addresses(conn: Conn, *, vault: Vault, organization_id: UUID) -> list[tuple[Colleague, str]]:
    """Colleagues with their addresses opened, for an owner's page."""
    return [
        (colleague, vault.open(colleague.email, place="staff.email", row=colleague.id))
        for colleague in await store.colleagues(conn, organization_id)
    ]


async def _insert(conn: Conn, new: NewOrganization, place: Place, *, region_id: UUID, now: datetime) -> bool:
    """False where the slug is taken."""
    inserted = await db.run(
        conn,
        queries.insert_organization,
        id=new_id(now),
        kind=new.kind,
        slug=new.slug,
        name=new.name,
        region_id=region_id,
        postal_address=new.postal_address,
        zip=place.code,
        lat=place.lat,
        lon=place.lon,
        zone=place.zone,
        website=new.website,
        now=now,
    )
    return bool(inserted)


def _facts(organization: Organization, new: NewOrganization, place: Place) -> tuple[dict[str, object], dict[str, object]]:
    """What differs, as it is stored and as it is wanted. A website that was not given is no difference."""
    names = ["kind", "name", "postal_address", "zip", *(["website"] if new.website is not None else [])]
    wanted = {name: getattr(new, name) for name in names} | {"zip": place.code}
    differing = [name for name in names if getattr(organization, name) != wanted[name]]
    return {name: getattr(organization, name) for name in differing}, {name: wanted[name] for name in differing}


async def _refuse_last_owner(conn: Conn, staff: Staff) -> None:
    await db.run(conn, queries.lock_owners, organization_id=staff.organization_id)
    owners = [colleague.id for colleague in await store.colleagues(conn, staff.organization_id) if colleague.role == "owner"]
    if owners == [staff.id]:
        raise Conflict("last_owner", organization=staff.organization_slug)
