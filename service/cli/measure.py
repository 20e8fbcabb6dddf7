"""Commands that measure: evaluate, simulate, bench."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click
import msgspec

from service.cli.options import as_json
from service.console import say, show


@click.command()
@click.option("--data", required=True, type=click.Path(exists=True, file_okay=False, path_type=Path), help="Folder with the log's files.")
@click.option("--task", required=True, type=click.Choice(["next-group", "weekly", "chicago"]))
@click.option("--until", required=True, type=click.DateTime(["%Y-%m-%d"]), help="Learn from before, measure on what came after.")
@click.option("--baselines", is_flag=True, help="Measure plain rankers beside ours.")
@click.option("--ablate", is_flag=True, help="Measure ours without each group of features, too.")
@click.option("--seed", default=1, show_default=True)
@as_json
def evaluate(data: Path, task: str, until: datetime, baselines: bool, ablate: bool, seed: int, as_json: bool) -> None:
    """Ask the matcher what real people did next, and count how often it knew."""
    from service.outcomes import evaluate as room

    lines = room.evaluate(data, task, until, baselines=baselines, ablate=ablate, seed=seed)
    show(msgspec.to_builtins(lines) if as_json else list(room.table(lines)), as_json=as_json)


@click.command()
@click.option("--weeks", default=26, show_default=True, type=click.IntRange(1, 520))
@click.option("--residents", default=800, show_default=True, type=click.IntRange(40, 200_000))
@click.option("--seed", default=0, show_default=True, type=click.IntRange(0), help="Of the first city.")
@click.option("--seeds", default=3, show_default=True, type=click.IntRange(1, 1000), help="Cities; two or more give intervals.")
@click.option(
    "--per-group", default=10, show_default=True, type=click.IntRange(1), help="Residents for each weekly group: more are scarcer seats."
)
@click.option(
    "--policy", "policies", multiple=True, type=click.Choice(["ours", "nearest", "score", "first-come", "random"]), help="Default: all."
)
@click.option("--processes", default=2, show_default=True, type=click.IntRange(1, 64))
@as_json
def simulate(
    weeks: int, residents: int, seed: int, seeds: int, per_group: int, policies: tuple[str, ...], processes: int, as_json: bool
) -> None:
    """Live through virtual weeks with people who answer, come, or stay away. No mail leaves."""
    from service.outcomes import simulate as room

    report = room.simulate(
        weeks=weeks, residents=residents, seed=seed, seeds=seeds, policies=policies, per_group=per_group, processes=processes
    )
    if as_json:
        show(report, as_json=True)
        return
    for line in room.table(report):
        say(line)


@click.command()
@click.argument("what", type=click.Choice(["matching", "allocation", "week", "all"]))
@click.option("--residents", default=100_000, show_default=True, type=click.IntRange(500))
@click.option("--sessions", default=10_000, show_default=True, type=click.IntRange(50))
@click.option("--seed", default=1, show_default=True)
@as_json
def bench(what: str, residents: int, sessions: int, seed: int, as_json: bool) -> None:
    """Measure us beside named peers in one run, as ratios. `make bench` installs the peers."""
    from service.outcomes.benches import measured, table

    lines = measured(what, residents, sessions, seed)
    show(msgspec.to_builtins(lines) if as_json else list(table(lines)), as_json=as_json)
