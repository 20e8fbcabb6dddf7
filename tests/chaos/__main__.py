"""A week's digests, sent while senders and Postgres are killed again and again; then every letter is accounted for.

Prints one JSON line. Exit code 1 when a letter is lost, or came more often than the bound allows, or is still on its way.
"""

import asyncio
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path

import asyncpg
import click

from migrations import runner
from service import embedded
from tests.chaos import neighborhood, sender
from tests.chaos.sink import LINE

REPOSITORY = Path(__file__).resolve().parents[2]
SENDERS = 4
PATIENCE_S = 60.0  # without a single letter moving


@dataclass
class Storm:
    """What is running, and how often it was killed."""

    folder: Path
    look: bool
    dice: random.Random
    servers: embedded.Servers
    smtp_port: int
    senders: list[int]
    kills: int = 0
    postgres_kills: int = 0

    @property
    def truth(self) -> Path:
        return self.folder / "truth"

    def taken(self) -> int:
        return self.truth.stat().st_size // LINE

    def fork(self) -> None:
        pid = os.fork()
        if pid == 0:
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            os._exit(sender.run(self.servers.database_url, self.smtp_port, self.truth, self.look))
        self.senders.append(pid)

    def kill_one(self) -> None:
        pid = self.senders.pop(self.dice.randrange(len(self.senders)))
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        self.kills += 1

    def kill_postgres(self) -> None:
        os.kill(self.servers.pids[0], signal.SIGKILL)
        self.servers.stop()
        self.servers = embedded.start(self.folder / "var", redis=False)
        self.postgres_kills += 1

    def keep_senders(self) -> None:
        for pid in list(self.senders):
            if os.waitpid(pid, os.WNOHANG)[0]:
                self.senders.remove(pid)
        while len(self.senders) < SENDERS:
            self.fork()

    def end(self) -> None:
        for pid in self.senders:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        self.servers.stop()


def rage(storm: Storm, *, residents: int, kills: int, postgres_kills: int) -> None:
    """Kill at moments spread over the whole sending, then wait until nothing is on its way."""
    blows = [storm.kill_one] * kills + [storm.kill_postgres] * postgres_kills
    moments = sorted(((storm.dice.random(), blow) for blow in blows), key=itemgetter(0))
    seen, since = -1, time.monotonic()
    while True:
        storm.keep_senders()
        time.sleep(storm.dice.uniform(0.005, 0.03))
        taken = storm.taken()
        if taken != seen:
            seen, since = taken, time.monotonic()
        waiting = time.monotonic() - since
        if moments and (taken >= moments[0][0] * residents * 0.9 or waiting > 1):
            moments.pop(0)[1]()
        elif not moments and waiting > 0.5 and (not asyncio.run(unsettled(storm.servers.admin_url)) or waiting > PATIENCE_S):
            return


async def unsettled(admin_url: str) -> int:
    conn = await asyncpg.connect(admin_url)
    try:
        return int(await conn.fetchval("SELECT count(*) FROM letter WHERE state IN ('pending', 'leased', 'sending', 'ambiguous')"))
    finally:
        await conn.close()


async def account(admin_url: str, copies: Counter[str]) -> dict[str, int]:
    """The ledger against what the mail server has."""
    conn = await asyncpg.connect(admin_url)
    rows = await conn.fetch("SELECT message_id, state, ambiguous_n FROM letter")
    await conn.close()
    return {
        "lost": sum(row["message_id"] not in copies and row["state"] != "held" for row in rows),
        "duplicates": sum(copies.values()) - len(copies),
        "ambiguous": sum(row["ambiguous_n"] > 0 for row in rows),
        "held": sum(row["state"] == "held" for row in rows),
        "unsettled": sum(row["state"] not in ("sent", "held") for row in rows),
    }


@click.command()
@click.option("--residents", default=5000, show_default=True)
@click.option("--kills", default=50, show_default=True, help="kill -9 of senders")
@click.option("--postgres-kills", default=None, type=int, help="kill -9 of Postgres; one for each fifty of --kills unless given")
@click.option("--faults", default=0.02, show_default=True, help="share of letters after which the mail server hangs up without an answer")
@click.option("--look/--no-look", default=True, help="whether the provider can be asked what became of a letter")
@click.option("--seed", default=1, show_default=True)
def main(residents: int, kills: int, postgres_kills: int | None, faults: float, look: bool, seed: int) -> None:
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="doorstep-chaos-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o711)
        (folder / "truth").touch()
        command = [sys.executable, "-m", "tests.chaos.sink", str(folder / "truth"), str(faults), str(seed)]
        sink = subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE)
        assert sink.stdout
        storm = Storm(folder, look, random.Random(seed), embedded.start(folder / "var", redis=False), int(sink.stdout.readline()), [])
        try:
            asyncio.run(runner.apply(storm.servers.admin_url))
            asyncio.run(neighborhood.plan(storm.servers.admin_url, storm.servers.database_url, residents))
            rage(storm, residents=residents, kills=kills, postgres_kills=kills // 50 if postgres_kills is None else postgres_kills)
            balance = asyncio.run(account(storm.servers.admin_url, Counter(storm.truth.read_text().split())))
        finally:
            storm.end()
            sink.kill()
            sink.wait()
    # A kill costs at most the one letter its sender had in hand; a look-up settles that one too.
    bound = 0 if look else storm.kills + SENDERS * storm.postgres_kills
    line = {"residents": residents, "kills": storm.kills, "postgres_kills": storm.postgres_kills, **balance, "bound": bound}
    print(json.dumps(line | {"seconds": round(time.monotonic() - began, 1), "seed": seed}))
    raise SystemExit(int(balance["lost"] > 0 or balance["duplicates"] > bound or balance["unsettled"] > 0))


if __name__ == "__main__":
    main()
