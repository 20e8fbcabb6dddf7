import re
import string
from collections.abc import Sequence

import pytest
from babel.messages.pofile import read_po

from service.web.i18n import DEFAULT, LOCALE_DIR, NAMES, merged_catalog, negotiate, say_in
from service.web.jinja import environment, render
from service.web.sentences import sentence_for
from tests.sentences_used import sentences_used

OTHERS = sorted(set(NAMES) - {DEFAULT})


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def forms(text: str | Sequence[str] | None) -> Sequence[str]:
    """A sentence, or its singular and plurals."""
    return (text or "",) if text is None or isinstance(text, str) else text


@pytest.mark.parametrize("language", OTHERS)
def test_no_sentence_is_missing(language: str) -> None:
    catalog = merged_catalog(language)
    translated = {message.id if isinstance(message.id, str) else message.id[0] for message in catalog if message.string}
    missing = {sentence: place for sentence, place in sentences_used().items() if sentence not in translated}
    assert not missing, "\n".join(f"{place}: {sentence}" for sentence, place in missing.items())


@pytest.mark.parametrize("language", OTHERS)
def test_a_translation_has_the_same_blanks_as_its_sentence(language: str) -> None:
    for message in merged_catalog(language):
        ids, texts = forms(message.id), forms(message.string)
        if ids[0]:
            allowed = set[str]().union(*map(placeholders, ids))
            for text in texts:
                # A plural may leave the number out ("one seat"); nothing else.
                assert placeholders(text) <= allowed, text
                assert allowed - placeholders(text) <= {"count"}, text


@pytest.mark.parametrize("language", OTHERS)
def test_no_catalog_is_left_half_done(language: str) -> None:
    for path in (LOCALE_DIR / language / "LC_MESSAGES").glob("*.po"):
        with path.open("rb") as file:
            catalog = read_po(file, locale=language, abort_invalid=True)
        assert not [message.id for message in catalog if message.fuzzy and message.id], path.name


def test_every_template_can_be_read() -> None:
    for name in environment().list_templates():
        environment().get_template(name)


@pytest.mark.parametrize(
    ("asked", "preferred", "accept", "language"),
    [
        (None, None, "", "en"),
        (None, None, "es-MX,es;q=0.8,en;q=0.5", "es"),
        (None, None, "de, ar;q=0.5", "ar"),
        (None, None, "en;q=0.2, es;q=0.9", "es"),
        (None, "es", "en", "es"),
        ("ar", "es", "en", "ar"),
        (None, None, "x;q=y,,;q=1,\x00" + "a" * 500, "en"),
    ],
)
def test_the_address_wins_over_the_form_and_the_form_over_the_browser(
    asked: str | None, preferred: str | None, accept: str, language: str
) -> None:
    assert negotiate(asked=asked, preferred=preferred, accept=accept) == language


@pytest.mark.parametrize("language", list(NAMES))
def test_where_nothing_is_written_nothing_is_read(language: str) -> None:
    """A partner may leave its introduction empty; a catalog keeps its own headings under the empty sentence."""
    assert say_in(language)("") == ""


def test_a_code_becomes_a_sentence_and_an_unknown_one_a_kind_general_one() -> None:
    assert sentence_for("too_long:40", say_in("es")) == "No escriba más de 40 caracteres."
    assert sentence_for("never_heard_of", say_in("en"), otherwise="conflict").startswith("That could not be done")


def test_a_message_code_stands_for_one_plain_sentence() -> None:
    from service.web.sentences import sentences

    assert all(re.match(r"^[A-Z].*[.!?/]$|^.*@example\.org$|^.*https://$", text) for text in sentences().values())


def test_what_people_wrote_is_never_markup() -> None:
    html = render("web/problem.html", language="en", context=PAGE | {"status": 404, "detail": "<script>alert(1)</script>"})
    assert "<script>" not in html
    assert "&lt;script&gt;" in html


PAGE = {
    "asset": lambda name: f"/static/x/{name}",
    "go": lambda path: path,
    "other_languages": [],
    "embedded": False,
    "here": "/",
    "has": lambda path: True,
}


@pytest.mark.parametrize("title", ["Yoga (60+)", "12 Mill Street", "Café Olé!", "Tai chi: level 2"])
def test_text_of_another_script_keeps_its_order_in_a_line_from_right_to_left(title: str) -> None:
    """Without isolates, a reader's program would move the bracket or the number of such a title to the line's other end."""
    sentence = "{title} is called off."
    arabic, english = say_in("ar"), say_in("en")
    assert arabic(sentence, title=title) == f"\u2068{title}\u2069 is called off."
    assert arabic(sentence, title=arabic.isolated(title)) == f"\u2068{title}\u2069 is called off."
    assert arabic.count("{title}, {count} seat", "{title}, {count} seats", 2, title=title).startswith("\u2068")
    assert english(sentence, title=title) == f"{title} is called off."


def test_arabic_text_and_numbers_stand_as_they_are_in_arabic() -> None:
    assert say_in("ar")("{title}, {hour}", title="حلقة القراءة", hour="10:00") == "حلقة القراءة, 10:00"
