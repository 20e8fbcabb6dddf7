"""Watches the servers of one machine and starts again what has died, on the same port and data, until it dies too often."""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from service.embedded.processes import EmbeddedError, Running, stop_child

log = logging.getLogger(__name__)

LOOK_S = 0.2
PAUSE_FIRST_S = 0.2
PAUSE_MOST_S = 5.0
DEATHS_MOST = 8
WITHIN_S = 120.0


@dataclass
class Server:
    """One server that runs: how to start it again at its port, and the signals that stop it, the gentlest first."""

    name: str
    running: Running
    start: Callable[[int], Running]
    signals: tuple[signal.Signals, ...]
    deaths: deque[float] = field(default_factory=lambda: deque(maxlen=DEATHS_MOST))

    @property
    def has_ended(self) -> bool:
        return self.running.process.poll() is not None

    def start_again(self) -> None:
        self.running = self.start(self.running.port)

    def stop(self) -> None:
        stop_child(self.running.process, self.signals)

    def note_death(self, now_s: float) -> bool:
        """Whether it died so often of late that starting it again helps nobody."""
        self.deaths.append(now_s)
        return len(self.deaths) == DEATHS_MOST and now_s - self.deaths[0] < WITHIN_S

    def pause_s(self, now_s: float) -> float:
        """Twice as long after each death within the window."""
        recent = sum(now_s - death < WITHIN_S for death in self.deaths)
        return float(min(PAUSE_FIRST_S * 2 ** max(recent - 1, 0), PAUSE_MOST_S))


class Supervisor:
    """A thread of its own, so that whatever else the program does, its servers are looked after.

    It gives up loudly: the program gets SIGTERM, and `stop` raises EmbeddedError with the reason.
    """

    def __init__(self, servers: list[Server]) -> None:
        self._servers = servers
        self._stopping = threading.Event()
        self._failure: EmbeddedError | None = None
        self._thread = threading.Thread(target=self._watch, name="supervisor", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Stop watching; the servers are left as they are. Raises EmbeddedError where the supervisor had given up."""
        self._stopping.set()
        self._thread.join()
        if self._failure:
            raise self._failure

    def _watch(self) -> None:
        while not self._stopping.wait(LOOK_S):
            for server in self._servers:
                if server.has_ended and not self._revive(server):
                    return

    def _revive(self, server: Server) -> bool:
        """Start it again after a pause. False: it died too often, and the program is told to end."""
        log.warning("%s has died; it is started again", server.name)
        if server.note_death(time.monotonic()):
            reason = (
                f"{server.name} died {DEATHS_MOST} times within {WITHIN_S:.0f} seconds, so Doorstep stops. Its log is in the data folder."
            )
            self._failure = EmbeddedError(reason)
            log.error("%s", reason)
            os.kill(os.getpid(), signal.SIGTERM)
            return False
        if not self._stopping.wait(server.pause_s(time.monotonic())):
            try:
                server.start_again()
            except EmbeddedError as failure:
                log.warning("%s", failure)  # it counts as another death
        return True
