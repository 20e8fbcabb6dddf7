"""Queries read from a file: parameters numbered, columns listed by the Struct that the rows become."""

import msgspec
import pytest

from service import sql


class Book(msgspec.Struct):
    title: str
    pages: int


def text_of(query: str) -> str:
    return sql.parse(f"-- name: q\n{query}", {"book": Book}).q.text


def test_the_columns_of_a_struct_are_listed_plain_behind_an_alias_and_as_parameters() -> None:
    assert text_of("SELECT {book} FROM book;") == "SELECT title, pages FROM book"
    assert text_of("SELECT {b.book} FROM book AS b") == "SELECT b.title, b.pages FROM book AS b"
    query = sql.parse("-- name: q\nINSERT INTO book ({book}) VALUES ({:book})", {"book": Book}).q
    assert query.text == "INSERT INTO book (title, pages) VALUES ($1, $2)"
    assert query.params == ("title", "pages")


def test_what_is_no_name_of_columns_stays() -> None:
    assert text_of("SELECT '{}', '{\"a\": 1}'") == "SELECT '{}', '{\"a\": 1}'"


def test_columns_that_were_not_given_are_refused() -> None:
    with pytest.raises(KeyError, match="paper"):
        sql.parse("-- name: q\nSELECT {paper} FROM book")
