"""The matcher's reasons as sentences. Private topics are never named: a letter may lie open on a table."""

from __future__ import annotations

from collections.abc import Sequence

from service.digests.model import Reason
from service.interests.taxonomy import by_code
from service.web.i18n import Say, mark

SHOWN = 2
SENTENCES = {
    "words": mark("It is close to what you told us in your own words."),
    "near": mark("It is close to where you live."),
    "came_before": mark("You have been there before."),
    "said_yes": mark("You said yes to it before."),
    "faces": mark("People you have met before go there."),
    "new_group": mark("The group is new, so everyone is a newcomer."),
    "small_group": mark("It is a small group."),
    "free": mark("It is free."),
    "time": mark("It fits the times you gave us."),
}


def sentences(reasons: Sequence[Reason], say: Say) -> list[str]:
    """The strongest reasons first, none twice; never empty, for the time always fits."""
    found: list[str] = []
    for reason in reasons:
        sentence = _sentence(reason, say)
        if sentence and sentence not in found:
            found.append(sentence)
    return found[:SHOWN] or [say(SENTENCES["time"])]


def _sentence(reason: Reason, say: Say) -> str:
    if reason.code == "topic":
        return _topic(str(reason.params.get("topic", "")), say)
    return say(SENTENCES[reason.code]) if reason.code in SENTENCES else ""


def _topic(code: str, say: Say) -> str:
    topic = by_code().get(code)
    if topic is None or topic.sensitive:
        return say("It fits something you told us.")
    return say("You told us that you like this: {topic}.", topic=topic.name(say.language))
