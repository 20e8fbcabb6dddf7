"""Sentences of the head and the foot of a weekly letter, each with what makes it true; part of `truths.py`.

Facts are those of tests/service/test_sentences_are_true.py.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

from service.interests.sensitive import sensitive_of

Facts = dict[str, Any]


def leads_with(facts: Facts, blanks: dict[str, str]) -> bool:
    """One of the letter's dates has this title and this day, and anybody may read it; the others are as many as it says."""
    begins = blanks["title"].removesuffix("…")
    meant = [one for one in facts["items"] if one["title"].startswith(begins) and day_of(one) == blanks["day"]]
    return bool(meant) and all(not sensitive_of(one["about"], one["title"], one["description"]) for one in meant)


def leads_many(facts: Facts, blanks: dict[str, str]) -> bool:
    return leads_with(facts, blanks) and len(facts["items"]) == 1 + int(blanks.get("count", "1"))


def day_of(one: Facts) -> str:
    return f"{one['starts_at'].astimezone(ZoneInfo(one['zone'])):%A}"


WEEKLY_TRUTHS: dict[str, Callable[[Facts, dict[str, str]], bool]] = {
    "Please confirm your sign-up": lambda f, b: True,
    "Or type this code on the page where you signed up:": lambda f, _: f["status"] == "unconfirmed" and f["source"] in ("form", "embedded"),
    "Your sign-up still waits for your yes": lambda f, b: f["status"] == "unconfirmed",
    "{partner}: your sign-up still waits for your yes": lambda f, b: f["status"] == "unconfirmed" and b["partner"] == f["partner"],
    "Somebody typed this address at {partner}, to get a weekly letter with things to do nearby.": lambda f, b: (
        f["status"] == "unconfirmed" and b["partner"] == f["partner"]
    ),
    "Was it you? Press the button, then press it once more on the page that opens. Then you are in.": lambda f, _: (
        f["status"] == "unconfirmed"
    ),
    "If it was not you, do nothing. We will not remind you again, and soon forget this address.": lambda f, _: (
        f["status"] == "unconfirmed" and f["reminders"] == 1
    ),
    "{title} on {day}": lambda f, b: leads_with(f, b) and len(f["items"]) == 1,
    "{title} on {day}, and one more": leads_many,
    # Numbers that are called in the United States alone.
    "Sad, scared or thinking of hurting yourself? Call or text 988, day or night.": lambda f, _: f["home_zone"].startswith("America/"),
    "Need food, a place to stay or other help? Call 211.": lambda f, _: f["home_zone"].startswith("America/"),
    "Someone is in danger now? Call 911.": lambda f, _: f["home_zone"].startswith("America/"),
    "Hello {name},": lambda f, b: f["name"].split()[0] == b["name"],
}
