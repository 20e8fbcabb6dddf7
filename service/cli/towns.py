"""Commands on towns: regions that are matched as one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
import msgspec

from service.cli.options import as_json, data_dir
from service.cli.running import known_places, run_inside
from service.console import answer, table

if TYPE_CHECKING:
    from service.admin import AdminContext


@click.group()
def town() -> None:
    """Towns: people and groups within 60 km of each other, matched as one."""


@town.command("open")
@click.argument("name")
@click.option("--zip", "zip_code", required=True, help="A ZIP code in its middle.")
@data_dir
@as_json
def town_open(name: str, zip_code: str, data_dir: str | None, as_json: bool) -> None:
    """Open a town around a ZIP code. Opening it again is harmless."""
    from service.places import regions

    places = known_places(data_dir)

    async def main(admin_context: AdminContext) -> dict[str, object]:
        async with admin_context.database.transaction() as conn:
            region, created = await regions.open_town(conn, name=name, zip_code=zip_code, places=places)
        return {"created": created, **msgspec.structs.asdict(region)}

    done = run_inside(main, data_dir)
    verb = "is open now" if done["created"] else "was open already"
    answer(done, f"The town {done['name']} (`{done['slug']}`, by the clock of {done['zone']}) {verb}.", as_json=as_json)


@town.command("list")
@data_dir
@as_json
def town_list(data_dir: str | None, as_json: bool) -> None:
    """Every town, by short name."""
    from service.places import regions

    async def main(admin_context: AdminContext) -> object:
        async with admin_context.database.transaction() as conn:
            return await regions.all_regions(conn)

    table(run_inside(main, data_dir), ["slug", "name", "zone", "lat", "lon"], as_json=as_json)
