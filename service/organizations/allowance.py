"""How much one key may ask for: so many requests in each minute of the clock."""

from __future__ import annotations

from datetime import datetime

import msgspec

from service import db
from service.db import Conn
from service.organizations.store import queries

WINDOW_S = 60
PER_WINDOW = 600


class Allowance(msgspec.Struct, frozen=True):
    """left: requests; below zero: too many. resets_in_s: seconds until the next window."""

    left: int
    resets_in_s: int

    @property
    def headers(self) -> dict[str, str]:
        """As in the draft "RateLimit header fields for HTTP" (draft-ietf-httpapi-ratelimit-headers-10)."""
        return {
            "RateLimit-Policy": f'"key";q={PER_WINDOW};w={WINDOW_S}',
            "RateLimit": f'"key";r={max(0, self.left)};t={self.resets_in_s}',
        }


async def take(conn: Conn, *, key_id: str, now: datetime) -> Allowance:
    """Count one request of a key; the transaction sees its organization's rows."""
    into = int(now.timestamp()) % WINDOW_S
    window_start = datetime.fromtimestamp(int(now.timestamp()) - into, tz=now.tzinfo)
    requests: int = await db.value(conn, queries.count_use, key_id=key_id, window_start=window_start)
    return Allowance(left=PER_WINDOW - requests, resets_in_s=WINDOW_S - into)
