"""The letter that asks how it was, in words. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from service.feedback.model import Came
from service.mail.model import Content
from service.registrations.model import SessionFacts
from service.registrations.notices import title_for_subject
from service.web import wording
from service.web.i18n import Translator, mark, say_in
from service.web.jinja import render

CAME_WORDS: dict[Came, str] = {
    "yes": mark("Yes, I went"),
    "could_not": mark("I could not go"),
    "did_not_want": mark("I did not want to go"),
}


class AskedVisit(msgspec.Struct, frozen=True, kw_only=True):
    """One date that a letter asks about. link: the page on which it is answered."""

    session: SessionFacts
    link: str


def question(visits: Sequence[AskedVisit], *, language: str, stop_url: str) -> Content:
    """Did you go? Of each date, with three buttons that open its page."""
    say = say_in(language)
    context = {
        "subject": _subject(visits, say),
        "visits": [_visit(visit, say) for visit in visits],
        "stop_url": stop_url,
    }
    text, html = (render(f"feedback/question.{kind}", language=language, context=context) for kind in ("txt", "html"))
    return Content(subject=str(context["subject"]), text=text, html=html, stop_url=stop_url)


def _subject(visits: Sequence[AskedVisit], say: Translator) -> str:
    if len(visits) == 1:
        return say("Did you go? {title}", title=title_for_subject(visits[0].session, say))
    return say("Did you go? We ask about {count} dates", count=len(visits))


def _visit(visit: AskedVisit, say: Translator) -> dict[str, object]:
    session = visit.session
    return {
        "title": session.title,
        "when": wording.local_moment(session.starts_at, say, session.zone),
        "buttons": [(say(words), f"{visit.link}?came={came}") for came, words in CAME_WORDS.items()],
    }
