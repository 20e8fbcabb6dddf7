"""The sentences of the letters between a newcomer and a host of welcome, each with what makes it true; part of `truths.py`.

Facts are those of tests/service/company/test_company_is_true.py.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

WELCOME_TRUTHS: dict[str, Callable[[dict[str, Any], dict[str, str]], bool]] = {
    "You will not be alone: {title}": lambda f, _: len(f["hosts"]) == 1,
    "You will not be alone at {title}: somebody who knows the group is glad to greet you.": lambda f, b: (
        b["title"] == f["title"] and f["is_new"] and len(f["hosts"]) == 1 and f["hosts"][0]["is_glad"] and f["hosts"][0]["is_told"]
    ),
    "{name} has been there before, and has a seat.": lambda f, b: (
        f["hosts"][0]["came"] >= 3 and f["hosts"][0]["seat"] == "confirmed" and f["hosts"][0]["name"] == b["name"] and f["both_give_names"]
    ),
    "They have been there before, and have a seat.": lambda f, _: (
        f["hosts"][0]["came"] >= 3 and f["hosts"][0]["seat"] == "confirmed" and not f["both_give_names"]
    ),
    "Somebody new is coming: {title}": lambda f, _: len(f["newcomers"]) == 1 and not f["is_new"],
    "Somebody new is coming to {title}.": lambda f, b: len(f["newcomers"]) == 1 and b["title"] == f["title"] and not f["is_new"],
    "{name} is new and has a seat.": lambda f, b: (
        f["newcomers"][0]["seat"] == "confirmed" and f["newcomers"][0]["name"] == b["name"] and f["both_give_names"]
    ),
    "They are new and have a seat.": lambda f, _: f["newcomers"][0]["seat"] == "confirmed" and not f["both_give_names"],
    "You said that you are glad to greet a new person. We tell them that somebody who knows the group is glad to greet them.": (
        lambda f, _: f["is_glad"] and f["newcomers"][0]["is_told"]
    ),
}
