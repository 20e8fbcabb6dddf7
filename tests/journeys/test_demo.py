"""The demo as a curious person runs it: results and links first, then it stays open with its worker, and leaves nothing behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from service.demo import client, people
from service.demo.week import PREFIX
from service.web.form_token import QUICKEST

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 280.0
DEMOS = int(os.environ.get("DOORSTEP_DEMOS", "1"))


def environment(temp: Path) -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("DOORSTEP_")} | {"TMPDIR": str(temp)}


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "service.cli", *arguments]


@pytest.fixture(scope="module")
def temp() -> Iterator[Path]:
    """A temporary folder of the test's own, so that what a demo leaves behind can be counted."""
    with tempfile.TemporaryDirectory(prefix="doorstep-tests-") as name:
        Path(name).chmod(0o711)
        yield Path(name)


class Open:
    """A demo that stays open: what it printed, and its folder."""

    def __init__(self, temp: Path) -> None:
        self.temp = temp
        self.process = subprocess.Popen(
            command("demo", "--residents", "20"), cwd=ROOT, env=environment(temp), stdout=subprocess.PIPE, text=True
        )
        self.lines: list[str] = []
        for line in self.process.stdout or ():
            self.lines.append(line.rstrip())
            if line.rstrip().endswith("Stop it with Ctrl-C."):
                break
        self.folder = next(temp.glob(f"{PREFIX}*"))

    def link(self, name: str) -> str:
        return next(line.split()[-1] for line in self.lines if line.startswith(name))

    def beside(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command(*arguments), cwd=ROOT, env=environment(self.temp), capture_output=True, text=True, timeout=PATIENCE_S, check=False
        )


@pytest.fixture(scope="module")
def demo(temp: Path) -> Iterator[Open]:
    opened = Open(temp)
    yield opened
    opened.process.send_signal(signal.SIGINT)
    opened.process.communicate(timeout=PATIENCE_S)
    assert opened.process.returncode == 0
    assert not opened.folder.exists()


def test_results_and_four_links_that_work_are_told_before_it_waits(demo: Open) -> None:
    assert any("20 residents signed up and confirmed" in line for line in demo.lines)
    for name in ("The letters", "A sign-up form", "As a center's owner", "As a partner's owner"):
        answer = httpx.get(demo.link(name), timeout=30)
        assert answer.status_code == 200, name


def test_a_visitor_who_signs_up_gets_the_letter(demo: Open) -> None:
    form = demo.link("A sign-up form")
    with httpx.Client(timeout=30) as browser:
        token = client._TOKEN.search(browser.get(form).content)
        assert token
        time.sleep(QUICKEST.total_seconds() + 0.5)  # nobody fills in a form faster
        fields: dict[str, Any] = {}
        for name, value in people.person(_dice(), 9999, zips=["43604"]):
            fields.setdefault(name, []).append(value)
        before = set(_confirmations(demo))
        answer = browser.post(form, data=fields | {"form_token": token[1].decode()})
    assert answer.status_code == 303, answer.text
    end = time.monotonic() + PATIENCE_S
    while not set(_confirmations(demo)) - before:
        assert time.monotonic() < end, "no confirmation came"
        time.sleep(0.2)


def _confirmations(demo: Open) -> list[str]:
    return client.links(demo.folder / "mail", demo.link("The letters").removesuffix("/mailbox"), "confirm")


def _dice() -> Any:
    import numpy as np

    return np.random.default_rng(7)


def test_commands_work_beside_it_and_a_second_one_is_refused_in_a_sentence(demo: Open) -> None:
    folder = str(demo.folder)
    invited = demo.beside(
        "staff", "invite", "vi@example.org", "--organization", "lantern-clinic", "--role", "staff", "--data-dir", folder, "--json"
    )
    assert invited.returncode == 0, invited.stderr
    assert json.loads(invited.stdout)["link"].startswith(demo.link("The letters").removesuffix("/mailbox"))
    second = demo.beside("demo", "--once", "--residents", "20", "--data-dir", folder)
    assert second.returncode == 1
    assert "runs already" in second.stderr
    assert "Traceback" not in second.stderr


@pytest.mark.parametrize("number", range(DEMOS))
def test_a_week_runs_to_its_end_and_leaves_only_its_letters(temp: Path, number: int) -> None:
    """And the week after it, in which people answer and go. DOORSTEP_DEMOS=20 runs it twenty times, to be done beside busy processes."""
    arguments = command("demo", "--once", "--json", "--residents", "40", "--weeks", "1", "--seed", str(number))
    done = subprocess.run(arguments, cwd=ROOT, env=environment(temp), capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    assert done.returncode == 0, done.stderr
    week = json.loads(done.stdout.splitlines()[-1])
    assert week["residents"] == 40
    assert len(list(Path(week["mailbox"]).rglob("new/*"))) >= 40 + week["digests_sent"]
    assert [path.name for path in Path(week["mailbox"]).parent.iterdir()] == ["mail"]
    days = week["days"]
    assert [date.fromisoformat(day["day"]) for day in days] == [
        date.fromisoformat(days[0]["day"]) + timedelta(days=number) for number in range(7)
    ]
    for seen in ("letters", "yes", "came", "feedback"):
        assert sum(day[seen] for day in days) > 0, seen
    assert week["returns"]["matched"] > 0


def test_each_press_of_enter_lets_a_day_pass(temp: Path) -> None:
    demo = subprocess.Popen(
        command("demo", "--residents", "10"), cwd=ROOT, env=environment(temp), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert demo.stdin
    assert demo.stdout
    impatient = threading.Timer(PATIENCE_S, demo.kill)
    impatient.start()
    days: list[str] = []
    for line in demo.stdout:
        if line.rstrip().endswith("Stop it with Ctrl-C.") or (" letters, " in line and len(days) < 2):
            demo.stdin.write("\n")
            demo.stdin.flush()
        if " letters, " in line:
            days.append(line.split(":")[0])
        if len(days) == 2:
            break
    demo.send_signal(signal.SIGINT)
    demo.communicate(timeout=PATIENCE_S)
    impatient.cancel()
    assert demo.returncode == 0
    assert len(set(days)) == 2


def test_the_folder_of_a_killed_demo_goes_with_the_next_one(temp: Path) -> None:
    killed = subprocess.Popen(command("demo", "--residents", "20"), cwd=ROOT, env=environment(temp), stderr=subprocess.PIPE, text=True)
    assert killed.stderr
    next(line for line in killed.stderr if "activities are posted" in line)
    left = {path.name for path in temp.glob(f"{PREFIX}*") if (path / "postgres").exists()}
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    done = subprocess.run(
        command("demo", "--once", "--residents", "20"),
        cwd=ROOT,
        env=environment(temp),
        capture_output=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert done.returncode == 0
    assert not left & {path.name for path in temp.glob(f"{PREFIX}*") if (path / "postgres").exists()} - _open_ones(temp)


def _open_ones(temp: Path) -> set[str]:
    from service import embedded

    return {path.name for path in temp.glob(f"{PREFIX}*") if embedded.in_use(path)}
