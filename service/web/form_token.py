"""Proof that a form was opened here and filled in by a person: a signed, dated word, a box nobody sees, and a little patience.

It takes the place of a cookie, which a browser does not send from a partner's page, and of a captcha, which tells a third party.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from itsdangerous import BadData, URLSafeSerializer

from service.errors import Invalid

FIELD = "form_token"
HONEYPOT = "website"
LIFE = timedelta(hours=2)
QUICKEST = timedelta(seconds=2)


class Ticket(NamedTuple):
    """One opening of a form. Keep `nonce` until `expires_at` to see the same form sent twice."""

    nonce: str
    opened_at: datetime
    expires_at: datetime


class FormTokens:
    """Mints and reads form tokens; the first key signs, every key reads."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        self._keys = list(reversed(keys))  # itsdangerous signs with the last

    def mint(self, purpose: str, *, nonce: str, now: datetime) -> str:
        """`purpose` names the form, so that a token of one form opens no other."""
        return str(self._serializer(purpose).dumps([nonce, int(now.timestamp())]))

    def read(self, purpose: str, token: str, *, now: datetime) -> Ticket:
        """Raises Invalid: form_forged for what we did not write, form_stale after two hours, form_too_fast before two seconds."""
        try:
            nonce, opened = self._serializer(purpose).loads(token)
            opened_at = datetime.fromtimestamp(int(opened), UTC)
        except (BadData, ValueError, TypeError, OverflowError) as error:
            raise Invalid("form_forged") from error
        if now - opened_at > LIFE:
            raise Invalid("form_stale")
        if now - opened_at < QUICKEST:
            raise Invalid("form_too_fast")
        return Ticket(str(nonce), opened_at, opened_at + LIFE)

    def _serializer(self, purpose: str) -> URLSafeSerializer:
        return URLSafeSerializer([*self._keys], salt=f"doorstep form {purpose}")


def is_robot(form: Mapping[str, Sequence[object]]) -> bool:
    """Whether the box that people do not see was filled in. Answer such a post like a good one, and keep nothing."""
    return any(str(value).strip() for value in form.get(HONEYPOT, ()))


def first_text(form: Mapping[str, Sequence[object]], name: str) -> str:
    return next((value for value in form.get(name, ()) if isinstance(value, str)), "")
