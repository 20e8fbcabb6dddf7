"""The form of an activity: plain choices read into what `activities/posting.py` checks, every wrong field named at once, and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any, Literal

import msgspec

from service.access import NEEDS, bits_of
from service.activities.model import FACT_FIELDS, NOTE_LABELS, Activity, ActivityFacts, Line, VisitNotes
from service.activities.posting import NewActivity, facts_of_posting
from service.catalog import rhythm
from service.catalog.model import answers
from service.catalog.rhythm import Rhythm
from service.db import Conn
from service.errors import Invalid
from service.organizations.model import Organization
from service.places.places import Places
from service.web import forms
from service.web.form_token import first_text
from service.web.kinds import ONE_LINE, SEVERAL_LINES

FormData = Mapping[str, Sequence[object]]
Code = Literal["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
Number = Annotated[int, msgspec.Meta(ge=1, le=100_000)]
Languages = Annotated[list[Annotated[str, msgspec.Meta(pattern=r"^[a-z]{2,3}\Z")]], msgspec.Meta(max_length=10)]
Age = Annotated[int, msgspec.Meta(ge=0, le=130)]
Clock = Annotated[str, msgspec.Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9](:00)?\Z", extra={"wrong": "time"})]
SHORTEST = timedelta(minutes=5)
SCHEDULE = {"first_on", "begins", "ends", "repeat", "days", "until"}
# What stands in for a wrong field, so that the others are looked at all the same.
STAND_INS = {"title": ["-"], "first_on": ["2026-01-01"], "begins": ["10:00"], "ends": ["11:00"]}
# Where `posting` names a field that this form does not have.
HERE = {"starts_at_local": "first_on", "rrule": "repeat", "duration_min": "ends", "lat": "zip", "lon": "zip"}


class ActivityFields(VisitNotes, frozen=True, kw_only=True):
    """first_on, begins, ends: wall clock at the place. cost: in whole and hundredths of the currency. "kept": the rule it had."""

    title: Annotated[str, msgspec.Meta(max_length=200, pattern=ONE_LINE)]
    first_on: date
    begins: Clock
    ends: Clock
    description: Annotated[str, msgspec.Meta(max_length=10_000, pattern=SEVERAL_LINES)] = ""
    repeat: Literal["once", "daily", "weekly", "fortnightly", "monthly", "kept"] = "once"
    days: list[Code] = msgspec.field(default_factory=list)
    until: date | None = None
    place_name: Line = ""
    address: Line = ""
    zip: Annotated[str, msgspec.Meta(max_length=12, extra={"wrong": "zip"})] | None = None
    capacity: Number | None = None
    minimum: Number | None = None
    age_min: Age | None = None
    age_max: Age | None = None
    cost: Annotated[float, msgspec.Meta(ge=0, le=10_000)] | None = None
    languages: Languages = msgspec.field(default_factory=list)
    url: Annotated[str, msgspec.Meta(max_length=2000, pattern=r"^https?://[^\x00-\x20\x7f]+\Z", extra={"wrong": "web_address"})] | None = (
        None
    )


class CalendarAdditions(VisitNotes, frozen=True, kw_only=True):
    """What a center may add to an activity that its own calendar tells of; the rest would be overwritten by the next reading."""

    minimum: Number | None = None
    languages: Languages = msgspec.field(default_factory=list)


async def read_facts(
    conn: Conn, form: FormData, *, center: Organization, current: Activity | None, places: Places, now: datetime
) -> tuple[ActivityFacts, str | None]:
    """What the form says, and the reference that makes a second press harmless. Raises Invalid naming every wrong field."""
    typed, wrong = _fields(form)
    yes, no = _access(form, wrong)
    _schedule_faults(typed, current, wrong)
    new = _new(typed, current, yes, no)
    try:
        facts = await facts_of_posting(conn, organization=center, new=new, places=places, now=now)
    except Invalid as refusal:
        for name, code in refusal.fields.items():
            here = HERE.get(name, name)
            if not (here in SCHEDULE and SCHEDULE & wrong.keys()):  # a date that was made up here cannot be in the past
                wrong.setdefault(here, "zip_unknown" if code == "zip" and new.zip else code)
    if wrong:
        raise Invalid(fields=wrong, typed=forms.typed_in(form))
    reference = first_text(form, "once")[:40]
    return _with_exceptions(facts, current), f"page {reference}" if reference.isprintable() and reference else None


def answered(form: FormData, current: Activity) -> ActivityFacts:
    """The answers of a center on what its calendar told. Raises Invalid naming every wrong field."""
    try:
        additions, wrong = forms.read(form, CalendarAdditions), dict[str, str]()
    except Invalid as refusal:
        additions, wrong = CalendarAdditions(), dict(refusal.fields)
    yes, no = _access(form, wrong)
    if additions.minimum and current.capacity and additions.minimum > current.capacity:
        wrong["minimum"] = "above_capacity"
    if wrong:
        raise Invalid(fields=wrong, typed=forms.typed_in(form))
    changed: dict[str, Any] = msgspec.structs.asdict(additions) | {"access_yes": bits_of(yes), "access_no": bits_of(no)}
    return ActivityFacts(**{name: getattr(current, name) for name in FACT_FIELDS} | changed | {"languages": tuple(additions.languages)})


def _fields(form: FormData) -> tuple[ActivityFields, dict[str, str]]:
    try:
        return forms.read(form, ActivityFields), {}
    except Invalid as refusal:
        wrong = dict(refusal.fields)
    mended = {name: values for name, values in form.items() if name not in wrong}
    return forms.read(mended | {name: STAND_INS[name] for name in wrong if name in STAND_INS}, ActivityFields), wrong


def _access(form: FormData, wrong: dict[str, str]) -> tuple[list[str], list[str]]:
    """The needs answered with yes, and those answered with no; the rest is not said."""
    chosen = {need: first_text(form, f"access_{need}") for need in NEEDS}
    wrong |= {f"access_{need}": "choice" for need, answer in chosen.items() if answer not in ("yes", "no", "")}
    return [need for need, answer in chosen.items() if answer == "yes"], [need for need, answer in chosen.items() if answer == "no"]


def _schedule_faults(typed: ActivityFields, current: Activity | None, wrong: dict[str, str]) -> None:
    """What is wrong between two answers; passed over where one of the two is wrong by itself."""
    checks = [
        ("ends", {"begins"}, "ends_before_begin", _duration(typed, current) < SHORTEST),
        ("until", {"first_on"}, "until_before_first", typed.until is not None and typed.until < typed.first_on),
        ("first_on", {"days"}, "first_day_not_ticked", _weekly(typed) and bool(typed.days) and _first_code(typed) not in typed.days),
        ("repeat", set(), "choice", typed.repeat == "kept" and (current is None or current.rrule is None)),
    ]
    for name, others, code, is_wrong in checks:
        if is_wrong and not others & wrong.keys():
            wrong.setdefault(name, code)


def _weekly(typed: ActivityFields) -> bool:
    return typed.repeat in ("weekly", "fortnightly")


def _first_code(typed: ActivityFields) -> str:
    return rhythm.CODES[typed.first_on.weekday()]


def _moment(typed: ActivityFields, clock: str) -> datetime:
    return datetime.combine(typed.first_on, time.fromisoformat(clock))


def _duration(typed: ActivityFields, current: Activity | None) -> timedelta:
    """From begin to end on one day. What runs past midnight comes from a calendar, and stays as long as its times are left alone."""
    if current and (_clock(current.starts_at_local), _clock(_end(current))) == (typed.begins[:5], typed.ends[:5]):
        return timedelta(minutes=current.duration_min)
    return _moment(typed, typed.ends) - _moment(typed, typed.begins)


def _rule(typed: ActivityFields, current: Activity | None) -> str | None:
    if typed.repeat == "kept":
        return current.rrule if current else None
    first = typed.first_on
    if typed.repeat == "monthly":
        return rhythm.rule_of(Rhythm(repeat="monthly", weekdays=(first.weekday(),), nth=rhythm.nth_of(first), until=typed.until))
    weekdays = tuple(sorted(rhythm.CODES.index(code) for code in set(typed.days))) or (first.weekday(),)
    return rhythm.rule_of(Rhythm(repeat=typed.repeat, weekdays=weekdays if _weekly(typed) else (), until=typed.until))


def _new(typed: ActivityFields, current: Activity | None, yes: list[str], no: list[str]) -> NewActivity:
    same = ("title", "description", "place_name", "address", "capacity", "minimum", "age_min", "age_max", "languages")
    values: dict[str, Any] = {name: getattr(typed, name) for name in (*same, "url", *NOTE_LABELS)}
    # A point that a calendar or a program gave is finer than a ZIP; it stays as long as the ZIP does.
    point: dict[str, Any] = {"lat": current.lat, "lon": current.lon} if current and (typed.zip or None) == current.zip else {}
    return NewActivity(
        **values,
        **point,
        zip=typed.zip,
        starts_at_local=_moment(typed, typed.begins),
        duration_min=max(5, int(_duration(typed, current).total_seconds()) // 60),
        rrule=_rule(typed, current),
        cost_cents=None if typed.cost is None else round(typed.cost * 100),
        access_yes=tuple(yes),
        access_no=tuple(no),
    )


def _with_exceptions(facts: ActivityFacts, current: Activity | None) -> ActivityFacts:
    """Dates called off stay so. Single moved and added dates belong to the old times, and go with them."""
    if current is None:
        return facts
    unchanged: dict[str, Any] = {"excluded": current.excluded, "text_language": current.text_language, "currency": current.currency}
    unchanged |= {"near_place": current.near_place} if (facts.lat, facts.lon) == (current.lat, current.lon) else {}
    if (facts.starts_at_local, facts.rrule, facts.duration_min) == (current.starts_at_local, current.rrule, current.duration_min):
        unchanged |= {"moved": current.moved, "extra": current.extra, "zone": current.zone}
    return msgspec.structs.replace(facts, **unchanged)


def typed_of(activity: Activity) -> dict[str, list[str]]:
    """An activity as its form would have been filled in."""
    pattern = rhythm.read(activity.rrule, activity.starts_at_local)
    texts: dict[str, object] = {
        **{name: getattr(activity, name) for name in ("title", "description", "place_name", "address", "zip", "capacity", "minimum")},
        **{name: getattr(activity, name) for name in ("age_min", "age_max", "url", *NOTE_LABELS)},
        "first_on": activity.starts_at_local.date(),
        "begins": _clock(activity.starts_at_local),
        "ends": _clock(_end(activity)),
        "repeat": pattern.repeat if pattern else "kept",
        "until": pattern.until if pattern else None,
        "cost": None if activity.cost_cents is None else _amount(activity.cost_cents),
    }
    lists = {
        "days": [rhythm.CODES[day] for day in pattern.weekdays] if pattern and pattern.repeat != "monthly" else [],
        "languages": list(activity.languages),
    }
    access_answers = answers(activity.access_yes, activity.access_no)
    access = {f"access_{need}": ["" if answer == "not_said" else answer] for need, answer in access_answers.items()}
    return {name: [str(value)] for name, value in texts.items() if value is not None} | lists | access


def _amount(cents: int) -> str:
    return f"{cents // 100}" if cents % 100 == 0 else f"{cents / 100:.2f}"


def _end(activity: Activity) -> datetime:
    return activity.starts_at_local + timedelta(minutes=activity.duration_min)


def _clock(moment: datetime) -> str:
    return f"{moment:%H:%M}"
