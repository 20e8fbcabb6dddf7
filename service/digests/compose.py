"""The weekly letter as words: matches with their reasons, one small act, and the ways out. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter

import css_inline

from service.activities.model import labeled_notes
from service.digests.model import LetterLinks, Match, Reader
from service.interests.sensitive import sensitive_of
from service.mail.model import Content
from service.matches.reasons import sentences
from service.web import wording
from service.web.i18n import Translator, mark, say_in
from service.web.jinja import render

# Some weeks hold nothing for a person, and then no letter comes.
RHYTHMS = {
    1: mark("This letter comes at most once a week, because you asked for it."),
    2: mark("This letter comes at most every other week, because you asked for it."),
    4: mark("This letter comes at most every four weeks, because you asked for it."),
}
# A home is known by its ZIP code, or by a point that was rounded.
DISTANCES_FROM = mark("Distances are counted from the middle of the area that you gave us.")
LONGEST_TITLE = 40  # characters, in a subject
_inliner = css_inline.CSSInliner(keep_style_tags=False, keep_at_rules=True, load_remote_stylesheets=False)


def compose(reader: Reader, matches: Sequence[Match], *, links: LetterLinks, act: str, name: str = "") -> Content:
    """Its matches stand in the order of the week. act: a small act in the reader's language, or nothing. name: the reader's, if given."""
    say = say_in(reader.language)
    context = {
        "subject": subject(matches, say),
        "greeting": say("Hello {name},", name=name) if name else "",
        "opening": opening(len(matches), say),
        "items": [_item(reader, match, links, say) for match in sorted(matches, key=attrgetter("starts_at", "rank"))],
        "act": act,
        "links": links,
        "help_lines": help_lines(say),
        "because": say(RHYTHMS[reader.every_weeks]),
        "distances": say(DISTANCES_FROM) if any(not match.near_place for match in matches) else "",
        "sender": [part for part in (reader.partner_name, reader.partner_address) if part],
    }
    html = render("digests/digest.html", language=reader.language, context=context)
    text = render("digests/digest.txt", language=reader.language, context=context)
    return Content(subject=str(context["subject"]), text=text, html=_inliner.inline(html), stop_url=links.stop)


def subject(matches: Sequence[Match], say: Translator) -> str:
    """Says what, and when: the first of the reader's list that others may read over a shoulder, and how many more there are."""
    open_to_all = [match for match in matches if not sensitive_of(match.topics, match.title, match.description)]
    if not open_to_all:
        return say.count("One thing for you in the coming days", "{count} things for you in the coming days", len(matches))
    first = min(open_to_all, key=attrgetter("rank"))
    title, day = _shortened(first.title), wording.weekday(first.starts_at, say, first.zone)
    if len(matches) == 1:
        return say("{title} on {day}", title=title, day=day)
    return say.count("{title} on {day}, and one more", "{title} on {day}, and {count} more", len(matches) - 1, title=title, day=day)


def _shortened(title: str) -> str:
    """Phones show some fifty characters of a subject; the day has to stand among them."""
    return title if len(title) <= LONGEST_TITLE else title[:LONGEST_TITLE].rsplit(" ", 1)[0].rstrip(" ,:;-–—") + "…"


def opening(count: int, say: Translator) -> str:
    return say.count(
        "We found one thing for you in the coming days. Press Yes for what you like.",
        "We found {count} things for you in the coming days. Press Yes for what you like.",
        count,
    )


def help_lines(say: Translator) -> list[str]:
    return [
        say("Sad, scared or thinking of hurting yourself? Call or text 988, day or night."),
        say("Need food, a place to stay or other help? Call 211."),
        say("Someone is in danger now? Call 911."),
    ]


def _item(reader: Reader, match: Match, links: LetterLinks, say: Translator) -> dict[str, object]:
    ends = wording.local_time(match.ends_at, say, match.zone)
    page = links.answer[match.id]
    return {
        "title": match.title,
        "when": _begun(say("{moment} to {end}", moment=wording.local_moment(match.starts_at, say, match.zone), end=ends)),
        "place": place(match),
        "distance": _begun(wording.how_far(match.km, match.near_place, say)),
        "cost": wording.price(match.cost_cents, say, match.currency) if match.cost_cents is not None else say("ask about the cost"),
        "reasons": sentences(
            match.reasons, say, km=None if match.near_place else match.km, cost_cents=match.cost_cents, any_time=reader.any_time
        ),
        "ask_where": _ask_where(match, say),
        "notes": labeled_notes(match, say),
        "why": links.why[match.id],
        "yes": f"{page}?answer=yes",
        "no": f"{page}?answer=no",
    }


def _begun(line: str) -> str:
    """Days and distances are written small inside a sentence; here they begin a line."""
    return line[:1].upper() + line[1:]


def _ask_where(match: Match, say: Translator) -> str:
    """Where no map knows the place and no street stands there, it has to be found out."""
    if not match.near_place or any(letter.isdigit() for letter in place(match)):
        return ""
    return say("We know only the area. Please find out exactly where before you go.")


def place(match: Match) -> str:
    """Name and street, each once: feeds often write the name into the address as well."""
    name, address = match.place_name or match.center_name, match.address
    if not address or address in name:
        return name
    return address if name in address else f"{name}, {address}"
