"""What a person wishes and what they turn down, clause by clause, in English and Spanish. Pure.

A clause that holds a denial is never taken for a wish. Whether it is a refusal or merely unclear is asked more strictly:
only a plain refusal may count against a topic.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

import msgspec

from matching import tokens
from service.interests.denials import AGAINST, ALONE, BREAK, DOUBLE, EXCEPT, LIKE, PLEASE, REFUSE, SENTENCE, UNABLE, VERB, WITHOUT

Stance = Literal["wish", "refusal", "unclear"]


class Clause(msgspec.Struct, frozen=True):
    """text: as it was written. core: the same without the words of a double negative; empty where nothing is left."""

    text: str
    core: str
    stance: Stance


# Words that name nothing beside a topic: who hates to play bingo hates bingo.
FILLER = frozenset(
    tokens("thanks thing way anymore please play attend join send jugar hacer ir cosa gracias favor hablar part go sorry fond think")
)
MARK = "\x01"  # stands where a double negative stood


def clauses(text: str) -> list[Clause]:
    """The clauses of a text that say something, in order."""
    if not _denies(text):
        return [Clause(text, text, "wish")]
    text = unicodedata.normalize("NFC", text)
    masked = DOUBLE.sub(lambda match: MARK + " " * (len(match[0]) - 1), text)
    parts: list[_Part] = []
    for sentence in SENTENCE.finditer(masked):
        _read_sentence(parts, masked, *sentence.span())
    return [
        Clause(text[part.start : part.end].strip(), masked[part.start : part.end].replace(MARK, " ").strip(), part.stance)
        for part in parts
        if content(masked[part.start : part.end])
    ]


@lru_cache(maxsize=20_000)
def wished(text: str) -> str:
    """What may be compared with activities: the wishes alone; "" where nothing is wished."""
    return text if not _denies(text) else ". ".join(clause.core for clause in clauses(text) if clause.stance == "wish")


@dataclass(slots=True)
class _Part:
    """A stretch of the text. liked: it says so itself. joined: by "and" or "or", or by an exception, to the part before it."""

    sentence: int
    start: int
    end: int
    stance: Stance
    liked: bool = False
    joined: bool = False


@dataclass(frozen=True, slots=True)
class _Denial:
    start: int
    end: int
    stance: Stance
    backward: bool | None  # of what stands before it: always, never, or (None) where nothing else is there to be denied


KINDS: tuple[tuple[re.Pattern[str], Stance, bool | None], ...] = (
    (EXCEPT, "refusal", False),
    (WITHOUT, "unclear", False),
    (AGAINST, "unclear", True),
    (UNABLE, "unclear", None),
    (REFUSE, "refusal", None),
)
ANY = re.compile("|".join(pattern.pattern for pattern, _, _ in KINDS), re.IGNORECASE)  # most texts hold none: asked first


def _denies(text: str) -> bool:
    return ANY.search(text) is not None


def content(text: str) -> list[str]:
    return [word for word in tokens(text) if word not in FILLER]


def _denial(text: str, start: int, end: int) -> _Denial | None:
    """The first one; at one place the stricter kind, in the order of KINDS."""
    hits = [(match, stance, backward) for pattern, stance, backward in KINDS if (match := pattern.search(text, start, end))]
    if not hits:
        return None
    match, stance, backward = min(hits, key=lambda hit: hit[0].start())
    return _Denial(match.start(), match.end(), stance, backward)


def _segments(text: str, start: int, end: int) -> Iterator[tuple[str | None, int, int]]:
    """("joined", "contrast" or None by what stands before it, start, end) of each."""
    before = None
    for cut in BREAK.finditer(text, start, end):
        yield before, start, cut.start()
        before, start = cut.lastgroup, cut.end()
    yield before, start, end


def _read_sentence(parts: list[_Part], text: str, start: int, end: int) -> None:
    """A denial holds until its sentence ends, or a wish or a contrast begins."""
    stance: Stance = "wish"
    for before, begin, stop in _segments(text, start, end):
        part = _Part(start, begin, stop, "wish", joined=before == "joined")
        denial = _denial(text, begin, stop)
        if denial is None:
            part.liked = _liked(text[begin:stop]) or (not part.joined and bool(PLEASE.search(text, begin, stop)))
            part.stance = stance = "wish" if part.liked or before == "contrast" else stance
            parts.append(part)
        else:
            stance = _read_denial(parts, text, denial, part)


def _liked(text: str) -> bool:
    return MARK in text or bool(LIKE.search(text))


def _read_denial(parts: list[_Part], text: str, denial: _Denial, part: _Part) -> Stance:
    """Lay out a segment that holds a denial; returns the stance of what follows it."""
    head, tail = text[part.start : denial.start], text[denial.end : part.end]
    before, after = replace(part, end=denial.start, liked=_liked(head)), replace(part, start=denial.end, stance=denial.stance, joined=True)
    if ALONE.search(text, part.start, part.end) and denial.backward is None:  # who will not go alone would go in company
        parts += [replace(before, liked=True), replace(after, stance="wish", liked=True)]
        return "wish"
    if not content(head) and not content(tail):
        _turn_down(parts, denial.stance, answer=part.start == part.sentence)
        return "wish"
    parts.append(before)
    if content(head) and _reaches_back(denial, head, tail):
        _turn_down(parts, denial.stance)
    parts.append(after)
    return denial.stance if content(tail) else "wish"


def _reaches_back(denial: _Denial, head: str, tail: str) -> bool:
    """Whether what stands before the denial is what is denied: "bingo is not for me", "yoga without a mat is not for me"."""
    if denial.backward is False:
        return bool(REFUSE.search(tail))
    return bool(denial.backward) or not content(tail) or bool(VERB.search(head[-6:]))


def _turn_down(parts: list[_Part], stance: Stance, *, answer: bool = False) -> None:
    """The last part unless it is a clear wish, with what is listed with it. answer: to all that the sentence before asked."""
    at, listed = len(parts) - 1, answer
    while at >= 0 and not parts[at].liked and parts[at].sentence == parts[-1].sentence:
        if parts[at].stance == "wish":
            parts[at].stance, stance = stance, stance if answer else "unclear"
        listed = listed or parts[at].joined
        if not listed:
            return
        at -= 1
