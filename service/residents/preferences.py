"""What a resident changes behind their own link: wishes, home area, language, how often we write, a break."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec

from service import access, db
from service.db import Conn
from service.errors import Gone
from service.interests.words import topics_of, turned_down
from service.mail import actions as mail
from service.places.distance import REACH_KM
from service.places.regions import region_for
from service.residents import company, letters, same_faces, store, week
from service.residents.actions import SignUpContext, home_at, of_link, place_faults
from service.residents.choices import reach_word
from service.residents.model import ADULT, AGES, Home, Preferences, Profile, Resident, age_band
from service.residents.store import queries
from service.tokens import Link, Purpose
from service.web.kinds import ReadFields

LINK_LIFE = timedelta(hours=1)
LINKS_A_DAY = 5
LONGEST_BREAK = timedelta(days=365)


class ResidentRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What is on record about one person, opened. company: purposes that are agreed to."""

    resident: Resident
    profile: Profile
    name: str
    company: list[str]


async def known(conn: Conn, context: SignUpContext, link: Link) -> ResidentRecord:
    """Raises Gone when the sign-up was never confirmed, was forgotten, or its links were withdrawn."""
    resident = await of_link(conn, link)
    profile = await store.profile_of(conn, resident.id)
    if profile is None or resident.status == "unconfirmed":
        raise Gone("link_expired")
    name = context.vault.open(resident.name, place="resident.name", row=resident.id) if resident.name else ""
    return ResidentRecord(resident=resident, profile=profile, name=name, company=await company.agreed_to(conn, resident.id))


def as_typed(on_record: ResidentRecord, *, now: datetime) -> dict[str, list[str]]:
    """What is on record, as the form would have sent it: posting it back unchanged changes nothing."""
    resident, profile = on_record.resident, on_record.profile
    pause = _pause_day(resident, now)
    return {
        "name": [on_record.name],
        "language": [resident.language],
        "every_weeks": [str(resident.every_weeks)],
        "paused_on": [pause.isoformat() if pause else ""],
        "zip": [profile.zip or ""],
        "words": [profile.words],
        "interests": profile.topics,
        "available": week.part_cells(profile.available),
        "travel": [profile.travel],
        "reach_km": [reach_word(profile)],
        "cost_cents": [str(profile.cost_cents)],
        "party": [str(profile.party)],
        "needs": access.codes_of(profile.needs),
        "age": [age_band(profile.age_low, profile.age_high) or ""],
        "company": on_record.company,
        "same_faces": [same_faces.PURPOSE] if on_record.profile.cohorts else [],
    }


def faults(context: SignUpContext, on_record: ResidentRecord, values: ReadFields, *, now: datetime) -> dict[str, str]:
    """Rules that need more than the form, for `web.forms.read`."""
    wrong = place_faults(context.places, values)
    if on_record.profile.zip and not values.get("zip"):
        wrong["zip"] = "required"
    pause: date | None = values.get("paused_on")
    today = now.astimezone(ZoneInfo(on_record.resident.zone)).date()
    if pause and pause != _pause_day(on_record.resident, now) and not today < pause <= today + LONGEST_BREAK:
        wrong["paused_on"] = "pause_day"
    return wrong


async def save(
    conn: Conn, context: SignUpContext, on_record: ResidentRecord, *, submission: Preferences, shown_in: str, now: datetime
) -> None:
    """Keep everything that was said, in the transaction that read `on_record` (and so holds the resident's row).

    shown_in: the language of the page, in which consent was asked for.
    """
    resident, profile = on_record.resident, on_record.profile
    home = _moved(context, on_record, submission)
    zone = home.zone if home else resident.zone
    changed = msgspec.structs.replace(
        resident,
        name=context.vault.seal(submission.name, place="resident.name", row=resident.id) if submission.name else None,
        language=submission.language,
        zone=zone,
        every_weeks=submission.every_weeks,
        paused_until=_paused_until(resident, submission.paused_on, zone, now),
    )
    await store.set_preferences(conn, changed)
    wishes = msgspec.structs.replace(profile, **_wishes(on_record, submission))
    if home:
        region_id = await region_for(conn, home.lat, home.lon, home.town, home.zone)
        wishes = msgspec.structs.replace(wishes, zip=home.zip, lat=home.lat, lon=home.lon, region_id=region_id)
    await store.change_profile(conn, wishes, now=now)
    await company.change(conn, resident, submission.company, language=shown_in, now=now)
    await same_faces.change(conn, resident, submission.same_faces, language=shown_in, now=now)


async def send_link(conn: Conn, context: SignUpContext, link: Link, *, now: datetime) -> bool:
    """Mail a fresh link to the address on record, at most five a day. Whether one was mailed."""
    resident = await of_link(conn, link)
    if resident.status == "unconfirmed":
        raise Gone("link_expired")
    if await db.value(conn, queries.links_since, resident_id=resident.id, since=now - timedelta(days=1)) >= LINKS_A_DAY:
        return False
    token = context.tokens.mint(Purpose.ME, resident_id=resident.id, epoch=resident.link_epoch, expires_at=now + LINK_LIFE)
    content = letters.own_link(f"{context.base_url}/me/{token}", resident.language)
    await mail.queue(
        conn,
        kind="link",
        contents={resident.language: content},
        vault=context.vault,
        resident_id=resident.id,
        give_up_at=now + LINK_LIFE,
        now=now,
    )
    return True


def _moved(context: SignUpContext, on_record: ResidentRecord, submission: Preferences) -> Home | None:
    """Where the person lives now; None when that is where it was."""
    if not submission.zip or submission.zip == on_record.profile.zip:
        return None
    return home_at(context.places, submission.zip)


def _wishes(on_record: ResidentRecord, submission: Preferences) -> dict[str, object]:
    profile = on_record.profile
    untouched = set(submission.available) == set(week.part_cells(profile.available))
    age_low, age_high = AGES[submission.age] if submission.age else ADULT
    topics = _topics(profile, submission)
    return {
        "travel": submission.travel,
        "reach_km": submission.reach_km or REACH_KM[submission.travel],
        "age_low": age_low,
        "age_high": age_high,
        "needs": access.bits_of(submission.needs),
        "cost_cents": submission.cost_cents,
        "languages": _languages(on_record, submission),
        # Single hours told elsewhere do not show in the grid; they stay until a box of it is changed.
        "available": profile.available if untouched else week.pack(submission.available),
        "party": submission.party,
        "topics": topics,
        "disliked": _disliked(profile, submission, topics),
        "words": submission.words,
    }


def _languages(on_record: ResidentRecord, submission: Preferences) -> list[str]:
    """Who asks for letters in another language speaks it, too."""
    spoken = on_record.profile.languages
    return spoken if submission.language in (on_record.resident.language, *spoken) else [*spoken, submission.language]


def _topics(profile: Profile, submission: Preferences) -> list[str]:
    """What is ticked, and what newly written words name: a box that was unticked must not come back by old words.

    A box that the old words had ticked goes when the new ones refuse it.
    """
    if submission.words == profile.words:
        return submission.interests
    old, refused = {guess.code for guess in topics_of(profile.words)}, turned_down(submission.words)
    ticked = [code for code in submission.interests if code not in old or code not in refused]
    return list(dict.fromkeys([*ticked, *(guess.code for guess in topics_of(submission.words) if guess.code not in old)]))


def _disliked(profile: Profile, submission: Preferences, topics: list[str]) -> list[str]:
    """What the words turn down now, instead of what the words before them did."""
    before, now = (turned_down(words) for words in (profile.words, submission.words))
    others = [code for code in profile.disliked if code not in before]
    return [code for code in dict.fromkeys([*others, *now]) if code not in topics]


def _pause_day(resident: Resident, now: datetime) -> date | None:
    """The day on which letters begin again; none when they do not rest."""
    until = resident.paused_until
    return until.astimezone(ZoneInfo(resident.zone)).date() if until and until > now else None


def _paused_until(resident: Resident, day: date | None, zone: str, now: datetime) -> datetime | None:
    """The first instant of the day where the person lives. A day that was not changed keeps its hour."""
    if day is None:
        return None
    if day == _pause_day(resident, now):
        return resident.paused_until
    return datetime.combine(day, time(0), ZoneInfo(zone))
