"""Days, times, distances and prices in the words of the reader's language. Pure: no clock, no I/O."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime, format_time
from babel.numbers import format_currency, format_percent

from service.web.i18n import Translator, mark

# Upper bounds in km. Words, because three exact distances would give a home away.
DISTANCES = (
    (1.0, mark("a short walk")),
    (2.5, mark("a longer walk")),
    (6.0, mark("a short ride")),
    (15.0, mark("a ride across town")),
)
FURTHER = mark("a longer trip")


def local_day(moment: datetime | date, say: Translator, zone: str = "UTC") -> str:
    """Tuesday, May 5."""
    if isinstance(moment, datetime):
        moment = moment.astimezone(ZoneInfo(zone)).date()
    return format_date(moment, say("EEEE, MMMM d"), locale=say.language)


def weekday(moment: datetime, say: Translator, zone: str) -> str:
    """Tuesday, at the place."""
    return format_date(moment.astimezone(ZoneInfo(zone)).date(), "EEEE", locale=say.language)


def calendar_day(day: date, say: Translator) -> str:
    """With its year: November 24, 2026."""
    return format_date(day, "long", locale=say.language)


def local_time(moment: datetime, say: Translator, zone: str) -> str:
    """The wall clock at the place: 2:30 PM."""
    return format_time(moment.astimezone(ZoneInfo(zone)), "short", locale=say.language).replace("\u202f", "\u00a0")


def local_moment(moment: datetime, say: Translator, zone: str) -> str:
    return say("{day}, {time}", day=local_day(moment, say, zone), time=local_time(moment, say, zone))


def iso_local(moment: datetime, zone: str) -> str:
    """For the `datetime` attribute of <time>."""
    return moment.astimezone(ZoneInfo(zone)).isoformat(timespec="minutes")


def month(moment: date, say: Translator) -> str:
    return format_datetime(datetime(moment.year, moment.month, 1, tzinfo=ZoneInfo("UTC")), "LLLL yyyy", locale=say.language)


def percent(share: float, say: Translator) -> str:
    """share: 0 to 1."""
    return format_percent(share, locale=say.language)


def distance(km: float, say: Translator) -> str:
    return say(next((words for bound, words in DISTANCES if km <= bound), FURTHER))


def how_far(km: float | None, near_place: str, say: Translator) -> str:
    """In words; where no map knows the place, only its town is told."""
    return say("in the area of {town}", town=near_place) if near_place or km is None else distance(km, say)


def price(cents: int, say: Translator, currency: str = "USD") -> str:
    """Free, or the amount; whole amounts without decimals."""
    if cents == 0:
        return say("free")
    amount = Decimal(cents) / 100
    pattern = None if cents % 100 else "¤#,##0"
    return format_currency(amount, currency, pattern, locale=say.language, currency_digits=False)
