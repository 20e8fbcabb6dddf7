"""How often something happens, in plain words: an RRULE of the simple kinds that neighborhood groups use, read and written."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

import msgspec
from babel.dates import format_date, get_day_names
from babel.lists import format_list

from service.activities.rule_text import WEEKDAYS, AskTheCenter, read_rule
from service.web.i18n import Translator, mark

Repeat = Literal["once", "daily", "weekly", "fortnightly", "monthly"]
CODES = tuple(WEEKDAYS)  # MO first
DAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
NTH_NAMES = {1: mark("first"), 2: mark("second"), 3: mark("third"), 4: mark("fourth"), -1: mark("last")}


class Rhythm(msgspec.Struct, frozen=True, kw_only=True):
    """weekdays from Monday = 0; nth: which of them in the month, -1 the last; until: last day, included."""

    repeat: Repeat
    weekdays: tuple[int, ...] = ()
    nth: int | None = None
    until: date | None = None


def read(rule: str | None, start: datetime) -> Rhythm | None:
    """None for a rule that plain words do not cover."""
    if rule is None:
        return Rhythm(repeat="once")
    try:
        parsed = read_rule(rule)
    except AskTheCenter:
        return None
    if parsed.count or parsed.months or parsed.month_days or parsed.positions:
        return None
    until = parsed.until.date() if isinstance(parsed.until, datetime) else parsed.until
    weekdays = tuple(sorted(parsed.weekdays))
    match parsed.frequency, parsed.interval:
        case "DAILY", 1 if not weekdays:
            return Rhythm(repeat="daily", until=until)
        case "WEEKLY", 1 | 2:
            repeat: Repeat = "weekly" if parsed.interval == 1 else "fortnightly"
            return Rhythm(repeat=repeat, weekdays=weekdays or (start.weekday(),), until=until)
        case "MONTHLY", 1 if len(parsed.nth_weekdays) == 1 and not weekdays:
            weekday, nth = next(iter(parsed.nth_weekdays))
            return Rhythm(repeat="monthly", weekdays=(weekday,), nth=nth, until=until) if nth in NTH_NAMES else None
    return None


def rule_of(rhythm: Rhythm) -> str | None:
    """The RRULE of a rhythm; None for a single date."""
    parts = {
        "once": [],
        "daily": ["FREQ=DAILY"],
        "weekly": ["FREQ=WEEKLY", _byday(rhythm)],
        "fortnightly": ["FREQ=WEEKLY", "INTERVAL=2", _byday(rhythm)],
        "monthly": ["FREQ=MONTHLY", _byday(rhythm)],
    }[rhythm.repeat]
    until = [f"UNTIL={rhythm.until:%Y%m%d}"] if rhythm.until and parts else []
    return ";".join([*parts, *until]) or None


def nth_of(day: date) -> int:
    """Which Tuesday of its month a Tuesday is: 1 to 4, and -1 for a fifth, which not every month has."""
    nth = (day.day - 1) // 7 + 1
    return nth if nth < 5 else -1


def words(rhythm: Rhythm, say: Translator) -> str:
    """ "Every week: Tuesday and Thursday", until its last day where it has one."""
    named = get_day_names("wide", locale=say.language)
    days = format_list([named[day] for day in rhythm.weekdays], locale=say.language)
    if rhythm.repeat == "once":
        return say("Once")
    if rhythm.repeat == "daily":
        text = say("Every day")
    elif rhythm.repeat == "weekly":
        text = say("Every week: {days}", days=days)
    elif rhythm.repeat == "fortnightly":
        text = say("Every second week: {days}", days=days)
    else:
        text = say("Every month: the {nth} {day}", nth=say(NTH_NAMES[rhythm.nth or 1]), day=days)
    return say("{rhythm}, until {day}", rhythm=text, day=format_date(rhythm.until, "long", locale=say.language)) if rhythm.until else text


def _byday(rhythm: Rhythm) -> str:
    return "BYDAY=" + ",".join(f"{rhythm.nth or ''}{CODES[day]}" for day in rhythm.weekdays)
