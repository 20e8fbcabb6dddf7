"""Whether the time of an answer tells a known address from a new one: sign-ups of both, in mixed order, over a real connection.

    python -m tests.sign_ups.answer_times --each 2000

Prints one JSON line; `auc` is the chance that a guess by time alone is right about a pair (0.5: no better than a coin). Exit code 1 above
0.53, or where an answer to one kind has a status or length that no answer to the other has.
"""

from __future__ import annotations

import asyncio
import json
import logging
import random
import secrets
import signal
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

import asyncpg
import click
import httpx
import numpy as np
import structlog
from scipy.stats import rankdata

from migrations import runner
from service import embedded, local_stack
from service.forms.pages import PURPOSE
from service.settings import ServiceSettings
from service.web.form_token import FormTokens
from tests.conftest import NOW
from tests.service.mail.neighbors import SECRET, make_resident, make_town
from tests.service.visitor import Hands

MOST = 0.53
AT_ONCE = 6
AN_HOUR_EVERY = 800  # sign-ups: a form takes a thousand an hour
Answer = tuple[bool, float, int, int]  # whether the address is known, seconds, status, bytes


async def measured(servers: embedded.Servers, *, each: int, seed: int) -> list[Answer]:
    hands, rng = Hands(NOW), random.Random(seed)
    await runner.apply(servers.admin_url)
    admin = await asyncpg.connect(servers.admin_url)
    town = await make_town(admin, now=NOW)
    addresses = [(is_known, f"person-{number:06d}@residents.example.org") for is_known in (True, False) for number in range(each)]
    addresses = [(is_known, email.replace("person", "member" if is_known else "guests")) for is_known, email in addresses]
    for is_known, email in addresses:
        if is_known:
            await make_resident(admin, town, now=NOW - timedelta(days=9), email=email)
    rng.shuffle(addresses)
    with local_stack.listening("127.0.0.1", 0) as listener:
        here = local_stack.address_of(*listener.getsockname()[:2])
        settings = ServiceSettings(
            database_url=servers.database_url, admin_url=servers.admin_url, secret_keys=SECRET.decode(), base_url=here,
            mail_url="smtp://127.0.0.1:1", trusted_proxies="127.0.0.1",
        )  # fmt: skip
        async with (
            local_stack.whole(settings, hands, listener=listener, work=None) as address,
            httpx.AsyncClient(base_url=address, headers={"sec-fetch-site": "same-origin"}, timeout=60) as client,
        ):
            answers: list[Answer] = []
            for begin in range(0, len(addresses), AT_ONCE):
                batch = addresses[begin : begin + AT_ONCE]
                answers += await asyncio.gather(*[_sign_up(client, hands, begin + n, *one) for n, one in enumerate(batch)])
                if begin // AN_HOUR_EVERY != (begin + AT_ONCE) // AN_HOUR_EVERY:
                    hands.pass_by(timedelta(hours=6))
    await admin.close()
    return answers


async def _sign_up(client: httpx.AsyncClient, hands: Hands, number: int, is_known: bool, email: str) -> Answer:
    """Each from an address block of its own, as a proxy reports it."""
    token = FormTokens([SECRET]).mint(PURPOSE, nonce=secrets.token_urlsafe(9), now=hands() - timedelta(seconds=30))
    fields = {"email": email, "zip": "10001", "consent": "digest", "party": "1", "form_token": token}
    began = time.perf_counter()
    answer = await client.post("/f/riverton", data=fields, headers={"x-forwarded-for": f"10.{number >> 8}.{number & 255}.7"})
    return is_known, time.perf_counter() - began, answer.status_code, len(answer.content) + len(answer.headers["location"])


def auc(answers: list[Answer]) -> float:
    """Of a guess by time in the better of the two directions."""
    of_members = np.array([answer[0] for answer in answers])
    ranks = rankdata([answer[1] for answer in answers])
    members, guests = int(of_members.sum()), int((~of_members).sum())
    area = (ranks[of_members].sum() - members * (members + 1) / 2) / (members * guests)
    return float(max(area, 1 - area))


@click.command()
@click.option("--each", type=click.IntRange(50, 20_000), default=2_000, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True)
def main(each: int, seed: int) -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # the server is stopped then, too
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    with tempfile.TemporaryDirectory(prefix="doorstep-answers-") as name:
        folder = Path(name)
        folder.chmod(0o711)  # the database's own user passes through
        servers = embedded.start(folder / "var", redis=False)
        try:
            answers = asyncio.run(measured(servers, each=each, seed=seed))
        finally:
            servers.stop()
    by_time = auc(answers)
    shapes = {kind: {answer[2:] for answer in answers if answer[0] == kind} for kind in (True, False)}
    middle = {kind: round(1000 * float(np.median([answer[1] for answer in answers if answer[0] == kind])), 2) for kind in (True, False)}
    line = {"each": each, "auc": round(by_time, 4), "known_ms": middle[True], "new_ms": middle[False]}
    print(json.dumps(line | {"alike": shapes[True] == shapes[False], "seed": seed}))
    sys.exit(0 if by_time <= MOST and shapes[True] == shapes[False] else 1)


if __name__ == "__main__":
    main()
