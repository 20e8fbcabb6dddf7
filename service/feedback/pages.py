"""The page behind the question of the morning after, and a person's own list of what they said. Only buttons change anything."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from service.context import app_context
from service.db import Conn
from service.errors import Missing
from service.feedback import actions, store
from service.feedback.letter import CAME_WORDS
from service.feedback.model import Feedback, Visit
from service.interests.taxonomy import by_code
from service.registrations import store as registrations
from service.registrations.model import SessionFacts
from service.residents import preferences
from service.residents.actions import sign_up_context
from service.residents.pages import ask_page, own_link
from service.residents.preferences import ResidentRecord
from service.tokens import Link, Purpose
from service.web.connection import AnyRequest
from service.web.form_token import first_text
from service.web.forms import form_of
from service.web.i18n import Translator, mark
from service.web.templating import page, say_for, see_other

RATING_WORDS = {"good": mark("Good"), "fine": mark("Fine"), "not_for_me": mark("Not for me")}
OWN_LINK_LIFE = timedelta(hours=1)  # of the links on one's own page: no longer than of the page itself
LISTED = 50


@get("/feedback/{link:str}", include_in_schema=False)
async def show_feedback(request: AnyRequest, link: FromPath[str]) -> Template:
    opened, state = _open(request, link), app_context(request)
    async with state.db.transaction(resident_id=opened.resident_id) as conn:
        return await _page(request, conn, link, opened)


@post("/feedback/{link:str}", include_in_schema=False, status_code=200)
async def give_feedback(request: AnyRequest, link: FromPath[str]) -> Redirect:
    """One field: came, rating or wants; empty takes that answer back."""
    opened, state = _open(request, link), app_context(request)
    fields = await form_of(request)
    question = next((name for name in ("came", "rating", "wants") if name in fields), "")
    async with state.db.transaction(resident_id=opened.resident_id) as conn:
        record = await preferences.known(conn, sign_up_context(state), opened)
        visit = await _visit(conn, opened)
        after = actions.answered(visit, question=question, choice=first_text(fields, question))
        await actions.change(conn, visit, after, profile=record.profile, now=state.clock())
    return see_other(request, f"/feedback/{link}")


@get("/me/{token:str}/history", include_in_schema=False)
async def history_page(request: AnyRequest, token: FromPath[str]) -> Template:
    """Only by one's own fresh link: where somebody went is nobody else's business. Other links may have one mailed."""
    state = app_context(request)
    link, late = own_link(request, token)
    async with state.db.transaction(resident_id=link.resident_id) as conn:
        record = await preferences.known(conn, sign_up_context(state), link)
        if late or link.purpose != Purpose.ME:
            return ask_page(request, record.resident.language, token, late=late)
        visits = await store.visits_of(conn, resident_id=link.resident_id, most=LISTED)
    say = say_for(request, preferred=record.resident.language)
    lines = [(visit, _words(visit, say), _address(request, record, visit.session_id)) for visit in visits]
    return page("feedback/history.html", request, language=record.resident.language, token=token, lines=lines)


async def _visit(conn: Conn, opened: Link) -> Visit:
    """Raises Missing when nobody was asked about this date, or it is not this person's."""
    visit = await store.visit(conn, session_id=opened.subject_id, resident_id=opened.resident_id)
    if visit is None:
        raise Missing("link_unknown")
    return visit


async def _page(request: AnyRequest, conn: Conn, link: str, opened: Link) -> Template:
    record = await preferences.known(conn, sign_up_context(app_context(request)), opened)
    visit = await _visit(conn, opened)
    session = await registrations.session(conn, session_id=visit.session_id)
    others = await store.others_to_answer(conn, session_id=visit.session_id, resident_id=visit.resident_id)
    say = say_for(request, preferred=record.resident.language)
    return page(
        "feedback/feedback.html",
        request,
        language=record.resident.language,
        path=f"/feedback/{link}",
        visit=visit,
        session=session,
        came_words=CAME_WORDS,
        rating_words=RATING_WORDS,
        leaning=request.query_params.get("came", ""),
        topics=_topics(visit, record, session, say),
        others=[(other, _address(request, record, other.session_id)) for other in others],
    )


def _topics(visit: Visit, record: ResidentRecord, session: SessionFacts, say: Translator) -> dict[str, str]:
    """Names of the topics that each choice adds or takes out, and of those that the answer of before did."""
    choices = actions.topic_choices(record.profile.topics, record.profile.disliked, session.topics)
    codes = {"more": choices.more, "less": choices.less, "changed": visit.topics_changed}
    return {choice: ", ".join(by_code()[code].name(say.language) for code in of if code in by_code()) for choice, of in codes.items()}


def _words(feedback: Feedback, say: Translator) -> list[str]:
    """The answers, one after the other, as their buttons say them."""
    came = [say(CAME_WORDS[feedback.came])] if feedback.came else []
    rating = [say(RATING_WORDS[feedback.rating])] if feedback.rating else []
    wants = {"more": [say("More of this")], "less": [say("Less of this")]}.get(feedback.wants or "", [])
    return [*came, *rating, *wants]


def _address(request: AnyRequest, record: ResidentRecord, session_id: UUID) -> str:
    """Of the page on which one of the person's own visits is answered."""
    state, resident = app_context(request), record.resident
    token = state.tokens.mint(
        Purpose.FEEDBACK,
        resident_id=resident.id,
        epoch=resident.link_epoch,
        subject_id=session_id,
        expires_at=state.clock() + OWN_LINK_LIFE,
    )
    return f"/feedback/{token}"


def _open(request: AnyRequest, link: str) -> Link:
    opened: Link = app_context(request).tokens.read(link, now=app_context(request).clock(), purposes=(Purpose.FEEDBACK,))
    return opened


ROUTES = [show_feedback, give_feedback, history_page]
