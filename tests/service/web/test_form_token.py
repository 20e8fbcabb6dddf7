from datetime import UTC, datetime, timedelta

import pytest

from service.errors import Invalid
from service.web.form_token import FormTokens, is_robot

NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
OLD_KEY, KEY = b"o" * 32, b"k" * 32


def refusal(tokens: FormTokens, purpose: str, token: str, now: datetime) -> str:
    with pytest.raises(Invalid) as refused:
        tokens.read(purpose, token, now=now)
    return refused.value.code


def test_a_form_filled_in_at_leisure_is_taken() -> None:
    tokens = FormTokens([KEY])
    ticket = tokens.read("f/library", tokens.mint("f/library", nonce="n1", now=NOW), now=NOW + timedelta(minutes=20))
    assert (ticket.nonce, ticket.opened_at, ticket.expires_at) == ("n1", NOW, NOW + timedelta(hours=2))


def test_too_quick_too_late_and_forged_are_told_apart() -> None:
    tokens = FormTokens([KEY])
    token = tokens.mint("f/library", nonce="n1", now=NOW)
    assert refusal(tokens, "f/library", token, NOW + timedelta(seconds=1)) == "form_too_fast"
    assert refusal(tokens, "f/library", token, NOW + timedelta(hours=2, seconds=1)) == "form_stale"
    assert refusal(tokens, "f/clinic", token, NOW + timedelta(minutes=1)) == "form_forged"
    for broken in ("", token[:-2], token + "x", "é", "a.b"):
        assert refusal(tokens, "f/library", broken, NOW + timedelta(minutes=1)) == "form_forged"


def test_a_key_that_was_replaced_still_reads_and_no_longer_signs() -> None:
    old, rotated = FormTokens([OLD_KEY]), FormTokens([KEY, OLD_KEY])
    later = NOW + timedelta(minutes=1)
    assert rotated.read("f", old.mint("f", nonce="n", now=NOW), now=later).nonce == "n"
    assert refusal(old, "f", rotated.mint("f", nonce="n", now=NOW), later) == "form_forged"


def test_the_box_nobody_sees_gives_a_robot_away() -> None:
    assert is_robot({"website": ["http://spam.example"]})
    assert not is_robot({"website": [""], "email": ["a@example.org"]})
