"""A partner's forms, as its page lists them."""

from __future__ import annotations

from uuid import UUID

import msgspec

from service import db
from service.db import Conn
from service.sql import load

queries = load(__file__)


class OwnForm(msgspec.Struct, frozen=True, kw_only=True):
    slug: str
    title: str
    intro: str


async def own_forms(conn: Conn, *, organization_id: UUID) -> list[OwnForm]:
    return await db.all_of(conn, queries.own_forms, OwnForm, organization_id=organization_id)
