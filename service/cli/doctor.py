"""The command that looks for faults and changes nothing."""

from __future__ import annotations

import asyncio
import sys

import click
import msgspec

from service.cli.options import as_json, data_dir
from service.cli.running import read_settings
from service.clock import system_clock
from service.console import show


@click.command()
@data_dir
@click.option("--letter-to", metavar="ADDRESS", help="Send a test letter there.")
@as_json
def doctor(data_dir: str | None, letter_to: str | None, as_json: bool) -> None:
    """Look at settings, database, Redis, mail and the town, and say what is wrong. Starts and changes nothing."""
    from service import local_stack
    from service.doctor import examine

    settings = local_stack.running(read_settings(data_dir))
    report = asyncio.run(examine(settings, now=system_clock(), letter_to=letter_to))
    show(msgspec.to_builtins(report), as_json=as_json)
    sys.exit(1 if report.faults else 0)
