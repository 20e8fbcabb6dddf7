"""One line per request with an allow-list of fields: no address, no query, no cookie, no body, nobody's name."""

from __future__ import annotations

from typing import NamedTuple

import structlog


class FinishedRequest(NamedTuple):
    """A finished request. `route` is the pattern of the address, or "-"."""

    method: str
    route: str
    status: int
    seconds: float


def log_request(seen: FinishedRequest) -> None:
    structlog.get_logger("doorstep.web").info(
        "request", method=seen.method, route=seen.route, status=seen.status, ms=round(seen.seconds * 1000, 1)
    )
