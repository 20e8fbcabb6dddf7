"""Whether the title of an event says that it is on a screen or not for the public: pure, English as calendars write it.

Careful: an activity that is refused wrongly is lost to everybody, so only plain words count.
"""

from __future__ import annotations

import re

_WEBINAR = re.compile(r"\bwebinars?\b", re.IGNORECASE)
_WATCHED_TOGETHER = re.compile(r"\b(?:watch|viewing|screening|in[- ]person|hybrid|how to|making|host(?:ing)?)\b", re.IGNORECASE)
_OPEN = re.compile(r"\b(?:open to (?:all|everyone|the public)|public (?:welcome|invited)|free and open)\b", re.IGNORECASE)
_BETWEEN = r"(?:(?!to\b|or\b|and\b|for\b|with\b)[\w-]+\s+){0,3}?"
_OWN = r"(?:meetings?|orientations?|trainings?|webinars?|check-?ins?|connections?|onboarding|retreats?|debriefs?)"
_PRIVATE = r"(?:event|rental|party|function|booking|reservation|hire|gathering)s?"
_ROOM = r"(?:private|room|hall|facility|building|gym|field|pavilion|shelter|auditorium)"
_INSIDE = (
    rf"^\W*(?:interns?|internship)\s+{_BETWEEN}{_OWN}\b",
    rf"^\W*(?:all[- ])?(?:staff|employees?)[- ](?:only\b|{_BETWEEN}(?:{_OWN}|in-?service|development day|lunch|luncheon)\b)",
    r"\bexecutive (?:board|committee|session)\b(?:\s+meeting)?\s*(?:$|[-–—:|(])",
    r"\b(?:board|committee|council|trustees|staff)\b[^:]*\bmeeting\b\W*\(?(?:closed|private|members only|executive session)\b",
    r"\bclosed (?:board|committee|council|staff) meeting\b",
    rf"(?<!for )(?<!of )(?<!a )\bprivate {_PRIVATE}\s*(?:$|[-–—:|(,!.@])",
    rf"\b(?:closed|reserved) for (?:an? )?private {_PRIVATE}\b",
    rf"^\W*(?:{_ROOM}\s+)+rentals?\s*(?:$|[-–—:|(,!.#\d])",
    r"^\W*tabling\b(?!\s+(?:workshop|class|training|101))",
    r"\btabling\b[^:]*?(?:\bat\b|@|\bfor\b)",
    r"^\W*place-?holder\b",
)
_NOT_PUBLIC = re.compile("|".join(_INSIDE), re.IGNORECASE)
_HOLD = re.compile(r"^\W*HOLD\s*(?:$|[-–—:|(/\d]|for\b|FOR\b)")  # in capitals, as calendars are kept free


def not_for_the_public(title: str) -> str:
    """ "online_only" or "not_for_the_public"; "" where the title says neither."""
    if _OPEN.search(title):
        return ""
    if _HOLD.search(title) or _NOT_PUBLIC.search(title):
        return "not_for_the_public"
    return "online_only" if _WEBINAR.search(title) and not _WATCHED_TOGETHER.search(title) else ""
