"""README's "Open your town", line by line: from a fresh `up` to the first letter, on servers of its own."""

from __future__ import annotations

import contextlib
import email
import email.policy
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import TypeVar

import httpx
import pytest

from service import local_stack
from service.demo import client

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 120
RESIDENT = "ottoline@residents.example.org"
T = TypeVar("T")
# Where a machine has no curl: the options that README's line uses.
CURL = """#!{python}
import argparse, sys, httpx
read = argparse.ArgumentParser()
read.add_argument("-sS", action="store_true"); read.add_argument("--fail-with-body", action="store_true")
read.add_argument("-H", action="append"); read.add_argument("-d"); read.add_argument("url")
given = read.parse_args()
answer = httpx.post(given.url, content=given.d, headers=dict(line.split(": ", 1) for line in given.H))
print(answer.text); sys.exit(22 if answer.is_error else 0)
"""


def blocks() -> list[str]:
    """The shell lines of the section, block by block."""
    section = (ROOT / "README.md").read_text(encoding="utf-8").split("## Open your town\n", 1)[1].split("\n## ", 1)[0]
    return re.findall(r"```sh\n(.*?)```", section, flags=re.DOTALL)


@dataclass(frozen=True)
class Terminal:
    """A shell in the repository, as README's reader has one; its Doorstep listens at `address`."""

    address: str
    folder: Path
    env: dict[str, str]

    def run(self, block: str) -> subprocess.CompletedProcess[str]:
        """Every line in order; the first that fails ends it."""
        return subprocess.run(
            ["bash", "-eu", "-c", block.replace("http://127.0.0.1:8000", self.address)],
            cwd=ROOT, env=self.env, capture_output=True, text=True, timeout=900, check=False,
        )  # fmt: skip

    @property
    def log(self) -> str:
        """What `up` said, for a failure that is its own."""
        return (self.folder.parent / "up.log").read_text()[-5_000:]

    def letters(self) -> list[EmailMessage]:
        paths = sorted((self.folder / "mail").rglob("new/*"))
        return [email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in paths]


def wait_for(look: Callable[[], T], what: str) -> T:
    """What `look` gives once it gives something."""
    until = time.monotonic() + PATIENCE_S
    while not (seen := look()):
        assert time.monotonic() < until, what
        time.sleep(0.2)
    return seen


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """Not below pytest's own: every other run of pytest closes that to the database's user again."""
    with tempfile.TemporaryDirectory(prefix="doorstep-town-") as name:
        Path(name).chmod(0o711)
        yield Path(name)


@pytest.fixture(scope="module")
def terminal(folder: Path) -> Iterator[Terminal]:
    """A fresh folder on which README's first block runs, on a free port in place of 8000."""
    with local_stack.listening("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
    env = {name: value for name, value in os.environ.items() if not name.startswith("DOORSTEP_")}
    env |= {"DOORSTEP_DATA_DIR": str(folder / "var"), "PATH": f"{_programs(folder)}:{env['PATH']}"}
    (folder / "var").mkdir()
    (folder / "var").chmod(0o711)
    lines = blocks()[0].rstrip().splitlines()
    command = "\n".join([*lines[:-1], f"exec {lines[-1]} --port {port}"])
    with (folder / "up.log").open("w") as log:
        up = subprocess.Popen(["bash", "-eu", "-c", command], cwd=ROOT, env=env, stdout=log, stderr=log)
    try:
        address = f"http://127.0.0.1:{port}"
        wait_for(lambda: _answers(address, up), "up does not answer")
        yield Terminal(address, folder / "var", env)
        assert up.poll() is None, (folder / "up.log").read_text()
    finally:
        up.send_signal(signal.SIGTERM)
        up.wait(timeout=60)


def _programs(folder: Path) -> Path:
    """What README's reader has on the path: `doorstep` of this environment, and curl."""
    programs = folder / "bin"
    programs.mkdir()
    _program(programs / "doorstep", f'#!/bin/sh\nexec "{sys.executable}" -m service.cli "$@"\n')
    if not shutil.which("curl"):
        _program(programs / "curl", CURL.format(python=sys.executable))
    return programs


def _program(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o755)


def _answers(address: str, up: subprocess.Popen[bytes]) -> bool:
    assert up.poll() is None, "up ended before it answered"
    with contextlib.suppress(httpx.TransportError):
        return httpx.get(f"{address}/healthz").status_code == 200
    return False


@pytest.fixture(scope="module")
def opened(terminal: Terminal) -> str:
    """What the second block printed: towns, organizations, the form and the invitations."""
    done = terminal.run(blocks()[1])
    assert done.returncode == 0, done.stderr + terminal.log
    return done.stdout


def test_the_lines_of_the_readme_lead_from_a_fresh_up_to_the_first_letter(terminal: Terminal, opened: str) -> None:
    _, _, posting, sending = blocks()
    form = re.search(rf"{re.escape(terminal.address)}/f/\S+", opened)
    assert form, opened

    frame = httpx.get(form[0]).headers["content-security-policy"]
    assert "frame-ancestors https://library.example.org" in frame

    posted = terminal.run(posting)
    assert posted.returncode == 0, posted.stdout + posted.stderr + terminal.log
    assert '"status":"published"' in posted.stdout

    wait_for(lambda: _signed_up(form[0]), "the form does not take the sign-up")
    confirm = wait_for(lambda: client.links(terminal.folder / "mail", terminal.address, "confirm"), "no letter to confirm came")
    assert httpx.post(confirm[0], headers={"sec-fetch-site": "same-origin"}).status_code == 200

    wait_for(lambda: _weekly(terminal), "no first letter came")
    sent = terminal.run(sending)
    assert sent.returncode == 0, sent.stderr + terminal.log
    weekly = _weekly(terminal)
    assert [letter["To"] for letter in weekly] == [RESIDENT]
    body = weekly[0].get_body(("plain",))
    assert body
    assert "Porch checkers" in body.get_content()


def test_the_lines_may_be_run_again_and_change_nothing(terminal: Terminal, opened: str) -> None:
    lists = "\n".join(f"doorstep {noun} list --json" for noun in ("town", "organization", "form", "key"))
    again = [line for line in blocks()[1].splitlines() if " open " in line or " create " in line]
    before, done, after = terminal.run(lists), terminal.run("\n".join(again)), terminal.run(lists)
    assert (before.returncode, done.returncode, after.returncode) == (0, 0, 0), before.stderr + done.stderr + after.stderr + terminal.log
    assert before.stdout == after.stdout
    assert before.stdout.count('"slug"') == 5


def _weekly(terminal: Terminal) -> list[EmailMessage]:
    return [letter for letter in terminal.letters() if letter["List-Unsubscribe-Post"]]


def _signed_up(form: str) -> bool:
    """Fill the form in and press the button; too quick a press is asked for once more."""
    with httpx.Client(headers={"sec-fetch-site": "same-origin"}) as browser:
        token = re.search(r'name="form_token" value="([^"]+)"', browser.get(form).text)
        assert token
        fields = {"email": RESIDENT, "zip": "43604", "consent": "digest", "travel": "car", "cost_cents": "0", "party": "1"}

        def press() -> bool:
            return browser.post(form, data=fields | {"form_token": token[1]}).status_code == 303

        return wait_for(press, "the form does not take the sign-up")
