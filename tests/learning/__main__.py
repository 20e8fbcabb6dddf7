"""What a score learns where all, half or none of the centers note who came, beside what it learns from clicks, and the hand-set one.

Prints one JSON line. Exit code 1 when what was learned from full rosters is more than two points off (in the mean of the tenths, or
overall), when it was not promoted, or when the product's own count of who came back is not what happened.
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
import msgspec
import structlog

from migrations import runner
from service import embedded
from tests.conftest import Running
from tests.learning.whole import Arm, Measured, Size, measure

HONEST = 2.0  # percentage points
SPEAKING = 0.5  # of the people answer the question of the morning after
ARMS = (
    Arm(name="hand-set", rosters=1.0, speaking=SPEAKING, learns=False),
    Arm(name="clicks", rosters=0.0, speaking=0.0),
    Arm(name="rosters of none", rosters=0.0, speaking=SPEAKING),
    Arm(name="rosters of half", rosters=0.5, speaking=SPEAKING),
    Arm(name="rosters of all", rosters=1.0, speaking=SPEAKING),
)


def faults(arms: list[Measured]) -> list[str]:
    """What was promised of full rosters and does not hold."""
    broken = []
    for measured in arms:
        if measured.arm.rosters < 1 or not measured.arm.learns:
            continue
        if not measured.promoted:
            broken.append(f"{measured.arm.name}: nothing was learned")
        if max(measured.calibration.mean_gap, abs(measured.calibration.overall)) > HONEST:
            broken.append(f"{measured.arm.name}: forecasts are {measured.calibration.mean_gap} points from the truth")
        if measured.miscounted:
            broken.append(f"{measured.arm.name}: who came back was miscounted in weeks {measured.miscounted}")
    return broken


async def _all(running: Running, arms: list[Arm], size: Size, seed: int) -> list[Measured]:
    admin = await asyncpg.connect(running.admin_url)
    done = []
    for number, arm in enumerate(arms):
        name = f"learning_{number}"
        await admin.execute(f"CREATE DATABASE {name}")
        await runner.apply(running.admin_of(name))
        done.append(await measure(running.admin_of(name), running.login_of(name), arm, size, seed=seed, say=_say))
    await admin.close()
    return done


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


@click.command()
@click.option("--weeks", type=click.IntRange(6, 26), default=16, show_default=True, help="to learn from")
@click.option("--fresh", type=click.IntRange(7, 26), default=10, show_default=True, help="weeks that judge")
@click.option("--residents", type=click.IntRange(100, 5000), default=500, show_default=True)
@click.option("--arm", "chosen", multiple=True, type=click.Choice([arm.name for arm in ARMS]), help="all unless given")
@click.option("--seed", type=int, default=1, show_default=True)
def main(weeks: int, fresh: int, residents: int, chosen: tuple[str, ...], seed: int) -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # the server is stopped then, too
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    began = time.monotonic()
    arms = [arm for arm in ARMS if not chosen or arm.name in chosen]
    with tempfile.TemporaryDirectory(prefix="doorstep-learning-") as name:
        folder = Path(name)
        folder.chmod(0o711)  # the database's own user passes through
        servers = embedded.start(folder / "var", fast_and_unsafe=True, redis=False)
        running = Running(servers.admin_url, servers.database_url, "")
        try:
            done = asyncio.run(_all(running, arms, Size(residents=residents, per_group=10, weeks=weeks, fresh=fresh), seed))
        finally:
            servers.stop()
    broken = faults(done)
    line = {"weeks": weeks, "fresh": fresh, "residents": residents, "seed": seed, "arms": msgspec.to_builtins(done), "faults": broken}
    print(json.dumps(line | {"seconds": round(time.monotonic() - began, 1)}), flush=True)
    sys.exit(1 if broken else 0)


if __name__ == "__main__":
    main()
