"""The center API's single dates: called off, taken back, and held at another time."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from litestar import Response, post
from litestar.params import FromPath, JSONBody

from service.activities.posting import Wall
from service.activities.recurrence import instant
from service.centers import changes, store
from service.centers.model import CalledOff, CallOff, CenterSession
from service.centers.store import Date
from service.context import app_context
from service.errors import Invalid
from service.organizations.api import RetryKey, answer_of, api_key, needs, once, transaction
from service.organizations.retries import Answer
from service.web.connection import AnyRequest


def session_of(date: Date) -> CenterSession:
    same = {name: getattr(date, name) for name in CenterSession.__struct_fields__ if name != "starts_at_local"}
    return CenterSession(**same, starts_at_local=date.starts_at.astimezone(ZoneInfo(date.zone)).replace(tzinfo=None, fold=0))


class MovedSession(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """starts_at_local: by the clock of the place. duration_min: left out, it is as long as it was."""

    starts_at_local: Wall
    duration_min: Annotated[int, msgspec.Meta(ge=5, le=1440)] | None = None


@post("/api/v1/sessions/{id:uuid}/cancel", **needs("activities:write"), status_code=200, summary="Call one date off", tags=["centers"])
async def called_off(
    request: AnyRequest, id: FromPath[UUID], data: JSONBody[CallOff | None] = None, idempotency_key: RetryKey = None
) -> Response[CalledOff]:
    """The series does not bring it back. Everyone who had a seat is written to in ten minutes; until then `restore` takes it back.

    Of a date that begins within two hours the letters leave at once.
    """
    state, key = app_context(request), api_key(request)
    reason = data.reason.strip() if data else ""

    async def make() -> Answer:
        letters_queued = await changes.call_off(
            conn, organization_id=key.organization_id, session_id=id, reason=reason, vault=state.vault, now=state.clock()
        )
        return answer_of(CalledOff(id=id, told=letters_queued), status=200)

    async with transaction(request) as conn:
        response = await once(request, conn, idempotency_key, make)
    await state.bell.ring("deliver_letters")
    return response


@post("/api/v1/sessions/{id:uuid}/restore", **needs("activities:write"), status_code=200, summary="Take a call-off back", tags=["centers"])
async def restored(request: AnyRequest, id: FromPath[UUID], idempotency_key: RetryKey = None) -> Response[CenterSession]:
    """As long as its letters wait. Everybody has the seat they had, and nobody is written to. Twice is the same as once."""
    state, key = app_context(request), api_key(request)

    async def make() -> Answer:
        await changes.restore(conn, organization_id=key.organization_id, session_id=id, vault=state.vault, now=state.clock())
        return answer_of(session_of(await store.own_date(conn, organization_id=key.organization_id, session_id=id)), status=200)

    async with transaction(request) as conn:
        response = await once(request, conn, idempotency_key, make)
    await state.bell.ring("pass_seats_on")
    return response


@post("/api/v1/sessions/{id:uuid}/move", **needs("activities:write"), status_code=200, summary="Move one date", tags=["centers"])
async def moved(
    request: AnyRequest, id: FromPath[UUID], data: JSONBody[MovedSession], idempotency_key: RetryKey = None
) -> Response[CenterSession]:
    """Everyone who has a seat or waits for one is written to in ten minutes, once, also after several moves; at once where it is near."""
    state, key = app_context(request), api_key(request)

    async def make() -> Answer:
        date = await store.own_date(conn, organization_id=key.organization_id, session_id=id)
        length = timedelta(minutes=data.duration_min) if data.duration_min else date.ends_at - date.starts_at
        starts_at = instant(data.starts_at_local, ZoneInfo(date.zone))
        try:
            await changes.move(
                conn,
                organization_id=key.organization_id,
                session_id=id,
                starts_at=starts_at,
                length=length,
                vault=state.vault,
                now=state.clock(),
            )
        except Invalid as refusal:  # the page asks for the day and the hour one by one
            raise Invalid(fields={"starts_at_local": refusal.fields["day"]}) from refusal
        return answer_of(session_of(await store.own_date(conn, organization_id=key.organization_id, session_id=id)), status=200)

    async with transaction(request) as conn:
        response = await once(request, conn, idempotency_key, make)
    await state.bell.ring("deliver_letters")
    return response


ROUTES = [called_off, restored, moved]
