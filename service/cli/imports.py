"""Commands that read activities and residents from files and feeds."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from service.cli.options import as_json, now_option
from service.cli.running import clock_at, read_settings, run_inside
from service.console import show

if TYPE_CHECKING:
    from service.admin import AdminContext


@click.group("import")
def import_() -> None:
    """Read activities or residents from files and feeds."""


@import_.command("activities")
@click.argument("source")
@click.option("--center", required=True, help="Slug of the center they belong to.")
@click.option("--format", "format_", type=click.Choice(["ics", "csv", "rpde", "jsonld"]), help="Default: by the name's ending.")
@click.option("--map", "map_file", type=click.Path(exists=True, dir_okay=False), help="Which column means what (CSV).")
@click.option("--dry-run", is_flag=True)
@now_option
@as_json
def import_activities(
    source: str, center: str, format_: str | None, map_file: str | None, dry_run: bool, now: datetime | None, as_json: bool
) -> None:
    """Import activities from a file or a URL."""
    from service.feeds import actions

    async def main(admin_context: AdminContext) -> object:
        return await actions.import_source(
            admin_context.database,
            source=source,
            center=center,
            format=format_,
            map_file=Path(map_file) if map_file else None,
            dry_run=dry_run,
            vault=admin_context.vault,
            now=clock_at(now)(),
        )

    show(run_inside(main), as_json=as_json)


@import_.command("residents")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--form", required=True, help="Slug of the partner's form that was printed.")
@click.option("--dry-run", is_flag=True, help="Read and report, keep nothing.")
@now_option
@as_json
def import_residents(file: Path, form: str, dry_run: bool, now: datetime | None, as_json: bool) -> None:
    """Sign people up from paper forms typed into a CSV; each of them confirms by mail."""
    from service.forms import paper
    from service.places.places import open_places
    from service.residents.actions import SignUpContext

    data = file.read_bytes()

    async def main(admin_context: AdminContext) -> object:
        sign_up_context = SignUpContext(
            admin_context.vault, admin_context.tokens, open_places(read_settings(None).places_file), admin_context.base_url
        )
        return await paper.import_residents(
            admin_context.database, sign_up_context, data=data, form=form, now=clock_at(now)(), dry_run=dry_run
        )

    show(run_inside(main), as_json=as_json)
