"""Which benches there are, their lines one after the other, and how they read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from importlib.util import find_spec

import msgspec

from service.console import say
from service.errors import Broken
from service.outcomes import bench, bench_allocation, bench_week
from service.outcomes.bench import BenchmarkLine

BENCHES: dict[str, Callable[[int, int, int], Iterable[BenchmarkLine]]] = {
    "matching": bench.matching,
    "allocation": bench_allocation.allocation,
    "week": lambda residents, sessions, seed: msgspec.convert(bench_week.rows(residents, sessions, seed), list[BenchmarkLine]),
}
PEERS = {"matching": "faiss", "allocation": "ortools"}


def measured(what: str, residents: int, sessions: int, seed: int, peers: dict[str, str] = PEERS) -> list[BenchmarkLine]:
    """Raises Broken when a peer is not installed."""
    wanted = list(BENCHES) if what == "all" else [what]
    absent = [name for asked, name in peers.items() if asked in wanted and not find_spec(name)]
    missing = {name: "is not installed; `make bench` installs it" for name in absent}
    if missing:
        raise Broken("peers", fields=missing)
    lines = []
    for name in wanted:
        for line in BENCHES[name](residents, sessions, seed):
            say(f"{line.name} ({line.size}): {line.ratio} of {line.peer_name}", error=True)
            lines.append(line)
    return lines


def table(lines: list[BenchmarkLine]) -> Iterator[str]:
    """Ours, the peer's, the ratio, and the ratio aimed at."""
    for line in lines:
        figures = f"{line.ours:14.4f} {line.peer:14.4f} {line.unit:16} {line.ratio:8.4f} (aim {line.limit})"
        yield f"{line.name:52} {line.size:26} {figures} {line.peer_name}"
