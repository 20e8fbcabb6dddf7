"""Commands on organizations and the people who work there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from service.cli.options import as_json
from service.cli.running import run_inside
from service.clock import system_clock
from service.say import show

if TYPE_CHECKING:
    from service.inside import House
    from service.organizations.model import Role


@click.group()
def staff() -> None:
    """People who work at centers and partners."""


@staff.command("invite")
@click.argument("email")
@click.option("--organization", required=True, help="Slug of the center or partner.")
@click.option("--role", type=click.Choice(["owner", "staff", "host", "operator"]), required=True)
@as_json
def staff_invite(email: str, organization: str, role: Role, as_json: bool) -> None:
    """Invite somebody by a mailed link; the link is printed as well."""
    from service.organizations import sessions

    async def main(house: House) -> dict[str, str]:
        async with house.database.work() as conn:
            link = await sessions.invite(
                conn,
                vault=house.vault,
                email=email,
                organization=organization,
                role=role,
                base_url=house.base_url,
                language="en",
                now=system_clock(),
            )
        return {"link": link}

    show(run_inside(main), as_json=as_json)
