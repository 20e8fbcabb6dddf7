"""Commands on the people who work at organizations."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from service.cli.options import as_json, data_dir
from service.cli.running import run_inside
from service.clock import system_clock
from service.console import answer, table

if TYPE_CHECKING:
    from service.admin import AdminContext
    from service.organizations.model import Role

organization_option = click.option("--organization", required=True, help="Short name of the center, the partner or the operator.")


@click.group()
def staff() -> None:
    """People who work at centers, at partners and for the operator."""


@staff.command("invite")
@click.argument("email")
@organization_option
@click.option("--role", type=click.Choice(["owner", "staff", "host", "operator"]), required=True)
@data_dir
@as_json
def staff_invite(email: str, organization: str, role: Role, data_dir: str | None, as_json: bool) -> None:
    """Invite somebody by a mailed link; the link is printed as well. Again: a new link, and the role that is given."""
    from service.organizations import sessions

    async def main(admin_context: AdminContext) -> dict[str, str]:
        async with admin_context.database.transaction() as conn:
            link = await sessions.invite(
                conn,
                vault=admin_context.vault,
                email=email.strip(),
                organization=organization,
                role=role,
                base_url=admin_context.base_url,
                language="en",
                now=system_clock(),
            )
        return {"organization": organization, "role": role, "link": link}

    done = run_inside(main, data_dir)
    answer(
        done,
        f"{email} is invited to `{organization}` as {role}. The link is mailed, and works for seven days:\n{done['link']}",
        as_json=as_json,
    )


@staff.command("list")
@organization_option
@data_dir
@as_json
def staff_list(organization: str, data_dir: str | None, as_json: bool) -> None:
    """Who works there."""
    from service.organizations import actions

    async def main(admin_context: AdminContext) -> list[dict[str, object]]:
        async with admin_context.database.transaction() as conn:
            place = await actions.find(conn, organization)
            people = await actions.addresses(conn, vault=admin_context.vault, organization_id=place.id)
        return [{"email": email, "role": colleague.role, "since": colleague.created_at} for colleague, email in people]

    table(run_inside(main, data_dir), ["email", "role", "since"], as_json=as_json)


@staff.command("remove")
@click.argument("email")
@organization_option
@data_dir
@as_json
def staff_remove(email: str, organization: str, data_dir: str | None, as_json: bool) -> None:
    """Take somebody's place away; they are signed out at once. The last owner stays."""
    from service.organizations import actions

    async def main(admin_context: AdminContext) -> dict[str, str]:
        async with admin_context.database.transaction() as conn:
            place = await actions.find_open(conn, organization)
            await actions.remove_by_address(conn, vault=admin_context.vault, organization=place, email=email.strip(), now=system_clock())
        return {"organization": organization, "removed": email}

    answer(run_inside(main, data_dir), f"{email} works at `{organization}` no longer.", as_json=as_json)
