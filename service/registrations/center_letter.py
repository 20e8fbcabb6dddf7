"""The letter in which a center writes to everybody who comes to a date: its words as a quotation, ours around them. Pure."""

from __future__ import annotations

from service.mail.model import Content
from service.mail.note import note
from service.registrations.model import SessionFacts
from service.registrations.notices import from_to, title_for_subject
from service.web.i18n import NAMES, say_in


def center_letter(session: SessionFacts, words: str, *, with_waiting: bool) -> dict[str, Content]:
    """Written in every language: a center does not see who reads which. words: the center's, in the language that it chose."""
    return {language: _center_letter(session, words, with_waiting, language) for language in NAMES}


def _center_letter(session: SessionFacts, words: str, with_waiting: bool, language: str) -> Content:
    say = say_in(language)
    blanks = {
        "center": session.center_name,
        "title": session.title,
        "when": from_to(session.starts_at, session.ends_at, session.zone, say),
    }
    return note(
        language,
        subject=say("{title}: a message from {center}", title=title_for_subject(session, say), center=session.center_name),
        before=[
            say("To everybody with a seat for {title} on {when}, and to those who wait for one, {center} wrote this:", **blanks)
            if with_waiting
            else say("{center} wrote this to everybody with a seat for {title} on {when}:", **blanks)
        ],
        quotation=words,
        after=[
            say("These are the words of the center, not ours. Addresses in them are shown as text and cannot be pressed."),
            say("The center does not see your address. Please do not answer this letter: the center cannot read it."),
        ],
        footer=["Doorstep"],
    )
