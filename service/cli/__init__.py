"""The `doorstep` command: a file for each noun; each reads arguments, calls the rooms, prints what happened."""

from __future__ import annotations

import os
import sys

import click

from migrations.runner import MigrationError
from service.cli import doctor, forms, imports, keys, measure, organizations, report, sender, stack, staff, towns, weeks
from service.cli.refusals import explain
from service.console import say
from service.embedded import EmbeddedError
from service.errors import Broken, Refusal
from service.logs import configure

LOGGING = {"up", "serve", "work"}  # the others speak for themselves
COMMANDS: tuple[click.Command, ...] = (
    stack.up,
    stack.demo,
    stack.serve,
    stack.work,
    stack.migrate,
    imports.import_,
    weeks.match,
    weeks.replay,
    weeks.learn,
    weeks.send,
    report.report,
    measure.evaluate,
    measure.simulate,
    measure.bench,
    doctor.doctor,
    towns.town,
    organizations.organization,
    forms.form,
    keys.key,
    staff.staff,
    sender.sender,
)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120})
@click.version_option(package_name="doorstep", message="%(prog)s %(version)s")
@click.pass_context
def doorstep(context: click.Context) -> None:
    """Pairs neighbors with groups near their door, every week."""
    configure(os.environ.get("DOORSTEP_LOG_FORMAT", "plain"), quiet=context.invoked_subcommand not in LOGGING)


for command in COMMANDS:
    doorstep.add_command(command)


def main() -> None:
    """Exit codes: 0 done, 1 refused with a sentence, 2 usage."""
    try:
        doorstep(standalone_mode=True)
    except Refusal as refusal:
        say(f"doorstep: {explain(refusal)}", error=True)
        sys.exit(1)
    except MigrationError as error:
        say(f"doorstep: {explain(Broken('schema', reason=str(error)))}", error=True)
        sys.exit(1)
    except (OSError, EmbeddedError) as error:
        say(f"doorstep: {error}", error=True)
        sys.exit(1)
