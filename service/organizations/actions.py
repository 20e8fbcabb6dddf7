"""Making organizations and inviting their staff."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from service import db
from service.crypto import Vault
from service.db import Conn, see_as
from service.errors import Conflict, Forbidden, Missing
from service.ids import new_id
from service.organizations import store
from service.organizations.model import NewOrganization, Organization, Role, Staff
from service.organizations.store import Colleague, queries
from service.places.places import Places
from service.places.regions import region_for
from service.web.email_address import canonical


async def create(conn: Conn, *, new: NewOrganization, places: Places, now: datetime) -> Organization:
    """Worker role only: pages cannot make organizations. Raises Invalid for an unknown ZIP, Conflict for a taken slug."""
    place = places.find(new.zip)
    region_id = await region_for(conn, place.lat, place.lon, place.full_name, place.zone)
    made = await db.run(
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
    if not made:
        raise Conflict("slug_taken", slug=new.slug)
    return await find(conn, new.slug)


async def find(conn: Conn, slug: str) -> Organization:
    """Raises Missing."""
    found = await store.by_slug(conn, slug)
    if found is None:
        raise Missing
    return found


async def add_staff(conn: Conn, *, vault: Vault, organization: Organization, email: str, role: Role, now: datetime) -> UUID:
    """The id of the staff member; adding somebody again only changes the role.

    Raises Forbidden for a role this place cannot give, Invalid for an address that no letter can reach.
    """
    email = canonical(email)
    if (role == "operator") != (organization.kind == "operator"):
        raise Forbidden("role_not_here", role=role, organization=organization.slug)
    await see_as(conn, organization_id=organization.id, presented=vault.indexes(email))
    known = [staff for staff in await store.staff_by_address(conn, vault.indexes(email)) if staff.organization_id == organization.id]
    staff_id = known[0].id if known else new_id(now)
    added: UUID = await db.value(
        conn,
        queries.put_staff,
        organization_id=organization.id,
        id=staff_id,
        email=vault.seal(email, place="staff.email", row=staff_id),
        email_index=known[0].email_index if known else vault.index(email),
        role=role,
        now=now,
    )
    return added


async def remove_staff(conn: Conn, *, by: Staff, staff_id: UUID, now: datetime) -> None:
    """Raises Forbidden unless an owner asks, Conflict for the last owner, Missing for anybody else's staff."""
    if not by.may("owner"):
        raise Forbidden
    await db.run(conn, queries.lock_owners, organization_id=by.organization_id)
    if await store.staff_by_id(conn, organization_id=by.organization_id, staff_id=staff_id) is None:
        raise Missing
    if not await db.run(conn, queries.remove_staff, organization_id=by.organization_id, staff_id=staff_id, now=now):
        raise Conflict("last_owner")
    await db.run(conn, queries.delete_sessions_of, organization_id=by.organization_id, staff_id=staff_id)


async def addresses(conn: Conn, *, vault: Vault, organization_id: UUID) -> list[tuple[Colleague, str]]:
    """Colleagues with their addresses opened, for an owner's page."""
    return [(who, vault.open(who.email, place="staff.email", row=who.id)) for who in await store.colleagues(conn, organization_id)]
