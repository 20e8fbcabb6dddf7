"""An activity that is plainly about loss, illness, addiction or the like is known by its words; what only sounds so is left alone."""

from __future__ import annotations

import pytest

from service.interests.sensitive import needs_asking, only_for_who_asked, sensitive_of, sensitive_topics
from service.interests.taxonomy import topics
from service.interests.words import topics_of, topics_of_activity

PLAIN = [
    ("Grief circle", "", "grief"), ("Widows and widowers lunch", "", "grief"), ("GriefShare", "", "grief"), ("Grupo en duelo", "", "grief"),
    ("Tuesday circle", "For people who have lost a spouse. Coffee is served.", "grief"), ("دائرة الحزن", "", "grief"),
    ("DivorceCare", "", "separation"), ("Alcoholics Anonymous", "", "recovery"), ("Open AA meeting", "", "recovery"),
    ("Al-Anon family group", "", "recovery"), ("12-step breakfast", "", "recovery"), ("Smoking cessation class", "", "recovery"),
    ("Living with cancer", "", "illness"), ("Cancer survivors’ tea", "", "illness"), ("Chronic pain group", "", "illness"),
    ("Family caregivers’ morning", "", "caregivers"), ("Caregiver support", "", "caregivers"), ("Apoyo a cuidadores", "", "caregivers"),
    ("Memory Café", "", "memory_cafe"), ("Singing with dementia", "", "memory_cafe"), ("Living with depression", "", "mental_health"),
    ("Thursday support group", "", "mental_health"), ("Postpartum circle", "", "new_parent_support"), ("LGBTQ+ seniors", "", "lgbtq"),
    ("Open house", "A support group for anyone living with fibromyalgia.", "illness"), ("Domestic violence survivors", "", "life_change"),
    ("Queer Poetry Circle", "", "lgbtq"), ("Gay and lesbian film club", "", "lgbtq"), ("Trans & nonbinary hangout", "", "lgbtq"),
    ("Newcomer Settlement Desk: settlement services", "", "immigration"), ("Citizenship Preparation with Ana", "", "immigration"),
    ("Living with Parkinson’s", "", "illness"), ("Dance for Parkinson's", "", "illness"), ("Crohn's and colitis circle", "", "illness"),
    ("Diabetes self-management", "", "illness"), ("Living with MS", "", "illness"), ("Aphasia choir", "", "illness"),
    ("Baile para personas con párkinson", "", "illness"), ("OCD circle", "", "mental_health"),
    ("Free immigration clinic", "", "immigration"), ("Refugee support morning", "", "immigration"),
    ("Help desk", "A group for people who fill in immigration documents.", "immigration"), ("Clase de ciudadanía", "", "immigration"),
]  # fmt: skip
NOT_SO = [
    ("Good grief! Comedy night", ""), ("Memorial Day ride", ""), ("Modern dance for returning dancers", ""),
    ("Music for babies and caregivers", ""), ("Creative writing", ""), ("Weight loss class", ""),
    ("A gift of memory: local history", ""), ("Songs of the Great Depression", ""),
    ("Black widow and other spiders", ""), ("Dogs with separation anxiety", ""), ("Recovery yoga after a run", ""),
    ("Suicide Squad, the movie", ""), ("Quilt sale", "All proceeds go to cancer research."),
    ("Charity run", "We collect money for the cancer ward."), ("Art History and Climate Change", ""),
    ("Book club", "This month: a novel about a divorce."), ("Storytime", "Children come with a caregiver."),
    ("Stop the Bleed trauma kit class", ""), ("Birds: immigration of species", ""), ("Trans-Canada Trail walking club", ""),
    ("Film night", "A queer teenager comes home to a small club of misfits."), ("Gay Street block club", ""),
    ("Trans-Siberian songs group", ""), ("Roses, a talk by Dr. Parkinson", ""), ("Living with less", ""),
    ("Heart disease: what to eat", ""),
    ("Digital citizenship class", ""), ("The asylum on the hill: local history", ""), ("Newcomers welcome: square dance", ""),
    ("A history of immigration", ""), ("Greening our city club", ""), ("Transit riders group", ""),
]  # fmt: skip


@pytest.mark.parametrize(("title", "description", "topic"), PLAIN, ids=lambda value: value)
def test_what_is_plainly_about_it_is_known(title: str, description: str, topic: str) -> None:
    assert topic in sensitive_topics(title, description)
    assert topic in [guess.code for guess in topics_of_activity(title, description)]
    assert topic in sensitive_topics(title.upper(), description.upper())
    assert topic in sensitive_of(["crafts"], title, description)


@pytest.mark.parametrize(("title", "description"), NOT_SO, ids=lambda value: value)
def test_what_only_sounds_like_it_is_left_alone(title: str, description: str) -> None:
    assert sensitive_topics(title, description) == []
    assert not sensitive_of([guess.code for guess in topics_of_activity(title, description)], title, description)


ALONE = [
    (["playgroup", "family_fun"], "Blocks and bubbles"), (["kids_club"], "Den at the mill"), (["teens"], "Loft night"),
    (["story_time"], "Tales"),
]  # fmt: skip
NOT_ALONE = [
    (["family_fun"], "Lantern parade, all ages"), (["playgroup", "gardening"], "Seeds"), (["story_time"], "Grown-up tales"),
    (["gardening"], "Seeds"),
    ([], "Open house"), (["no_such_topic"], "Open house"), (["teens", "board_games"], "Game night"), (["kids_club"], "Adults' den"),
]  # fmt: skip


@pytest.mark.parametrize(("codes", "title"), ALONE)
def test_what_is_about_children_alone_needs_somebody_who_asked_for_such(codes: list[str], title: str) -> None:
    assert needs_asking(codes, title, "") == {"story_time", "playgroup", "family_fun", "kids_club", "teens"}
    assert needs_asking([*codes, "grief"], title, "") == {"grief"}


@pytest.mark.parametrize(("codes", "title"), NOT_ALONE)
def test_what_has_something_for_others_is_for_everybody(codes: list[str], title: str) -> None:
    assert needs_asking(codes, title, "") == set()


def test_the_matcher_has_a_bit_for_each_topic_that_somebody_must_have_asked_for() -> None:
    assert needs_asking(["teens"], "Loft night", "") <= set(only_for_who_asked())
    assert {topic.code for topic in topics() if topic.sensitive} <= set(only_for_who_asked())
    assert len(only_for_who_asked()) == len(set(only_for_who_asked())) <= 32


@pytest.mark.parametrize("topic", [topic for topic in topics() if topic.sensitive], ids=lambda topic: topic.code)
def test_every_sign_counts_in_a_title_and_where_it_is_said_for_whom(topic: object) -> None:
    for sign in topic.signs:  # type: ignore[attr-defined]
        assert topic.code in sensitive_topics(f"Monday: {sign}!"), sign  # type: ignore[attr-defined]
        assert topic.code in sensitive_topics("Monday", f"Hello. A group for {sign}, at noon."), sign  # type: ignore[attr-defined]


def test_every_topic_that_is_not_sensitive_keeps_its_names_free_of_signs() -> None:
    for topic in topics():
        if not topic.sensitive:
            for phrase in (*topic.names.values(), *(word for words in topic.words.values() for word in words)):
                assert sensitive_topics(phrase) == [], phrase


@pytest.mark.parametrize("words", ["I like folk dancers", "weight loss", "no grief groups please", "a memorial garden", "hearing loss"])
def test_nobody_asks_for_a_sensitive_topic_by_a_word_that_looks_like_it(words: str) -> None:
    assert not [guess.code for guess in topics_of(words) if guess.code in {topic.code for topic in topics() if topic.sensitive}]


@pytest.mark.parametrize(("words", "topic"), [("I am a widow", "grief"), ("grief", "grief"), ("I care for my mother", "caregivers")])
def test_who_asks_in_the_topics_own_words_has_asked(words: str, topic: str) -> None:
    assert topic in [guess.code for guess in topics_of(words)]
