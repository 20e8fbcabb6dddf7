"""What people with a seat are told when their session changes. Written in every language: a center does not see who reads which."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from service.mail.model import Content
from service.mail.note import note
from service.registrations.calendar import is_private
from service.registrations.model import EarlierDate, Registration, SeatReader, SessionFacts
from service.registrations.place_words import is_same_place, place_text
from service.web import wording
from service.web.i18n import NAMES, Translator, say_in

Ended = Literal["cancelled", "declined"]


def called_off(session: SessionFacts, earlier: EarlierDate) -> dict[str, Content]:
    """earlier: the date as the reader last heard of it; its hour is the one that they know."""
    return {language: _called_off(session, earlier, language) for language in NAMES}


def _called_off(session: SessionFacts, earlier: EarlierDate, language: str) -> Content:
    say = say_in(language)
    when = wording.local_moment(earlier.starts_at, say, earlier.zone)
    # A subject is read by whoever looks over a shoulder.
    private = is_private(session)
    return note(
        language,
        subject=say("Called off: {title}", title=when if private else session.title),
        before=[
            say(
                "{title} on {when} will not take place. {center} called it off.", title=session.title, when=when, center=session.center_name
            ),
            *([say("They wrote: “{reason}”", reason=session.cancel_reason)] if session.cancel_reason else []),
            say("You do not need to do anything. We are sorry."),
        ],
        footer=["Doorstep"],
    )


def moved(session: SessionFacts, before: EarlierDate, *, has_seat: bool) -> dict[str, Content]:
    """before: the date as the reader last heard of it. has_seat: the reader does not only wait for one."""
    return {language: _moved(session, before, has_seat, language) for language in NAMES}


def _moved(session: SessionFacts, before: EarlierDate, has_seat: bool, language: str) -> Content:
    say = say_in(language)
    old, new = from_to(before.starts_at, before.ends_at, before.zone, say), from_to(session.starts_at, session.ends_at, session.zone, say)
    lines = [say("{title} on {when} has changed. {center} changed it.", title=session.title, when=old, center=session.center_name)]
    if new != old:
        lines.append(say("It is now on {when}.", when=new))
    if not is_same_place(before.place, place_text(session)):
        lines.append(say("It is now here: {place}.", place=place_of(session)))
        lines += [say("Until now it was here: {place}.", place=before.place)] if before.place else []
    if has_seat:
        lines.append(say("You still have your place. If this does not suit you, open the letter with your yes and press “Not for me”."))
    # A subject is read by whoever looks over a shoulder.
    private = is_private(session)
    return note(language, subject=say("Changed: {title}", title=old if private else session.title), before=lines, footer=["Doorstep"])


def offered(session: SessionFacts, registration: Registration, reader: SeatReader, *, link: str) -> Content:
    """A seat is free for somebody who waits; link: the page on which they answer."""
    say = say_in(reader.language)
    assert registration.offer_until is not None
    when = from_to(session.starts_at, session.ends_at, session.zone, say)
    until = wording.local_moment(registration.offer_until, say, session.zone)
    lines = [
        say.count("A seat is free for you: {title}.", "{count} seats are free for you: {title}.", registration.party, title=session.title),
        say("It is on {when}, here: {place}.", when=when, place=place_of(session)),
        say("Please answer by {when}. After that the seat is open to others again.", when=until),
    ]
    return note(
        reader.language,
        subject=say("A seat is free: {title}", title=title_for_subject(session, say)),
        before=lines,
        button=(say("Answer"), link),
        after=[say("The button only opens a page. Nothing happens until you press Yes or No there.")],
        footer=["Doorstep"],
    )


def none_free(session: SessionFacts, reader: SeatReader) -> Content:
    """A wait is over: the date begins soon, and no seat became free."""
    say = say_in(reader.language)
    when = wording.local_moment(session.starts_at, say, session.zone)
    lines = [
        say("No seat became free: {title} on {when}.", title=session.title, when=when),
        say("You do not need to do anything. We are sorry."),
    ]
    subject = say("No seat became free: {title}", title=title_for_subject(session, say))
    return note(reader.language, subject=subject, before=lines, footer=["Doorstep"])


def title_for_subject(session: SessionFacts, say: Translator) -> str:
    """A subject is read by whoever looks over a shoulder: of a sensitive group it gives only the day."""
    return wording.local_moment(session.starts_at, say, session.zone) if is_private(session) else session.title


def place_of(session: SessionFacts) -> str:
    """Name and street, each once."""
    name, address = session.place_name or session.center_name, session.address
    return name if not address or address in name else f"{name}, {address}"


def from_to(starts_at: datetime, ends_at: datetime, zone: str, say: Translator) -> str:
    moment, end = wording.local_moment(starts_at, say, zone), wording.local_time(ends_at, say, zone)
    return say("{moment} to {end}", moment=moment, end=end)
