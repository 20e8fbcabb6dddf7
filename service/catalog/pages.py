"""What is on: the front page, an activity, one of its dates. For everybody, and about nobody."""

from __future__ import annotations

from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from litestar import get
from litestar.params import FromPath
from litestar.response import Redirect, Template

from service.activities.model import labeled_notes
from service.catalog import facts, rhythm, search_query, store
from service.catalog.model import FARTHEST, PAGE_SIZE, RADIUS_KM, ActivityDetails, Day, ListedDate, Order
from service.context import app_context
from service.errors import Invalid, Missing
from service.interests.taxonomy import by_code
from service.places.places import clock_of_place
from service.web.connection import AnyRequest, AnyResponse
from service.web.i18n import NAMES, Translator, mark
from service.web.templating import asked_language, page, say_for
from service.web.wording import local_day

MOST_PAGES = 200
REACHES = (
    ("1.6", mark("Up to 1 mile")),
    ("8", mark("Up to 5 miles")),
    ("24", mark("Up to 15 miles")),
    ("48", mark("Up to 30 miles")),
)


@get("/", include_in_schema=False)
async def front(request: AnyRequest) -> Template:
    """Without a ZIP a search box; with one, what is on near it. A ZIP that we do not know stays in the box, explained."""
    given = {name: value for name, value in request.query_params.items() if isinstance(value, str)}
    if not given.get("near", "").strip():
        return _front(request, given)
    state = app_context(request)
    try:
        question = search_query.read(given, places=state.places, now=state.clock())
    except Invalid as refusal:
        return _front(request, given, wrong=refusal.fields)
    order: Order = "near" if given.get("order") == "near" else "time"
    number = _page_number(given.get("page", ""))
    skip, search = (number - 1) * PAGE_SIZE, question.search
    async with state.db.transaction() as conn:
        dates = await store.listed(conn, search, order=order, skip=skip, limit=PAGE_SIZE + 1)
        alike = search_query.widened(search) if number == 1 and not dates else None
        if alike:
            dates = await store.listed(conn, alike, order=order, skip=0, limit=PAGE_SIZE)
    after = number + 1 if len(dates) > PAGE_SIZE else 0
    groups = _by_day(dates[:PAGE_SIZE], say_for(request)) if order == "time" else [("", dates[:PAGE_SIZE])]
    return _front(
        request,
        given,
        place=question.place,
        groups=groups if dates else [],
        order=order,
        alike=bool(alike),
        before=_address(given, page=number - 1) if number > 1 else "",
        after=_address(given, page=after) if after else "",
    )


@get("/activities/{slug:str}", include_in_schema=False)
async def activity_page(request: AnyRequest, slug: FromPath[str]) -> AnyResponse:
    return await _activity(request, slug, None)


@get("/sessions/{session_id:uuid}", include_in_schema=False)
async def session_page(request: AnyRequest, session_id: FromPath[UUID]) -> AnyResponse:
    async with app_context(request).db.transaction() as conn:
        day, slug = await store.day(conn, session_id), await store.slug_of_session(conn, session_id)
    if day is None or slug is None:
        raise Missing
    return await _activity(request, slug, day)


async def _activity(request: AnyRequest, slug: str, day: Day | None) -> AnyResponse:
    """Raises Missing for what is unknown or a draft. One that two calendars tell of has one page."""
    now = app_context(request).clock()
    async with app_context(request).db.transaction() as conn:
        shown = await store.shown_by_slug(conn, slug)
        if shown is None:
            raise Missing
        if shown.merged_into:
            return Redirect(f"/activities/{shown.merged_into}", status_code=307)
        coming = (await store.days(conn, [shown.id], begins=now, ends=now + FARTHEST))[shown.id]
    called_off = shown.status == "cancelled" or (day is not None and day.state == "cancelled")
    return page(
        "catalog/activity.html",
        request,
        status_code=410 if called_off else 200,
        shown=shown,
        day=day,
        over=day is not None and day.ends_at <= now,
        called_off=called_off,
        coming=[] if shown.status == "cancelled" else coming,
        more=_words(shown, say_for(request)),
    )


def _days_of_the_place(shown: ActivityDetails) -> bool:
    """Whether the weekdays of the rule are those of the place: a late evening by another clock is the next day there."""
    start = shown.starts_at_local.replace(tzinfo=ZoneInfo(shown.zone))
    there = clock_of_place(shown.zone, shown.lat, shown.lon, year=start.year)
    return start.astimezone(ZoneInfo(there)).date() == start.date()


def _words(shown: ActivityDetails, say: Translator) -> dict[str, object]:
    pattern = rhythm.read(shown.rrule, shown.starts_at_local) if _days_of_the_place(shown) else None
    return {
        "rhythm": rhythm.words(pattern, say) if pattern and pattern.repeat != "once" else "",
        "ages": facts.ages(shown.age_min, shown.age_max, say),
        "notes": labeled_notes(shown, say),
        "languages": facts.language_names(shown.languages, say),
        "access": facts.access(shown.access, say),
        "links": [link for link in (facts.website(shown.url), facts.website(shown.center_website)) if link],
    }


def _front(request: AnyRequest, given: dict[str, str], *, wrong: dict[str, str] | None = None, **context: object) -> Template:
    say = say_for(request)
    shown = {"place": None, "groups": [], "order": "time", "alike": False, "before": "", "after": "", **context}
    topic = given.get("topic", "")
    named = by_code()[topic].name(say.language) if topic in by_code() else topic
    return page(
        "catalog/front.html",
        request,
        typed={name: [given[name]] for name in ("near", "radius_km") if given.get(name)} | ({"topic": [named]} if named else {}),
        wrong=wrong or {},
        reaches=[(value, say(words)) for value, words in REACHES],
        reach=f"{RADIUS_KM:g}",
        other_order=_address(given, order="time" if shown["order"] == "near" else "near", page=1),
        without_topic=_address(given, topic="", page=1) if topic else "",
        wider=_address(given, radius_km=REACHES[-1][0], page=1) if given.get("radius_km") != REACHES[-1][0] else "",
        chosen_language=asked_language(request) or "",
        other_languages=[(tag, NAMES[tag], _address(given, lang=tag)) for tag in NAMES if tag != say.language],
        more=shown,
    )


def _by_day(dates: list[ListedDate], say: Translator) -> list[tuple[str, list[ListedDate]]]:
    """Dates under their day, as it is called at the place."""
    days: dict[str, list[ListedDate]] = {}
    for listed in dates:
        days.setdefault(local_day(listed.starts_at, say, listed.zone), []).append(listed)
    return list(days.items())


def _address(given: dict[str, str], **changed: object) -> str:
    """The same question with something changed; what is empty is left out, and so is the first page."""
    parameters = {name: given[name] for name in ("near", "radius_km", "topic", "from", "to", "order", "page", "lang") if given.get(name)}
    asked_for = {name: str(value) for name, value in (parameters | changed).items() if value != "" and (name, str(value)) != ("page", "1")}
    return f"/?{urlencode(asked_for)}"


def _page_number(text: str) -> int:
    return max(1, min(int(text), MOST_PAGES)) if text.isascii() and text.isdigit() and len(text) < 6 else 1


ROUTES = [front, activity_page, session_page]
