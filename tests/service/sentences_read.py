"""Finding sentences of ours again in a page or a letter, with what fills their blanks."""

from __future__ import annotations

import re

from tests.service.truths import TRUTHS, Facts

# Names of fields and of facts, the same on many pages: what stands beside them is what a person or a center said.
NAMES = {
    "When", "Where", "How far", "Cost", "Getting there", "Meet here", "Bring", "Your first name", "Language of your letters",
    "How often shall we write?", "No letters until this day", "Your ZIP code", "In your own words", "What you like", "When are you free?",
    "How do you get around?", "How far will you go?", "What may it cost?", "How many come with you", "What do you need?", "Your age",
    "Leave this empty if you want no break.", "We do not ask for your address.", "When and how", "Where you live", "Keep my changes",
    "More about it", "Why these groups, and not others?", "Your visits, and what you said of them",
    "Your seats in your own calendar", "Doorstep: where I go",
}  # fmt: skip


FORMATS = {"{day}, {time}", "{moment} to {end}", "EEEE, MMMM d"}  # how days and hours are put together: they fit any text
PLURALS = {
    "For {weeks} weeks we have heard nothing of one activity of {center}:": (
        "For {weeks} weeks we have heard nothing of {count} activities of {center}:"
    ),
    "If nothing is heard by the end of {day}, our weekly letters stop inviting people to it.": (
        "If nothing is heard by the end of {day}, our weekly letters stop inviting people to them."
    ),
    "Nothing changes until you press the button. Then our weekly letters invite people to this activity.": (
        "Nothing changes until you press a button."
        " “We are here” is about all {count} activities: our weekly letters then invite people to them."
    ),
    "One thing for you in the coming days": "{count} things for you in the coming days",
    "We found one thing for you in the coming days. Press Yes for what you like.": (
        "We found {count} things for you in the coming days. Press Yes for what you like."
    ),
    "{title} on {day}, and one more": "{title} on {day}, and {count} more",
    "A seat is free for you: {title}.": "{count} seats are free for you: {title}.",
    "You have a seat for {title}.": "You have {count} seats for {title}.",
    "You gave back your seat for {title} on {when}.": "You gave back your {count} seats for {title} on {when}.",
}


def blanks_in(text: str, sentence: str) -> list[dict[str, str]]:
    """What fills the blanks at each place where the text holds this sentence by itself, in its singular or its plural."""
    text = text.replace("\xa0", " ")
    forms = [_pattern(sentence), *(_pattern(PLURALS[sentence]) for _ in [0] if sentence in PLURALS)]
    return [match.groupdict() for form in forms for match in re.finditer(rf"(?m)(?:^|(?<=[\s>]))(?:{form})(?=\s*(?:$|<|:))", text)]


def read_line(line: str, facts: Facts) -> list[tuple[str, dict[str, str]]]:
    """The sentences that one line of a letter's text is made of; none where some part of it is nobody's. A price stands for itself."""
    statements: list[tuple[str, dict[str, str]]] = []
    for part in re.sub(r" ?https?://\S+$", "", line.removeprefix("- ").replace("\xa0", " ")).removesuffix(":").split(" · "):
        whole = [(sentence, match.groupdict()) for sentence in TRUTHS if (match := _whole(sentence, part))]
        if not whole and part != f"${(facts.get('cost_cents') or 0) / 100:g}":
            return []
        statements += sorted(whole, key=lambda statement: -len(statement[0]))[:1]  # the one that says most by itself
    return statements


def _whole(sentence: str, part: str) -> re.Match[str] | None:
    """A name before a colon may be followed by what the center wrote."""
    if sentence.endswith(":"):
        return re.fullmatch(re.escape(sentence[:-1]) + r"(?::.*)?", part)
    forms = [sentence, PLURALS.get(sentence, sentence)]
    return next((match for form in forms if (match := re.fullmatch(_pattern(form), part, re.IGNORECASE))), None)


def _pattern(sentence: str) -> str:
    return re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>.+?)", re.escape(sentence))
