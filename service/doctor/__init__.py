"""Looks at an installation and says what is wrong with it, in words. Nothing is started, made or changed."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import msgspec
from redis.asyncio import Redis
from redis.exceptions import RedisError

from service.doctor import database, mail
from service.settings import ServiceSettings

REDIS_S = 2.0


class Diagnosis(msgspec.Struct, kw_only=True):
    """faults: what must be mended, each with the way to do it. notes: what is well and good to know."""

    faults: list[str]
    notes: list[str]


async def examine(settings: ServiceSettings, *, now: datetime, letter_to: str | None = None) -> Diagnosis:
    """letter_to: an address that gets a test letter, if anything could be sent at all."""
    report = Diagnosis(faults=_missing(settings), notes=[])
    if settings.database_url:
        report.faults += await database.faults(settings, now=now)
    if settings.redis_url and not await _redis_answers(settings.redis_url):
        report.faults.append("redis: does not answer; letters wait for the worker's own look, once a minute")
    report.faults += await mail.faults(settings)
    report.notes += mail.notes(settings)
    if letter_to:
        await _send_letter(settings, report, letter_to, now)
    return report


def _missing(settings: ServiceSettings) -> list[str]:
    if not (settings.database_url or settings.redis_url):
        return [f"servers: no Doorstep runs on the folder {Path(settings.data_dir)}. {_how_to_start(settings)}"]
    names = [name for name in ("database_url", "redis_url", "secret_keys") if not getattr(settings, name)]
    return [f"settings: DOORSTEP_{name.upper()} is missing; deploy/env.example says what it holds" for name in names]


def _how_to_start(settings: ServiceSettings) -> str:
    folder = "" if settings.data_dir == ServiceSettings().data_dir else f" --data-dir {settings.data_dir}"
    return (
        f"Start one with `doorstep up{folder}`, or set DOORSTEP_DATABASE_URL, DOORSTEP_REDIS_URL and DOORSTEP_SECRET_KEYS"
        " where servers of your own run"
    )


async def _redis_answers(url: str) -> bool:
    redis = Redis.from_url(url, socket_timeout=REDIS_S, socket_connect_timeout=REDIS_S)
    try:
        return bool(await redis.ping())
    except (RedisError, OSError):
        return False
    finally:
        await redis.aclose()


async def _send_letter(settings: ServiceSettings, report: Diagnosis, to: str, now: datetime) -> None:
    fault, note = await mail.send_test_letter(settings, to=to, now=now)
    report.faults += [fault] if fault else []
    report.notes += [note] if note else []
