"""Commands on organizations: centers, partners, the operator."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
import msgspec

from service.cli.facts import struct_of
from service.cli.options import as_json, data_dir
from service.cli.running import known_places, run_inside
from service.clock import system_clock
from service.console import answer, table

if TYPE_CHECKING:
    from service.admin import AdminContext
    from service.db import Conn
    from service.organizations.model import OrganizationKind

KINDS = ["center", "partner", "operator"]
COLUMNS = ["slug", "kind", "name", "town", "zip", "postal_address", "website", "closed_at"]


@click.group()
def organization() -> None:
    """Centers that post activities, partners that sign people up, the operator."""


@organization.command("create")
@click.argument("name")
@click.option("--kind", type=click.Choice(KINDS), required=True)
@click.option("--slug", required=True, help="Short name, for addresses and commands. It never changes.")
@click.option("--zip", "zip_code", required=True)
@click.option("--address", required=True, help="Postal address; it stands under letters.")
@click.option("--website", help="https://...")
@data_dir
@as_json
def organization_create(
    name: str, kind: str, slug: str, zip_code: str, address: str, website: str | None, data_dir: str | None, as_json: bool
) -> None:
    """Make an organization in a town that is open. The same again is harmless."""
    from service.organizations import actions
    from service.organizations.model import NewOrganization

    places = known_places(data_dir)
    facts = {"name": name, "kind": kind, "slug": slug, "zip": zip_code, "postal_address": address, "website": website}
    new = struct_of(NewOrganization, facts, places=places)

    async def main(admin_context: AdminContext) -> dict[str, object]:
        async with admin_context.database.transaction() as conn:
            _, created = await actions.ensure(conn, new=new, places=places, now=system_clock())
            return {"created": created, **await _row(conn, slug)}

    done = run_inside(main, data_dir)
    verb = "is open now" if done["created"] else "was there already"
    answer(done, f"{done['name']} ({kind}, `{slug}`) {verb}, in the town `{done['town']}`.", as_json=as_json)


@organization.command("list")
@click.option("--kind", type=click.Choice(KINDS))
@data_dir
@as_json
def organization_list(kind: OrganizationKind | None, data_dir: str | None, as_json: bool) -> None:
    """Every organization, town by town, closed ones too."""
    from service.organizations import actions

    async def main(admin_context: AdminContext) -> object:
        async with admin_context.database.transaction() as conn:
            return await actions.listed(conn, kind=kind)

    table(run_inside(main, data_dir), COLUMNS, as_json=as_json)


@organization.command("edit")
@click.argument("slug")
@click.option("--name")
@click.option("--zip", "zip_code")
@click.option("--address", help="Postal address.")
@click.option("--website", help="https://...")
@click.option("--reopen", is_flag=True, help="Open it again after it was closed.")
@data_dir
@as_json
def organization_edit(
    slug: str,
    name: str | None,
    zip_code: str | None,
    address: str | None,
    website: str | None,
    reopen: bool,
    data_dir: str | None,
    as_json: bool,
) -> None:
    """Change what is given. Kind and short name never change."""
    from service.organizations import actions
    from service.organizations.model import OrganizationChange

    places = known_places(data_dir)
    facts = {"name": name, "zip": zip_code, "postal_address": address, "website": website}
    if not reopen and not any(value is not None for value in facts.values()):
        raise click.UsageError("Say what changes: --name, --zip, --address, --website or --reopen.")
    change = struct_of(OrganizationChange, facts, places=places)

    async def main(admin_context: AdminContext) -> dict[str, object]:
        async with admin_context.database.transaction() as conn:
            reopened = reopen and await actions.reopen(conn, slug=slug)
            await actions.edit(conn, slug=slug, change=change, places=places)
            return {"reopened": reopened, **await _row(conn, slug)}

    done = run_inside(main, data_dir)
    again = " It is open again; make new keys for it, and post its activities anew." if done["reopened"] else ""
    answer(done, f"{done['name']} (`{slug}`) is as you said.{again}", as_json=as_json)


@organization.command("close")
@click.argument("slug")
@click.option("--call-off", is_flag=True, help="Call off its coming dates, also where people have a seat: they are written to.")
@data_dir
@as_json
def organization_close(slug: str, call_off: bool, data_dir: str | None, as_json: bool) -> None:
    """Close an organization. Its activities, forms and keys stop, and nobody signs in there; what was stays."""
    from service.organizations import actions
    from service.registrations import closing

    async def main(admin_context: AdminContext) -> dict[str, object]:
        async with admin_context.database.transaction() as conn:
            place = await actions.find(conn, slug)
            closed = await closing.close(conn, organization=place, vault=admin_context.vault, now=system_clock(), call_off=call_off)
            return {**msgspec.structs.asdict(closed), **await _row(conn, slug)}

    done = run_inside(main, data_dir)
    came_to = f"Activities called off: {done['activities']}. Letters to people with a seat: {done['letters']}."
    answer(done, f"{done['name']} (`{slug}`) is closed. {came_to}" if done["closed"] else f"`{slug}` was closed already.", as_json=as_json)


async def _row(conn: Conn, slug: str) -> dict[str, object]:
    """The organization as `list` shows it."""
    from service.organizations import actions

    return next(msgspec.structs.asdict(row) for row in await actions.listed(conn) if row.slug == slug)
