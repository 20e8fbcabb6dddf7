"""From people's own words to topics, for residents' wishes and for activities' titles and descriptions."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from matching import PhraseFinder, TextEmbedding, tokens
from service.interests.ambiguous import named_whole, says_little
from service.interests.clauses import clauses, content, wished
from service.interests.model import Guess, Topic
from service.interests.sensitive import asked_for, sensitive_topics
from service.interests.taxonomy import by_code, phrases_of, topics
from service.interests.works import without_works

SURE = 0.45  # from here on a topic is taken from the text without asking; both chosen on tests/service/interests/phrases.csv
MAYBE = 0.25  # from here on it is worth a "did you mean"
DESCRIBED = 0.7  # a topic named only in the description weighs this much beside one in the title
IN_PASSING = 0.65  # the same in a longer description: two words of a topic still make it sure, one alone does not
BRIEF = 20  # words; "Join us for chess" is about chess, "an eclipse of reason" among a hundred words is not about the stars
LONGEST = 4_000  # characters read; nobody's wish is longer, and a feed's description may be a whole web page


@cache
def finder() -> PhraseFinder:
    """Reads what people say of themselves."""
    phrases = [(phrase, topic.code) for topic in topics() for phrase in phrases_of(topic)]
    return PhraseFinder().fit([phrase for phrase, _ in phrases], [code for _, code in phrases])


@cache
def notice_finder() -> PhraseFinder:
    """Reads titles and descriptions: as they are spelled, and without the words that alone do not say what something is about."""
    phrases = [(phrase, topic.code) for topic in topics() for phrase in phrases_of(topic) if not says_little(topic.code, phrase)]
    return PhraseFinder(forgiving=False).fit([phrase for phrase, _ in phrases], [code for _, code in phrases])


def topics_of(text: str, *, at_most: int = 5) -> list[Guess]:
    """Topics a person wishes for certain enough to act on, strongest first. Any language of the taxonomy, mixed as people do."""
    wishes = wished(text[:LONGEST])
    return [guess for guess in ranked(wishes) if guess.confidence >= SURE and _may_stand(guess.code, wishes)][:at_most]


def turned_down(text: str) -> list[str]:
    """Topics that a person refuses outright: a plain refusal that says nothing beyond them, and that no wish takes back."""
    refused = {code for clause in clauses(text[:LONGEST]) if clause.stance == "refusal" for code in _named_alone(clause.core)}
    if not refused:
        return []
    return sorted(refused - {guess.code for guess in ranked(wished(text[:LONGEST])) if guess.confidence >= SURE})


def _named_alone(core: str) -> set[str]:
    """Topics whose own words are all that the clause holds: "loud concerts" does not turn down concerts."""
    words = set(content(core))
    return {guess.code for guess in ranked(core) if guess.confidence >= SURE and words <= vocabulary_of(guess.code)}


@cache
def vocabulary_of(code: str) -> frozenset[str]:
    """Stems of all that a topic is called."""
    return frozenset(tokens(document(by_code()[code])))


def did_you_mean(text: str, *, at_most: int = 3) -> list[Guess]:
    """Topics worth offering when the text is not clear; empty when it is, or when it names nothing known."""
    guesses = ranked(wished(text[:LONGEST]))
    if any(guess.confidence >= SURE for guess in guesses):
        return []
    return [guess for guess in guesses if guess.confidence >= MAYBE][:at_most]


def topics_of_activity(title: str, description: str = "", *, at_most: int = 4) -> list[Guess]:
    """Topics of a posted or imported activity: the title leads, the description adds. The sensitive ones come first, all of them.

    One word in passing is not what an activity is about: of a longer description only phrases of several words are taken.
    """
    sensitive = sensitive_topics(title, description)
    heading = without_works(title)
    strength = {guess.code: guess.confidence for guess in ranked(heading, notice_finder())}
    for code in named_whole(heading):
        strength[code] = max(strength.get(code, 0.0), SURE)
    weight = DESCRIBED if len(description.split()) <= BRIEF else IN_PASSING
    for guess in ranked(description, notice_finder()):
        strength[guess.code] = max(strength.get(guess.code, 0.0), weight * guess.confidence)
    others = [guess for guess in _sorted(strength) if guess.confidence >= SURE and not by_code()[guess.code].sensitive]
    return [*(Guess(code, max(strength.get(code, 0.0), SURE)) for code in sensitive), *others[:at_most]]


def ranked(text: str, reader: PhraseFinder | None = None) -> list[Guess]:
    """Every topic with any trace in the text, strongest first, ties by code. reader: of people's own words, unless another is given."""
    reader = reader or finder()
    strengths = reader.decision_function([text[:LONGEST]])[0]
    return _sorted({str(code): float(strength) for code, strength in zip(reader.classes_, strengths, strict=True) if strength > 0.0})


def embedding(corpus: Sequence[str] = (), *, size: int = 64, seed: int = 0) -> TextEmbedding:
    """A text space in which all words of one topic lie together, fitted on the taxonomy and the run's own texts."""
    return TextEmbedding(size, seed).fit([document(topic) for topic in topics()] + list(corpus))


def document(topic: Topic) -> str:
    """All a topic is called, as one text."""
    return ". ".join(phrases_of(topic))


def _may_stand(code: str, wishes: str) -> bool:
    """A sensitive topic is asked for in its own words or not at all: a typo of another word must not put anybody on such a list."""
    return not by_code()[code].sensitive or asked_for(wishes, code)


def _sorted(strength: dict[str, float]) -> list[Guess]:
    return [Guess(code, weight) for code, weight in sorted(strength.items(), key=lambda pair: (-pair[1], pair[0]))]
