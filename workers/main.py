"""The worker's main: listens for the bell, and looks at the ledger every minute whether it rings or not.

arq is an alarm clock and nothing more. Its jobs carry no data, may run twice or never, and what there is to do stands in Postgres.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from arq.connections import ArqRedis, create_pool
from arq.worker import Worker, func
from redis.exceptions import RedisError

from service.clock import Clock
from service.faults import contained, described
from service.feeds.actions import Fetch
from service.feeds.fetch import fetch
from service.jobs import QUEUE, pack, redis_settings, unpack
from service.settings import ServiceSettings
from workers.after_match import after_match
from workers.ask_after_visits import ask_after_visits
from workers.context import Context, open_context
from workers.count_returns import count_returns
from workers.deliver_letters import deliver_letters
from workers.import_feeds import import_feeds
from workers.keep_ready import keep_ready
from workers.learn import learn_nightly
from workers.match_week import match_week
from workers.pass_seats_on import pass_seats_on
from workers.remind import remind
from workers.send_digests import send_digests
from workers.tell_newcomers import tell_newcomers
from workers.tidy import beat, tidy
from workers.watch_silence import watch_silence
from workers.write_receipts import write_receipts

log = structlog.get_logger()

TICK_S = 60.0
JOB_S = 30
RESTART_S = 2.0
Look = Callable[[Context], Awaitable[object]]
LOOKS: dict[str, Look] = {
    "tidy": tidy,
    "match_week": match_week,
    "send_digests": send_digests,
    "pass_seats_on": pass_seats_on,
    "write_receipts": write_receipts,
    "remind": remind,
    "tell_newcomers": tell_newcomers,
    "ask_after_visits": ask_after_visits,
    "deliver_letters": deliver_letters,
    "import_feeds": import_feeds,
    "keep_ready": keep_ready,
    "watch_silence": watch_silence,
    "after_match": after_match,
    "count_returns": count_returns,
    "learn": learn_nightly,
}
# Looks of one lane follow each other; a lane that is slow, as strangers' servers may be, holds up no other.
LANES = (
    (
        "tidy",
        "match_week",
        "send_digests",
        "pass_seats_on",
        "write_receipts",
        "remind",
        "tell_newcomers",
        "ask_after_visits",
        "deliver_letters",
    ),
    ("import_feeds",),
    ("keep_ready", "watch_silence"),
    ("after_match", "count_returns"),
    ("learn",),
)


async def work(settings: ServiceSettings, clock: Clock, stop: asyncio.Event, *, fetch: Fetch = fetch, tick_s: float = TICK_S) -> None:
    """Run until `stop` is set: the letter in hand is finished, and what was taken and not begun goes back.

    tick_s: seconds from one look at the ledger to the next where no bell rings.
    """
    name = f"{socket.gethostname()}-{os.getpid()}"
    async with open_context(settings, clock, stop, pool=4 + len(LANES), fetch=fetch) as context:
        turns = Turns(context)
        tasks = [asyncio.create_task(_tick(context, turns, lane, tick_s), name=lane[0]) for lane in LANES]
        tasks.append(asyncio.create_task(_live(context, name, tick_s), name="heart"))
        if settings.redis_url:
            tasks.append(asyncio.create_task(_listen(context, turns), name="bell"))
        await stop.wait()
        await _wind_down(tasks, turns)


class Turns:
    """One look of a kind at a time: the bell and the minute may ask for the same one together."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._locks = {name: asyncio.Lock() for name in LOOKS}

    async def poll(self, name: str) -> None:
        """A look that fails is logged and made again within a minute; it takes no other look with it."""
        lock = self._locks[name]
        if self._context.stop.is_set() or lock.locked():
            return
        async with lock:
            with contained("look_failed", look=name):
                await LOOKS[name](self._context)

    async def finished(self) -> None:
        """Wait for whatever is being looked at."""
        for lock in self._locks.values():
            async with lock:
                pass


async def _tick(context: Context, turns: Turns, lane: tuple[str, ...], tick_s: float) -> None:
    while not context.stop.is_set():
        for poll in lane:
            await turns.poll(poll)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(context.stop.wait(), tick_s)


async def _live(context: Context, name: str, tick_s: float) -> None:
    while not context.stop.is_set():
        with contained("heartbeat_failed"):
            await beat(context, worker=name)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(context.stop.wait(), tick_s)


async def _listen(context: Context, turns: Turns) -> None:
    """arq ends when Redis goes away; it is started again until it comes back."""
    while not context.stop.is_set():
        try:
            worker = _worker(await _connected(context.settings.redis_url), turns)
            try:
                await worker.async_run()
            finally:
                await _close(worker)
        except (TimeoutError, OSError, RedisError) as error:
            log.warning("bell_lost", **described(error))
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(context.stop.wait(), RESTART_S)


async def _connected(redis_url: str) -> ArqRedis:
    """arq's pool. Stopped while it is being made, arq would leave its connection open: so it is made to the end, and closed."""
    settings = redis_settings(redis_url)
    making = asyncio.create_task(create_pool(settings, job_serializer=pack, job_deserializer=unpack, default_queue_name=QUEUE))
    try:
        return await asyncio.shield(making)
    except asyncio.CancelledError:
        with contextlib.suppress(OSError, RedisError):
            await (await making).aclose()
        raise


async def _close(worker: Worker) -> None:
    """Let the jobs end, then close: at once where the worker stops, within their time limit where Redis went away.

    arq would cancel them, yet shields the note of a job's end: written while the pool closes, it would connect anew, and stay open.
    """
    await asyncio.gather(*worker.tasks.values(), return_exceptions=True)
    with contextlib.suppress(OSError, RedisError):
        await worker.close()
    if worker.pool:
        with contextlib.suppress(OSError, RedisError):
            await worker.pool.aclose()


def _worker(redis: ArqRedis, turns: Turns) -> Worker:
    return Worker(
        functions=[func(_job(turns, name), name=name, max_tries=1, keep_result=0) for name in LOOKS],
        queue_name=QUEUE,
        redis_pool=redis,
        job_serializer=pack,
        job_deserializer=unpack,
        job_timeout=JOB_S,
        max_tries=1,
        keep_result=0,
        max_jobs=len(LOOKS),
        poll_delay=0.2,
        handle_signals=False,
    )


def _job(turns: Turns, name: str) -> Any:
    async def job(_: dict[Any, Any]) -> None:
        # Shielded: arq's time limit ends the job, never a letter that is on the wire.
        await asyncio.shield(asyncio.create_task(turns.poll(name)))

    job.__qualname__ = name
    return job


async def _wind_down(tasks: list[asyncio.Task[None]], turns: Turns) -> None:
    await turns.finished()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
