"""The matcher's reasons as sentences. Private topics are never named: a letter may lie open on a table.

A reason never contradicts the facts that stand above it: nearness is told in the words of the distance, and what costs something today is
not called free, whatever it cost when the week was matched. That a group is new is never told: no center says when its group began, and
the first date that we read of an old group says nothing of its age.
"""

from __future__ import annotations

from collections.abc import Sequence

from service.interests.taxonomy import by_code
from service.matches.model import Reason
from service.web.i18n import Say, mark
from service.web.wording import DISTANCES

SHOWN = 2
SENTENCES = {
    "words": mark("It is close to what you told us in your own words."),
    "came_before": mark("You have been there before."),
    "said_yes": mark("You said yes to it before."),
    "faces": mark("People you have met before go there."),
    "small_group": mark("It is a small group."),
    "free": mark("It is free."),
    "time": mark("It fits the times you gave us."),
}
# For people who ticked no times: any time is fine, and they gave us none.
ANY_TIME = mark("It fits what you told us.")
# For each of wording.DISTANCES. Beyond a walk, "near" means well within what the person said they can reach.
NEAR = (
    mark("It is a short walk from where you live."),
    mark("It is not far from where you live."),
)
WITHIN_REACH = mark("It is well within the distance you can go.")


def sentences(reasons: Sequence[Reason], say: Say, *, km: float | None, cost_cents: int | None, any_time: bool) -> list[str]:
    """The strongest reasons first, none twice; never empty, for the time always fits. km, cost_cents: as the letter tells them.

    No km: only the town is known, so nothing is near. any_time: the person ticked no times.
    """
    time = say(ANY_TIME if any_time else SENTENCES["time"])
    found: list[str] = []
    for reason in reasons:
        if (reason.code == "free" and cost_cents != 0) or (reason.code == "near" and km is None):
            continue
        words = say(near(km)) if reason.code == "near" and km is not None else time if reason.code == "time" else sentence(reason, say)
        if words and words not in found:
            found.append(words)
    return found[:SHOWN] or [time]


def near(km: float) -> str:
    """In step with wording.distance: only what it calls a walk is called a walk, or not far."""
    return next((sentence for sentence, (bound, _) in zip(NEAR, DISTANCES, strict=False) if km <= bound), WITHIN_REACH)


def sentence(reason: Reason, say: Say) -> str:
    """Of one reason; "" for one that no sentence is known for."""
    if reason.code == "topic":
        return _topic(str(reason.params.get("topic", "")), say)
    return say(SENTENCES[reason.code]) if reason.code in SENTENCES else ""


def _topic(code: str, say: Say) -> str:
    topic = by_code().get(code)
    if topic is None or topic.sensitive:
        return say("It fits something you told us.")
    return say("You told us that you like this: {topic}.", topic=topic.name(say.language))
