from datetime import date

import msgspec
import pytest

from service.errors import Invalid
from service.web.faults import faults_in
from service.web.forms import read
from tests.service.web.conftest import Posting, SignUp

GOOD: dict[str, list[object]] = {
    "email": [" ana@example.org "],
    "zip": ["60601"],
    "consent": ["yes"],
    "times": ["mon-morning"],
}


def wrong_in(**changes: list[object]) -> dict[str, str]:
    with pytest.raises(Invalid) as refused:
        read(GOOD | changes, SignUp)
    return refused.value.fields


def test_a_good_form_is_read_and_one_ticked_box_is_a_list_of_one() -> None:
    wishes = read(GOOD | {"born": ["1950-03-02"], "size": ["2"], "quiet": ["on"], "name": [""]}, SignUp)
    assert wishes.times == ["mon-morning"]
    assert (wishes.email, wishes.born, wishes.size, wishes.quiet, wishes.name) == ("ana@example.org", date(1950, 3, 2), 2, True, None)


def test_every_wrong_field_is_named_at_once_and_what_was_typed_comes_back() -> None:
    form: dict[str, list[object]] = {
        "email": ["ana"],
        "zip": ["6060"],
        "times": ["mon-morning", "someday"],
        "name": ["a\x00b"],
        "words": ["x" * 2_001],
        "born": ["1950-02-30"],
        "size": ["9"],
        "quiet": ["perhaps"],
    }
    with pytest.raises(Invalid) as refused:
        read(form, SignUp)
    assert refused.value.fields == {
        "email": "email",
        "zip": "zip",
        "consent": "tick",
        "times": "choice",
        "name": "characters",
        "words": "too_long:2000",
        "born": "date",
        "size": "at_most:8",
        "quiet": "yes_or_no",
    }
    assert refused.value.typed["email"] == ["ana"]
    assert refused.value.typed["times"] == ["mon-morning", "someday"]


def test_nothing_typed_asks_for_what_is_required_and_only_for_that() -> None:
    with pytest.raises(Invalid) as refused:
        read({}, SignUp)
    assert refused.value.fields == {"email": "required", "zip": "required", "consent": "tick", "times": "choose_some"}


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"size": ["1e400"]}, {"size": "at_most:8"}),
        ({"size": ["9" * 5_000]}, {"size": "at_most:8"}),
        ({"size": ["0"]}, {"size": "at_least:1"}),
        ({"born": ["0001-01-01"]}, {"born": "date"}),
        ({"born": ["9999-12-31"]}, {"born": "date"}),
        ({"email": ["a@b\r\nBcc: c@example.org"]}, {"email": "email"}),
        ({"email": ["a b@example.org"]}, {"email": "email"}),
        ({"name": ["two\nlines"]}, {"name": "characters"}),
        ({"consent": ["no"]}, {"consent": "tick"}),
    ],
)
def test_a_wrong_value_is_named_plainly(changes: dict[str, list[object]], wrong: dict[str, str]) -> None:
    assert wrong_in(**changes) == wrong


def test_several_lines_are_kept_with_one_kind_of_line_end() -> None:
    assert read(GOOD | {"words": ["one\r\ntwo"]}, SignUp).words == "one\ntwo"


def test_a_rule_between_two_fields_names_its_field() -> None:
    class Span(msgspec.Struct):
        first: int
        last: int

        def __post_init__(self) -> None:
            if self.last < self.first:
                raise Invalid(fields={"last": "at_least:1"})

    with pytest.raises(Invalid) as refused:
        read({"first": ["3"], "last": ["1"]}, Span)
    assert refused.value.fields == {"last": "at_least:1"}
    assert refused.value.typed == {"first": ["3"], "last": ["1"]}


def test_every_wrong_field_of_a_json_body_has_its_pointer() -> None:
    body = {
        "capacity": 0,
        "places": [{"name": "x", "zip": "1"}, {"nam/e": 1, "zip": 60601}],
        "starts_on": "soon",
        "words": ["a", 5],
        "is_admin": True,
    }
    codes = {fault.pointer: fault.code for fault in faults_in(msgspec.json.encode(body), Posting)}
    assert codes == {
        "#/title": "required",
        "#/capacity": "at_least:1",
        "#/places/0/zip": "zip",
        "#/places/1/name": "required",
        "#/places/1/zip": "zip",
        "#/places/1/nam~1e": "unknown_field",
        "#/starts_on": "date",
        "#/words/1": "text",
        "#/is_admin": "unknown_field",
    }


def test_a_right_json_body_has_no_fault() -> None:
    assert faults_in(b'{"title": "Chair yoga", "capacity": 12, "places": [{"name": "Hall", "zip": "60601"}]}', Posting) == []
