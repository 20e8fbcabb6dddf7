"""A line about a fault says what and where, and nothing of a person."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfoNotFoundError

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from service.digests.week import is_over
from service.errors import Missing
from service.faults import contained, described

words = st.text(st.characters(categories=("L", "M", "Nd", "Zs"), codec="utf-8"), min_size=4, max_size=30).filter(str.strip)


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (ValueError("index 4 is out of bounds for axis 0 with size 3"), "index 4 is out of bounds for axis 0 with size 3"),
        (KeyError("ada"), "…"),
        (ValueError("can't read 'Ada' and \"Bo\" at all"), "can… at all"),
        (RuntimeError("no mailbox <ada.b@example.org> here"), "no mailbox … here"),
        (RuntimeError("no answer from +1 (555) 010-4477 yet"), "no answer from … yet"),
        (RuntimeError("born 1941-05-02 in town"), "born … in town"),
        (RuntimeError("no row 0198c1f2-7d3a-7b6e-8f00-0123456789ab here"), "no row … here"),
        (asyncpg.UniqueViolationError("is there already\nDETAIL: Key (name)=(Ada) exists"), "is there already"),
        (Missing(email="ada@example.org"), "missing"),
        (ValueError(), ""),
    ],
)
def test_a_message_says_what_is_wrong_and_names_nobody(error: Exception, message: str) -> None:
    assert described(error)["message"] == message


@given(words, st.sampled_from("'\"“‘«"), st.text("abc '\"", max_size=20))
def test_nothing_quoted_is_logged(name: str, mark: str, before: str) -> None:
    message = described(ValueError(f"{before}: {mark}<{name}>{mark}"))["message"]
    assert f"<{name}>" not in message


async def test_what_the_database_says_of_a_row_is_not_logged(admin: asyncpg.Connection) -> None:
    region = "INSERT INTO region (id, slug, name, zone, lat, lon) VALUES (gen_random_uuid(), 'ada-lovelace', 'x', 'UTC', 1, 1)"
    await admin.execute(region)
    with capture_logs() as lines, contained("trial", region="ash"):
        await admin.execute(region)
    (line,) = lines
    assert (line["event"], line["fault"], line["region"]) == ("trial", "UniqueViolationError", "ash")
    assert "ada-lovelace" not in str(line)


def test_the_place_is_the_innermost_line_of_ours(now: datetime) -> None:
    with pytest.raises(ZoneInfoNotFoundError) as caught:
        is_over(date(2026, 11, 23), "Nowhere/At_All", now)
    assert described(caught.value)["place"].startswith("service/digests/week.py:")


def test_a_stop_is_not_contained() -> None:
    with pytest.raises(KeyboardInterrupt), contained("trial"):
        raise KeyboardInterrupt
