"""A neighborhood that really runs: a sample week on servers of its own, then the whole program, worker included, in another process."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx

from service.demo import client

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 120


@dataclass(frozen=True)
class Town:
    """address: of the pages; mailbox: the folder where letters are files; form: the path of a partner's form."""

    address: str
    mailbox: Path
    form: str = "/f/lantern-clinic"

    def links(self, page: str, *, subject_words: str = "") -> list[str]:
        """Of one kind of page ("r", "u", "confirm"), as they stand in the letters, or in those with these words in their subject."""
        return client.links(self.mailbox, self.address, page, subject_words=subject_words)

    def wait_for_links(self, page: str, *, more_than: set[str], subject_words: str = "") -> list[str]:
        """New ones, once the worker has delivered them."""
        until = time.monotonic() + PATIENCE_S
        while not (new_links := [link for link in self.links(page, subject_words=subject_words) if link not in more_than]):
            assert time.monotonic() < until, f"no letter {subject_words!r} with a link to /{page}/ came"
            time.sleep(0.2)
        return new_links

    def letter_of(self, subject_words: str) -> str:
        """The path of the newest letter in the mailbox page whose subject holds these words."""
        html = httpx.get(f"{self.address}/mailbox").text
        match = re.search(rf'href="(/mailbox/[a-z0-9-]+)"><strong[^>]*>[^<]*{subject_words}', html)
        assert match, subject_words
        return match[1]


@contextlib.contextmanager
def running(folder: Path, *, residents: int) -> Iterator[Town]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    clean = {name: value for name, value in os.environ.items() if not name.startswith("DOORSTEP_")}
    command = [sys.executable, "-m", "service.cli"]
    shared = ["--data-dir", str(folder), "--port", port]
    clean["DOORSTEP_BASE_URL"] = f"http://127.0.0.1:{port}"  # what the links in letters begin with
    subprocess.run([*command, "demo", "--once", "--residents", str(residents), *shared], cwd=ROOT, env=clean, check=True, timeout=280,
                   stdout=subprocess.DEVNULL)  # fmt: skip
    with (folder / "up.log").open("w") as log:
        house = subprocess.Popen([*command, "up", *shared], cwd=ROOT, env=clean, stdout=log, stderr=log)
    try:
        _wait_until_it_answers(f"http://127.0.0.1:{port}/healthz", house)
        yield Town(f"http://127.0.0.1:{port}", folder / "mail")
    finally:
        house.send_signal(signal.SIGTERM)
        house.wait(timeout=60)


@contextlib.contextmanager
def fresh(folder: Path) -> Iterator[tuple[Town, str]]:
    """A new, empty installation that really runs, and the set-up link that its start printed."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    clean = {name: value for name, value in os.environ.items() if not name.startswith("DOORSTEP_")}
    command = [sys.executable, "-m", "service.cli", "up", "--data-dir", str(folder), "--port", port]
    with (folder / "up.log").open("w") as log:
        house = subprocess.Popen(command, cwd=ROOT, env=clean, stdout=log, stderr=log)
    try:
        yield Town(f"http://127.0.0.1:{port}", folder / "mail"), _printed_link(folder / "up.log", house)
    finally:
        house.send_signal(signal.SIGTERM)
        house.wait(timeout=60)


def _printed_link(log: Path, house: subprocess.Popen[bytes]) -> str:
    until = time.monotonic() + PATIENCE_S
    while not (match := re.search(r"https?://\S+/set-up/[\w-]{43}", log.read_text())):
        assert house.poll() is None, "the program ended before it printed a link"
        assert time.monotonic() < until, "the program prints no link"
        time.sleep(0.1)
    return match[0]


def _wait_until_it_answers(address: str, house: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + PATIENCE_S
    while True:
        with contextlib.suppress(httpx.TransportError):
            httpx.get(address)
            return
        assert house.poll() is None, "the program ended before it answered"
        assert time.monotonic() < until, "the program does not answer"
        time.sleep(0.1)
