"""What is turned down is never a wish, in whatever words, and no wish is lost for a negative word."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from matching import TextEmbedding
from service.interests.clauses import clauses, content, wished
from service.interests.model import Topic
from service.interests.taxonomy import topics
from service.interests.words import did_you_mean, embedding, topics_of, turned_down

# Each line was labeled before the rule was written: topics wished for, topics refused outright, and topics named in an unclear way.
FILE = Path(__file__).with_name("clauses.csv")
REFUSALS = {
    "en": (
        "I hate {topic}", "I do not want {topic}", "I don’t like {topic}", "not {topic}, it hurt my back", "anything but {topic}",
        "everything except {topic}", "tired of {topic}", "{topic}? No.", "{topic}? No. Yes!", "no {topic} please", "please, no {topic}",
        "{topic} is not for me", "I can't stand {topic}", "no more {topic}", "{topic}, no thanks", "I am not interested in {topic}",
        "never {topic}",
    ),
    "es": (
        "odio {topic}", "todo menos {topic}", "no me gusta {topic}", "no quiero {topic}", "nada de {topic}", "¿{topic}? No.",
        "estoy harta de {topic}", "{topic} no me gusta", "{topic}, no gracias", "no {topic}, por favor",
    ),
}  # fmt: skip
CHESS = {"en": "I like chess.", "es": "Me gusta el ajedrez."}


@pytest.fixture(scope="module")
def space() -> TextEmbedding:
    return embedding()


def lines() -> list[dict[str, str]]:
    with FILE.open(newline="") as rows:
        return list(csv.DictReader(rows))


@pytest.mark.parametrize("line", lines(), ids=lambda line: line["text"])
def test_a_sentence_means_what_it_was_labeled_with(line: dict[str, str]) -> None:
    wishes, refused, unclear = (set(line[name].split()) for name in ("wished", "refused", "unclear"))
    named, against = {guess.code for guess in topics_of(line["text"])}, set(turned_down(line["text"]))
    assert wishes <= named
    assert not named & (refused | unclear)
    assert refused <= against
    assert not against & (wishes | unclear)


@pytest.mark.parametrize("topic", [topic for topic in topics() if topic.code != "chess"], ids=lambda topic: topic.code)
def test_no_refused_topic_is_wished_for_and_its_words_move_no_text(topic: Topic, space: TextEmbedding) -> None:
    """For every topic by each of its names, and every way to say no."""
    for language, templates in REFUSALS.items():
        name = topic.names[language]
        for template in templates:
            refusal, wish = template.format(topic=name), CHESS[language]
            assert topic.code not in {guess.code for guess in topics_of(refusal)}, refusal
            assert topic.code not in {guess.code for guess in did_you_mean(refusal)}, refusal
            assert not set(content(name)) & set(content(wished(refusal))), refusal
            both, alone = space.transform([wished(f"{wish} {refusal}"), wish])
            assert np.array_equal(both, alone), refusal


def test_most_refusals_of_one_topic_count_against_it() -> None:
    """A name of several words may say more than its topic; then nothing is held against it."""
    refusals = [(topic.code, template.format(topic=topic.names[language])) for language in REFUSALS for topic in topics()
            for template in REFUSALS[language]]  # fmt: skip
    assert sum(code in turned_down(text) for code, text in refusals) > 0.95 * len(refusals)


@pytest.mark.parametrize(
    "text", ["", "   ", "no", "No. No! No?", "never, never, never", "but", ", and or no", "¿no?", "I hate", "\n\nno\n"]
)
def test_a_text_of_denials_alone_names_nothing(text: str) -> None:
    assert topics_of(text) == []
    assert turned_down(text) == []


def test_a_text_without_a_denial_is_left_as_it_is() -> None:
    for text in ("I like cooking and walking my dog", "أحب البستنة", "jardinería,  y café"):
        assert wished(text) == text
        assert [clause.text for clause in clauses(text)] == [text]


def test_a_clause_is_told_in_the_words_it_was_written_in() -> None:
    stances = {clause.text: clause.stance for clause in clauses("I don’t mind gardening, but I HATE bingo.")}
    assert stances == {"I don’t mind gardening": "wish", "bingo.": "refusal"}
