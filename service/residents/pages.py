"""Pages behind a resident's links: confirm, stop, pause, preferences. A GET shows what a button would do and changes nothing."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Template

from service.context import app_context
from service.errors import Gone, Invalid, Missing
from service.residents import actions, choices, preferences
from service.residents.actions import sign_up_context
from service.residents.model import Preferences, Resident, SignUpContent
from service.residents.week import fits_parts
from service.tokens import Link, Purpose
from service.web import form_token, forms
from service.web.connection import AnyRequest
from service.web.templating import page, say_for

SNOOZE = timedelta(weeks=4)
RECENT = timedelta(minutes=30)  # since the button was pressed: the first look for groups may still be going on
ASKING = (Purpose.ME, Purpose.ASK_ME, Purpose.STOP, Purpose.CHANGE)  # links that may have a fresh link mailed


@get("/confirm/{token:str}", include_in_schema=False)
async def confirm_page(request: AnyRequest, token: FromPath[str]) -> Template:
    """Shows what the button would confirm: somebody else may have typed it."""
    link = _link(request, token, Purpose.CONFIRM)
    async with app_context(request).db.transaction() as conn:
        resident, typed, partner = await actions.typed_for(conn, sign_up_context(app_context(request)), link)
    return _confirm_page(request, resident, token, typed=typed, partner=partner)


@post("/confirm/{token:str}", include_in_schema=False, status_code=200)
async def confirm(request: AnyRequest, token: FromPath[str]) -> Template:
    link, state = _link(request, token, Purpose.CONFIRM), app_context(request)
    async with state.db.transaction() as conn:
        await actions.confirm(conn, sign_up_context(state), link, now=state.clock())
        resident = await actions.standing(conn, link)
    await state.bell.ring("match_week")
    return _confirm_page(request, resident, token)


@get("/u/{token:str}", include_in_schema=False)
async def stop_page(request: AnyRequest, token: FromPath[str]) -> Template:
    return await _stop_page(request, _link(request, token, Purpose.STOP, Purpose.ASK_ME), token)


@post("/u/{token:str}", include_in_schema=False, status_code=200)
async def stop(request: AnyRequest, token: FromPath[str]) -> Template:
    """do: stop, undo, snooze or wake."""
    link, now = _link(request, token, Purpose.STOP, Purpose.ASK_ME), app_context(request).clock()
    wish = form_token.first_text(await forms.form_of(request), "do")
    async with app_context(request).db.transaction() as conn:
        if wish == "undo":
            await actions.restart(conn, link, now=now)
        elif wish in ("snooze", "wake"):
            await actions.pause(conn, link, until=now + SNOOZE if wish == "snooze" else None)
        else:
            await actions.stop(conn, link, now=now)
    return await _stop_page(request, link, token)


@post(
    "/api/v1/unsubscribe/{token:str}",
    status_code=200,
    opt={"media": ("application/x-www-form-urlencoded", "multipart/form-data"), "cross_site": True},
)
async def one_click(request: AnyRequest, token: FromPath[str]) -> dict[str, str]:
    """RFC 8058: a mail program posts here by itself. The answer is the same for a link that nobody knows."""
    fields = await forms.form_of(request)
    if form_token.first_text(fields, "List-Unsubscribe") == "One-Click":
        try:
            link = _link(request, token, Purpose.STOP)
            async with app_context(request).db.transaction() as conn:
                await actions.stop(conn, link, now=app_context(request).clock())
        except (Missing, Gone):
            pass
    return {"status": "ok"}


@get("/me/{token:str}", include_in_schema=False)
async def own_page(request: AnyRequest, token: FromPath[str]) -> Template:
    """The form for a fresh link of one's own; for an old one, or one from the foot of a letter, a button that mails a fresh one."""
    state = app_context(request)
    link, late = own_link(request, token)
    async with state.db.transaction() as conn:
        on_record = await preferences.known(conn, sign_up_context(state), link)
    if late or link.purpose != Purpose.ME:
        return ask_page(request, on_record.resident.language, token, late=late)
    return _own_page(request, on_record, token, typed=preferences.as_typed(on_record, now=state.clock()))


@post("/me/{token:str}", include_in_schema=False, status_code=200)
async def keep(request: AnyRequest, token: FromPath[str]) -> Template:
    """All of it or nothing. A page that was opened while its link was fresh may be sent for as long as a form may stay open."""
    state, now = app_context(request), app_context(request).clock()
    link = state.tokens.read_late(token, purposes=(Purpose.ME,))
    fields = await forms.form_of(request)
    async with state.db.transaction() as conn:
        on_record = await preferences.known(conn, sign_up_context(state), link)
        refused = _ticket_fault(request, on_record, fields)
        if refused and _is_late(request, token):
            return ask_page(request, on_record.resident.language, token, late=True)
        try:
            submission = forms.read(
                fields, Preferences, also=lambda read: preferences.faults(sign_up_context(state), on_record, read, now=now)
            )
            if refused:
                raise refused
        except Invalid as refusal:
            return _own_page(request, on_record, token, typed=forms.typed_in(fields), refusal=refusal)
        shown_in = say_for(request, preferred=on_record.resident.language).language
        await preferences.save(conn, sign_up_context(state), on_record, submission=submission, shown_in=shown_in, now=now)
        on_record = await preferences.known(conn, sign_up_context(state), link)
    return _own_page(request, on_record, token, typed=preferences.as_typed(on_record, now=now), saved=True)


@post("/me/{token:str}/send", include_in_schema=False, status_code=200)
async def send_link(request: AnyRequest, token: FromPath[str]) -> Template:
    """The letter goes to the address on record, so an old link does no harm in other hands."""
    state = app_context(request)
    link = state.tokens.read_late(token, purposes=ASKING)
    async with state.db.transaction() as conn:
        sent = await preferences.send_link(conn, sign_up_context(state), link, now=state.clock())
        resident = await actions.standing(conn, link)
    await state.bell.ring("deliver_letters")
    return ask_page(request, resident.language, token, sent=sent, enough=not sent)


def own_link(request: AnyRequest, token: str) -> tuple[Link, bool]:
    """Whose page it is, and whether the link's time is over. Only a fresh ME link opens what is one's own; for others there is `ask_page`.

    Raises Missing for what is no such link.
    """
    return app_context(request).tokens.read_late(token, purposes=ASKING), _is_late(request, token)


def _is_late(request: AnyRequest, token: str) -> bool:
    try:
        _link(request, token, *ASKING)
    except Gone:
        return True
    return False


def _ticket_fault(request: AnyRequest, on_record: preferences.ResidentRecord, fields: forms.FormData) -> Invalid | None:
    try:
        ticket = form_token.first_text(fields, form_token.FIELD)
        app_context(request).form_tokens.read(_form_of(on_record), ticket, now=app_context(request).clock())
    except Invalid as refusal:
        return refusal
    return None


def _form_of(on_record: preferences.ResidentRecord) -> str:
    return f"preferences {on_record.resident.id}"


def ask_page(request: AnyRequest, language: str, token: str, *, late: bool = False, sent: bool = False, enough: bool = False) -> Template:
    """late: the link has run out. sent: a fresh one was mailed. enough: none was, for today's are used up."""
    status_code = 410 if late else 200
    return page("residents/ask.html", request, status_code=status_code, language=language, token=token, late=late, sent=sent, enough=enough)


def _own_page(
    request: AnyRequest,
    on_record: preferences.ResidentRecord,
    token: str,
    *,
    typed: dict[str, list[str]],
    refusal: Invalid | None = None,
    saved: bool = False,
) -> Template:
    state, resident, profile = app_context(request), on_record.resident, on_record.profile
    say = say_for(request, preferred=resident.language)
    stop_token = state.tokens.mint(Purpose.STOP, resident_id=resident.id, epoch=resident.link_epoch)
    return page(
        "residents/preferences.html",
        request,
        status_code=422 if refusal else 200,
        language=resident.language,
        token=token,
        stop_token=stop_token,
        form_token=state.form_tokens.mint(_form_of(on_record), nonce=secrets.token_urlsafe(9), now=state.clock()),
        saved=saved,
        stopped=resident.status == "stopped",
        typed=typed,
        wrong=dict(refusal.fields) if refusal else {},
        refused=refusal.code if refusal and not refusal.fields else "",
        zip_needed=profile.zip is not None,
        finer=not fits_parts(profile.available),
        more=choices.offered_to(profile, say),
    )


def _confirm_page(
    request: AnyRequest, resident: Resident, token: str, *, typed: SignUpContent | None = None, partner: str = ""
) -> Template:
    """typed: the sign-up that waits for the button, typed at a form of `partner`; None: it is done, and what is so now is told."""
    now = app_context(request).clock()
    return page(
        "residents/confirm.html",
        request,
        language=typed.language if typed else resident.language,
        done=typed is None,
        typed_in=typed,
        partner=partner,
        stopped=resident.status == "stopped",
        paused=_paused_until(request, resident) is not None,
        recent=resident.confirmed_at is not None and now - resident.confirmed_at < RECENT,
        token=token,
    )


def _paused_until(request: AnyRequest, resident: Resident) -> datetime | None:
    now = app_context(request).clock()
    return resident.paused_until if resident.paused_until and resident.paused_until > now else None


async def _stop_page(request: AnyRequest, link: Link, token: str) -> Template:
    async with app_context(request).db.transaction() as conn:
        resident = await actions.standing(conn, link)
    return page(
        "residents/stop.html",
        request,
        language=resident.language,
        stopped=resident.status == "stopped",
        paused_until=_paused_until(request, resident),
        token=token,
    )


def _link(request: AnyRequest, token: str, *purposes: Purpose) -> Link:
    link: Link = app_context(request).tokens.read(token, now=app_context(request).clock(), purposes=purposes)
    return link


ROUTES = [confirm_page, confirm, stop_page, stop, one_click, own_page, keep, send_link]
