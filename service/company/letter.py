"""The letter that tells one newcomer of another, in words. It promises no more than is so: plans change. Pure."""

from __future__ import annotations

from datetime import timedelta

from service.activities.model import place_to_meet
from service.mail.model import Content
from service.mail.note import note
from service.registrations.model import SessionFacts
from service.registrations.notices import place_of, title_for_subject
from service.web import wording
from service.web.i18n import say_in

BEFORE_START = timedelta(minutes=10)


def not_the_only_one(session: SessionFacts, *, language: str, name: str, link: str) -> Content:
    """name: the other's first name; "": neither is told a name. link: the page that ends such letters."""
    say = say_in(language)
    place = wording.isolated(place_to_meet(session, place_of(session)), say)
    when = wording.local_moment(session.starts_at - BEFORE_START, say, session.zone)
    return note(
        language,
        subject=say("Somebody else is new, too: {title}", title=title_for_subject(session, say)),
        before=[
            say("You will not be the only new one at {title}.", title=session.title),
            say("{name} is new, too, and has a seat.", name=wording.isolated(name, say))
            if name
            else say("Somebody else has a seat who is new, too."),
            say("We suggest to both of you: be there ten minutes before the start, on {when}. Meet here: {place}.", when=when, place=place),
            say("Your first name is all that they are told of you.") if name else say("Neither of you is told the name of the other."),
            say("Plans can change. If nobody is there, please go in anyway."),
        ],
        button=(say("I do not want this"), link),
        after=[say("Then press once more on the page that opens, and we tell nobody else of you.")],
        footer=["Doorstep"],
    )
