"""Activities about loss, illness, addiction and the like, known by their own words. Nobody is invited to one who did not ask.

Exact words, not the phrase finder: that one forgives typos, and takes dancers for cancer and Memorial Day for a memory café.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache, lru_cache

from matching import WORD, stem
from matching import plain_text as plain
from service.interests.model import Topic
from service.interests.taxonomy import by_code, topics

# What only sounds like it.
NOT_MEANT = (
    "good grief", "great depression", "separation anxiety", "mourning dove", "black widow", "widow's peak", "viuda negra", "suicide squad",
    "trauma kit", "tropic of cancer", "cancer research", "dr parkinson", "caregiver and me",
    "chocolate addiction", "tropical depression", "digital citizenship", "trans canada", "trans siberian", "trans am", "trans fat",
    "trans atlantic", "trans continental", "gay street", "gay nineties",
)  # fmt: skip
# In a title such a word beside such another says for whom a group is, whatever stands between them: "Queer Literature Club".
WHOSE = {"lgbtq": ("lgbt lgbtq lgbtqia lgbtqia2s 2slgbtq 2slgbtqia queer gay lesbian bisexual trans transgender nonbinary sapphic", (
    "club group circle meetup social collective mixer coffee cafe hangout potluck alliance network community gathering meeting support"
    " seniors elders adults youth teens peers"
))}  # fmt: skip
# Topics of children: an activity about nothing else is for households that asked for such, be it told without ages.
CHILDRENS = ("story_time", "playgroup", "family_fun", "kids_club", "teens")
FOR_ALL = frozenset({"family_fun"})  # also the topic of what is for all ages, which alone says nothing
GROWN_UP = re.compile(r"\b(?:adults?|grown-?ups?|seniors?|adultos|mayores)\b", re.IGNORECASE)
# In a description a sign counts where it is said for whom the group is: "proceeds go to cancer research" is another thing.
FOR_WHOM = re.compile(
    r"\b(?:support|grief|recovery|peer|self help) (?:group|circle|meeting|program|network|community)"
    r"|\bgroup for\b|\bcoping\b|\bgrupo (?:de|para)\b"
    r"|\bfor (?:\w+ )?(?:people|those|anyone|everyone|adults|families|family|men|women|persons|survivors|patients|parents)\b"
    r"|\bif you (?:are|have)\b|\bpara (?:personas|quienes|familias|mujeres|hombres)\b|مجموعة|لمن"
)
SENTENCE = re.compile(r"[.!?;\n]+")
LONGEST = 4_000  # characters read of a description


def sensitive_topics(title: str, description: str = "") -> list[str]:
    """Codes of the sensitive topics that an activity is plainly about, in the order of the taxonomy."""
    return list(_sensitive_topics(title, description[:LONGEST]))


def sensitive_of(codes: Iterable[str], title: str, description: str) -> set[str]:
    """All sensitive topics of an activity: those it carries and those its words name."""
    return {code for code in codes if code in by_code() and by_code()[code].sensitive} | set(sensitive_topics(title, description))


def only_for_who_asked() -> list[str]:
    """Codes of all topics that somebody must have asked for, in the order of the matcher's bits."""
    return [topic.code for topic in topics() if topic.sensitive or topic.code in CHILDRENS]


def needs_asking(codes: Iterable[str], title: str, description: str) -> set[str]:
    """Topics of which a person must have asked for one to be offered an activity; empty: for everybody.

    What is about children alone needs any of their topics.
    """
    sensitive = sensitive_of(codes, title, description)
    named = {code for code in codes if code in by_code()}
    children_alone = named <= set(CHILDRENS) and bool(named - FOR_ALL) and not GROWN_UP.search(title)
    return sensitive | (set(CHILDRENS) if children_alone else set())


def asked_for(text: str, code: str) -> bool:
    """Whether a person's words hold one of the topic's own phrases, letter for letter but for endings."""
    return any(phrase in _stems(text) for phrase in _phrases(code))


@lru_cache(maxsize=50_000)
def _sensitive_topics(title: str, description: str) -> tuple[str, ...]:
    codes = _signs_in(_stems(title)) | _whose_in(_stems(title))
    if _signs_in(_stems(description)) - codes:
        sentences = [sentence for sentence in SENTENCE.split(description) if FOR_WHOM.search(plain(sentence))]
        codes = codes.union(*(_signs_in(_stems(sentence)) for sentence in sentences))
    return tuple(code for code in _signs() if code in codes)


def _signs_in(stems: str) -> set[str]:
    return {code for code, phrases in _signs().items() if any(phrase in stems for phrase in phrases)}


def _whose_in(stems: str) -> set[str]:
    words = set(stems.split())
    return {code for code, pair in _whose().items() if all(words & part for part in pair)}


@cache
def _whose() -> dict[str, tuple[frozenset[str], frozenset[str]]]:
    return {code: (frozenset(_stemmed(whose).split()), frozenset(_stemmed(groups).split())) for code, (whose, groups) in WHOSE.items()}


@cache
def _signs() -> dict[str, list[str]]:
    return {topic.code: [_stemmed(sign) for sign in topic.signs] for topic in topics() if topic.sensitive}


@cache
def _phrases(code: str) -> list[str]:
    topic: Topic = by_code()[code]
    words = (phrase for phrases in topic.words.values() for phrase in phrases)
    return [_stemmed(phrase) for phrase in (*topic.names.values(), *topic.signs, *words)]


@cache
def _not_meant() -> list[str]:
    return [_stemmed(phrase) for phrase in NOT_MEANT]


def _stems(text: str) -> str:
    """Stems with a blank before, between and after; what only sounds sensitive is taken out."""
    stems = _stemmed(text)
    for phrase in _not_meant():
        stems = stems.replace(phrase, " ")
    return stems


def _stemmed(text: str) -> str:
    return f" {' '.join(stem(word) for word in WORD.findall(plain(text)))} "
