"""What the database says: is it there, up to date, worked on, and is there a town in it?"""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import asyncpg
import msgspec

from migrations import runner
from service import db, sql
from service.db import Conn, open_database
from service.errors import Broken
from service.mail import store as letters
from service.mail.model import Doubtful
from service.settings import ServiceSettings

_Q = sql.load(__file__)
NAMED = 20  # letters in doubt that are named one by one
ANSWER_S = 10.0
BEAT_MOST = timedelta(minutes=5)


class _Town(msgspec.Struct, frozen=True):
    """What there is at least one of."""

    center: bool
    partner: bool
    form: bool
    activity: bool


async def faults(settings: ServiceSettings, *, now: datetime) -> list[str]:
    try:
        async with asyncio.timeout(ANSWER_S):
            if names := await runner.pending(settings.database_url):
                return [f"schema: {', '.join(names)} not applied yet: run `doorstep migrate`"]
            await _connect_as_each_role(settings.database_url)
            return await _contents(settings.database_url, now)
    except TimeoutError:
        return [f"database: does not answer within {ANSWER_S:.0f} seconds; look at DOORSTEP_DATABASE_URL and at the server's log"]
    except Broken as broken:
        return [f"database: {name} {fault}" for name, fault in broken.fields.items()]
    except runner.MigrationError as error:
        return [f"schema: the database is not as this program needs it: {error}"]
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, ValueError) as error:
        return [f"database: {error}"]


async def _connect_as_each_role(url: str) -> None:
    for role in ("doorstep_app", "doorstep_worker"):
        database = await open_database(url, role=role, size=1)
        await database.close()


async def _contents(url: str, now: datetime) -> list[str]:
    database = await open_database(url, role="doorstep_worker", size=1)
    try:
        async with database.transaction() as conn:
            return [*await _worker(conn, now), *await _town(conn, now), *await _letters_in_doubt(conn)]
    finally:
        await database.close()


async def _worker(conn: Conn, now: datetime) -> list[str]:
    beat_at = await db.value(conn, _Q.last_beat)
    if beat_at and now - beat_at <= BEAT_MOST:
        return []
    seen = f"since {beat_at:%Y-%m-%d %H:%M} UTC" if beat_at else "yet"
    return [f"worker: none has worked {seen}, so no letter leaves; start `doorstep work`, or `doorstep up`, which has one"]


async def _town(conn: Conn, now: datetime) -> list[str]:
    town = await db.one(conn, _Q.town, _Town, now=now)
    assert town is not None
    if not (town.center or town.partner):
        return ["town: there is none yet: open it with `doorstep town open NAME --zip ZIP`"]
    cures = {
        "no center posts activities": (town.center, "organization create NAME --kind center --slug SLUG --zip ZIP --address ADDRESS"),
        "no partner invites residents": (town.partner, "organization create NAME --kind partner --slug SLUG --zip ZIP --address ADDRESS"),
        "no form to sign up on": (town.form, "form create --organization PARTNER --slug SLUG --title TITLE"),
        "no published activity has a date to come": (town.activity, "import activities SOURCE --center SLUG"),
    }
    return [f"town: {missing}: `doorstep {cure}`" for missing, (there, cure) in cures.items() if not there]


async def _letters_in_doubt(conn: Conn) -> list[str]:
    doubtful = await letters.doubtful(conn)
    more = [f"mail: {len(doubtful) - NAMED} more letters are in doubt"] if len(doubtful) > NAMED else []
    return [_in_doubt(letter) for letter in doubtful[:NAMED]] + more


def _in_doubt(letter: Doubtful) -> str:
    """What an operator can do about it, too."""
    named = f"the {letter.kind} letter {letter.message_id} of {letter.queued_at:%Y-%m-%d}"
    if letter.state == "ambiguous":
        return f"mail: {named} was on its way when its sender was lost, and is being looked up; it is not sent twice"
    return (
        f"mail: {named} may have arrived, or not: the line broke before the server answered."
        " It is held and never sent again by itself; look for its Message-ID in the mail server's log"
    )
