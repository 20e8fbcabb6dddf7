"""The doorbell: wakes workers. Postgres holds what there is to do, so a ring that gets lost costs a minute and nothing else."""

from __future__ import annotations

from typing import Any, Literal, Protocol, runtime_checkable

import msgpack
import structlog
from arq.connections import ArqRedis
from redis.asyncio import ConnectionPool
from redis.exceptions import RedisError

log = structlog.get_logger()

Job = Literal["match_week", "send_digests", "deliver_letters", "import_feeds", "tidy"]
QUEUE = "doorstep:jobs"
ANSWER_S = 5  # a busy machine takes its time; a Redis that is not there refuses at once, a silent one holds nobody up for longer


def pack(value: object) -> bytes:
    """msgpack, never pickle; what it cannot hold (an exception that arq wants to keep) becomes its text."""
    packed: bytes = msgpack.packb(value, default=repr)
    return packed


def unpack(data: bytes) -> Any:
    return msgpack.unpackb(data)


@runtime_checkable
class Bell(Protocol):
    async def ring(self, job: Job) -> None: ...

    async def is_heard(self) -> bool:
        """Whether a ring would reach anybody."""
        ...

    async def close(self) -> None: ...


class RedisBell:
    """Rings through arq. Jobs carry no data: they only mean "look at the ledger"."""

    def __init__(self, redis: ArqRedis) -> None:
        self.redis = redis

    async def ring(self, job: Job) -> None:
        try:
            await self.redis.enqueue_job(job, _queue_name=QUEUE)
        except (OSError, RedisError) as error:
            log.warning("bell_silent", job=job, error=type(error).__name__)

    async def is_heard(self) -> bool:
        try:
            return bool(await self.redis.ping())
        except (OSError, RedisError):
            return False

    async def close(self) -> None:
        await self.redis.aclose(close_connection_pool=True)


class Silence:
    """No bell: workers look by themselves every minute."""

    async def ring(self, job: Job) -> None:
        return None

    async def is_heard(self) -> bool:
        return False

    async def close(self) -> None:
        return None


def connect(redis_url: str) -> ArqRedis:
    """A client of the queue; it connects when it is first used, and whoever made it closes it.

    Not by `arq.create_pool`: stopped or refused half way, it leaves its connection open.
    """
    pool = ConnectionPool.from_url(redis_url, socket_connect_timeout=ANSWER_S, socket_timeout=ANSWER_S)
    return ArqRedis(pool, job_serializer=pack, job_deserializer=unpack, default_queue_name=QUEUE)


async def open_bell(redis_url: str) -> RedisBell | Silence:
    """A bell that works, or silence when there is no Redis to ring through."""
    if not redis_url:
        return Silence()
    bell = RedisBell(connect(redis_url))
    if await bell.is_heard():
        return bell
    await bell.close()
    log.warning("bell_silent", error="no answer")
    return Silence()
