"""What the form and the API say of examples: real sessions for wishes that nobody signed yet. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from service.interests.model import Guess
from service.interests.taxonomy import by_code
from service.matches import limits
from service.matches.examples import Example, PreviewExamples
from service.matches.reasons import sentences
from service.residents.model import PlacedWishes
from service.web import wording
from service.web.i18n import Translator


class Previewed(PlacedWishes, kw_only=True, forbid_unknown_fields=True):
    """Wishes and a place; an address, a name or a consent has no field here."""


def shown(preview: PreviewExamples, say: Translator) -> dict[str, object]:
    """For the form's page."""
    return {
        "examples": [card(example, say) for example in preview.examples],
        "nothing": nothing(preview, say),
        "hint": hint(preview, say),
        "field": limits.FIELDS.get(preview.limit, ""),
    }


class Card(NamedTuple):
    """One session in words. cost: a price, or the advice to ask."""

    title: str
    href: str
    when: str
    where: str
    distance: str
    cost: str
    reasons: list[str]


def card(example: Example, say: Translator) -> Card:
    """One session in words, as the weekly letter would tell it."""
    session = example.session
    place = session.place_name or session.center_name
    return Card(
        title=session.title,
        href=f"/sessions/{session.id}",
        when=wording.local_moment(session.starts_at, say, session.zone),
        where=place if not session.address or session.address in place else f"{place}, {session.address}",
        distance=wording.how_far(example.km, session.near_place, say),
        cost=say("ask about the cost") if session.cost_cents is None else wording.price(session.cost_cents, say, session.currency),
        reasons=sentences(example.reasons, say, km=example.km, cost_cents=session.cost_cents, any_time=example.any_time),
    )


def nothing(preview: PreviewExamples, say: Translator) -> str:
    """Why the list is empty: the limit that took the most."""
    if preview.examples:
        return ""
    if preview.nothing_near:
        return say("We do not know of any group near there yet. Sign up, and we will write as soon as there is one.")
    worst = limits.taken(preview.first, preview.wishing, say)
    return say("Nothing in the next seven days fits. {most}", most=worst[0]) if worst else say("Nothing in the next seven days fits.")


def hint(preview: PreviewExamples, say: Translator) -> str:
    return limits.brings(preview.limit, preview.alone, preview.wishing, say) if preview.limit else ""


def names_of(codes: Iterable[str], say: Translator) -> list[str]:
    """Topics as a page calls them."""
    return [by_code()[code].name(say.language) for code in codes]


def offered(guesses: list[Guess], say: Translator) -> list[tuple[str, str]]:
    """ "Did you mean": topics by code and name."""
    return [(guess.code, by_code()[guess.code].name(say.language)) for guess in guesses]


class ExampleOut(msgspec.Struct, kw_only=True):
    """A session that fits. distance: in words, as the crow flies. cost_cents null: not said."""

    session_id: str
    url: str
    title: str
    text_language: str
    starts_at: str
    ends_at: str
    place: str
    distance: str
    cost_cents: int | None
    currency: str
    reasons: list[str]


class TopicOut(msgspec.Struct, kw_only=True):
    """A topic, by its code and its name in the language that was asked for."""

    code: str
    name: str


class EmptyOut(msgspec.Struct, kw_only=True):
    """Why nothing was found. limit: the field to change first; counts: sessions by the limit that took them."""

    detail: str
    limit: str | None
    hint: str
    counts: dict[str, int]


class PreviewOut(msgspec.Struct, kw_only=True):
    """Examples, best first; `empty` says why where there are none. did_you_mean: topics that unclear words may stand for."""

    examples: list[ExampleOut]
    empty: EmptyOut | None
    did_you_mean: list[TopicOut]


def answer(preview: PreviewExamples, say: Translator, base_url: str) -> PreviewOut:
    empty = None
    if not preview.examples:
        field = limits.FIELDS.get(preview.limit)
        counts = {name: count for name, count in preview.first.items() if count}
        empty = EmptyOut(detail=nothing(preview, say), limit=field, hint=hint(preview, say), counts=counts)
    guesses = [TopicOut(code=code, name=name) for code, name in offered(preview.guesses, say)]
    return PreviewOut(examples=[_out(example, say, base_url) for example in preview.examples], empty=empty, did_you_mean=guesses)


def _out(example: Example, say: Translator, base_url: str) -> ExampleOut:
    session, words = example.session, card(example, say)
    return ExampleOut(
        session_id=str(session.id),
        url=f"{base_url.rstrip('/')}{words.href}",
        title=session.title,
        text_language=session.text_language,
        starts_at=wording.iso_local(session.starts_at, session.zone),
        ends_at=wording.iso_local(session.ends_at, session.zone),
        place=words.where,
        distance=words.distance,
        cost_cents=session.cost_cents,
        currency=session.currency,
        reasons=words.reasons,
    )
