"""The center API's roster: a center's program reads who comes to a date, and notes who came."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath, JSONBody

from service.centers import roster, store
from service.centers.roster import Roster, expected_of
from service.context import app_context
from service.db import Conn
from service.organizations.api import RetryKey, answer_of, api_key, needs, once, transaction
from service.organizations.retries import Answer
from service.registrations import attendance
from service.registrations import store as registrations
from service.registrations.model import WalkIn
from service.residents.names import LONGEST_NAME
from service.web.connection import AnyRequest
from service.web.kinds import ONE_LINE
from service.web.visible import visible_line

MOST_MARKS = 500


class RosterGuest(msgspec.Struct, kw_only=True):
    """registration: stands for this seat, and for nobody anywhere else. name: first name and initial; null where there is none to show.

    party: how many come with this yes, the guest included. is_new: never came to this activity before.
    """

    registration: UUID
    name: str | None
    party: int
    is_new: bool
    state: Literal["confirmed", "attended", "missed"]


class RosterNeed(msgspec.Struct, kw_only=True):
    """What to have ready. people: how many guests need it; null where there is one guest."""

    need: str
    people: int | None


class RosterWalkIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """People who came without a seat. key: a UUID of your own, new for each note; the same again is noted once.

    first_name: null where they are only counted.
    """

    key: UUID
    first_name: Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_NAME, pattern=ONE_LINE)] | None = None
    people: Annotated[int, msgspec.Meta(ge=1, le=20)] = 1


class SessionRoster(msgspec.Struct, kw_only=True):
    """Who comes to one date. people: who is expected, with everybody they bring. came: who was seen, people without a seat included."""

    id: UUID
    title: str
    starts_at: datetime
    ends_at: datetime
    zone: str
    state: Literal["scheduled", "cancelled"]
    people: int
    newcomers: int
    came: int
    guests: list[RosterGuest]
    ready: list[RosterNeed]
    walk_ins: list[RosterWalkIn]


class Mark(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """came: true or false; null takes back what was noted before, which has to come before the contrary."""

    registration: UUID
    came: bool | None


class NotedAttendance(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All of it is noted, or nothing."""

    guests: Annotated[list[Mark], msgspec.Meta(max_length=MOST_MARKS)] = []
    walk_ins: Annotated[list[RosterWalkIn], msgspec.Meta(max_length=MOST_MARKS)] = []


class AttendanceCounts(msgspec.Struct, kw_only=True):
    """How it stands after the note: nobody is named. people, newcomers, came: as in the roster."""

    id: UUID
    people: int
    newcomers: int
    came: int


@get("/api/v1/sessions/{id:uuid}/roster", **needs("roster:read"), summary="Who comes to a date", tags=["centers"])
async def roster_of(request: AnyRequest, id: FromPath[UUID]) -> Response[SessionRoster]:
    """Names are a first name and an initial, of those who gave one. Needs are numbers, and never say whose they are."""
    state = app_context(request)
    async with transaction(request) as conn:
        read = await roster.read(
            conn, organization_id=api_key(request).organization_id, session_id=id, vault=state.vault, now=state.clock()
        )
    return Response(_answer(read), headers={"Cache-Control": "no-store"})


@post(
    "/api/v1/sessions/{id:uuid}/attendance",
    **needs("attendance:write"),
    status_code=200,
    summary="Note who came to a date",
    tags=["centers"],
)
async def attended(
    request: AnyRequest, id: FromPath[UUID], data: JSONBody[NotedAttendance], idempotency_key: RetryKey = None
) -> Response[AttendanceCounts]:
    """From one hour before the date begins. The same note again changes nothing."""
    organization_id = api_key(request).organization_id

    async def make() -> Answer:
        await store.own_date(conn, organization_id=organization_id, session_id=id)
        await _note(conn, id, data, app_context(request).clock())
        guests = await store.guests(conn, organization_id=organization_id, session_ids=[id])
        counts = expected_of(guests, await registrations.walk_ins(conn, session_id=id))
        return answer_of(AttendanceCounts(id=id, **msgspec.structs.asdict(counts)), status=200)

    async with transaction(request) as conn:
        return await once(request, conn, idempotency_key, make)


async def _note(conn: Conn, session_id: UUID, noted: NotedAttendance, now: datetime) -> None:
    changes = {True: attendance.mark_attended, False: attendance.mark_missed, None: attendance.take_back}
    for mark in noted.guests:
        await changes[mark.came](conn, session_id=session_id, handle=mark.registration, now=now)
    for sent in noted.walk_ins:
        first_name = visible_line(sent.first_name or "") or None
        walk_in = WalkIn(key=sent.key, first_name=first_name, people=sent.people)
        await attendance.note_walk_in(conn, walk_in, session_id=session_id, now=now)


def _answer(read: Roster) -> SessionRoster:
    same = {name: getattr(read.date, name) for name in ("id", "title", "starts_at", "ends_at", "zone", "state")}
    return SessionRoster(
        **same,
        **msgspec.structs.asdict(read.expected),
        guests=[
            RosterGuest(
                registration=row.guest.handle,
                name=row.name or None,
                party=row.guest.party,
                is_new=row.guest.is_new,
                state=row.guest.state,  # type: ignore[arg-type]  # the query asks for these three alone
            )
            for row in read.guests
        ],
        ready=[RosterNeed(need=code, people=None if read.alone else people) for code, people in read.ready],
        walk_ins=[RosterWalkIn(key=walk_in.key, first_name=walk_in.first_name, people=walk_in.people) for walk_in in read.walk_ins],
    )


ROUTES = [roster_of, attended]
