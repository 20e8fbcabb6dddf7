"""What people with a seat are told when their session changes. Written in every language: a center does not see who reads which."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from service.mail.model import Content
from service.mail.note import note
from service.registrations.calendar import is_private
from service.registrations.model import SessionFacts
from service.sessions.model import DateMove
from service.web import wording
from service.web.i18n import NAMES, Translator, say_in

Ended = Literal["cancelled", "declined"]


def called_off(session: SessionFacts) -> dict[str, Content]:
    return {language: _called_off(session, language) for language in NAMES}


def _called_off(session: SessionFacts, language: str) -> Content:
    say = say_in(language)
    when = wording.local_moment(session.starts_at, say, session.zone)
    # A subject is read by whoever looks over a shoulder.
    private = is_private(session)
    return note(
        language,
        subject=say("Called off: {title}", title=when if private else session.title),
        before=[
            say(
                "{title} on {when} will not take place. {center} called it off.", title=session.title, when=when, center=session.center_name
            ),
            say("You do not need to do anything. We are sorry."),
        ],
        footer=["Doorstep"],
    )


def moved(session: SessionFacts, before: DateMove, *, place_before: str, has_seat: bool) -> dict[str, Content]:
    """place_before: where it took place until now; "" where that is as it was. has_seat: the reader does not only wait for one."""
    return {language: _moved(session, before, place_before, has_seat, language) for language in NAMES}


def _moved(session: SessionFacts, before: DateMove, place_before: str, has_seat: bool, language: str) -> Content:
    say = say_in(language)
    old, new = from_to(before.starts_at, before.ends_at, before.zone, say), from_to(session.starts_at, session.ends_at, session.zone, say)
    lines = [say("{title} on {when} has changed. {center} changed it.", title=session.title, when=old, center=session.center_name)]
    if new != old:
        lines.append(say("It is now on {when}.", when=new))
    if place_before:
        lines.append(say("It is now here: {place}.", place=place_of(session)))
        lines.append(say("Until now it was here: {place}.", place=place_before))
    if has_seat:
        lines.append(say("You still have your place. If this does not suit you, open the letter with your yes and press “Not for me”."))
    # A subject is read by whoever looks over a shoulder.
    private = is_private(session)
    return note(language, subject=say("Changed: {title}", title=old if private else session.title), before=lines, footer=["Doorstep"])


def place_of(session: SessionFacts) -> str:
    """Name and street, each once."""
    name, address = session.place_name or session.center_name, session.address
    return name if not address or address in name else f"{name}, {address}"


def from_to(starts_at: datetime, ends_at: datetime, zone: str, say: Translator) -> str:
    moment, end = wording.local_moment(starts_at, say, zone), wording.local_time(ends_at, say, zone)
    return say("{moment} to {end}", moment=moment, end=end)
