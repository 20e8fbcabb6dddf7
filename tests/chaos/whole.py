"""Everything that `doorstep up` runs is killed at once in the middle of a week's digests, and started again.

Prints one JSON line in the shape of `tests.chaos`. Exit code 1 unless every resident has exactly one letter, apart from at most one
that was on the wire: nobody can know whether that one arrived, so it is not sent again and `doorstep doctor` names it.
"""

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import click
import msgspec

from service import embedded
from service.crypto import Vault
from service.local_stack import ADDRESSES
from service.settings import ServiceSettings
from tests.chaos import neighborhood
from tests.chaos.__main__ import REPOSITORY, account, unsettled
from tests.chaos.sink import LINE

UP_S = 60.0
SETTLED_S = 400.0  # a lease of two minutes runs out, then a letter in doubt is looked up, once a minute
PUBLISHED = ("database_url", "admin_url", "secret_keys")


class Whole:
    """`doorstep up` on a folder, mailing to the sink."""

    def __init__(self, folder: Path, smtp_port: int) -> None:
        self.folder = folder
        self.environment = {**os.environ, "DOORSTEP_MAIL_URL": f"smtp://127.0.0.1:{smtp_port}", "DOORSTEP_DATA_DIR": str(folder / "var")}
        self.process: subprocess.Popen[bytes] | None = None

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "service.cli", *arguments]

    def start(self) -> ServiceSettings:
        """Returns once it takes requests, with the addresses it has published."""
        self.process = subprocess.Popen(
            self.command("up", "--port", "0"),
            cwd=REPOSITORY, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        assert self.process.stdout
        if b"Doorstep is up" not in self.process.stdout.readline():
            raise SystemExit("doorstep up did not come up")
        published = msgspec.json.decode((self.folder / "var" / ADDRESSES).read_bytes(), type=dict[str, str])
        return msgspec.convert({name: published[name] for name in PUBLISHED}, ServiceSettings)

    def kill(self) -> int:
        """kill -9 of every process that belongs to it; how many there were."""
        assert self.process
        victims = [self.process.pid, *_servers(self.folder)]
        for pid in victims:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()
        return len(victims)

    def stop(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(UP_S)
        embedded.stop(self.folder / "var")

    def faults(self) -> list[str]:
        """What `doorstep doctor` says."""
        process = subprocess.run(self.command("doctor", "--json"), cwd=REPOSITORY, env=self.environment, capture_output=True, check=False)
        sentences: list[str] = json.loads(process.stdout.splitlines()[-1])["faults"]
        return sentences


def _servers(folder: Path) -> list[int]:
    """Postgres with all its children, and Valkey: they work in the folder."""
    working = []
    for proc in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if Path(os.readlink(proc / "cwd")).is_relative_to(folder):
                working.append(int(proc.name))
    return working


@contextlib.contextmanager
def sink(folder: Path) -> Iterator[int]:
    """The port of a mail server whose books are `folder/truth`."""
    (folder / "truth").touch()
    command = [sys.executable, "-m", "tests.chaos.sink", str(folder / "truth"), "0", "1"]
    process = subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE)
    assert process.stdout
    try:
        yield int(process.stdout.readline())
    finally:
        process.kill()
        process.wait()


def taken(folder: Path) -> int:
    return (folder / "truth").stat().st_size // LINE


def wait_for_letters(folder: Path, letters: int) -> None:
    end = time.monotonic() + 2 * UP_S
    while taken(folder) < letters:
        if time.monotonic() > end:
            raise SystemExit(f"only {taken(folder)} of {letters} letters came")
        time.sleep(0.002)


def wait_until_settled(settings: ServiceSettings) -> None:
    end = time.monotonic() + SETTLED_S
    while asyncio.run(unsettled(settings.admin_url)) and time.monotonic() < end:
        time.sleep(1)


@click.command()
@click.option("--residents", default=500, show_default=True)
@click.option("--at", default=200, show_default=True, help="Kill after this many letters.")
def main(residents: int, at: int) -> None:
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="doorstep-whole-", ignore_cleanup_errors=True) as name:
        folder = Path(name).resolve()
        folder.chmod(0o711)
        with sink(folder) as port:
            whole = Whole(folder, port)
            try:
                settings = whole.start()
                asyncio.run(neighborhood.plan(settings.admin_url, settings.database_url, residents, Vault(settings.keys)))
                wait_for_letters(folder, at)
                killed, so_far = whole.kill(), taken(folder)
                settings = whole.start()
                wait_until_settled(settings)
                balance = asyncio.run(account(settings.admin_url, Counter((folder / "truth").read_text().split())))
                listed = [fault for fault in whole.faults() if fault.startswith("mail:")]
            finally:
                whole.stop()
    line = {"residents": residents, "kills": killed, **balance, "bound": 0, "taken_at_kill": so_far, "listed": listed}
    print(json.dumps(line | {"seconds": round(time.monotonic() - began, 1)}))
    wrong = balance["lost"] or balance["duplicates"] or balance["unsettled"] or balance["held"] > 1 or bool(balance["held"]) != bool(listed)
    raise SystemExit(int(bool(wrong) or not at <= so_far < residents))


if __name__ == "__main__":
    main()
