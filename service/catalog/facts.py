"""What a center says of an activity, in the words of the reader. Pure. What was not said is said to be open, never guessed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

from babel import Locale
from babel.lists import format_list

from service.access import NEED_NAMES
from service.catalog.model import Answer
from service.web.i18n import Translator, mark

ANSWER_NAMES: dict[Answer, str] = {"yes": mark("Yes"), "no": mark("No"), "not_said": mark("Not said yet")}


def ages(low: int | None, high: int | None, say: Translator) -> str:
    """No ages given means adults."""
    if low is None and high is None:
        return say("Adults")
    if high is None:
        return say("{age} years and older", age=low)
    if not low:
        return say("Up to {age} years", age=high)
    return say("{low} to {high} years", low=low, high=high)


def language_names(codes: Iterable[str], say: Translator) -> str:
    names = Locale.parse(say.language).languages
    return format_list([names.get(code, code) for code in codes], locale=say.language)


def access(answers: Mapping[str, Answer], say: Translator) -> list[tuple[str, Answer, str]]:
    """Every need with the center's answer, by code and in words."""
    return [(say(NEED_NAMES[need]), answer, say(ANSWER_NAMES[answer])) for need, answer in answers.items()]


def website(address: str | None) -> tuple[str, str] | None:
    """The address and the bare name of its site: a link written by strangers says where it really leads."""
    parts = urlsplit(address or "")
    return (str(address), parts.hostname) if parts.scheme in ("http", "https") and parts.hostname else None
