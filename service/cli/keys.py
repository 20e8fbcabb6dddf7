"""Commands on API keys. A key is shown once, when it is made."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import click
import msgspec

from service.cli.options import as_json, data_dir
from service.cli.running import run_inside
from service.clock import system_clock
from service.console import answer, say, table

if TYPE_CHECKING:
    from service.admin import AdminContext
    from service.organizations.model import Key

COLUMNS = ["id", "organization", "scopes", "state", "created_at", "expires_at", "last_used_at", "replaced_by"]


@click.group()
def key() -> None:
    """Keys with which programs of an organization use the API."""


@key.command("create")
@click.option("--organization", required=True, help="Short name of the organization.")
@click.option("--scope", "scopes", multiple=True, required=True, help="A right, such as activities:write; repeatable.")
@click.option("--another", is_flag=True, help="Make one although there is one with these rights.")
@data_dir
@as_json
def key_create(organization: str, scopes: tuple[str, ...], another: bool, data_dir: str | None, as_json: bool) -> None:
    """Make a key and show it, once. Where there is one with these rights, it is named instead."""
    from service.organizations import keys
    from service.organizations.actions import find_open

    async def main(admin_context: AdminContext) -> dict[str, object]:
        async with admin_context.database.transaction() as conn:
            place = await find_open(conn, organization)
            issued, created = await keys.issue(conn, organization=place, scopes=scopes, another=another, now=system_clock())
        return {"created": created, "organization": organization, **msgspec.structs.asdict(issued)}

    done = run_inside(main, data_dir)
    there = (
        f"`{organization}` has a key with these rights, `{done['id']}`; a key is shown only when it is made."
        f" Is it lost? doorstep key rotate {done['id']}. For a second one: --another"
    )
    if done["created"] or as_json:
        _show_once(done, as_json=as_json)
    else:
        say(there, error=True)


@key.command("list")
@click.option("--organization", help="Short name of the organization; default: all keys.")
@data_dir
@as_json
def key_list(organization: str | None, data_dir: str | None, as_json: bool) -> None:
    """Keys by their names, never the keys themselves."""
    from service.organizations import actions, store

    async def main(admin_context: AdminContext) -> list[dict[str, object]]:
        async with admin_context.database.transaction() as conn:
            slugs = [organization] if organization else [place.slug for place in await actions.listed(conn)]
            places = [await actions.find(conn, slug) for slug in slugs]
            keys = [key for place in places for key in await store.keys_of(conn, place.id)]
        return [_row(key, system_clock()) for key in keys]

    table(run_inside(main, data_dir), COLUMNS, as_json=as_json)


@key.command("rotate")
@click.argument("key_id", metavar="KEY")
@click.option("--overlap-hours", default=24, show_default=True, type=int, help="How long the old key still works.")
@data_dir
@as_json
def key_rotate(key_id: str, overlap_hours: int, data_dir: str | None, as_json: bool) -> None:
    """Make a new key in the place of one, and show it, once. KEY: its name, as `list` shows it."""
    from service.organizations import keys

    async def main(admin_context: AdminContext) -> dict[str, object]:
        now = system_clock()
        async with admin_context.database.transaction() as conn:
            old = await keys.by_id(conn, keys.id_of(key_id))
            issued = await keys.rotate(
                conn, organization_id=old.organization_id, key_id=old.id, now=now, overlap=timedelta(hours=overlap_hours)
            )
            ends_at = (await keys.by_id(conn, old.id)).expires_at
        return {
            "organization": old.organization_slug,
            "replaces": old.id,
            "old_key_ends_at": ends_at,
            **msgspec.structs.asdict(issued),
        }

    done = run_inside(main, data_dir)
    _show_once(done, as_json=as_json, more=f" The old one, `{done['replaces']}`, works until {done['old_key_ends_at']}.")


@key.command("revoke")
@click.argument("key_id", metavar="KEY")
@data_dir
@as_json
def key_revoke(key_id: str, data_dir: str | None, as_json: bool) -> None:
    """Stop a key at once. Twice is the same as once. KEY: its name, as `list` shows it."""
    from service.organizations import keys

    async def main(admin_context: AdminContext) -> dict[str, object]:
        now = system_clock()
        async with admin_context.database.transaction() as conn:
            key = await keys.by_id(conn, keys.id_of(key_id))
            await keys.revoke(conn, organization_id=key.organization_id, key_id=key.id, now=now)
            return _row(await keys.by_id(conn, key.id), now)

    done = run_inside(main, data_dir)
    answer(done, f"The key `{done['id']}` of `{done['organization']}` works no longer.", as_json=as_json)


def _show_once(issued: dict[str, object], *, as_json: bool, more: str = "") -> None:
    """The key alone on stdout, so that a script may take it; what there is to say of it on stderr."""
    answer(issued, str(issued["key"]), as_json=as_json)
    if not as_json:
        say(f"Keep this key now: it is not shown again. It works until {issued['expires_at']}.{more}", error=True)


def _row(key: Key, now: datetime) -> dict[str, object]:
    """A key as `list` shows it."""
    if key.revoked_at is not None:
        state = "revoked"
    elif key.expires_at <= now:
        state = "over"
    else:
        state = "replaced" if key.replaced_by else "works"
    names = ("id", "scopes", "created_at", "expires_at", "last_used_at", "revoked_at", "replaced_by")
    return {"organization": key.organization_slug, "state": state, **{name: getattr(key, name) for name in names}}
