"""What people with a seat are told when their session changes. Written in every language: a center does not see who reads which."""

from __future__ import annotations

from typing import Literal

from service.interests.sensitive import sensitive_of
from service.mail.model import Content
from service.mail.note import note
from service.registrations.model import Session
from service.web import wording
from service.web.i18n import NAMES, say_in

Ended = Literal["cancelled", "declined"]


def called_off(session: Session) -> dict[str, Content]:
    return {language: _called_off(session, language) for language in NAMES}


def _called_off(session: Session, language: str) -> Content:
    say = say_in(language)
    when = wording.local_moment(session.starts_at, say, session.zone)
    # A subject is read by whoever looks over a shoulder.
    private = sensitive_of(session.topics, session.title, session.description)
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
