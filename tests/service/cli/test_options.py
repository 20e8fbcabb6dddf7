"""A week by its number, or by where it lies."""

from __future__ import annotations

from datetime import date

import click
import pytest
from click.testing import CliRunner

from service.cli.options import WeekParam, now_option


@click.command()
@click.option("--week", type=WeekParam())
@now_option
def monday(week: date, now: object) -> None:
    click.echo(week.isoformat())


@pytest.mark.parametrize(
    ("arguments", "week"),
    [
        ("--week 2026-W48", "2026-11-23"),
        ("--week this --now 2026-11-29T23:59:00+00:00", "2026-11-23"),
        ("--now 2026-11-30T00:00:00+00:00 --week this", "2026-11-30"),
        ("--week this --now 2026-11-29T22:00:00-05:00", "2026-11-30"),
        ("--week next --now 2026-12-28", "2027-01-04"),
    ],
)
def test_a_week_is_named_by_its_number_or_from_now(arguments: str, week: str) -> None:
    assert CliRunner().invoke(monday, arguments.split()).output.strip() == week


@pytest.mark.parametrize("word", ["2026-W54", "last", "2026-48", ""])
def test_anything_else_is_a_fault_of_usage(word: str) -> None:
    done = CliRunner().invoke(monday, ["--week", word])
    assert (done.exit_code, "2026-W48, this or next" in done.output) == (2, True)
