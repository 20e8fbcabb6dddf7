"""Child processes: whose they are, whether they are ready, and how they are stopped."""

import contextlib
import importlib.util
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

READY_S = 300.0  # long enough for crash recovery on a slow disk
STOP_S = 30.0
LOG_BYTES = 5_000_000


class EmbeddedError(RuntimeError):
    """A server could not be started; the message says what to do."""


@dataclass(frozen=True)
class Running:
    process: "subprocess.Popen[bytes]"
    port: int


def _is_ours(pid: int, folder: Path) -> bool:
    """Whether a living process works in `folder`, as both servers do. A zombie or a stranger is not ours."""
    proc = Path("/proc") / str(pid)
    if not Path("/proc/self").exists():
        return _is_ours_by_ps(pid, folder)
    try:
        state = (proc / "stat").read_text().rpartition(")")[2].split()[0]
        return state not in "ZX" and Path(os.readlink(proc / "cwd")) == folder.resolve()
    except OSError:
        return False


def _is_ours_by_ps(pid: int, folder: Path) -> bool:
    seen = subprocess.run(["ps", "-ww", "-o", "stat=,command=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout
    return bool(seen.strip()) and not seen.startswith("Z") and str(folder) in seen


def first_number(path: Path) -> int | None:
    try:
        return int(path.read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return None


def stop_ours(folder: Path, pid_file: str, signals: tuple[signal.Signals, ...]) -> None:
    """Send ever stronger signals to the server of this folder, and to nobody else, until it is gone."""
    pid = first_number(folder / pid_file)
    if pid is None or pid <= 1:
        return
    for sign in signals:
        if not _is_ours(pid, folder):
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, sign)
        if _until(lambda: not _is_ours(pid, folder), STOP_S):
            return
    raise EmbeddedError(f"process {pid} on {folder} does not stop")


def _until(done: Callable[[], bool], timeout_s: float) -> bool:
    end = time.monotonic() + timeout_s
    while not done():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


def comes_up(process: "subprocess.Popen[bytes]", ready: Callable[[], bool]) -> bool:
    """Wait until a server is ready, or has ended, or the time is over."""
    return _until(lambda: process.poll() is not None or ready(), READY_S) and process.poll() is None


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.contextmanager
def log_file(path: Path) -> Iterator[IO[bytes]]:
    too_long = path.exists() and path.stat().st_size > LOG_BYTES
    with path.open("wb" if too_long else "ab") as file:
        yield file


def last_lines(path: Path, lines: int = 5) -> str:
    return "\n".join(path.read_text(errors="replace").splitlines()[-lines:])


def stop_child(process: "subprocess.Popen[bytes]", signals: tuple[signal.Signals, ...]) -> None:
    for sign in signals:
        if process.poll() is not None:
            return
        process.send_signal(sign)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(STOP_S)


def package_folder(package: str) -> Path | None:
    # Found, never imported: importing it warns, and its supervisor is not wanted.
    spec = importlib.util.find_spec(package)
    return Path(spec.origin).parent if spec and spec.origin else None
