"""Commands on partners' forms."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
import msgspec

from service.cli.facts import struct_of
from service.cli.options import as_json, data_dir
from service.cli.running import run_inside
from service.clock import system_clock
from service.console import answer, table

if TYPE_CHECKING:
    from service.admin import AdminContext
    from service.db import Conn

COLUMNS = ["slug", "organization", "title", "origins", "url", "closed_at"]
frame_origin = click.option(
    "--frame-origin", "origins", multiple=True, help="A site that may show the form in a frame, like https://www.example.org; repeatable."
)


@click.group()
def form() -> None:
    """Forms on which people sign up."""


@form.command("create")
@click.option("--organization", required=True, help="Short name of the partner.")
@click.option("--slug", required=True, help="Short name of the form; its page is /f/SLUG.")
@click.option("--title", required=True)
@click.option("--intro", help="What stands below the title.")
@frame_origin
@data_dir
@as_json
def form_create(
    organization: str, slug: str, title: str, intro: str | None, origins: tuple[str, ...], data_dir: str | None, as_json: bool
) -> None:
    """Make a form. The same again is harmless."""
    from service.forms import actions
    from service.forms.model import NewForm
    from service.organizations.actions import find_open

    new = struct_of(NewForm, {"slug": slug, "title": title, "intro": intro, "origins": list(origins)})

    async def main(admin_context: AdminContext) -> dict[str, object]:
        async with admin_context.database.transaction() as conn:
            partner = await find_open(conn, organization)
            _, created = await actions.ensure(conn, organization=partner, new=new, now=system_clock())
            return {"created": created, **await _row(conn, admin_context, slug)}

    done = run_inside(main, data_dir)
    answer(done, f"The form {'is open at' if done['created'] else 'was there already:'} {done['url']}", as_json=as_json)


@form.command("list")
@click.option("--organization", help="Short name of the partner; default: every form.")
@data_dir
@as_json
def form_list(organization: str | None, data_dir: str | None, as_json: bool) -> None:
    """Forms, with the sites that may frame them."""
    from service.forms import actions
    from service.organizations.actions import find

    async def main(admin_context: AdminContext) -> list[dict[str, object]]:
        async with admin_context.database.transaction() as conn:
            partner = await find(conn, organization) if organization else None
            rows = await actions.listed(conn, organization_id=partner.id if partner else None)
        return [_shown(admin_context, row) for row in rows]

    table(run_inside(main, data_dir), COLUMNS, as_json=as_json)


@form.command("edit")
@click.argument("slug")
@click.option("--title")
@click.option("--intro", help="What stands below the title.")
@frame_origin
@click.option("--no-frame-origins", is_flag=True, help="No site may frame it any more.")
@data_dir
@as_json
def form_edit(
    slug: str,
    title: str | None,
    intro: str | None,
    origins: tuple[str, ...],
    no_frame_origins: bool,
    data_dir: str | None,
    as_json: bool,
) -> None:
    """Change what is given. Frame origins are given all together: they take the place of those before."""
    from service.forms import actions
    from service.forms.model import FormChange

    if no_frame_origins and origins:
        raise click.UsageError("Give --frame-origin or --no-frame-origins, not both.")
    if title is None and intro is None and not origins and not no_frame_origins:
        raise click.UsageError("Say what changes: --title, --intro, --frame-origin or --no-frame-origins.")
    change = struct_of(FormChange, {"title": title, "intro": intro, "origins": list(origins) if origins or no_frame_origins else None})

    async def main(admin_context: AdminContext) -> dict[str, object]:
        async with admin_context.database.transaction() as conn:
            await actions.edit(conn, slug=slug, change=change)
            return await _row(conn, admin_context, slug)

    done = run_inside(main, data_dir)
    answer(done, f"The form `{slug}` is as you said. It may be framed by: {', '.join(done['origins']) or 'nobody'}.", as_json=as_json)


async def _row(conn: Conn, admin_context: AdminContext, slug: str) -> dict[str, object]:
    from service.forms import actions

    return next(_shown(admin_context, row) for row in await actions.listed(conn) if row.slug == slug)


def _shown(admin_context: AdminContext, row: msgspec.Struct) -> dict[str, object]:
    """The form as `list` shows it, with the address of its page."""
    facts = msgspec.structs.asdict(row)
    return {**facts, "url": f"{admin_context.base_url}/f/{facts['slug']}"}
