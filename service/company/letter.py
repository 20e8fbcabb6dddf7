"""The letters that tell two people at a date of each other, in words. They promise no more than is so: plans change. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Protocol

from service.mail.model import Content
from service.mail.note import note
from service.registrations.model import SessionFacts
from service.registrations.notices import place_of, title_for_subject
from service.web import wording
from service.web.i18n import Translator, say_in

BEFORE_START = timedelta(minutes=10)


class CompanyLetter(Protocol):
    """name: the other's first name; "": neither is told a name. link: the page that ends such letters."""

    def __call__(self, session: SessionFacts, *, language: str, name: str, link: str) -> Content: ...


def not_the_only_one(session: SessionFacts, *, language: str, name: str, link: str) -> Content:
    """To a newcomer, of another newcomer. Arguments as in `CompanyLetter`."""
    say = say_in(language)
    opening = [
        say("You will not be the only new one at {title}.", title=session.title),
        say("{name} is new, too, and has a seat.", name=name) if name else say("Somebody else has a seat who is new, too."),
    ]
    subject = say("Somebody else is new, too: {title}", title=title_for_subject(session, say))
    return _company_note(session, say, subject=subject, opening=opening, with_names=bool(name), link=link)


def somebody_greets(session: SessionFacts, *, language: str, name: str, link: str) -> Content:
    """To a newcomer, of a host of welcome. Arguments as in `CompanyLetter`."""
    say = say_in(language)
    opening = [
        say("You will not be alone at {title}: somebody who knows the group is glad to greet you.", title=session.title),
        say("{name} has been there before, and has a seat.", name=name) if name else say("They have been there before, and have a seat."),
    ]
    subject = say("You will not be alone: {title}", title=title_for_subject(session, say))
    return _company_note(session, say, subject=subject, opening=opening, with_names=bool(name), link=link)


def somebody_new_comes(session: SessionFacts, *, language: str, name: str, link: str) -> Content:
    """To a host of welcome, of a newcomer. Arguments as in `CompanyLetter`."""
    say = say_in(language)
    opening = [
        say("Somebody new is coming to {title}.", title=session.title),
        say("{name} is new and has a seat.", name=name) if name else say("They are new and have a seat."),
        say("You said that you are glad to greet a new person. We tell them that somebody who knows the group is glad to greet them."),
    ]
    subject = say("Somebody new is coming: {title}", title=title_for_subject(session, say))
    return _company_note(session, say, subject=subject, opening=opening, with_names=bool(name), link=link)


def _company_note(session: SessionFacts, say: Translator, *, subject: str, opening: Sequence[str], with_names: bool, link: str) -> Content:
    place = session.where_to_meet or place_of(session)
    when = wording.local_moment(session.starts_at - BEFORE_START, say, session.zone)
    return note(
        say.language,
        subject=subject,
        before=[
            *opening,
            say("We suggest to both of you: be there ten minutes before the start, on {when}. Meet here: {place}.", when=when, place=place),
            say("Your first name is all that they are told of you.")
            if with_names
            else say("Neither of you is told the name of the other."),
            say("Plans can change. If nobody is there, please go in anyway."),
        ],
        button=(say("I do not want this"), link),
        leads_out=True,
        after=[say("Then press once more on the page that opens, and we tell nobody else of you.")],
        footer=["Doorstep"],
    )
