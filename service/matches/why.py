"""Why this, and why not that, in words: each reason with the fact it rests on and where to correct it. Pure.

What is said of a match is what was stored with it; the facts beside it are today's, so a reason that no longer holds says so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec

from service.interests.clauses import clauses
from service.interests.taxonomy import by_code
from service.matches import reason_types as kinds
from service.matches.model import OwnMatch
from service.matches.reasons import ANY_TIME, holds, in_order, near, sentence
from service.residents.model import Profile
from service.residents.week import is_any_time
from service.web import wording
from service.web.i18n import Translator, mark

TRAVELS = {
    "walk": mark("You told us that you go on foot."),
    "bus": mark("You told us that you go by bus or train."),
    "car": mark("You told us that you go by car."),
}
NO_LONGER = mark("This has changed since the letter was written.")


class ShownReason(msgspec.Struct, frozen=True):
    """One reason. field: where on the page of wishes it is corrected; "" where it is not the person's to correct."""

    sentence: str
    fact: str
    field: str = ""


def shown_reasons(match: OwnMatch, profile: Profile, say: Translator, *, in_private: bool) -> list[ShownReason]:
    """Every stored reason, in the letter's order.

    in_private: the page was opened by the person's own fresh link; else it may be a forwarded letter, which must not tell more
    than it told already.
    """
    shown = []
    for reason in in_order(match.reasons):
        if not isinstance(reason, kinds.FreeReason) and not holds(
            reason, km=None if match.near_place else match.km, cost_cents=match.cost_cents
        ):
            continue  # the letter did not say it either
        if isinstance(reason, kinds.TopicReason):
            fact, field = _topic(reason, profile, say, in_private)
        elif about := FACTS.get(type(reason)):
            fact, field = about(match, profile, say, in_private)
        else:
            continue  # a reason that is never told
        shown.append(ShownReason(_sentence(match, profile, reason, say), fact, field))
    return shown


def _sentence(match: OwnMatch, profile: Profile, reason: kinds.Reason, say: Translator) -> str:
    if isinstance(reason, kinds.NearReason):
        return say(near(match.km))
    return say(ANY_TIME) if isinstance(reason, kinds.TimeReason) and is_any_time(profile.available) else sentence(reason, say)


def _topic(reason: kinds.TopicReason, profile: Profile, say: Translator, in_private: bool) -> tuple[str, str]:
    topic = by_code().get(reason.topic)
    if topic is None or topic.code not in profile.topics:
        return say(NO_LONGER), "interests"
    if topic.sensitive and not in_private:
        return say("We do not name it here. Your own page does."), "interests"
    return say("You ticked it, or wrote it in your own words: {topic}.", topic=topic.name(say.language)), "interests"


def _words(match: OwnMatch, profile: Profile, say: Translator, in_private: bool) -> tuple[str, str]:
    wishes = " · ".join(clause.text for clause in clauses(profile.words) if clause.stance == "wish")
    if not wishes:
        return say(NO_LONGER), "words"
    if not in_private:
        return say("We compared them with what the center wrote."), "words"
    return say("You wrote: “{words}” We compared it with what the center wrote.", words=wishes), "words"


def _near(match: OwnMatch, profile: Profile, say: Translator, in_private: bool) -> tuple[str, str]:
    way = say("From your home area it is {distance}.", distance=wording.distance(match.km, say))
    return f"{way} {say(TRAVELS[profile.travel])}", "zip"


def _came_before(match: OwnMatch, profile: Profile, say: Translator, in_private: bool) -> tuple[str, str]:
    if match.came_at is None:
        return say(NO_LONGER), ""
    day = wording.local_day(match.came_at, say, match.zone)
    return say("The last time was on {day}.", day=day) if in_private else say("The center noted that you came."), ""


def _yes_before(match: OwnMatch, profile: Profile, say: Translator, in_private: bool) -> tuple[str, str]:
    if match.yes_at is None:
        return say(NO_LONGER), ""
    day = wording.local_day(match.yes_at, say, match.zone)
    return say("The last time was on {day}.", day=day) if in_private else say("You pressed Yes in a letter."), ""


def _faces(match: OwnMatch, profile: Profile, say: Translator, in_private: bool) -> tuple[str, str]:
    if not profile.cohorts:
        return say(NO_LONGER), "same_faces"
    return say("They want to meet the same people again, as you do. We never tell who."), "same_faces"


def _small_group(match: OwnMatch, profile: Profile, say: Translator, in_private: bool) -> tuple[str, str]:
    if match.capacity is None:
        return say(NO_LONGER), ""
    return say.count("The center has one place.", "The center has {count} places.", match.capacity), ""


def _free(match: OwnMatch, profile: Profile, say: Translator, in_private: bool) -> tuple[str, str]:
    if match.cost_cents != 0 or profile.cost_cents != 0:
        return say(NO_LONGER), "cost_cents"
    return say("The center says so, and you asked for free things only."), "cost_cents"


def _time(match: OwnMatch, profile: Profile, say: Translator, in_private: bool) -> tuple[str, str]:
    if is_any_time(profile.available):
        return say("You ticked no times, so we take it that any time is fine."), "available"
    moment = wording.local_moment(match.starts_at, say, match.zone)
    return say("It begins on {moment}. You told us that you are free then.", moment=moment), "available"


Fact = Callable[[OwnMatch, Profile, Translator, bool], tuple[str, str]]
FACTS: dict[type[kinds.Reason], Fact] = {
    kinds.WordsReason: _words,
    kinds.NearReason: _near,
    kinds.CameBeforeReason: _came_before,
    kinds.SaidYesReason: _yes_before,
    kinds.FacesReason: _faces,
    kinds.SmallGroupReason: _small_group,
    kinds.FreeReason: _free,
    kinds.TimeReason: _time,
}


class Placed(Protocol):
    """What says where something takes place."""

    @property
    def place_name(self) -> str: ...
    @property
    def center_name(self) -> str: ...
    @property
    def address(self) -> str: ...


def place(match: Placed) -> str:
    """Name and street, each once."""
    name = match.place_name or match.center_name
    parts: Sequence[str] = [name] if not match.address or match.address in name else [name, match.address]
    return ", ".join(parts)
