"""A center's pages. Owners and staff change things, hosts look. A GET changes nothing; what cannot be undone is asked twice."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, timedelta
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from litestar import Router, get, post
from litestar.params import FromPath
from litestar.response import Template

from service.access import NEED_NAMES
from service.activities import store as activities_store
from service.activities.model import NOTE_HINTS, NOTE_LABELS, Activity, ActivityFacts, labeled_notes
from service.catalog import facts, rhythm
from service.catalog.model import answers
from service.centers import activity_form, changes, demand_draft, roster, store
from service.context import app_context
from service.db import Conn
from service.errors import Conflict, Forbidden, Invalid, Missing
from service.liveness import store as liveness
from service.liveness.actions import SILENT_FOR
from service.organizations import store as organizations
from service.organizations.model import Organization, Staff
from service.organizations.pages import check_token, lead_to_sign_in, page_token, signed_in
from service.outcomes import demand, return_counts
from service.registrations import schedule
from service.sessions.model import HORIZON
from service.web import forms
from service.web.connection import AnyRequest, AnyResponse
from service.web.form_token import first_text
from service.web.i18n import mark
from service.web.templating import own_path, page, say_for, see_other

SOON = timedelta(days=14)
FULL_SINCE = timedelta(days=28)
MOST_ACTIVITIES = 500
SPOKEN = ("en", "es", "ar", "zh", "tl", "vi", "fr", "ht", "ko", "ru", "pt", "pl", "so", "hi")  # tags; Babel names them
FORM_ORDER = (
    *("title", "description", "first_on", "begins", "ends", "repeat", "days", "until", "place_name", "address", "zip", *NOTE_LABELS),
    *("age_min", "age_max", "capacity", "cost", "minimum", "languages", "url"),
)
REPEAT_NAMES = {
    "once": mark("Once"),
    "daily": mark("Every day"),
    "weekly": mark("Every week"),
    "fortnightly": mark("Every second week"),
    "monthly": mark("Every month, on the same weekday (the second Tuesday, say)"),
}
KEPT = mark("As it is now (a rule from your calendar)")
DONE_NAMES = {
    "saved": mark("Saved."),
    "published": mark("Published. It is on the public pages, and may be offered to neighbors."),
    "taken_back": mark("It is a draft again. Only you can see it."),
    "called_off": mark("Called off."),
    "moved": mark("This date is moved."),
    "partly_restored": mark("It takes place again. Dates that people were told are off stay off."),
    "restored": mark("It takes place after all. Everybody has the seat they had, and nobody is written to."),
    "seats": mark("The seats of this date are changed."),
    "written": mark("Your message is on its way."),
    "here": mark("Thank you. Our weekly letters invite people to it."),
}


class StaffRequest(NamedTuple):
    """A signed-in person at their own center, inside one transaction that sees its rows."""

    conn: Conn
    staff: Staff
    center: Organization

    @property
    def may_edit(self) -> bool:
        return self.staff.may("staff")

    @property
    def id(self) -> UUID:
        return self.center.id


@asynccontextmanager
async def at_work(request: AnyRequest, slug: str, *, edit: bool = False) -> AsyncIterator[StaffRequest]:
    """Raises Unauthenticated; Missing at a center that is not theirs, as at one that is not there; Forbidden for hosts who edit."""
    async with app_context(request).db.transaction() as conn:
        staff = await signed_in(request, conn)
        center = await organizations.by_id(conn, staff.organization_id)
        if center is None or center.kind != "center" or center.slug != slug:
            raise Missing
        staff_request = StaffRequest(conn, staff, center)
        if edit and not staff_request.may_edit:
            raise Forbidden
        yield staff_request


def shown(request: AnyRequest, name: str, staff_request: StaffRequest, *, status_code: int = 200, **context: object) -> Template:
    done = request.query_params.get("done", "")
    letters_queued = request.query_params.get("told", "")
    return page(
        f"centers/{name}.html",
        request,
        status_code=status_code,
        center=staff_request.center,
        path=own_path(request).rstrip("/"),
        base=f"/center/{staff_request.center.slug}",
        may_edit=staff_request.may_edit,
        may_manage=staff_request.staff.may("owner"),
        token=page_token(request),
        done=say_for(request)(DONE_NAMES[done]) if done in DONE_NAMES else "",
        told=int(letters_queued) if letters_queued.isascii() and letters_queued.isdigit() and len(letters_queued) < 6 else None,
        more=context,
    )


def status_of(refusal: Invalid | Conflict | None) -> int:
    return 422 if isinstance(refusal, Invalid) else 409 if refusal else 200


# The overview


@get("/", include_in_schema=False)
async def overview(request: AnyRequest, slug: FromPath[str]) -> Template:
    now = app_context(request).clock()
    async with at_work(request, slug) as staff_request:
        dates = await store.coming(staff_request.conn, organization_id=staff_request.id, begins=now, ends=now + SOON, limit=60)
        days = await roster.coming_days(staff_request.conn, organization_id=staff_request.id, zone=staff_request.center.zone, now=now)
        center_activities = await activities_store.of_center(
            staff_request.conn, organization_id=staff_request.id, after=UUID(int=0), limit=MOST_ACTIVITIES
        )
        wishes = (
            await demand.near(staff_request.conn, lat=staff_request.center.lat, lon=staff_request.center.lon, today=now.date())
            if staff_request.may_edit
            else []
        )
        counts = await return_counts.counts_of(staff_request.conn, organization_id=staff_request.id)
        silences = await liveness.silences_of(staff_request.conn, organization_id=staff_request.id)
        fullness = await store.fullness(staff_request.conn, organization_id=staff_request.id, begins=now - FULL_SINCE, ends=now)
        open_questions = [
            (activity, _not_said(activity)) for activity in center_activities if activity.status != "cancelled" and _not_said(activity)
        ]
        return shown(
            request,
            "overview",
            staff_request,
            dates=dates,
            soon=[(len(day.dates), sum(expected.people for _, expected in day.dates)) for day in days],
            activities=sorted(center_activities, key=_by_state_and_name),
            open_questions=open_questions,
            wishes=wishes,
            counts=counts,
            fullness=fullness,
            silences=silences,
        )


def _by_state_and_name(activity: Activity) -> tuple[int, str]:
    return ("draft", "published", "cancelled").index(activity.status), activity.title.casefold()


def _not_said(activity: Activity) -> list[str]:
    """Needs that the center did not answer: people who have them are never offered this."""
    access_answers = answers(activity.access_yes, activity.access_no)
    return [NEED_NAMES[need] for need, answer in access_answers.items() if answer == "not_said"]


# An activity


@get("/activities/{id:uuid}", include_in_schema=False)
async def activity_page(request: AnyRequest, slug: FromPath[str], id: FromPath[UUID]) -> Template:
    now, say = app_context(request).clock(), say_for(request)
    async with at_work(request, slug) as staff_request:
        activity = await store.own_activity(staff_request.conn, organization_id=staff_request.id, id=id)
        dates = await store.coming(staff_request.conn, organization_id=staff_request.id, begins=now, ends=now + HORIZON, activity_id=id)
        silences = await liveness.silences_of(staff_request.conn, organization_id=staff_request.id)
        pattern = rhythm.read(activity.rrule, activity.starts_at_local)
        return shown(
            request,
            "activity",
            staff_request,
            activity=activity,
            silent_weeks=SILENT_FOR.days // 7,
            silence=next((silence for silence in silences if silence.activity_id == id), None),
            dates=dates,
            zone=staff_request.center.zone,
            undo_until=await changes.undo_all_until(staff_request.conn, activity, now=now),
            notes=labeled_notes(activity, say),
            rhythm=rhythm.words(pattern, say) if pattern else activity.rrule,
            ages=facts.ages(activity.age_min, activity.age_max, say),
            languages=facts.language_names(activity.languages, say),
            access=facts.access(answers(activity.access_yes, activity.access_no), say),
        )


@get("/activities/new", include_in_schema=False)
async def new_page(request: AnyRequest, slug: FromPath[str]) -> Template:
    async with at_work(request, slug, edit=True) as staff_request:
        wished = demand_draft.typed(request.query_params, say_for(request), today=_today(request, staff_request))
        return _form(request, staff_request, None, typed={"zip": [staff_request.center.zip or ""]} | wished)


def _today(request: AnyRequest, staff_request: StaffRequest) -> date:
    today: date = app_context(request).clock().astimezone(ZoneInfo(staff_request.center.zone)).date()
    return today


@post("/activities/new", include_in_schema=False, status_code=200)
async def create(request: AnyRequest, slug: FromPath[str]) -> AnyResponse:
    """A second press of the button finds what the first one made."""
    fields, state = await forms.form_of(request), app_context(request)
    try:
        async with at_work(request, slug, edit=True) as staff_request:
            check_token(request, fields)
            activity_facts, reference = await activity_form.read_facts(
                staff_request.conn,
                fields,
                center=staff_request.center,
                current=None,
                places=state.places,
                now=state.clock(),
            )
            made = await schedule.post(
                staff_request.conn,
                organization_id=staff_request.id,
                facts=activity_facts,
                reference=reference,
                vault=state.vault,
                now=state.clock(),
                status="published" if first_text(fields, "then") == "publish" else "draft",
            )
    except Invalid as refusal:
        async with at_work(request, slug, edit=True) as staff_request:
            return _form(request, staff_request, None, typed=forms.typed_in(fields), refusal=refusal)
    done = "published" if made.status == "published" else "saved"
    return see_other(request, f"/center/{slug}/activities/{made.id}", done=done)


@get("/activities/{id:uuid}/edit", include_in_schema=False)
async def edit_page(request: AnyRequest, slug: FromPath[str], id: FromPath[UUID]) -> Template:
    async with at_work(request, slug, edit=True) as staff_request:
        activity = await store.own_activity(staff_request.conn, organization_id=staff_request.id, id=id)
        return _form(request, staff_request, activity, typed=activity_form.typed_of(activity))


@post("/activities/{id:uuid}/edit", include_in_schema=False, status_code=200)
async def edit(request: AnyRequest, slug: FromPath[str], id: FromPath[UUID]) -> AnyResponse:
    """Where people would lose a seat by it, the form comes back once and says how many."""
    fields, state = await forms.form_of(request), app_context(request)
    try:
        async with at_work(request, slug, edit=True) as staff_request:
            check_token(request, fields)
            activity = await store.own_activity(staff_request.conn, organization_id=staff_request.id, id=id)
            activity_facts = await _read_facts(request, staff_request, fields, activity)
            losing = await _losing(request, staff_request, activity, activity_facts)
            if losing and not first_text(fields, "sure"):
                return _form(request, staff_request, activity, typed=forms.typed_in(fields), losing=losing, status_code=409)
            written = await changes.change(
                staff_request.conn,
                activity=activity,
                facts=activity_facts,
                sequence=_sequence(fields),
                vault=state.vault,
                now=state.clock(),
            )
    except (Invalid, Conflict) as refusal:
        async with at_work(request, slug, edit=True) as staff_request:
            activity = await store.own_activity(staff_request.conn, organization_id=staff_request.id, id=id)
            return _form(request, staff_request, activity, typed=forms.typed_in(fields), refusal=refusal)
    await state.bell.ring("deliver_letters")
    return see_other(request, f"/center/{slug}/activities/{id}", done="saved", **({"told": written} if written else {}))


async def _read_facts(
    request: AnyRequest, staff_request: StaffRequest, fields: dict[str, list[object]], activity: Activity
) -> ActivityFacts:
    if activity.feed_id:
        return activity_form.answered(fields, activity)
    state = app_context(request)
    activity_facts, _ = await activity_form.read_facts(
        staff_request.conn, fields, center=staff_request.center, current=activity, places=state.places, now=state.clock()
    )
    return activity_facts


async def _losing(request: AnyRequest, staff_request: StaffRequest, activity: Activity, activity_facts: ActivityFacts) -> int:
    """How many people hold a seat at dates that this change drops."""
    dropped = await changes.dropped(staff_request.conn, activity, activity_facts, now=app_context(request).clock())
    return await store.people(staff_request.conn, organization_id=staff_request.id, session_ids=dropped)


def _sequence(fields: dict[str, list[object]]) -> int:
    text = first_text(fields, "sequence")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else -1


@post("/activities/{id:uuid}/status", include_in_schema=False, status_code=200)
async def set_status(request: AnyRequest, slug: FromPath[str], id: FromPath[UUID]) -> AnyResponse:
    """`to`: published or draft. Calling off has a page of its own."""
    fields, now, vault = await forms.form_of(request), app_context(request).clock(), app_context(request).vault
    wanted = first_text(fields, "to")
    async with at_work(request, slug, edit=True) as staff_request:
        check_token(request, fields)
        activity = await store.own_activity(staff_request.conn, organization_id=staff_request.id, id=id)
        if activity.status == "cancelled" or wanted not in ("published", "draft"):
            raise Missing
        if wanted == "draft":
            await changes.take_back(staff_request.conn, organization_id=staff_request.id, id=id, vault=vault, now=now)
        else:
            await schedule.set_status(staff_request.conn, organization_id=staff_request.id, id=id, status="published", vault=vault, now=now)
    return see_other(request, f"/center/{slug}/activities/{id}", done="published" if wanted == "published" else "taken_back")


def _form(
    request: AnyRequest,
    staff_request: StaffRequest,
    activity: Activity | None,
    *,
    typed: dict[str, list[str]],
    refusal: Invalid | Conflict | None = None,
    losing: int = 0,
    status_code: int = 200,
) -> Template:
    say = say_for(request)
    rule_is_special = activity is not None and rhythm.read(activity.rrule, activity.starts_at_local) is None
    repeats = [(code, say(name)) for code, name in REPEAT_NAMES.items()] + ([("kept", say(KEPT))] if rule_is_special else [])
    return shown(
        request,
        "form",
        staff_request,
        status_code=422 if isinstance(refusal, Invalid) else 409 if refusal else status_code,
        activity=activity,
        typed=typed,
        wrong=_in_order(refusal.fields) if refusal else {},
        refused=refusal.code if refusal and not refusal.fields else "",
        losing=losing,
        once=(typed.get("once") or [secrets.token_urlsafe(9)])[0],
        repeats=repeats,
        days=list(zip(rhythm.CODES, map(say, rhythm.DAY_NAMES), strict=True)),
        spoken=[(code, facts.language_names([code], say)) for code in dict.fromkeys([*SPOKEN, *(activity.languages if activity else ())])],
        note_labels={name: say(label) for name, label in NOTE_LABELS.items()},
        note_hints={name: say(hint) for name, hint in NOTE_HINTS.items()},
        needs=[(f"access_{need}", say(name)) for need, name in NEED_NAMES.items()],
        said=[("yes", say("Yes")), ("no", say("No")), ("", say("Not said"))],
    )


def _in_order(wrong: dict[str, str]) -> dict[str, str]:
    """As the form asks, so that the list of faults reads from its top to its end."""
    asked = [*FORM_ORDER, *(f"access_{need}" for need in NEED_NAMES)]
    return dict(sorted(wrong.items(), key=lambda fault: asked.index(fault[0]) if fault[0] in asked else len(asked)))


ROUTES = [
    Router(
        "/center/{slug:str}",
        route_handlers=[
            overview,
            new_page,
            create,
            activity_page,
            edit_page,
            edit,
            set_status,
        ],
        exception_handlers=lead_to_sign_in,
    )
]
