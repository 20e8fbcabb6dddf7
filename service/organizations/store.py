"""Rows of organizations, staff, sign-ins and keys, as Structs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from service import db
from service.db import Conn
from service.organizations.model import Key, Organization, Role, SignIn, Staff
from service.sql import load

queries = load(__file__)


class Colleague(msgspec.Struct, frozen=True, kw_only=True):
    """email: sealed, place "staff.email"."""

    id: UUID
    role: Role
    email: bytes
    created_at: datetime


class _Pointer(msgspec.Struct, frozen=True):
    organization_id: UUID
    staff_id: UUID


async def by_slug(conn: Conn, slug: str) -> Organization | None:
    return await db.one(conn, queries.by_slug, Organization, slug=slug)


async def by_id(conn: Conn, organization_id: UUID) -> Organization | None:
    return await db.one(conn, queries.by_id, Organization, id=organization_id)


async def staff_by_address(conn: Conn, email_indexes: Sequence[bytes]) -> list[Staff]:
    """Every place where this person works."""
    return await db.all_of(conn, queries.staff_by_address, Staff, email_indexes=list(email_indexes))


async def staff_by_id(conn: Conn, *, organization_id: UUID, staff_id: UUID) -> Staff | None:
    return await db.one(conn, queries.staff_by_id, Staff, organization_id=organization_id, staff_id=staff_id)


async def colleagues(conn: Conn, organization_id: UUID) -> list[Colleague]:
    return await db.all_of(conn, queries.colleagues, Colleague, organization_id=organization_id)


async def sign_in_by_secret(conn: Conn, secret_hash: bytes) -> SignIn | None:
    return await db.one(conn, queries.sign_in_by_secret, SignIn, secret_hash=secret_hash)


async def session_owner(conn: Conn, secret_hash: bytes, *, now: datetime) -> tuple[UUID, UUID] | None:
    """Organization and staff member of a living session."""
    pointer = await db.one(conn, queries.staff_by_session, _Pointer, secret_hash=secret_hash, now=now)
    return (pointer.organization_id, pointer.staff_id) if pointer else None


async def key_by_secret(conn: Conn, *, key_id: str, secret_hash: bytes) -> Key | None:
    return await db.one(conn, queries.key_by_secret, Key, id=key_id, secret_hash=secret_hash)


async def keys_of(conn: Conn, organization_id: UUID) -> list[Key]:
    return await db.all_of(conn, queries.keys_of, Key, organization_id=organization_id)
