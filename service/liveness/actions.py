"""When letters stop inviting people to an activity, and how its center keeps it or brings it back.

Signs of life of an activity:

- an answer: a yes, a no or a wish to come, attendance that its center noted, a visit that a person told of the morning after;
- people who came without a seat, as its center noted them;
- its calendar: it is still being fetched, and the event is still in it (what vanishes from a calendar is called off). Nobody notes
  attendance at the place of such an activity, so this stands in for it. A file that was imported once says nothing;
- its center's press of "We are here".

An activity is silent when there was none of them in the last `SILENT_FOR`, although it was offered to people and took place:

- `SILENT_FOR`, ten weeks, hold two dates even of a monthly activity, whose dates are four or five weeks apart;
- `LEAST_DATES`, two: one date without a note may have been an accident;
- `LEAST_INVITATIONS`, twenty, to dates that are over, by letters that were sent: where one invitation in seven is answered, twenty
  without any answer happen by chance in one case of twenty. Who was never offered to anybody is not silent.

Its center is asked `NOTICE` before the invitations stop. A sign of life after the letter ends it, also after the activity has left.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from itertools import groupby
from uuid import UUID
from zoneinfo import ZoneInfo

from service.db import Conn, Database
from service.faults import contained
from service.liveness import store
from service.liveness.letter import still_there
from service.liveness.model import SilentActivity, Watched
from service.mail import actions as mail
from service.mail.hours import humane
from service.mail.letter_context import LetterContext
from service.organizations import store as organizations
from service.tokens import Purpose

SILENT_FOR = timedelta(weeks=10)
LEAST_DATES = 2
LEAST_INVITATIONS = 20
NOTICE = timedelta(days=7)
LINK_LIFE = timedelta(weeks=26)
EDITORS = ("owner", "staff")  # who may change the activities of a center, and so answer for them
LANGUAGE = "en"  # of letters to staff, of whom no language is on record


async def watch(database: Database, context: LetterContext, *, now: datetime) -> Watched:
    """Bring back what was heard of, let go what was not in time, and ask the centers of what is silent now. Worker role.

    Run again, or by two workers at once, it adds nothing. A center whose letter fails is logged and asked at the next look.
    """
    async with database.transaction() as conn:
        await store.forget_ended(conn, now=now)
        returned, left = await store.bring_back(conn), await store.leave(conn, now=now)
        silent = await store.silent(conn, since=now - SILENT_FOR, now=now, least_dates=LEAST_DATES, least_invitations=LEAST_INVITATIONS)
    warned = 0
    for organization_id, activities in groupby(silent, key=lambda activity: activity.organization_id):
        with contained("center_not_asked", organization=str(organization_id)):
            warned += await _ask(database, context, list(activities), now=now)
    return Watched(returned=returned, left=left, warned=warned)


async def keep(conn: Conn, *, organization_id: UUID, activity_ids: Sequence[UUID], now: datetime) -> int:
    """Go on inviting people to these activities of a center, or begin to again; on its behalf.

    How many of them needed it. Twice is the same as once.
    """
    return await store.keep(conn, organization_id=organization_id, activity_ids=activity_ids, now=now)


def leaves_at(asked_at: datetime, zone: str) -> datetime:
    """The end of the day, by the clock of the center, a week after the letter."""
    here = ZoneInfo(zone)
    return datetime.combine((asked_at + NOTICE).astimezone(here).date() + timedelta(days=1), time(), here)


async def _ask(database: Database, context: LetterContext, silent: list[SilentActivity], *, now: datetime) -> int:
    """One letter to everybody who may answer for the center. How many activities it is about."""
    organization_id, zone = silent[0].organization_id, silent[0].zone
    asked_at = humane(now, zone) if context.humane else now
    ends_at = leaves_at(asked_at, zone)
    async with database.transaction() as conn:
        ids = [activity.id for activity in silent]
        warned = await store.warn(conn, organization_id=organization_id, activity_ids=ids, leaves_at=ends_at, now=now)
        colleagues = await organizations.colleagues(conn, organization_id) if warned else []
        for staff_id in [colleague.id for colleague in colleagues if colleague.role in EDITORS]:
            token = context.tokens.mint(
                Purpose.CENTER, resident_id=staff_id, epoch=0, subject_id=organization_id, expires_at=now + LINK_LIFE
            )
            content = still_there(
                [activity for activity in silent if activity.id in warned],
                weeks=SILENT_FOR.days // 7,
                leaves_at=ends_at,
                url=f"{context.base_url}/here/{token}",
                language=LANGUAGE,
            )
            await mail.queue(
                conn,
                kind="notice",
                contents={LANGUAGE: content},
                vault=context.vault,
                staff_id=staff_id,
                organization_id=organization_id,
                not_before=asked_at,
                give_up_at=ends_at,
                now=now,
            )
    return len(warned)
