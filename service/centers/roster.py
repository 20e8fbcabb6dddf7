"""Who comes to a date, as far as its center may see: a first name with an initial, how many, and what to have ready."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from service import access
from service.centers import store
from service.centers.store import Date, Guest, SealedName, WaitingParty
from service.crypto import Vault
from service.db import Conn
from service.registrations import store as registrations
from service.registrations.attendance import OPENS_BEFORE
from service.registrations.model import WalkIn
from service.residents.names import first_name, parts_of

MOST_DATES = 60
DAYS_SHOWN = 2


class NamedGuest(msgspec.Struct, frozen=True, kw_only=True):
    """name: "Maria L.", or "" where there is none to show. more: how many come along."""

    guest: Guest
    name: str

    @property
    def more(self) -> int:
        return self.guest.party - 1


class NamedWait(msgspec.Struct, frozen=True, kw_only=True):
    """name: as of a guest. more: how many come along."""

    waiting: WaitingParty
    name: str

    @property
    def more(self) -> int:
        return self.waiting.party - 1


class Expected(msgspec.Struct, frozen=True, kw_only=True):
    """How many people come to a date, how many of those who said yes are new to the activity, and how many were seen there.

    people leaves out who was marked as missing; came counts people without a seat, too, where they were read.
    """

    people: int
    newcomers: int
    came: int


class ComingDay(msgspec.Struct, frozen=True, kw_only=True):
    """dates: those that take place on that day, each with who is expected."""

    day: date
    dates: list[tuple[Date, Expected]]


class Roster(msgspec.Struct, frozen=True, kw_only=True):
    """ready: code of a need (`access.NEEDS`) and how many guests have it. alone: it would be plain whose need that is.

    waiting: in the order in which free seats are offered.
    """

    date: Date
    guests: list[NamedGuest]
    waiting: list[NamedWait]
    walk_ins: list[WalkIn]
    expected: Expected
    ready: list[tuple[str, int]]
    is_open: bool

    @property
    def alone(self) -> bool:
        return len(self.guests) == 1


def short_name(name: str) -> str:
    """First name and the first letter of the last one: "Maria L." of "Maria Lopez" and of "Lopez, Maria"; a first name alone stays.

    "" for what is no name, like an e-mail address that was typed into the wrong field.
    """
    words = parts_of(name)
    return first_name(name) + (f" {words[-1][0].upper()}." if len(words) > 1 else "")


def expected_of(guests: Sequence[Guest], walk_ins: Sequence[WalkIn] = ()) -> Expected:
    coming = [guest for guest in guests if guest.state != "missed"]
    return Expected(
        people=sum(guest.party for guest in coming),
        newcomers=sum(guest.is_new for guest in coming),
        came=sum(guest.party for guest in coming if guest.state == "attended") + sum(walk_in.people for walk_in in walk_ins),
    )


async def read(conn: Conn, *, organization_id: UUID, session_id: UUID, vault: Vault, now: datetime) -> Roster:
    """Called on behalf of the center. Raises Missing, for another center's date too."""
    date = await store.own_date(conn, organization_id=organization_id, session_id=session_id)
    guests = await store.guests(conn, organization_id=organization_id, session_ids=[session_id])
    walk_ins = await registrations.walk_ins(conn, session_id=session_id)
    names = _short_names(await store.sealed_names(conn, session_id=session_id), vault)
    named = [NamedGuest(guest=guest, name=names.get(guest.handle, "")) for guest in guests]
    needs = {count.need: count.people for count in await store.need_counts(conn, session_id=session_id)}
    return Roster(
        date=date,
        guests=sorted(named, key=lambda guest: (not guest.name, guest.name.casefold())),
        waiting=await _waiting(conn, organization_id=organization_id, session_id=session_id, vault=vault),
        walk_ins=walk_ins,
        expected=expected_of(guests, walk_ins),
        ready=[(code, needs[bit]) for code, bit in access.NEEDS.items() if bit in needs],
        is_open=date.state == "scheduled" and now >= date.starts_at - OPENS_BEFORE,
    )


def _short_names(sealed_names: Sequence[SealedName], vault: Vault) -> dict[UUID, str]:
    """By the handle of the registration."""
    return {sealed.handle: short_name(vault.open(sealed.name, place="resident.name", row=sealed.resident_id)) for sealed in sealed_names}


async def _waiting(conn: Conn, *, organization_id: UUID, session_id: UUID, vault: Vault) -> list[NamedWait]:
    parties = await store.waiting(conn, organization_id=organization_id, session_id=session_id)
    names = _short_names(await store.sealed_names_of_waiting(conn, session_id=session_id), vault)
    return [NamedWait(waiting=party, name=names.get(party.handle, "")) for party in parties]


async def coming_days(conn: Conn, *, organization_id: UUID, zone: str, now: datetime) -> list[ComingDay]:
    """Today and tomorrow by the clock of the center, with the published dates of each; those of today that are over, too."""
    here = ZoneInfo(zone)
    days = [now.astimezone(here).date() + timedelta(days=n) for n in range(DAYS_SHOWN)]
    begins, ends = (datetime.combine(day, time(), here) for day in (days[0], days[-1] + timedelta(days=1)))
    dates = await store.coming(conn, organization_id=organization_id, begins=begins, ends=ends, limit=MOST_DATES)
    dates = [date for date in dates if date.status == "published"]
    guests = await store.guests(conn, organization_id=organization_id, session_ids=[date.id for date in dates])
    counted = [(date, expected_of([guest for guest in guests if guest.session_id == date.id])) for date in dates]
    return [ComingDay(day=day, dates=[row for row in counted if row[0].starts_at.astimezone(here).date() == day]) for day in days]
