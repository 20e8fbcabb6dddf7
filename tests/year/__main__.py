"""A year of three towns through the worker's own polls, with a clock that moves; then every promise is counted.

Prints one JSON line. Exit code 1 when a promise was broken, or when nothing happened that could have broken one.
"""

from __future__ import annotations

import asyncio
import json
import logging
import signal
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import click
import msgspec
import structlog

from service import embedded
from tests.year.whole import Lived, live

BEGINS = datetime(2026, 10, 18, 14, tzinfo=UTC)  # a Sunday two weeks before the clocks go back


@click.command()
@click.option("--weeks", type=click.IntRange(1, 104), default=52)
@click.option("--residents", type=click.IntRange(3, 5000), default=200)
@click.option("--seed", type=int, default=1)
def main(weeks: int, residents: int, seed: int) -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # the servers are stopped then, too
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    with tempfile.TemporaryDirectory(prefix="doorstep-year-") as name:
        folder = Path(name)
        folder.chmod(0o711)  # the database's own user passes through
        servers = embedded.start(folder / "var", fast_and_unsafe=True)
        try:
            lived: Lived = asyncio.run(
                live(
                    servers.admin_url,
                    servers.database_url,
                    servers.redis_url,
                    begins=BEGINS,
                    weeks=weeks,
                    residents=residents,
                    seed=seed,
                    say=lambda *lines: print(*lines, sep="\n", file=sys.stderr, flush=True),
                )
            )
        finally:
            servers.stop()
    print(json.dumps(msgspec.to_builtins(lived.summary)), flush=True)
    sys.exit(0 if lived.holds else 1)


if __name__ == "__main__":
    main()
