"""The words of the weekly letter."""

from __future__ import annotations

import re
from datetime import date, timedelta
from html.parser import HTMLParser
from uuid import UUID, uuid4

import pytest

from matching import REASON_NUMBERS
from service.digests.acts import act_for, acts
from service.digests.model import Match
from service.interests.taxonomy import topics
from service.matches.reason_types import (
    REASON_TYPES,
    CameBeforeReason,
    FacesReason,
    FreeReason,
    NearReason,
    NewGroupReason,
    Reason,
    SaidYesReason,
    SmallGroupReason,
    TimeReason,
    TopicReason,
    WordsReason,
)
from service.matches.reasons import NEAR, SENTENCES, WITHIN_REACH, sentence, sentences
from service.web.i18n import say_in
from service.web.wording import distance
from tests.service.digests.golden_letters import FOLDER, MATCHES, files, letter
from tests.service.digests.golden_letters import match as a_match

LANGUAGES = ("en", "es", "ar")


@pytest.mark.parametrize("name", [f"{language}.{kind}" for language in LANGUAGES for kind in ("txt", "html")])
def test_a_letter_reads_as_it_was_looked_at(name: str) -> None:
    assert files()[name] == (FOLDER / name).read_text(encoding="utf-8")


def test_the_matches_stand_in_the_order_of_the_week() -> None:
    late = a_match(1, "First in rank, last in the week", starts_at=MATCHES[3].starts_at + timedelta(days=1))
    titles = re.findall(r"(?m)^\d\. (.*)$", letter("en", matches=[late, *MATCHES[1:]]).text)
    assert titles == [*(each.title for each in MATCHES[1:]), late.title]


@pytest.mark.parametrize(
    ("matches", "subject"),
    [
        (MATCHES[:1], "Chair yoga with Odalys on Wednesday"),
        (MATCHES[:2], "Chair yoga with Odalys on Wednesday, and one more"),
        (MATCHES, "Chair yoga with Odalys on Wednesday, and 3 more"),
        ([a_match(4, "Letting go", topics=["grief"]), a_match(5, "Soup")], "Soup on Sunday, and one more"),
        ([a_match(2, "Grief circle"), a_match(5, "Widows at lunch")], "2 things for you in the coming days"),
        ([a_match(3, "Grief circle")], "One thing for you in the coming days"),
        (
            [a_match(1, "An evening of songs that everybody in town has known by heart")],
            "An evening of songs that everybody in… on Wednesday",
        ),
        ([a_match(2, "Second"), a_match(1, "First", starts_at=MATCHES[3].starts_at)], "First on Saturday, and one more"),
    ],
)
def test_the_subject_names_the_strongest_match_that_others_may_read(matches: list[Match], subject: str) -> None:
    assert letter("en", len(matches), matches).subject == subject


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_subject_names_a_sensitive_group(language: str) -> None:
    for title in ("Grief circle", "Círculo de duelo", "Living with Parkinson's", "Narcotics Anonymous"):
        assert title not in letter(language, 1, [a_match(1, title)]).subject


def test_a_letter_greets_by_name_who_gave_one() -> None:
    assert letter("en").text.startswith("Hello Marisol,\n\nWe found 4 things")
    assert letter("en", name="").text.startswith("We found 4 things")
    assert "Hello" not in letter("en", name="").html


class Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.sources: list[str] = []
        self.words = ""
        self.hidden = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.hidden = tag in ("style", "title")
        attributes = dict(attrs)
        self.links += [attributes["href"] or ""] if "href" in attributes else []
        self.sources += [value or "" for key, value in attrs if key in ("src", "background", "srcset")]

    def handle_data(self, data: str) -> None:
        self.words += "" if self.hidden else f" {data}"


def read(html: str) -> Words:
    parser = Words()
    parser.feed(html)
    return parser


@pytest.mark.parametrize("language", LANGUAGES)
def test_text_and_html_say_the_same_and_lead_to_the_same_places(language: str) -> None:
    content = letter(language)
    html = read(content.html)
    assert sorted(re.findall(r"https://\S+", content.text)) == sorted(html.links)
    for match in MATCHES:
        assert match.title in content.text
        assert match.title in html.words


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_letter_loads_nothing_and_leads_nowhere_but_home(language: str) -> None:
    content = letter(language)
    html = read(content.html)
    assert not html.sources
    assert "url(" not in content.html
    assert all(link.startswith("https://doorstep.example.org/") for link in html.links)


@pytest.mark.parametrize("language", LANGUAGES)
def test_help_lines_and_a_postal_address_stand_at_the_foot(language: str) -> None:
    for part in (letter(language).text, read(letter(language).html).words):
        assert all(number in part for number in ("988", "211", "911", "300 Juniper Avenue, Riverton, NY 10001"))


@pytest.mark.parametrize("topic", [topic for topic in topics() if topic.sensitive], ids=lambda topic: topic.code)
def test_a_private_topic_is_never_named(topic) -> None:  # type: ignore[no-untyped-def]  # a parametrized Struct
    for language in LANGUAGES:
        [sentence] = sentences([TopicReason(topic=topic.code)], say_in(language), km=1.0, cost_cents=0, any_time=False)
        assert topic.name(language).lower() not in sentence.lower()


def test_every_reason_of_the_matcher_has_its_sentence_but_the_one_that_nobody_can_know() -> None:
    assert {*SENTENCES, TopicReason, NearReason, NewGroupReason} == set(REASON_TYPES.values())
    assert {*REASON_TYPES, "none"} == set(REASON_NUMBERS)
    for code, kind in REASON_TYPES.items():
        assert kind.__struct_fields__ == REASON_NUMBERS[code]


def test_who_ticked_no_times_is_not_told_that_it_fits_them() -> None:
    for reasons in ([], [TimeReason()]):
        assert sentences(reasons, say_in("en"), km=1.0, cost_cents=0, any_time=True) == [
            "You did not tell us when you are free, so we suggest any time."
        ]


@pytest.mark.parametrize(("every_weeks", "words"), [(1, "once a week"), (2, "every other week"), (4, "every four weeks")])
def test_the_foot_says_how_often_the_letter_comes(every_weeks: int, words: str) -> None:
    content = letter("en", every_weeks=every_weeks)
    for part in (content.text, read(content.html).words):
        assert f"This letter comes at most {words}, because you asked for it." in part


def test_beside_what_a_person_asked_for_or_did_nothing_is_said_that_is_so_for_everybody() -> None:
    say = say_in("en")
    for_everybody: list[Reason] = [NearReason(km=0.3), FreeReason(), SmallGroupReason(people=5)]
    personal: list[Reason] = [
        TopicReason(topic="knitting", weight=0.2),
        WordsReason(likeness=0.7),
        CameBeforeReason(visits=1),
        SaidYesReason(times=1),
        FacesReason(people=1),
    ]
    for one in personal:
        lines = sentences([*for_everybody, one], say, km=0.3, cost_cents=0, any_time=False)
        assert lines == [sentence(one, say)]
    assert len(sentences(for_everybody, say, km=0.3, cost_cents=0, any_time=False)) == 2


def test_a_match_always_has_a_reason() -> None:
    for reasons in ([], [FreeReason()]):
        assert sentences(reasons, say_in("en"), km=1.0, cost_cents=500, any_time=False) == ["It fits the times you gave us."]


@pytest.mark.parametrize("km", [0.0, 0.3, 1.0, 1.01, 2.5, 2.51, 5.9, 6.1, 12.5, 40.0])
def test_the_reason_and_the_line_of_facts_never_disagree_about_the_distance(km: float) -> None:
    say = say_in("en")
    [reason] = sentences([NearReason(km=km)], say, km=km, cost_cents=0, any_time=False)
    line = distance(km, say)
    assert ("a short walk" in reason) == (line == "a short walk")
    assert ("not far" in reason) == (line == "a longer walk")
    assert ("you can go" in reason) == ("walk" not in line)


@pytest.mark.parametrize("language", LANGUAGES)
def test_where_only_a_town_is_known_no_distance_is_told(language: str) -> None:
    near = NearReason(km=0.2)
    somewhere = a_match(1, "Chair yoga", km=0.2, place_name="Riverton, NY", address="", near_place="Riverton, NY", reasons=[near])
    content = letter(language, matches=[somewhere])
    say = say_in(language)
    for words in (content.text, read(content.html).words):
        assert distance(0.2, say).casefold() not in words.casefold()
        assert say(NEAR[0]) not in words
        assert say("in the area of {town}", town="Riverton, NY").casefold() in words.casefold()
        assert say("We know only the area. Please find out exactly where before you go.") in words


@pytest.mark.parametrize("cost_cents", [None, 0, 500])
def test_only_what_is_free_today_is_called_free(cost_cents: int | None) -> None:
    reason_sentences = sentences([FreeReason(), SmallGroupReason(people=8)], say_in("en"), km=1.0, cost_cents=cost_cents, any_time=False)
    assert ("It is free." in reason_sentences) == (cost_cents == 0)


def test_letters_in_spanish_and_arabic_leave_nothing_in_english() -> None:
    theirs = ("https://", "Riverton", *(match.title for match in MATCHES))  # addresses, and what centers and partners wrote
    english = {line for line in letter("en").text.splitlines() if line.strip(" -") and not any(word in line for word in theirs)}
    assert len(english) > 20
    for language in ("es", "ar"):
        assert not english & set(letter(language).text.splitlines())


def test_no_act_returns_within_eight_weeks() -> None:
    monday = date(2026, 1, 5)
    for person in (UUID(int=n) for n in range(50)):
        acts_by_week = [act_for(person, monday + timedelta(weeks=n), "en") for n in range(104)]
        assert all(acts_by_week[n] not in acts_by_week[max(0, n - 8) : n] for n in range(104))


def test_every_act_is_told_in_every_language() -> None:
    assert len(acts()) >= 60
    assert all(set(act) == set(LANGUAGES) and all(act.values()) for act in acts())
    assert len({act["en"] for act in acts()}) == len(acts())


def syllables(word: str) -> int:
    groups = re.findall(r"[aeiouy]+", word.lower())
    return max(1, len(groups) - (word.lower().endswith("e") and len(groups) > 1))


def test_the_letter_reads_at_grade_six_or_below() -> None:
    """Flesch-Kincaid grade over our own sentences; titles and addresses are the centers'."""
    content = letter("en", count=1)
    ours = [line.strip(" -") for line in content.text.splitlines() if re.search(r"[a-z][.?]$", line) and "https" not in line]
    ours += [act["en"] for act in acts()] + [*SENTENCES.values(), *NEAR, WITHIN_REACH]
    text = " ".join(ours)
    words = re.findall(r"[A-Za-z']+", text)
    count = len(re.findall(r"[.?!]", text))
    grade = 0.39 * len(words) / count + 11.8 * sum(map(syllables, words)) / len(words) - 15.59
    assert grade <= 6


def test_unknown_people_get_an_act_too() -> None:
    assert act_for(uuid4(), date(2026, 11, 23), "xx") in {act["en"] for act in acts()}
