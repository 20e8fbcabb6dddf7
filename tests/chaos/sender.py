"""A sender that runs the real delivery loop until it is killed."""

import asyncio
import traceback
from datetime import UTC, datetime
from pathlib import Path

from service.db import open_database
from service.mail.deliver import Pace, Sender, deliver
from service.mail.model import LookupResult
from service.mail.transport import Smtp
from tests.chaos.neighborhood import VAULT

FROM = "Doorstep <hello@doorstep.example.org>"
HURRIED = Pace(lease_s=4.0, lookup_s=1.0, batch=20)


class Looking(Smtp):
    """A provider that can be asked whether it has a letter, as a local mail server's log can."""

    def __init__(self, url: str, truth: Path) -> None:
        super().__init__(url, mail_from=FROM)
        self.truth = truth

    async def lookup(self, message_id: str) -> LookupResult:
        taken = await asyncio.to_thread(self.truth.read_text)
        return LookupResult.YES if message_id in taken.splitlines() else LookupResult.NO


def run(database_url: str, smtp_port: int, truth: Path, look: bool) -> int:
    """Exit code 1 when the database went away: whoever watches starts another."""
    try:
        asyncio.run(_send(database_url, f"smtp://127.0.0.1:{smtp_port}", truth, look))
    except OSError:
        return 1
    except Exception:
        traceback.print_exc(limit=1)
        return 1
    return 0


async def _send(database_url: str, smtp_url: str, truth: Path, look: bool) -> None:
    database = await open_database(database_url, role="doorstep_worker", size=2)
    transport = Looking(smtp_url, truth) if look else Smtp(smtp_url, mail_from=FROM)
    sender = Sender(database=database, transport=transport, vault=VAULT, mail_from=FROM, clock=lambda: datetime.now(UTC), pace=HURRIED)
    while True:
        await deliver(sender, stop=asyncio.Event())
        await asyncio.sleep(0.1)
