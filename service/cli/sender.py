"""The command that says from which copy of the data letters leave."""

from __future__ import annotations

import click

from service.admin import AdminContext
from service.cli.options import as_json, data_dir
from service.cli.running import run_inside
from service.clock import system_clock
from service.console import say, show


@click.group()
def sender() -> None:
    """Where letters leave from."""


@sender.command()
@data_dir
@click.option("--send-waiting", is_flag=True, help="No other copy has sent what waits here: send it.")
@as_json
def arm(data_dir: str | None, send_waiting: bool, as_json: bool) -> None:
    """Let letters leave from this copy of the data, after it was copied, moved or restored."""
    from service.mail import fence

    async def main(admin_context: AdminContext) -> fence.Armed:
        async with admin_context.database.transaction() as conn:
            return await fence.arm(conn, place=admin_context.sender_arm, send_waiting=send_waiting, now=system_clock())

    done = run_inside(main, data_dir)
    if as_json:
        show(done, as_json=True)
        return
    say("Letters leave from this copy now. Make sure that no other copy is running.")
    if done["held"]:
        say(f"{done['held']} letters that were waiting are held: another copy may have sent them.")
        say("If no other copy exists, send them with: doorstep sender arm --send-waiting")
    if done["released"]:
        say(f"{done['released']} letters that were held leave now.")
