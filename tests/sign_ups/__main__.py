"""What share of sign-ups is confirmed with the code and the reminder and without, and whether a program's look confirms any.

Prints one JSON line. Exit code 1 when a look confirmed one, or when the two together do not confirm more than neither.
"""

from __future__ import annotations

import asyncio
import json
import logging
import signal
import sys
import tempfile
import time
from pathlib import Path

import asyncpg
import click
import structlog

from migrations import runner
from service import embedded
from tests.conftest import Running
from tests.sign_ups.whole import ARMS, Measured, lived


async def measured(running: Running, folder: Path, *, people: int, seed: int) -> dict[str, Measured]:
    """By the name of the arm."""
    admin = await asyncpg.connect(running.admin_url)
    done = {}
    for arm in ARMS:
        await admin.execute(f"CREATE DATABASE sign_ups_{arm.name}")
        await runner.apply(running.admin_of(f"sign_ups_{arm.name}"))
        done[arm.name] = await lived(running, f"sign_ups_{arm.name}", folder / arm.name, arm, people=people, seed=seed)
        print(f"{arm.name}: {done[arm.name].confirmed} of {people} confirmed", file=sys.stderr, flush=True)
    await admin.close()
    return done


def holds(arms: dict[str, Measured]) -> bool:
    return not any(arm.confirmed_by_scanners for arm in arms.values()) and arms["both"].confirmed > arms["neither"].confirmed


@click.command()
@click.option("--people", type=click.IntRange(20, 20_000), default=2_000, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True)
def main(people: int, seed: int) -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # the server is stopped then, too
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="doorstep-sign-ups-") as name:
        folder = Path(name)
        folder.chmod(0o711)  # the database's own user passes through
        servers = embedded.start(folder / "var", redis=False, fast_and_unsafe=True)
        try:
            arms = asyncio.run(measured(Running(servers.admin_url, servers.database_url, ""), folder, people=people, seed=seed))
        finally:
            servers.stop()
    shares = {name: round(arm.confirmed / arm.people, 3) for name, arm in arms.items()}
    scanned = sum(arm.confirmed_by_scanners for arm in arms.values())
    seconds = round(time.monotonic() - began, 1)
    print(json.dumps({"people": people, "confirmed": shares, "confirmed_by_scanners": scanned, "seconds": seconds, "seed": seed}))
    sys.exit(0 if holds(arms) else 1)


if __name__ == "__main__":
    main()
