"""The matcher's limits in words: what kept sessions away, and which one fact would bring the most of them back. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from matching import rules
from service.access import NEED_NAMES, codes_of
from service.web.i18n import Translator, mark

Forms = tuple[str, str]  # for one, and for {count}

# Of the sessions of a week: what each limit took, in the order in which limits are asked.
TAKEN: dict[str, Forms] = {
    "answered": (
        mark("One was in an earlier letter, or you have answered it, or said that it is not for you."),
        "{count} were in earlier letters, or you have answered them, or said that they are not for you.",
    ),
    "sensitive": (
        mark("One is only for people who asked for that kind of group."),
        "{count} are only for people who asked for that kind of group.",
    ),
    "time": (mark("One is at a time when you are not free."), "{count} are at times when you are not free."),
    "age": (mark("One is for another age."), "{count} are for other ages."),
    "needs": (mark("One did not say yes to what you need: {needs}."), "{count} did not say yes to what you need: {needs}."),
    "cost": (
        mark("One costs more than you chose, or the price is not known."),
        "{count} cost more than you chose, or the price is not known.",
    ),
    "language": (mark("One is in another language."), "{count} are in other languages."),
    "full": (mark("One is full."), "{count} are full."),
}
TOO_FAR: dict[str, Forms] = {
    "walk": (mark("One is too far to walk."), "{count} are too far to walk."),
    "bus": (mark("One is too far by bus or train."), "{count} are too far by bus or train."),
    "car": (mark("One is farther than you want to drive."), "{count} are farther than you want to drive."),
}
# What changing one answer alone would bring.
BRINGS: dict[str, Forms] = {
    "time": (mark("With more free times, one more would fit you."), "With more free times, {count} more would fit you."),
    "reach": (mark("If you could go farther, one more would fit you."), "If you could go farther, {count} more would fit you."),
    "age": (
        mark("One more is only for another age. Did you tell us yours?"),
        "{count} more are only for other ages. Did you tell us yours?",
    ),
    "needs": (
        mark("Only what you need keeps one more away: {needs}. The center can still say yes."),
        "Only what you need keeps {count} more away: {needs}. The centers can still say yes.",
    ),
    "cost": (mark("If it may cost a little, one more would fit you."), "If it may cost a little, {count} more would fit you."),
    "language": (mark("One more is only in another language."), "{count} more are only in other languages."),
}
# One session, by one limit.
STOPS = {
    "answered": mark("You have answered it already, or said that it is not for you."),
    "sensitive": mark("It is only for people who asked for that kind of group. You can tick it among what you like."),
    "time": mark("It is at a time when you are not free."),
    "age": mark("It is for another age."),
    "needs": mark("It did not say yes to what you need: {needs}."),
    "cost": mark("It costs more than you chose, or the price is not known."),
    "language": mark("It is in another language."),
    "full": mark("It is full."),
}
STOPS_FAR = {
    "walk": mark("It is too far to walk."),
    "bus": mark("It is too far by bus or train."),
    "car": mark("It is farther than you want to drive."),
}
# Where on the page of wishes each is changed.
FIELDS = {"time": "available", "reach": "travel", "age": "age", "needs": "needs", "cost": "cost_cents", "language": "language"}


class Wishing(msgspec.Struct, frozen=True):
    """What the sentences need to know of a person."""

    travel: str
    needs: int

    def need_names(self, say: Translator) -> str:
        return "; ".join(say(NEED_NAMES[code]).lower() for code in codes_of(self.needs))


def taken(first: Mapping[str, int], wishing: Wishing, say: Translator) -> list[str]:
    """A sentence for each limit that took something, the greediest first."""
    counted = [(first.get(name, 0), _of(TAKEN, TOO_FAR, name, wishing)) for name in rules.FILTERS]
    return [_counted(forms, count, wishing, say) for count, forms in sorted(counted, key=lambda pair: -pair[0]) if count]


def correctable(first: Mapping[str, int], alone: Mapping[str, int]) -> str:
    """The limit whose change alone would bring the most; where none would by itself, the one that took the most. "" for neither."""
    for counts in (alone, first):
        best = max(FIELDS, key=lambda name: counts.get(name, 0))
        if counts.get(best, 0):
            return best
    return ""


def brings(name: str, alone: Mapping[str, int], wishing: Wishing, say: Translator) -> str:
    """What correcting it would bring; "" when nothing by itself."""
    return _counted(BRINGS[name], alone[name], wishing, say) if alone.get(name, 0) else ""


def stops(names: Sequence[str], wishing: Wishing, say: Translator) -> list[str]:
    """Why one session is not for somebody."""
    return [say(STOPS_FAR[wishing.travel] if name == "reach" else STOPS[name], **_blanks(name, wishing, say)) for name in names]


def _of(common: Mapping[str, Forms], far: Mapping[str, Forms], name: str, wishing: Wishing) -> Forms:
    return far[wishing.travel] if name == "reach" else common[name]


def _counted(forms: Forms, count: int, wishing: Wishing, say: Translator) -> str:
    needed = {"needs": wishing.need_names(say)} if "{needs}" in forms[0] else {}
    return say.count(*forms, count, **needed)


def _blanks(name: str, wishing: Wishing, say: Translator) -> dict[str, str]:
    return {"needs": wishing.need_names(say)} if name == "needs" else {}
