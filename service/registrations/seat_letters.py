"""The letters about a person's own seat, in words: it was taken, was given back, is asked about, or is near. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from service.activities.model import labeled_notes
from service.mail.model import Content
from service.mail.note import note
from service.registrations.model import SessionFacts
from service.registrations.notices import from_to, place_of, title_for_subject
from service.web import wording
from service.web.i18n import Translator, say_in


class SeatLetter(msgspec.Struct, frozen=True, kw_only=True):
    """What a letter is written from. party: seats of this person; link: the page where the seat is taken and given back."""

    session: SessionFacts
    language: str
    party: int
    link: str

    @property
    def say(self) -> Translator:
        return say_in(self.language)

    @property
    def subject_title(self) -> str:
        return title_for_subject(self.session, self.say)


def receipt(letter: SeatLetter) -> Content:
    """The seat is taken: all that a person has to know for going there, in one letter."""
    say = letter.say
    return note(
        letter.language,
        subject=say("You have a seat: {title}", title=letter.subject_title),
        before=[_seats(letter, say), *_facts(letter.session, say)],
        button=(say("I can't come after all"), letter.link),
        leads_out=True,
        after=[_way_out(say), say("Your mail program may offer to put the date into your calendar.")],
        footer=["Doorstep"],
    )


def given_back(letter: SeatLetter) -> Content:
    """The seat is free again, as the person wished."""
    say, session = letter.say, letter.session
    when = wording.local_moment(session.starts_at, say, session.zone)
    takes_place = session.state == "scheduled"
    return note(
        letter.language,
        subject=say("You gave back your seat: {title}", title=letter.subject_title),
        before=[
            say.count(
                "You gave back your seat for {title} on {when}.",
                "You gave back your {count} seats for {title} on {when}.",
                letter.party,
                title=session.title,
                when=when,
            ),
            say("You do not need to do anything else."),
        ],
        button=(say("Look at it again"), letter.link) if takes_place else None,
        footer=["Doorstep"],
    )


def reminder(letter: SeatLetter, *, is_today: bool) -> Content:
    """The date is near. is_today: by the clock of its place; otherwise it is tomorrow."""
    say, title = letter.say, letter.subject_title
    return note(
        letter.language,
        subject=say("Today: {title}", title=title) if is_today else say("Tomorrow: {title}", title=title),
        before=[_seats(letter, say), *_facts(letter.session, say)],
        button=(say("I can't come after all"), letter.link),
        leads_out=True,
        after=[_way_out(say)],
        footer=["Doorstep"],
    )


def still_coming(letter: SeatLetter) -> Content:
    """Two days before a date where somebody waits: does the person still come?"""
    say, session = letter.say, letter.session
    when = from_to(session.starts_at, session.ends_at, session.zone, say)
    return note(
        letter.language,
        subject=say("Are you still coming? {title}", title=letter.subject_title),
        before=[
            _seats(letter, say),
            say("It is on {when}, here: {place}.", when=when, place=place_of(session)),
            say("Somebody else is waiting for a seat. Please tell us whether you are still coming."),
        ],
        button=(say("Answer"), letter.link),
        after=[
            say("The button only opens a page. Nothing happens until you press Yes or No there."),
            say("If you do not answer, you keep your seat."),
        ],
        footer=["Doorstep"],
    )


def _seats(letter: SeatLetter, say: Translator) -> str:
    return say.count("You have a seat for {title}.", "You have {count} seats for {title}.", letter.party, title=letter.session.title)


def _facts(session: SessionFacts, say: Translator) -> Sequence[str]:
    """A line for each thing to know; nothing that the center did not say."""
    lines = [
        (say("When"), from_to(session.starts_at, session.ends_at, session.zone, say)),
        (say("Where"), say.isolated(place_of(session))),
        *((label, say.isolated(text)) for label, text in labeled_notes(session, say)),
    ]
    if session.cost_cents is not None:
        lines.append((say("Cost"), wording.price(session.cost_cents, say, session.currency)))
    unclear = session.near_place and not any(letter.isdigit() for letter in place_of(session))
    area = [say("We know only the area. Please find out exactly where before you go.")] if unclear else []
    return [*(f"{label}: {text}" for label, text in lines), *area]


def _way_out(say: Translator) -> str:
    return say("If you can't come, press the button, and then once more on the page that opens. Somebody else can come then.")
