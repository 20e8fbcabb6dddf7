"""The doorbell: wakes workers. Postgres holds what there is to do, so a ring that gets lost costs a minute and nothing else."""

from __future__ import annotations

from typing import Any, Literal, Protocol, runtime_checkable

import msgpack
import structlog
from arq import create_pool
from arq.connections import ArqRedis, RedisSettings
from redis.exceptions import RedisError

log = structlog.get_logger()

Job = Literal["match_week", "send_digests", "pass_seats_on", "deliver_letters", "import_feeds", "tidy"]
QUEUE = "doorstep:jobs"


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
        await self.redis.aclose()


class Silence:
    """No bell: workers look by themselves every minute."""

    async def ring(self, job: Job) -> None:
        return None

    async def is_heard(self) -> bool:
        return False

    async def close(self) -> None:
        return None


async def open_bell(redis_url: str) -> RedisBell | Silence:
    """A bell that works, or silence when there is no Redis to ring through."""
    if not redis_url:
        return Silence()
    settings = redis_settings(redis_url)
    settings.conn_retries = 1
    try:
        return RedisBell(await create_pool(settings, job_serializer=pack, job_deserializer=unpack, default_queue_name=QUEUE))
    except (OSError, RedisError) as error:
        log.warning("bell_silent", error=type(error).__name__)
        return Silence()


def redis_settings(redis_url: str) -> RedisSettings:
    settings = RedisSettings.from_dsn(redis_url)
    settings.conn_timeout = 1
    return settings
