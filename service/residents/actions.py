"""Signing up, confirming, pausing and leaving. Each is one transaction, and twice is the same as once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from service import access, db
from service.crypto import Vault
from service.db import Conn, see_as
from service.errors import Gone, Invalid, Missing
from service.ids import new_id
from service.interests.words import topics_of, turned_down
from service.mail import actions as mail
from service.places.distance import REACH_KM, rounded
from service.places.places import Places, zone_of
from service.places.regions import region_for
from service.residents import letters, store, week
from service.residents.model import ADULT, AGES, Consented, Door, Placed, Resident, SignUp, Wishes
from service.residents.store import queries
from service.tokens import Link, Purpose, Tokens

CONFIRM_LIFE = timedelta(days=7)
BETWEEN_LETTERS = timedelta(hours=24)
LETTERS_MAX = 3  # to an address that never answered


@dataclass(frozen=True, slots=True)
class Desk:
    """What a sign-up is handled with."""

    vault: Vault
    tokens: Tokens
    places: Places
    base_url: str


class Home(msgspec.Struct, frozen=True, kw_only=True):
    """Where a person lives, as exactly as we ever know it. town: what a new region would be called."""

    zip: str | None
    lat: float
    lon: float
    zone: str
    town: str


def place_faults(places: Places, said: Mapping[str, Any]) -> dict[str, str]:
    """The ZIP code's fault as `web.forms.read` names it, when nobody knows the code."""
    try:
        places.find(said.get("zip") or "")
    except Invalid as refusal:
        return refusal.fields if said.get("zip") else {}
    return {}


async def sign_up(conn: Conn, desk: Desk, *, said: SignUp, door: Door, consents: list[Consented], now: datetime) -> None:
    """Keep a sign-up, unconfirmed, and write to its address. A known address gets the same answer, and at most one letter a day.

    Raises Invalid for a place nobody knows. Of people under 18 nothing is kept: there is no SignUp that says so (`Wishes.rules`).
    """
    home = home_of(said, desk.places)
    resident_id, indexes = new_id(now), desk.vault.indexes(said.email)
    async with conn.transaction():
        await see_as(conn, presented=indexes)
        known = await store.by_address(conn, indexes)
        resident_id = known.id if known else resident_id
        await see_as(conn, resident_id=resident_id, presented=indexes)
        if known is None:
            await _insert(conn, desk, resident_id, said, home, door, now)
        if known is None or known.status == "unconfirmed":
            await _write_wishes(conn, resident_id, said, home, door, consents, now)
        await _write_to(conn, desk, known, resident_id, said.language, now)


async def confirm(conn: Conn, link: Link, *, now: datetime) -> None:
    """Raises Gone when the sign-up was forgotten or its links were withdrawn."""
    async with conn.transaction():
        await of_link(conn, link)
        await db.run(conn, queries.confirm, resident_id=link.resident_id, now=now)


async def stop(conn: Conn, link: Link, *, now: datetime) -> None:
    """No letter begins to be sent after this has committed: the sender looks at the row that is locked here."""
    async with conn.transaction():
        resident = await of_link(conn, link)
        if resident.status != "active":
            return
        await see_as(conn, resident_id=resident.id, presented=[resident.email_index])
        await db.run(conn, queries.stop, resident_id=resident.id, now=now)
        await db.run(conn, queries.withdraw_consent, resident_id=resident.id, now=now)
        await db.run(conn, queries.suppress, email_index=resident.email_index, now=now)


async def restart(conn: Conn, link: Link, *, now: datetime) -> None:
    """Undo a stop."""
    async with conn.transaction():
        resident = await of_link(conn, link)
        if resident.status != "stopped":
            return
        await see_as(conn, resident_id=resident.id, presented=[resident.email_index])
        await db.run(conn, queries.restart, resident_id=resident.id)
        await db.run(conn, queries.renew_consent, resident_id=resident.id, now=now)
        await db.run(conn, queries.unsuppress, email_index=resident.email_index)


async def pause(conn: Conn, link: Link, *, until: datetime | None) -> None:
    """No letters until then; None: letters again."""
    async with conn.transaction():
        await of_link(conn, link)
        await db.run(conn, queries.set_pause, resident_id=link.resident_id, until=until)


async def standing(conn: Conn, link: Link) -> Resident:
    """The resident behind a link, for a page that changes nothing. Raises Gone as the actions do."""
    async with conn.transaction():
        return await of_link(conn, link)


async def of_link(conn: Conn, link: Link) -> Resident:
    """The resident behind a link, whose row is held until the transaction ends. Raises Gone when they were forgotten or links withdrawn."""
    await see_as(conn, resident_id=link.resident_id)
    resident = await store.lock(conn, link.resident_id)
    if resident is None or resident.link_epoch != link.epoch:
        raise Gone("link_expired")
    return resident


def home_at(places: Places, code: str) -> Home:
    """Raises Invalid for a code nobody knows."""
    found = places.find(code)
    return Home(zip=found.code, lat=found.lat, lon=found.lon, zone=found.zone, town=found.full_name)


def home_of(said: Placed, places: Places) -> Home:
    """Raises Invalid for a code nobody knows."""
    if said.zip:
        return home_at(places, said.zip)
    if said.lat is None or said.lon is None:
        raise Invalid(fields={"zip": "required"})
    lat, lon = rounded(said.lat, said.lon)
    return Home(zip=None, lat=lat, lon=lon, zone=zone_of(lat, lon), town=f"area {lat:.1f} {lon:.1f}")


def as_matched(said: Wishes, *, language: str) -> dict[str, Any]:
    """What the matcher makes of wishes, by the columns of a profile: what was not said gets its meaning here and nowhere else."""
    age_low, age_high = AGES[said.age] if said.age else ADULT
    topics = list(dict.fromkeys([*said.interests, *(guess.code for guess in topics_of(said.words))]))
    return {
        "travel": said.travel,
        "reach_km": said.reach_km or REACH_KM[said.travel],
        "age_low": age_low,
        "age_high": age_high,
        "needs": access.bits_of(said.needs),
        "cost_cents": said.cost_cents,
        "languages": said.languages or sorted({language, "en"}),
        "available": week.pack(said.available),
        "party": said.party,
        "topics": topics,
        "disliked": [code for code in turned_down(said.words) if code not in topics],
        "words": said.words,
    }


async def _insert(conn: Conn, desk: Desk, resident_id: UUID, said: SignUp, home: Home, door: Door, now: datetime) -> None:
    seal = desk.vault.seal
    await db.run(
        conn,
        queries.insert_resident,
        id=resident_id,
        email=seal(said.email, place="resident.email", row=resident_id),
        email_index=desk.vault.index(said.email),
        name=seal(said.name, place="resident.name", row=resident_id) if said.name else None,
        language=said.language,
        zone=home.zone,
        form_id=door.form_id,
        now=now,
    )
    await db.run(conn, queries.insert_pseudonym, resident_id=resident_id)
    await db.run(
        conn, queries.insert_enrollment, organization_id=door.organization_id, form_id=door.form_id, resident_id=resident_id, now=now
    )


async def _write_wishes(
    conn: Conn, resident_id: UUID, said: SignUp, home: Home, door: Door, consents: list[Consented], now: datetime
) -> None:
    """Until the address is confirmed, the last sign-up is the one that counts."""
    matcher_id = await db.value(conn, queries.matcher_of, resident_id=resident_id)
    if matcher_id is None:
        raise Missing
    region_id = await region_for(conn, home.lat, home.lon, home.town, home.zone)
    await db.run(
        conn,
        queries.put_profile,
        matcher_id=matcher_id,
        region_id=region_id,
        zip=home.zip,
        lat=home.lat,
        lon=home.lon,
        now=now,
        **as_matched(said, language=said.language),
    )
    for consent in consents:
        await db.run(
            conn,
            queries.insert_consent,
            resident_id=resident_id,
            purpose=consent.purpose,
            form_id=door.form_id,
            version=consent.version,
            language=consent.language,
            wording=consent.wording,
            source=door.source,
            now=consent.given_at or now,
        )


async def _write_to(conn: Conn, desk: Desk, known: Resident | None, resident_id: UUID, language: str, now: datetime) -> None:
    if known and known.letter_at and now - known.letter_at < BETWEEN_LETTERS:
        return
    if known and known.status == "unconfirmed" and known.letters_n >= LETTERS_MAX:
        return
    epoch = known.link_epoch if known else 0
    if known and known.status != "unconfirmed":
        token = desk.tokens.mint(Purpose.STOP, resident_id=resident_id, epoch=epoch)
        kind, content = "link", letters.already(f"{desk.base_url}/u/{token}", language)
    else:
        token = desk.tokens.mint(Purpose.CONFIRM, resident_id=resident_id, epoch=epoch, expires_at=now + CONFIRM_LIFE)
        kind, content = "confirm", letters.confirm(f"{desk.base_url}/confirm/{token}", language)
    await mail.queue(conn, kind=kind, contents={language: content}, vault=desk.vault, now=now, resident_id=resident_id)  # type: ignore[arg-type]
    await db.run(conn, queries.note_letter, resident_id=resident_id, now=now)
