"""Guests of a date, with names, needs and companions, for the tests of the roster."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from service.access import bits_of
from service.db import Database
from service.registrations import actions
from tests.service.mail.neighbors import VAULT, Date, Town, make_resident


@dataclass(frozen=True)
class Neighborhood:
    db: Database
    admin: asyncpg.Connection
    town: Town
    now: datetime

    async def neighbor(self, email: str, *, name: str = "", party: int = 1, needs: tuple[str, ...] = ()) -> UUID:
        resident_id = await make_resident(self.admin, self.town, now=self.now, email=email, party=party)
        if name:
            sealed = VAULT.seal(name, place="resident.name", row=resident_id)
            await self.admin.execute("UPDATE resident SET name = $2 WHERE id = $1", resident_id, sealed)
        await self.admin.execute(
            "UPDATE profile SET needs = $2, zip = '43604', words = 'I am lonely' WHERE matcher_id ="
            " (SELECT matcher_id FROM pseudonym WHERE resident_id = $1)",
            *(resident_id, bits_of(needs)),
        )
        return resident_id

    async def says_yes(self, resident_id: UUID, date: Date) -> UUID:
        """The handle of the seat."""
        async with self.db.transaction(resident_id=resident_id) as conn:
            await actions.accept(conn, session_id=date.id, resident_id=resident_id, now=self.now)
        handle: UUID = await self.admin.fetchval(
            "SELECT handle FROM registration WHERE session_id = $1 AND resident_id = $2", date.id, resident_id
        )
        return handle

    async def guest(self, date: Date, email: str, *, name: str = "", party: int = 1, needs: tuple[str, ...] = ()) -> UUID:
        """A new neighbor who said yes; the handle of the seat."""
        return await self.says_yes(await self.neighbor(email, name=name, party=party, needs=needs), date)
