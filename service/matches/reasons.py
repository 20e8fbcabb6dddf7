"""The matcher's reasons as sentences. Private topics are never named: a letter may lie open on a table.

A reason never contradicts the facts that stand above it: nearness is told in the words of the distance, and what costs something today is
not called free, whatever it cost when the week was matched. That a group is new is never told: no center says when its group began, and
the first date that we read of an old group says nothing of its age.
"""

from __future__ import annotations

from collections.abc import Sequence

from service.interests.taxonomy import by_code
from service.matches import reason_types as kinds
from service.web.i18n import Translator, mark
from service.web.wording import DISTANCES

SHOWN = 2
# What the person asked for, or has done, says more than that something is free, near or small, however strong the matcher holds that.
PERSONAL = (kinds.TopicReason, kinds.WordsReason, kinds.CameBeforeReason, kinds.SaidYesReason, kinds.FacesReason)
LIKENESS = 0.5  # cosine; below it two texts share a turn of phrase at most ("helping others" and "one on one help")
TIME = mark("It fits the times you gave us.")
SENTENCES: dict[type[kinds.Reason], str] = {
    kinds.WordsReason: mark("It sounds close to what you told us in your own words."),
    kinds.CameBeforeReason: mark("You have been there before."),
    kinds.SaidYesReason: mark("You said yes to it before."),
    kinds.FacesReason: mark("People you have met before go there."),
    kinds.SmallGroupReason: mark("It is a small group."),
    kinds.FreeReason: mark("It is free."),
    kinds.TimeReason: TIME,
}
# For people who ticked no times: any time is fine, and they gave us none.
ANY_TIME = mark("You did not tell us when you are free, so we suggest any time.")
# For each of wording.DISTANCES. Beyond a walk, "near" means well within what the person said they can reach.
NEAR = (
    mark("It is a short walk from the middle of your area."),
    mark("It is not far from the middle of your area."),
)
WITHIN_REACH = mark("It is well within the distance you can go.")


def sentences(reasons: Sequence[kinds.Reason], say: Translator, *, km: float | None, cost_cents: int | None, any_time: bool) -> list[str]:
    """The personal reasons, or, where there is none, the others; none twice, and never empty, for the time always fits.

    Beside a wish, "it is free" only repeats the line of facts. km, cost_cents: as the letter tells them.

    No km: only the town is known, so nothing is near. any_time: the person ticked no times.
    """
    time = say(ANY_TIME if any_time else TIME)
    true = [reason for reason in reasons if holds(reason, km=km, cost_cents=cost_cents)]
    lines: list[str] = []
    for reason in [reason for reason in true if isinstance(reason, PERSONAL)] or true:
        match reason:
            case kinds.NearReason() if km is not None:
                words = say(near(km))
            case kinds.TimeReason():
                words = time
            case _:
                words = sentence(reason, say)
        if words and words not in lines:
            lines.append(words)
    return lines[:SHOWN] or [time]


def in_order(reasons: Sequence[kinds.Reason]) -> list[kinds.Reason]:
    """The personal ones first, each kind as it came: strongest first."""
    return sorted(reasons, key=lambda reason: not isinstance(reason, PERSONAL))


def holds(reason: kinds.Reason, *, km: float | None, cost_cents: int | None) -> bool:
    """Whether its sentence may be said beside these facts; km: None where only the town is known."""
    match reason:
        case kinds.FreeReason():
            return cost_cents == 0
        case kinds.NearReason():
            return km is not None
        case kinds.WordsReason(likeness):
            return likeness >= LIKENESS
    return True


def near(km: float) -> str:
    """In step with wording.distance: only what it calls a walk is called a walk, or not far."""
    return next((sentence for sentence, (bound, _) in zip(NEAR, DISTANCES, strict=False) if km <= bound), WITHIN_REACH)


def sentence(reason: kinds.Reason, say: Translator) -> str:
    """Of one reason; "" for one that no sentence is known for."""
    if isinstance(reason, kinds.TopicReason):
        return _topic(reason.topic, say)
    return say(SENTENCES[type(reason)]) if type(reason) in SENTENCES else ""


def _topic(code: str, say: Translator) -> str:
    topic = by_code().get(code)
    if topic is None or topic.sensitive:
        return say("It fits something you told us.")
    return say("It sounds like something you told us you like: {topic}.", topic=topic.name(say.language))
