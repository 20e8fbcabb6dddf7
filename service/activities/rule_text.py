"""RRULE text (RFC 5545, 3.3.10) read into a bounded Rule, or refused by name.

A calendar is written by strangers. A rule of 60 characters can keep a common library busy for minutes, so only what neighborhood groups
really use is read: days, weeks, months and years, with limits on every number. Whatever is beyond that is asked of the center.
"""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any, Literal, cast, get_args

import msgspec

from service.errors import Invalid

Frequency = Literal["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]

LONGEST_RULE = 300
LARGEST_INTERVAL = 52
LARGEST_COUNT = 1000
LONGEST_LIST = 62
WEEKDAYS = {"MO": 0, "TU": 1, "WE": 2, "TH": 3, "FR": 4, "SA": 5, "SU": 6}

_BYDAY = re.compile(r"([+-]?\d{1,2})?(MO|TU|WE|TH|FR|SA|SU)")
_NUMBER = re.compile(r"[+-]?\d{1,4}")
_UNTIL = re.compile(r"(\d{8})(?:T(\d{6})(Z?))?")


class AskTheCenter(Invalid):
    """A series we do not work out by ourselves; `code` names why, `params` hold what a sentence about it needs."""

    code = "ask_the_center"


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """Weekdays count from Monday = 0; `nth_weekdays` are (weekday, n) with n = -1 for the last; a naive `until` is wall-clock time."""

    frequency: Frequency
    interval: int = 1
    count: int | None = None
    until: date | datetime | None = None
    week_start: int = 0
    months: frozenset[int] = frozenset()
    month_days: frozenset[int] = frozenset()
    weekdays: frozenset[int] = frozenset()
    nth_weekdays: frozenset[tuple[int, int]] = frozenset()
    positions: tuple[int, ...] = ()


@lru_cache(maxsize=2048)
def read_rule(text: str) -> Rule:
    """Raises AskTheCenter for everything outside the bounds; never looks at more than 300 characters."""
    parts = _parts(text)
    frequency = parts.pop("FREQ", "")
    if frequency not in get_args(Frequency):
        raise AskTheCenter("frequency_not_read", frequency=frequency[:20])
    fields: dict[str, Any] = {}
    for name, value in parts.items():
        if name not in _READERS:
            raise AskTheCenter("rule_part_not_read", part=name[:20])
        fields |= _READERS[name](name, value)
    return _consistent(Rule(frequency=cast(Frequency, frequency), **fields))


def _parts(text: str) -> dict[str, str]:
    if len(text) > LONGEST_RULE:
        raise AskTheCenter("rule_too_long", longest=LONGEST_RULE)
    parts: dict[str, str] = {}
    for part in text.strip().strip(";").upper().split(";"):
        name, equals, value = part.partition("=")
        if not equals or not value or name in parts:
            raise AskTheCenter("rule_unreadable", part=part[:40])
        parts[name] = value
    return parts


def _consistent(rule: Rule) -> Rule:
    """Refuse combinations that RFC 5545 forbids, instead of guessing what was meant."""
    if rule.nth_weekdays and rule.frequency in ("DAILY", "WEEKLY"):
        raise AskTheCenter("rule_part_not_read", part="BYDAY")
    if rule.month_days and rule.frequency == "WEEKLY":
        raise AskTheCenter("rule_part_not_read", part="BYMONTHDAY")
    if rule.positions and not (rule.months or rule.month_days or rule.weekdays or rule.nth_weekdays):
        raise AskTheCenter("rule_part_not_read", part="BYSETPOS")
    return rule


def _number(name: str, value: str, low: int, high: int) -> int:
    if not _NUMBER.fullmatch(value):
        raise AskTheCenter("rule_unreadable", part=f"{name}={value}"[:40])
    number = int(value)
    if not low <= number <= high or number == 0:
        raise AskTheCenter("rule_number_too_large", part=name, number=number)
    return number


def _list(name: str, value: str) -> list[str]:
    items = value.split(",")
    if len(items) > LONGEST_LIST:
        raise AskTheCenter("rule_too_long", longest=LONGEST_LIST)
    return items


def _numbers(low: int, high: int, field: str) -> Callable[[str, str], dict[str, object]]:
    def read(name: str, value: str) -> dict[str, object]:
        return {field: frozenset(_number(name, item, low, high) for item in _list(name, value))}

    return read


def _positions(name: str, value: str) -> dict[str, object]:
    return {"positions": tuple(_number(name, item, -366, 366) for item in _list(name, value))}


def _byday(name: str, value: str) -> dict[str, object]:
    plain: set[int] = set()
    nth: set[tuple[int, int]] = set()
    for item in _list(name, value):
        match = _BYDAY.fullmatch(item)
        if not match:
            raise AskTheCenter("rule_unreadable", part=f"{name}={item}"[:40])
        weekday = WEEKDAYS[match[2]]
        if match[1]:
            nth.add((weekday, _number(name, match[1], -53, 53)))
        else:
            plain.add(weekday)
    return {"weekdays": frozenset(plain), "nth_weekdays": frozenset(nth)}


def _week_start(name: str, value: str) -> dict[str, object]:
    if value not in WEEKDAYS:
        raise AskTheCenter("rule_unreadable", part=f"{name}={value}"[:40])
    return {"week_start": WEEKDAYS[value]}


def _until(name: str, value: str) -> dict[str, object]:
    match = _UNTIL.fullmatch(value)
    try:
        if match and match[2]:
            moment = datetime.strptime(match[1] + match[2], "%Y%m%d%H%M%S")  # noqa: DTZ007 - wall-clock time unless it ends in Z
            return {"until": moment.replace(tzinfo=UTC) if match[3] else moment}
        if match:
            return {"until": date(int(match[1][:4]), int(match[1][4:6]), int(match[1][6:]))}
    except ValueError:
        pass
    raise AskTheCenter("rule_unreadable", part=f"{name}={value}"[:40])


_READERS: dict[str, Callable[[str, str], dict[str, object]]] = {
    "INTERVAL": lambda name, value: {"interval": _number(name, value, 1, LARGEST_INTERVAL)},
    "COUNT": lambda name, value: {"count": _number(name, value, 1, LARGEST_COUNT)},
    "UNTIL": _until,
    "WKST": _week_start,
    "BYDAY": _byday,
    "BYMONTHDAY": _numbers(-31, 31, "month_days"),
    "BYMONTH": _numbers(1, 12, "months"),
    "BYSETPOS": _positions,
}
