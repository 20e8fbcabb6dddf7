"""The command that looks for faults and changes nothing."""

from __future__ import annotations

import asyncio
import sys

import click

from service.cli.options import as_json
from service.cli.running import read_settings
from service.say import show


@click.command()
@as_json
def doctor(as_json: bool) -> None:
    """Look at settings, database, Redis and mail, and say what is wrong."""
    from service import inside, machine

    with machine.joined(read_settings(None)) as settings:
        faults = asyncio.run(inside.examine(settings))
    show({"faults": faults}, as_json=as_json)
    sys.exit(1 if faults else 0)
