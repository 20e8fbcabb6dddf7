"""`doorstep up` as an operator meets it: it heals, it tells the truth, and it refuses in sentences."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 120.0
ASKS = "/f/no-such-form"  # a page that asks the database, and says 404 when it answers
CLEAN = {name: value for name, value in os.environ.items() if not name.startswith("DOORSTEP_")}


def doorstep(*arguments: str, **options: Any) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "service.cli", *arguments]
    return subprocess.Popen(command, cwd=ROOT, env=CLEAN, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)


def refusal(*arguments: str) -> str:
    """What a command that must be refused says: sentences, and no traceback."""
    process = doorstep(*arguments)
    _, errors = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 1, errors
    assert "Traceback" not in errors
    return errors


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="doorstep-tests-") as name:
        Path(name).chmod(0o711)  # the servers' user passes through
        yield Path(name)


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    up = doorstep("up", "--port", "0", "--data-dir", str(folder))
    try:
        assert up.stdout
        line = next(line for line in up.stdout if line.startswith("Doorstep is up at "))
        yield re.findall(r"http://[0-9.:]+[0-9]", line)[0]
    finally:
        up.send_signal(signal.SIGTERM)
        up.communicate(timeout=PATIENCE_S)
    assert up.returncode == 0


def until(true: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < end, f"{what}: did not happen"
        time.sleep(0.05)


def readiness(address: str) -> tuple[int, dict[str, Any]]:
    answer = httpx.get(f"{address}/readyz", timeout=30)
    return answer.status_code, answer.json()


def is_ready(address: str) -> bool:
    return readiness(address) == (200, {"status": "ready", "checks": dict.fromkeys(("database", "schema", "redis", "sender"), "ok")})


def pid_in(path: Path) -> int:
    return int(path.read_text().split()[0])


def test_ready_means_that_database_schema_redis_and_sender_are_well(address: str) -> None:
    until(lambda: is_ready(address), "ready")


def test_a_killed_postgres_is_back_and_pages_wait_for_it_in_a_sentence(folder: Path, address: str) -> None:
    until(lambda: is_ready(address), "ready")
    pid_file = folder / "postgres" / "postmaster.pid"
    killed = pid_in(pid_file)
    os.kill(killed, signal.SIGKILL)
    seen = {httpx.get(f"{address}{ASKS}", timeout=30).status_code}
    until(lambda: _is_back(address, pid_file, killed, seen), "Postgres back")
    assert seen <= {404, 503}
    assert httpx.get(f"{address}/healthz").text == "ok"
    until(lambda: is_ready(address), "ready again")
    assert httpx.get(f"{address}{ASKS}").status_code == 404


def _is_back(address: str, pid_file: Path, killed: int, seen: set[int]) -> bool:
    with contextlib.suppress(OSError, IndexError, ValueError):
        answer = httpx.get(f"{address}{ASKS}", timeout=30)
        seen.add(answer.status_code)
        if answer.status_code == 503:
            assert answer.headers["retry-after"]
            assert "Traceback" not in answer.text
        return pid_in(pid_file) != killed and answer.status_code == 404
    return False


def test_a_killed_valkey_is_back(folder: Path, address: str) -> None:
    until(lambda: is_ready(address), "ready")
    pid_file = folder / "valkey" / "valkey.pid"
    killed = pid_in(pid_file)
    os.kill(killed, signal.SIGKILL)
    until(lambda: pid_file.exists() and pid_in(pid_file) != killed, "Valkey back")
    until(lambda: is_ready(address), "ready again")


def test_while_the_database_is_away_readiness_says_so_and_the_process_lives(folder: Path, address: str) -> None:
    """Stopped, not killed: nobody starts another one."""
    until(lambda: is_ready(address), "ready")
    postmaster = pid_in(folder / "postgres" / "postmaster.pid")
    backends = [int(pid) for pid in subprocess.run(["pgrep", "-P", str(postmaster)], capture_output=True, text=True).stdout.split()]
    for pid in (postmaster, *backends):
        os.kill(pid, signal.SIGSTOP)
    try:
        status, body = readiness(address)
        assert (status, body["status"]) == (503, "unready")
        assert "does not answer" in body["checks"]["database"]
        assert httpx.get(f"{address}/healthz").status_code == 200
        assert httpx.get(f"{address}{ASKS}", timeout=60).status_code == 503
    finally:
        for pid in (*backends, postmaster):
            os.kill(pid, signal.SIGCONT)
    until(lambda: is_ready(address), "ready again")


def test_a_second_up_on_the_folder_is_told_where_the_first_one_is(folder: Path, address: str) -> None:
    errors = refusal("up", "--port", "0", "--data-dir", str(folder))
    assert f"Doorstep runs already on {folder}, at {address}." in errors
    assert "--data-dir" in errors


def test_a_taken_port_is_told_before_anything_starts(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        errors = refusal("up", "--port", port, "--data-dir", str(tmp_path / "data"))
    assert f"Port {port} of 127.0.0.1 cannot be used" in errors
    assert "--port" in errors
    assert not (tmp_path / "data").exists()
