"""Signing up, confirming, pausing and leaving. Each is one transaction, and twice is the same as once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from service import access, db
from service.context import AppContext
from service.crypto import Vault
from service.db import Conn, see_as
from service.errors import Gone, Invalid, Missing
from service.ids import new_id
from service.interests.words import topics_of, turned_down
from service.mail import actions as mail
from service.mail import store as letter_store
from service.mail.letter_context import LetterContext
from service.mail.model import Content, Kind
from service.places.distance import REACH_KM, rounded
from service.places.places import Places, zone_of
from service.places.regions import region_for
from service.residents import letters, same_faces, store, week
from service.residents.allowance import may_write_to
from service.residents.model import (
    ADULT,
    AGES,
    Consented,
    Home,
    PendingSignUp,
    PlacedWishes,
    Resident,
    SignUp,
    SignUpContent,
    SignUpSource,
    Source,
    Wishes,
)
from service.residents.store import queries
from service.tokens import Link, Purpose, Tokens
from service.web.kinds import ReadFields

CONFIRM_LIFE = timedelta(days=7)
BETWEEN_LETTERS = timedelta(hours=24)
LETTERS_MAX = 3  # to an address that never answered
PLACE = "sign_up.content"
TYPED_BY_THEMSELVES: tuple[Source, ...] = ("form", "embedded")  # a paper form or a partner's program leaves nobody before a page of ours
_TYPED = msgspec.msgpack.Decoder(SignUpContent)


@dataclass(frozen=True, slots=True)
class SignUpContext:
    """What a sign-up is handled with."""

    vault: Vault
    tokens: Tokens
    places: Places
    base_url: str

    @property
    def letter_context(self) -> LetterContext:
        return LetterContext(vault=self.vault, tokens=self.tokens, base_url=self.base_url)


def sign_up_context(app: AppContext) -> SignUpContext:
    return SignUpContext(app.vault, app.tokens, app.places, app.settings.base_url)


def place_faults(places: Places, values: ReadFields) -> dict[str, str]:
    """The ZIP code's fault as `web.forms.read` names it, when nobody knows the code."""
    try:
        places.find(values.get("zip") or "")
    except Invalid as refusal:
        return refusal.fields if values.get("zip") else {}
    return {}


async def sign_up(
    conn: Conn, context: SignUpContext, *, submission: SignUp, source: SignUpSource, consents: list[Consented], now: datetime
) -> None:
    """Keep what was typed until its own link confirms it, and write to the address. A known address gets the same answer.

    Nobody's sign-up overwrites another's: strangers may type an address too. Raises Invalid for a place nobody knows. Of people
    under 18 nothing is kept: there is no SignUp that says so (`Wishes.rules`).
    """
    typed = SignUpContent(
        name=submission.name,
        language=submission.language,
        home=home_of(submission, context.places),
        wishes=as_matched(submission, language=submission.language),
        consents=[msgspec.structs.replace(consent, given_at=consent.given_at or now) for consent in consents],
    )
    async with conn.transaction():
        resident = await _row_of(conn, context, submission.email, typed, source, now)
        if resident.status == "unconfirmed":
            await _ask_to_confirm(conn, context, resident, typed, source, now)
        elif _rested(resident, now) and await may_write_to(conn, context.vault, email=submission.email, now=now):
            token = context.tokens.mint(Purpose.STOP, resident_id=resident.id, epoch=resident.link_epoch)
            content = letters.already(f"{context.base_url}/u/{token}", submission.language, stopped=resident.status == "stopped")
            await write_to(conn, context, resident, "link", content, submission.language, now)


async def confirm(conn: Conn, context: SignUpContext, link: Link, *, now: datetime) -> None:
    """Make a resident of whoever typed the sign-up that this link was mailed for; the others of the address are forgotten.

    Raises Gone when the sign-up was forgotten or its links were withdrawn.
    """
    async with conn.transaction():
        resident = await of_link(conn, link)
        if resident.status == "unconfirmed":
            await enroll(conn, context, resident, await _pending(conn, link), now)


async def typed_for(conn: Conn, context: SignUpContext, link: Link) -> tuple[Resident, SignUpContent | None, str]:
    """The resident behind a confirmation link, what it would confirm, and at whose form that was typed.

    None and "" once they are confirmed. Raises Gone.
    """
    async with conn.transaction():
        resident = await of_link(conn, link)
        if resident.status != "unconfirmed":
            return resident, None, ""
        pending = await _pending(conn, link)
        return resident, opened(context.vault, pending), pending.partner


async def stop(conn: Conn, link: Link, *, now: datetime) -> None:
    """No letter begins to be sent after this has committed: the sender looks at the row that is locked here."""
    async with conn.transaction():
        resident = await of_link(conn, link)
        if resident.status != "active":
            return
        await see_as(conn, resident_id=resident.id, presented=[resident.email_index])
        await db.run(conn, queries.stop, resident_id=resident.id, now=now)
        await db.run(conn, queries.withdraw_consent, resident_id=resident.id, now=now)
        await same_faces.follow_consent(conn, resident.id, now=now)
        await letter_store.suppress(conn, email_indexes=[resident.email_index], reason="stopped", now=now)


async def restart(conn: Conn, link: Link, *, now: datetime) -> None:
    """Undo a stop."""
    async with conn.transaction():
        resident = await of_link(conn, link)
        if resident.status != "stopped":
            return
        await see_as(conn, resident_id=resident.id, presented=[resident.email_index])
        await db.run(conn, queries.restart, resident_id=resident.id)
        await db.run(conn, queries.renew_consent, resident_id=resident.id, now=now)
        await letter_store.forget_stop(conn, email_index=resident.email_index)


async def erase_unconfirmed(conn: Conn, *, now: datetime) -> None:
    """What was typed by whoever never confirmed, once their links are over; how many there were stays, by form (worker role)."""
    await db.run(conn, queries.erase_unconfirmed, before=now - CONFIRM_LIFE)


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
    place = places.find(code)
    return Home(zip=place.code, lat=place.lat, lon=place.lon, zone=place.zone, town=place.full_name)


def home_of(wishes: PlacedWishes, places: Places) -> Home:
    """Raises Invalid for a code nobody knows."""
    if wishes.zip:
        return home_at(places, wishes.zip)
    if wishes.lat is None or wishes.lon is None:
        raise Invalid(fields={"zip": "required"})
    lat, lon = rounded(wishes.lat, wishes.lon)
    return Home(zip=None, lat=lat, lon=lon, zone=zone_of(lat, lon), town=f"area {lat:.1f} {lon:.1f}")


def as_matched(wishes: Wishes, *, language: str) -> dict[str, Any]:
    """What the matcher makes of wishes, by the columns of a profile: what was not said gets its meaning here and nowhere else."""
    age_low, age_high = AGES[wishes.age] if wishes.age else ADULT
    topics = list(dict.fromkeys([*wishes.interests, *(guess.code for guess in topics_of(wishes.words))]))
    return {
        "travel": wishes.travel,
        "reach_km": wishes.reach_km or REACH_KM[wishes.travel],
        "age_low": age_low,
        "age_high": age_high,
        "needs": access.bits_of(wishes.needs),
        "cost_cents": wishes.cost_cents,
        "languages": wishes.languages or sorted({language, "en"}),
        "available": week.pack(wishes.available),
        "party": wishes.party,
        "topics": topics,
        "disliked": [code for code in turned_down(wishes.words) if code not in topics],
        "words": wishes.words,
    }


def opened(vault: Vault, pending: PendingSignUp) -> SignUpContent:
    return _TYPED.decode(vault.open_bytes(pending.content, place=PLACE, row=pending.id))


async def _pending(conn: Conn, link: Link) -> PendingSignUp:
    """Raises Gone."""
    for pending in await store.sign_ups_of(conn, link.resident_id):
        if pending.id == link.subject_id:
            return pending
    raise Gone("link_expired")


async def _row_of(conn: Conn, context: SignUpContext, email: str, typed: SignUpContent, source: SignUpSource, now: datetime) -> Resident:
    """The row of an address, held until the transaction ends, which then sees it; a new row for a new address."""
    indexes = context.vault.indexes(email)
    await see_as(conn, presented=indexes)
    resident = await store.by_address(conn, indexes)
    if resident is None:
        await _insert(conn, context, email, typed, source, now)
        resident = await store.by_address(conn, indexes)
    if resident is None:
        raise Missing
    await see_as(conn, resident_id=resident.id, presented=indexes)
    return resident


async def _insert(conn: Conn, context: SignUpContext, email: str, typed: SignUpContent, source: SignUpSource, now: datetime) -> None:
    resident_id = new_id(now)
    await db.run(
        conn,
        queries.insert_resident,
        id=resident_id,
        email=context.vault.seal(email, place="resident.email", row=resident_id),
        email_index=context.vault.index(email),
        language=typed.language,
        zone=typed.home.zone,
        form_id=source.form_id,
        now=now,
    )


async def _ask_to_confirm(
    conn: Conn, context: SignUpContext, resident: Resident, typed: SignUpContent, source: SignUpSource, now: datetime
) -> None:
    """A letter with a link for exactly this sign-up, while the address has not had too many; the same again the same day: none."""
    waiting = {pending.id: opened(context.vault, pending) for pending in await store.sign_ups_of(conn, resident.id)}
    same = next((id for id, other in waiting.items() if _without_times(other) == _without_times(typed)), None)
    if resident.letters_n >= LETTERS_MAX or (same and not _rested(resident, now)):
        return
    email = context.vault.open(resident.email, place="resident.email", row=resident.id)
    if not await may_write_to(conn, context.vault, email=email, now=now):
        return
    sign_up_id = same or await _keep(conn, context, resident, typed, source, now)
    letter = confirm_letter(
        context.letter_context,
        resident,
        sign_up_id,
        language=typed.language,
        partner=source.partner,
        source=source.source,
        ends_at=now + CONFIRM_LIFE,
    )
    await write_to(conn, context, resident, "confirm", letter, typed.language, now)


def confirm_letter(
    context: LetterContext,
    resident: Resident,
    sign_up_id: UUID,
    *,
    language: str,
    partner: str,
    source: Source,
    ends_at: datetime,
    is_reminder: bool = False,
) -> Content:
    """The letter whose button confirms one sign-up. Who sits before the thank-you page may type its code there instead.

    ends_at: when the button stops working.
    """
    token = context.tokens.mint(
        Purpose.CONFIRM, resident_id=resident.id, epoch=resident.link_epoch, subject_id=sign_up_id, expires_at=ends_at
    )
    url = f"{context.base_url}/confirm/{token}"
    if is_reminder:
        return letters.confirm_reminder(url, language, partner=partner)
    code = context.tokens.code(sign_up_id) if source in TYPED_BY_THEMSELVES else ""
    return letters.confirm(url, language, partner=partner, code=code)


def _without_times(typed: SignUpContent) -> SignUpContent:
    consents = [msgspec.structs.replace(consent, given_at=None) for consent in typed.consents]
    return msgspec.structs.replace(typed, consents=consents)


async def _keep(conn: Conn, context: SignUpContext, resident: Resident, typed: SignUpContent, source: SignUpSource, now: datetime) -> UUID:
    id = new_id(now)
    await db.run(
        conn,
        queries.insert_sign_up,
        id=id,
        resident_id=resident.id,
        organization_id=source.organization_id,
        form_id=source.form_id,
        source=source.source,
        content=context.vault.seal(msgspec.msgpack.encode(typed), place=PLACE, row=id),
        now=now,
    )
    return id


async def enroll(conn: Conn, context: SignUpContext, resident: Resident, pending: PendingSignUp, now: datetime) -> None:
    """Make a resident of whoever typed `pending`; the row of `resident` is locked, and not confirmed yet."""
    typed = opened(context.vault, pending)
    home, key = typed.home, {"resident_id": resident.id}
    region_id = await region_for(conn, home.lat, home.lon, home.town, home.zone)
    matcher_id = await db.value(conn, queries.insert_pseudonym, **key)
    await db.run(
        conn, queries.insert_profile, matcher_id=matcher_id, region_id=region_id,
        zip=home.zip, lat=home.lat, lon=home.lon, now=now, **typed.wishes,
    )  # fmt: skip
    await db.run(conn, queries.insert_enrollment, organization_id=pending.organization_id, form_id=pending.form_id, now=now, **key)
    for consent in typed.consents:
        await store.put_consent(conn, resident.id, consent, form_id=pending.form_id, source=pending.source, now=now)
    await same_faces.follow_consent(conn, resident.id, now=now)
    name = context.vault.seal(typed.name, place="resident.name", row=resident.id) if typed.name else None
    await db.run(conn, queries.confirm, name=name, language=typed.language, zone=home.zone, form_id=pending.form_id, now=now, **key)
    await db.run(conn, queries.forget_sign_ups, **key)


def _rested(resident: Resident, now: datetime) -> bool:
    """Whether the last letter to this address is a day old."""
    return resident.letter_at is None or now - resident.letter_at >= BETWEEN_LETTERS


async def write_to(
    conn: Conn, context: SignUpContext, resident: Resident, kind: Kind, content: Content, language: str, now: datetime
) -> None:
    await mail.queue(conn, kind=kind, contents={language: content}, vault=context.vault, now=now, resident_id=resident.id)
    await db.run(conn, queries.note_letter, resident_id=resident.id, now=now)
