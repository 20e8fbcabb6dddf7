"""What letters with links are written with."""

from __future__ import annotations

from dataclasses import dataclass

from service.crypto import Vault
from service.tokens import Tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterContext:
    """humane: wait for a humane hour; a mailbox on this machine wakes nobody."""

    vault: Vault
    tokens: Tokens
    base_url: str
    humane: bool = True
