"""The one template environment: every domain's templates by `domain/name.html`, escaped always. No web framework in here."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, PrefixLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from service.web import wording
from service.web.i18n import Translator, say_in
from service.web.sentences import sentence_for

SERVICE_DIR = Path(__file__).parents[1]


@cache
def environment() -> Environment:
    """Templates of every `service/<domain>/templates`; a name nobody gave is an error, not an empty place on the page."""
    folders = {path.parent.name: FileSystemLoader(path) for path in sorted(SERVICE_DIR.glob("*/templates"))}
    env = Environment(loader=PrefixLoader(folders), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    env.globals.update(_=_say, n_=_say_count, sentence=_sentence)
    env.filters.update(
        day=_day,
        calendar_day=_calendar_day,
        clock_time=_clock_time,
        moment=_moment,
        iso_local=wording.iso_local,
        month=_month,
        distance=_distance,
        percent=_percent,
        price=_price,
    )
    return env


def render(name: str, *, language: str, context: Mapping[str, object]) -> str:
    """A template as text, for letters and tests; pages go through `templating.page`."""
    return environment().get_template(name).render({**language_context(say_in(language)), **context})


def language_context(say: Translator) -> dict[str, object]:
    return {"say": say, "lang": say.language, "direction": say.direction}


def _speaker(context: Context) -> Translator:
    say = context["say"]
    assert isinstance(say, Translator)
    return say


@pass_context
def _say(context: Context, sentence: str, /, **values: object) -> Markup:
    """A translated sentence; values are escaped, except what is already markup (a link inside a sentence)."""
    text = escape(_speaker(context)(sentence))
    return text.format(**values) if values else text


@pass_context
def _say_count(context: Context, singular: str, plural: str, count: int, /, **values: object) -> Markup:
    return escape(_speaker(context).form_for(singular, plural, count)).format(count=count, **values)


@pass_context
def _sentence(context: Context, code: str) -> str:
    return sentence_for(code, _speaker(context))


@pass_context
def _day(context: Context, moment: datetime, zone: str = "UTC") -> str:
    return wording.local_day(moment, _speaker(context), zone)


@pass_context
def _percent(context: Context, share: float) -> str:
    return wording.percent(share, _speaker(context))


@pass_context
def _calendar_day(context: Context, day: date) -> str:
    return wording.calendar_day(day, _speaker(context))


@pass_context
def _clock_time(context: Context, moment: datetime, zone: str) -> str:
    return wording.local_time(moment, _speaker(context), zone)


@pass_context
def _moment(context: Context, moment: datetime, zone: str) -> str:
    return wording.local_moment(moment, _speaker(context), zone)


@pass_context
def _month(context: Context, day: date) -> str:
    return wording.month(day, _speaker(context))


@pass_context
def _distance(context: Context, km: float) -> str:
    return wording.distance(km, _speaker(context))


@pass_context
def _price(context: Context, cents: int, currency: str = "USD") -> str:
    return wording.price(cents, _speaker(context), currency)
