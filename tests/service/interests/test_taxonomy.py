"""The list of topics keeps its promises to every reader of it."""

import re
from collections import Counter

import pytest

from service.interests.model import Topic
from service.interests.taxonomy import by_code, columns, families, grouped, tellable, topics

TOPICS = topics()


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.code)
def test_every_topic_has_a_name_and_words_in_every_language(topic: Topic) -> None:
    assert set(topic.names) == {"en", "es", "ar"}
    assert all(name.strip() for name in topic.names.values())
    assert re.search("[\u0600-\u06ff]", topic.names["ar"])
    assert len(topic.words["en"]) >= 4
    assert len(topic.words["es"]) >= 2


def test_codes_and_names_are_unique_and_families_exist() -> None:
    assert len(by_code()) == len(TOPICS)
    assert {topic.family for topic in TOPICS} == {family.code for family in families()}
    for language in ("en", "es", "ar"):
        assert max(Counter(topic.names[language] for topic in TOPICS).values()) == 1


def test_support_groups_are_sensitive_and_never_told() -> None:
    support = [topic.code for topic in TOPICS if topic.family == "support"]
    assert support
    assert all(by_code()[code].sensitive for code in support)
    assert tellable(["grief", "knitting", "recovery", "from_an_old_row"]) == ["knitting"]


def test_every_sensitive_topic_has_signs_in_every_language_and_no_other_has() -> None:
    for topic in TOPICS:
        assert bool(topic.signs) == topic.sensitive
        if topic.sensitive and topic.code != "lgbtq":
            assert any(re.search("[\u0600-\u06ff]", sign) for sign in topic.signs)
    assert sum(topic.sensitive for topic in TOPICS) <= 32  # bits of the matcher


def test_the_kinds_of_the_public_health_page_are_all_there() -> None:
    assert {"nature", "garden", "volunteer", "community", "neighbors", "family", "support"} <= {topic.kind for topic in TOPICS}


def test_the_form_lists_every_topic_once_in_the_order_of_the_columns() -> None:
    listed = [topic.code for _, members in grouped() for topic in members]
    assert listed == list(columns())
