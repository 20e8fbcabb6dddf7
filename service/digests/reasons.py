"""The matcher's reasons as sentences. Private topics are never named: a letter may lie open on a table."""

from __future__ import annotations

from collections.abc import Sequence

from service.digests.model import Reason
from service.interests.taxonomy import by_code
from service.web.i18n import Say

SHOWN = 2


def sentences(reasons: Sequence[Reason], say: Say) -> list[str]:
    """The strongest reasons first, none twice; never empty, for the time always fits."""
    found: list[str] = []
    for reason in reasons:
        sentence = _sentence(reason, say)
        if sentence and sentence not in found:
            found.append(sentence)
    return found[:SHOWN] or [say("It fits the times you gave us.")]


def _sentence(reason: Reason, say: Say) -> str:
    match reason.code:
        case "topic":
            return _topic(str(reason.params.get("topic", "")), say)
        case "words":
            return say("It is close to what you told us in your own words.")
        case "near":
            return say("It is close to where you live.")
        case "came_before":
            return say("You have been there before.")
        case "said_yes":
            return say("You said yes to it before.")
        case "faces":
            return say("People you have met before go there.")
        case "new_group":
            return say("The group is new, so everyone is a newcomer.")
        case "small_group":
            return say("It is a small group.")
        case "free":
            return say("It is free.")
        case "time":
            return say("It fits the times you gave us.")
    return ""


def _topic(code: str, say: Say) -> str:
    topic = by_code().get(code)
    if topic is None or topic.sensitive:
        return say("It fits something you told us.")
    return say("You told us that you like this: {topic}.", topic=topic.name(say.language))
