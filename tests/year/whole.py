"""The whole program around the script: its pages behind a server on loopback, its worker's context, a real SMTP peer, one clock for all."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import asyncpg
import httpx
import msgspec

from migrations import runner
from service import local_stack
from service.places.places import open_places
from service.settings import ServiceSettings
from tests.service.mail.neighbors import SECRET
from tests.service.mail.peer import smtp_peer
from tests.service.visitor import Hands
from tests.year.audit import Audit, audit, counted, recounted, share
from tests.year.life import Life
from tests.year.staff import Staff
from tests.year.towns import open_towns
from workers.context import open_context

WEEK = timedelta(days=7)


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """The counts of `Audit`, and the share of people who came back: by the product, and by the script's diary."""

    weeks: int
    residents: int
    letters: int
    presses: dict[str, int]
    visits: int
    doubled: int
    lost: int
    untold: int
    oversold: int
    passed_over: int
    miscounted: int
    inhumane: int
    north_star: float
    recount: float
    seconds: float


@dataclass(frozen=True)
class Lived:
    life: Life
    audit: Audit
    summary: Summary

    @property
    def holds(self) -> bool:
        """Also whether anything happened at all."""
        return not self.audit.faults and self.summary.letters > 0 and self.summary.visits > 0


async def live(
    admin_url: str,
    database_url: str,
    redis_url: str,
    *,
    begins: datetime,
    weeks: int,
    residents: int,
    seed: int,
    say: Callable[..., None] = lambda *lines: None,
) -> Lived:
    """Live so many weeks from `begins`; stops at the first week that breaks a promise."""
    began, hands = time.monotonic(), Hands(begins)
    admin = await asyncpg.connect(admin_url)
    await runner.apply(admin_url)
    try:
        async with smtp_peer() as peer:
            with local_stack.listening("127.0.0.1", 0) as listener:
                settings = ServiceSettings(
                    database_url=database_url, admin_url=admin_url, redis_url=redis_url, secret_keys=SECRET.decode(),
                    base_url=local_stack.address_of(*listener.getsockname()[:2]), mail_url=f"smtp://127.0.0.1:{peer.port}",
                )  # fmt: skip
                async with (
                    local_stack.whole(settings, hands, listener=listener, work=None) as address,
                    open_context(settings, hands, asyncio.Event()) as context,
                    httpx.AsyncClient(base_url=address, headers={"sec-fetch-site": "same-origin"}) as client,
                ):
                    towns = await open_towns(context.database, client, places=open_places(""), now=hands())
                    life = Life(hands=hands, context=context, client=client, peer=peer, towns=towns, seed=seed)
                    life.sign_up_within(residents, timedelta(days=min(28, 7 * weeks // 2)))
                    week, last_audit = await _weeks(life, Staff(life, admin), admin, weeks, say)
                    shares = share(await counted(admin, hands())), share(await recounted(admin, life.diary))
    finally:
        await admin.close()
    return Lived(life, last_audit, _summary(life, last_audit, week, residents, shares, time.monotonic() - began))


async def _weeks(life: Life, staff: Staff, admin: asyncpg.Connection, weeks: int, say: Callable[..., None]) -> tuple[int, Audit]:
    held = await audit(admin, life.diary, life.neighbors, life.context.vault, now=life.hands())
    for week in range(1, weeks + 1):
        life.habits_of_a_week()
        await staff.plans_of_a_week()
        await life.live(life.hands() + WEEK)
        held = await audit(admin, life.diary, life.neighbors, life.context.vault, now=life.hands())
        say(f"week {week}: {len(life.diary.letters)} letters, {len(life.diary.visits)} visits", *held.faults)
        if held.faults:
            break
    return week, held


def _summary(life: Life, held: Audit, weeks: int, residents: int, shares: tuple[float, float], seconds: float) -> Summary:
    return Summary(
        weeks=weeks,
        residents=residents,
        letters=len(life.diary.letters),
        presses=dict(life.diary.presses),
        visits=len(life.diary.visits),
        north_star=shares[0],
        recount=shares[1],
        seconds=round(seconds, 1),
        **{name: len(faults) for name, faults in msgspec.structs.asdict(held).items()},
    )
