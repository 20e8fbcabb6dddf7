"""The two commands' main job, as a person would run it: a whole week, on servers of its own, in a process of its own."""

import email
import email.policy
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
RESIDENTS = 30


@pytest.fixture(scope="module")
def week(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    folder = tmp_path_factory.mktemp("demo")
    for above in (folder, *folder.parents[:2]):
        above.chmod(0o711)  # the database's own user passes through
    clean = {name: value for name, value in os.environ.items() if not name.startswith("DOORSTEP_")}
    command = [sys.executable, "-m", "service.cli", "demo", "--once", "--json", "--residents", str(RESIDENTS), "--seed", "3"]
    done = subprocess.run(
        [*command, "--data-dir", str(folder), "--now", "2026-11-23T12:00:00+00:00"],
        cwd=ROOT, env=clean, capture_output=True, text=True, timeout=280, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    summary: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return summary


def test_everybody_with_a_match_gets_one_letter_and_nobody_else_does(week: dict[str, object]) -> None:
    assert week["residents"] == RESIDENTS
    assert week["violations"] == 0
    assert week["digests_sent"] == RESIDENTS - int(str(week["residents_without_match"])) > 0


def test_the_week_sent_twice_sends_nothing_twice(week: dict[str, object]) -> None:
    assert week["sent_again"] == 0


def test_the_letters_are_in_the_mailbox_and_say_why(week: dict[str, object]) -> None:
    letters = [
        email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in Path(str(week["mailbox"])).rglob("new/*")
    ]
    digests = [letter for letter in letters if letter["List-Unsubscribe-Post"]]
    assert len(digests) == week["digests_sent"]
    for letter in digests:
        assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        body = letter.get_body(("plain",))
        assert body is not None
        assert "/u/" in body.get_content()
