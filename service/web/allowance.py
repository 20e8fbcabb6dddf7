"""How often one address may knock at a door that needs no key and costs us work; counted in this process's memory and nowhere else."""

from __future__ import annotations

from datetime import datetime

from service.errors import TooMany
from service.web.client_address import address_block, client_address
from service.web.connection import AnyRequest
from service.web.security import add_headers

WINDOW_S = 60
MOST_ADDRESSES = 100_000  # in one window; beyond, all newcomers share one count


class RateLimit:
    """So many requests of one address in each minute of the clock. Processes count for themselves: several allow so much more."""

    def __init__(self, name: str, *, per_window: int) -> None:
        self.name = name
        self.per_window = per_window
        self._window = 0
        self._count: dict[str, int] = {}

    def pass_through(self, request: AnyRequest, *, now: datetime) -> None:
        """Adds the RateLimit headers to whatever will be answered. Raises TooMany."""
        window, into = divmod(int(now.timestamp()), WINDOW_S)
        if window != self._window:
            self._window, self._count = window, {}
        address = address_block(client_address(request), ipv4_bits=32, ipv6_bits=64)
        if address not in self._count and len(self._count) >= MOST_ADDRESSES:
            address = ""
        self._count[address] = self._count.get(address, 0) + 1
        left = self.per_window - self._count[address]
        headers = {
            "RateLimit-Policy": f'"{self.name}";q={self.per_window};w={WINDOW_S}',
            "RateLimit": f'"{self.name}";r={max(0, left)};t={WINDOW_S - into}',
        }
        add_headers(request.scope, headers)
        if left < 0:
            raise TooMany(retry_after_s=WINDOW_S - into)
