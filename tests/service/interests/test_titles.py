"""Titles and descriptions: a word that only looks like a topic, or has many meanings, brings nobody a wrong letter."""

import pytest

from matching import tokens
from service.interests.ambiguous import AMBIGUOUS, says_little
from service.interests.taxonomy import by_code, phrases_of, topics
from service.interests.words import topics_of_activity


def codes(title: str, description: str = "") -> list[str]:
    return [guess.code for guess in topics_of_activity(title, description)]


@pytest.mark.parametrize(
    ("title", "topic"),
    [
        ("Book your flu shot at the pharmacy", "book_club"),
        ("Book launch and signing: The Quiet Harbor", "story_time"),
        ("One on one help with your phone", "volunteering"),
        ("Tech help at the front desk", "volunteering"),
        ("Guided tour of Alder Creek Park", "cleanup"),
        ("Orchids of Alder Creek State Park", "park_time"),
        ("Film screening: The Lighthouse Keepers", "health_talks"),
        ("Dorothy Lane and Friends, live on the lawn", "coffee_chat"),
        ("Summer Fun Camp", "camping"),
        ("Yoga (ages 13 and up)", "family_fun"),
        ("Fall cleanup of the flower beds", "balance"),
        ("Library card sign-up day", "cards"),
        ("Game night at Maple United Methodist Church", "faith"),
        ("Plug and play: choose your printer", "playgroup"),
        ("Play reading: The Glass Orchard", "book_club"),
        ("Working late: paintings by Ada Quill", "aerobics"),
        ("Latin night on the roof", "languages"),
        ("Chef's table: honey chicken", "vegetable_garden"),
        ("Hawk Ridge Road, evening ride", "birding"),
    ],
)
def test_one_word_of_many_meanings_is_not_what_a_title_is_about(title: str, topic: str) -> None:
    assert topic not in codes(title)


@pytest.mark.parametrize(
    ("title", "topic"),
    [
        ("Sparky and the Bongo Bunch", "bingo"),
        ("Author talk: Launch day", "shared_meals"),
        ("Sidewalk chalk", "walking"),
        ("Leaders meeting: Deadwood loop", "woodworking"),
        ("Borders: a conversation", "sewing"),
    ],
)
def test_a_word_that_only_looks_like_another_is_that_other_in_no_title(title: str, topic: str) -> None:
    assert topic not in codes(title)


@pytest.mark.parametrize(
    ("title", "topic"),
    [
        ("Book talk: The Fishing Boats of Ellery", "fishing"),
        ("Play reading: A Garden for Lena", "gardening"),
        ("Secret screening: The History Teachers", "history"),
        ("Reading group - Salsa at Midnight", "latin_dance"),
        ("Improv tonight: Basketball Hearts", "team_sports"),
        ("The Chess Player (1963), shown on the lawn", "chess"),
        ("Performance by visiting artist Kitten Dogs", "dogs"),
        ('Book launch for "Karate for Cowards"', "martial_arts"),
        ("Proyección: Las ajedrecistas - El club de ajedrez", "chess"),
    ],
)
def test_the_name_of_a_book_a_film_or_an_artist_is_not_what_an_evening_is_about(title: str, topic: str) -> None:
    assert topic not in codes(title)


@pytest.mark.parametrize(
    ("title", "topic"),
    [
        ("Fiction book club", "book_club"),
        ("Book club: The Long Field", "book_club"),
        ("Film screening: The Long Field", "film"),
        ("Spring garden day (2026)", "gardening"),
        ("Cooking by hand", "cooking"),
        ("Sponsored by Acme Hardware: chess in the park", "chess"),
        ("Presented by Oak House - salsa night", "latin_dance"),
        ("Seniors: chair yoga", "chair_yoga"),
        ("Nonfiction reading group: The Long Field", "book_club"),
        ("Park cleanup at Alder Creek", "cleanup"),
        ("After school @ the branch", "kids_club"),
        ("Art class for beginners", "painting"),
        ("Family game night", "board_games"),
        ("Play group", "playgroup"),
        ("Pool: open swim", "swimming"),
        ("Chair yoga", "chair_yoga"),
        ("Evening ride to the lake", "cycling"),
        ("Spring bird hike", "birding"),
        ("Watercolor wildflowers", "painting"),
        ("Salsa and bachata night", "latin_dance"),
        ("Fishing off the pier", "fishing"),
        ("Camping for beginners", "camping"),
        ("Club de lectura", "book_club"),
        ("Clase de arte", "painting"),
    ],
)
def test_with_a_second_word_of_the_topic_or_a_plain_one_it_is(title: str, topic: str) -> None:
    assert topic in codes(title)


def test_an_ambiguous_word_of_a_description_brings_nothing_either() -> None:
    assert codes("Tuesday table", "Please book ahead. We help each other, and the park is across the street.") == []
    assert codes("Job interview practice", "Practice with a coach. " * 6 + "A series of Oakfield Community Services.") == ["jobs"]


def test_each_ambiguous_word_alone_names_its_topic_for_a_person() -> None:
    """Else it would stand in the list for nothing."""
    for code, words in AMBIGUOUS.items():
        phrases = {" ".join(tokens(phrase)) for phrase in phrases_of(by_code()[code])}
        assert {" ".join(tokens(word)) for word in words.split(", ")} <= phrases, code


def test_what_a_topic_is_called_by_several_words_still_names_it_in_a_title() -> None:
    missed = [
        (topic.code, phrase)
        for topic in topics()
        if not topic.sensitive
        for phrase in topic.words["en"]
        if len(phrase.split()) > 1 and phrase not in AMBIGUOUS.get(topic.code, "").split(", ") and topic.code not in codes(phrase)
    ]
    assert missed == []


def test_no_topic_is_left_without_a_word_for_titles() -> None:
    assert [topic.code for topic in topics() if all(says_little(topic.code, phrase) for phrase in topic.words["en"])] == []
