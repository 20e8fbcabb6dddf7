"""Behind a resident's link: why this match, and why not the others. A GET changes nothing, and tells nothing of anybody else."""

from __future__ import annotations

from uuid import UUID

from litestar import get
from litestar.params import FromPath
from litestar.response import Template

from service.context import app_context
from service.errors import Gone, Missing
from service.matches import limits, own, why
from service.matches.model import OwnMatch, WeekLine
from service.residents import preferences
from service.residents.actions import sign_up_context
from service.residents.pages import ask_page
from service.tokens import Link, Purpose
from service.web import wording
from service.web.connection import AnyRequest
from service.web.i18n import Translator
from service.web.templating import asked_language, page, say_for

LONGEST = 100


@get("/me/{token:str}/why/{match_id:uuid}", include_in_schema=False)
async def why_page(request: AnyRequest, token: FromPath[str], match_id: FromPath[UUID]) -> Template:
    """Opened by one's own fresh link, or by the letter's link to this very match. The letter's tells no more than the letter did."""
    state = app_context(request)
    link, late = _link(request, token, Purpose.ME, Purpose.ANSWER)
    if link.purpose == Purpose.ANSWER and link.subject_id != match_id:
        raise Missing("link_unknown")
    if late and link.purpose == Purpose.ANSWER:
        raise Gone("link_expired")
    async with state.db.transaction() as conn:
        record = await preferences.known(conn, sign_up_context(state), link)
        match = await own.match_of(conn, record.profile, match_id)
    if late:
        return ask_page(request, record.resident.language, token, late=True)
    say, in_private = say_for(request, preferred=record.resident.language), link.purpose == Purpose.ME
    back = token if in_private else _asking(request, link)
    return page(
        "matches/why.html",
        request,
        language=record.resident.language,
        match=match,
        when=wording.local_moment(match.starts_at, say, match.zone),
        where=why.place(match),
        told=why.shown_reasons(match, record.profile, say, in_private=in_private),
        back=back,
        in_private=in_private,
        leave=_leaving(request, link, match) if record.profile.cohorts else "",
    )


@get("/me/{token:str}/why-not", include_in_schema=False)
async def why_not_page(request: AnyRequest, token: FromPath[str]) -> Template:
    """Only by one's own fresh link: what keeps sessions away are the person's needs and hours. Other links may have one mailed."""
    state, now = app_context(request), app_context(request).clock()
    link, late = _link(request, token, Purpose.ME, Purpose.ASK_ME, Purpose.STOP)
    async with state.db.transaction() as conn:
        record = await preferences.known(conn, sign_up_context(state), link)
        if late or link.purpose != Purpose.ME:
            return ask_page(request, record.resident.language, token, late=late)
        answered = await own.answered(conn, record.profile, now=now)
        week = await own.week_of(conn, record.profile)
    about = " ".join(request.query_params.get("about", "").split())[:LONGEST]
    others = await own.others(state.db, request.app.state.region_previews, record.profile, answered, about=about, now=now)
    say = say_for(request, preferred=record.resident.language)
    return page(
        "matches/why_not.html",
        request,
        language=record.resident.language,
        token=token,
        week=_week(week, say),
        typed={"about": [about]} if about else {},
        about=about,
        chosen_language=asked_language(request) or "",
        more=_words(others, say),
    )


def _week(lines: list[WeekLine], say: Translator) -> dict[str, object] | None:
    if not lines:
        return None
    matches = [(line.match_id, line.title) for line in lines if line.match_id]
    return {"of": wording.calendar_day(lines[0].week, say), "matches": matches, "activities": {line.activity_id for line in lines}}


def _words(others: own.Others, say: Translator) -> dict[str, object]:
    limit, passed = others.limit, others.first.get("passed", 0)
    return {
        "total": others.total,
        "passed": passed,
        "taken": limits.taken(others.first, others.wishing, say),
        "hint": limits.brings(limit, others.alone, others.wishing, say) if limit else "",
        "field": limits.FIELDS.get(limit, ""),
        "found": [(looked_up.activity, limits.stops(looked_up.stopped_by, others.wishing, say)) for looked_up in others.looked_up],
    }


def _link(request: AnyRequest, token: str, *purposes: Purpose) -> tuple[Link, bool]:
    """The link, and whether its time is over. Raises Missing for anything that we did not write, or not for this page."""
    tokens = app_context(request).tokens
    link: Link = tokens.read_late(token, purposes=purposes)
    try:
        tokens.read(token, now=app_context(request).clock(), purposes=purposes)
    except Gone:
        return link, True
    return link, False


def _leaving(request: AnyRequest, link: Link, match: OwnMatch) -> str:
    """The letter's link for small changes: beside the reason, where only those stand who agreed to it, it may name one more."""
    tokens = app_context(request).tokens
    return str(tokens.mint(Purpose.CHANGE, resident_id=link.resident_id, epoch=link.epoch, subject_id=match.run_id))


def _asking(request: AnyRequest, link: Link) -> str:
    """What a letter's link may do about one's own page: have a fresh link mailed to the address on record."""
    return str(app_context(request).tokens.mint(Purpose.ASK_ME, resident_id=link.resident_id, epoch=link.epoch))


ROUTES = [why_page, why_not_page]
