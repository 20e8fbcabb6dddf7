"""A table for a spreadsheet calculates nothing, whatever people wrote into its fields."""

from __future__ import annotations

import csv
import io

import pytest

from service.web.csv_table import csv_answer, csv_table

# Each begins a formula, a command or a cell of its own in one spreadsheet or another.
PAYLOADS = [
    "=HYPERLINK(\"http://evil.example\",\"Open\")",
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-2+3",
    "@SUM(1+1)",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "＝1+1",
    "＋1+1",
    "－1+1",
    "＠SUM(1)",
    "  =1+1",
    "\u00a0\u3000=1+1",
    "\0=1+1",
]  # fmt: skip


def cells(table: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(table.decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_field_is_a_formula(payload: str) -> None:
    [[before, field, after]] = cells(csv_table([["Maria", payload, "Rosa"]]))
    assert (before, after) == ("Maria", "Rosa")
    assert field == "'" + payload.replace("\0", "")


@pytest.mark.parametrize(
    "text", ["Maria L.", "محمد ع.", "O'Brien", 'He said "yes", twice', "1-2", "a=b", "me@home", "two\nlines", "", "'='"]
)
def test_other_text_stays_as_it_is(text: str) -> None:
    assert cells(csv_table([[text]])) == [[text]]


def test_every_field_is_quoted_and_nul_is_gone() -> None:
    assert csv_table([["a", 2], ["", "b\0c"]]) == b'\xef\xbb\xbf"a","2"\r\n"","bc"\r\n'


def test_it_is_saved_and_not_shown_and_nobody_keeps_a_copy() -> None:
    answer = csv_answer([["محمد"]], name="roster-2026-11-23-0930")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="roster-2026-11-23-0930.csv"'
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.media_type == "text/csv"


@pytest.mark.parametrize("name", ["", "../roster", 'a"; filename="b', "a b", "a\r\nX-Other: 1", "قائمة", "a.b"])
def test_a_file_has_a_plain_name(name: str) -> None:
    with pytest.raises(ValueError, match="no plain file name"):
        csv_answer([], name=name)
