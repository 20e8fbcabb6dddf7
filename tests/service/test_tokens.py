"""Tokens of letters: nobody else can write one, and one opens only what it was written for, as long as it was written for."""

from __future__ import annotations

import base64
import hmac
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.crypto import derive
from service.errors import Gone, Missing
from service.tokens import NOBODY, Link, Purpose, Tokens

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
FIRST, SECOND, THIRD = (bytes([n]) * 32 for n in (1, 2, 3))
RESIDENT, MATCH = UUID(int=7), UUID(int=11)
ALL = tuple(Purpose)
TOKEN_BYTES = 60
MAC_BYTES = 16


def mint(*secrets: bytes, purpose: Purpose = Purpose.ANSWER, expires_at: datetime | None = None, epoch: int = 3) -> str:
    return Tokens(secrets or [FIRST]).mint(purpose, resident_id=RESIDENT, subject_id=MATCH, epoch=epoch, expires_at=expires_at)


def raw_of(token: str) -> bytearray:
    return bytearray(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))


def text_of(raw: bytes | bytearray) -> str:
    return base64.urlsafe_b64encode(bytes(raw)).rstrip(b"=").decode()


@given(
    purpose=st.sampled_from(ALL),
    resident=st.uuids(),
    subject=st.uuids(),
    epoch=st.integers(0, 2**16 - 1),
    expires_at=st.none() | st.integers(1, 70 * 365).map(lambda days: NOW + timedelta(days=days)),
)
def test_what_was_written_is_what_is_read(purpose: Purpose, resident: UUID, subject: UUID, epoch: int, expires_at: datetime | None) -> None:
    tokens = Tokens([FIRST])
    token = tokens.mint(purpose, resident_id=resident, subject_id=subject, epoch=epoch, expires_at=expires_at)
    assert tokens.read(token, now=NOW, purposes=[purpose]) == Link(purpose, resident, subject, epoch)


def test_a_token_without_a_subject_says_nobody() -> None:
    token = Tokens([FIRST]).mint(Purpose.STOP, resident_id=RESIDENT, epoch=0)
    assert Tokens([FIRST]).read(token, now=NOW, purposes=ALL).subject_id == NOBODY


@pytest.mark.parametrize("place", range(TOKEN_BYTES))
def test_a_token_with_any_byte_changed_opens_nothing(place: int) -> None:
    raw = raw_of(mint())
    assert len(raw) == TOKEN_BYTES
    for bit in range(8):
        changed = raw.copy()
        changed[place] ^= 1 << bit
        with pytest.raises(Missing):
            Tokens([FIRST]).read(text_of(changed), now=NOW, purposes=ALL)


@given(st.text(max_size=120) | st.binary(min_size=TOKEN_BYTES, max_size=TOKEN_BYTES).map(text_of))
def test_what_we_did_not_write_opens_nothing(token: str) -> None:
    with pytest.raises(Missing):
        Tokens([FIRST]).read(token, now=NOW, purposes=ALL)
    with pytest.raises(Missing):
        Tokens([FIRST]).read_late(token, purposes=ALL)


@pytest.mark.parametrize("spelling", ["{}=", "{}==", " {}", "{}\n", "{}.", "{}A"])
def test_only_the_one_spelling_of_a_token_is_read(spelling: str) -> None:
    with pytest.raises(Missing):
        Tokens([FIRST]).read(spelling.format(mint()), now=NOW, purposes=ALL)


def test_a_token_of_another_version_opens_nothing_although_the_key_signed_it() -> None:
    tokens = Tokens([FIRST])
    raw = raw_of(mint())
    raw[0] = 2
    body = bytes(raw[:-MAC_BYTES])
    signed = body + hmac.digest(derive(FIRST, "token"), body, "sha256")[:MAC_BYTES]
    with pytest.raises(Missing):
        tokens.read(text_of(signed), now=NOW, purposes=ALL)


@pytest.mark.parametrize("purpose", ALL)
def test_a_token_opens_only_pages_of_its_purpose(purpose: Purpose) -> None:
    token, others = mint(purpose=purpose), [other for other in ALL if other is not purpose]
    assert Tokens([FIRST]).read(token, now=NOW, purposes=ALL).purpose is purpose
    with pytest.raises(Missing):
        Tokens([FIRST]).read(token, now=NOW, purposes=others)
    with pytest.raises(Missing):
        Tokens([FIRST]).read_late(token, purposes=others)


def test_a_token_is_over_at_its_last_second_and_not_before() -> None:
    end = NOW + timedelta(hours=1)
    token = mint(expires_at=end)
    assert Tokens([FIRST]).read(token, now=end - timedelta(seconds=1), purposes=ALL)
    for late in (end, end + timedelta(days=400)):
        with pytest.raises(Gone):
            Tokens([FIRST]).read(token, now=late, purposes=ALL)


def test_a_token_that_is_over_can_still_ask_for_a_new_one() -> None:
    token = mint(purpose=Purpose.ASK_ME, expires_at=datetime(2001, 1, 1, tzinfo=UTC))
    assert Tokens([FIRST]).read_late(token, purposes=[Purpose.ASK_ME]).resident_id == RESIDENT


def test_a_token_without_an_end_never_ends() -> None:
    assert Tokens([FIRST]).read(mint(), now=datetime(2105, 1, 1, tzinfo=UTC), purposes=ALL)


def test_tokens_of_an_older_key_are_read_while_it_is_listed_and_the_first_key_signs() -> None:
    before, after = mint(FIRST), mint(SECOND, FIRST)
    assert Tokens([SECOND, FIRST]).read(before, now=NOW, purposes=ALL)
    assert Tokens([THIRD, SECOND]).read(after, now=NOW, purposes=ALL), "signed by the first key of the list"
    for tokens, token in ((Tokens([SECOND]), before), (Tokens([FIRST]), after)):
        with pytest.raises(Missing):
            tokens.read(token, now=NOW, purposes=ALL)


def test_the_layout_and_the_key_of_a_token_stay_readable_for_letters_that_are_out() -> None:
    """Links to stop never end, so letters of years ago must still be read: this one is never written anew."""
    written = "AfwuOqkEAAAAAAAAAAAAAAAAAAAABwAAAAAAAAAAAAAAAAAAAAsAAAAAAAP9NwDYHi75v0Gc4dF2DvEU"
    assert Tokens([FIRST]).read(written, now=NOW, purposes=ALL) == Link(Purpose.ANSWER, RESIDENT, MATCH, 3)
    assert mint() == written
