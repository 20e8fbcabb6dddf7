"""Fields sealed by the application, and keyed indexes to find them again.

A sealed field is key id (4 bytes) + nonce (12) + AES-256-GCM ciphertext and tag, bound to its table, column and row, so that
a value copied to another place does not open. Keys come from DOORSTEP_SECRET_KEYS by HKDF; the first one seals, all of them open.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import unicodedata
from collections.abc import Sequence
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from service.errors import Broken

NONCE_BYTES = 12
KEY_ID_BYTES = 4
INDEX_BYTES = 16


def derive(secret: bytes, purpose: str, length: int = 32) -> bytes:
    return HKDF(hashes.SHA256(), length, salt=None, info=f"doorstep {purpose}".encode()).derive(secret)


class Vault:
    """Seals and opens fields. Raises Broken where a value does not open with any key."""

    def __init__(self, secrets: Sequence[bytes]) -> None:
        if not secrets:
            raise Broken("settings", fields={"DOORSTEP_SECRET_KEYS": "is missing"})
        self._keys = {derive(secret, "key id", KEY_ID_BYTES): AESGCM(derive(secret, "field")) for secret in secrets}
        self._first = next(iter(self._keys))
        self._index_keys = [derive(secret, "index") for secret in secrets]

    def seal(self, text: str | bytes, *, place: str, row: UUID) -> bytes:
        """place: "table.column"."""
        plain = text.encode() if isinstance(text, str) else text
        nonce = os.urandom(NONCE_BYTES)
        return self._first + nonce + self._keys[self._first].encrypt(nonce, plain, _bound(place, row))

    def open_bytes(self, sealed: bytes, *, place: str, row: UUID) -> bytes:
        key = self._keys.get(sealed[:KEY_ID_BYTES])
        if key is None:
            raise Broken("sealed_by_unknown_key", place=place)
        nonce, body = sealed[KEY_ID_BYTES : KEY_ID_BYTES + NONCE_BYTES], sealed[KEY_ID_BYTES + NONCE_BYTES :]
        try:
            return key.decrypt(nonce, body, _bound(place, row))
        except InvalidTag:
            raise Broken("sealed_value_damaged", place=place) from None

    def open(self, sealed: bytes, *, place: str, row: UUID) -> str:
        return self.open_bytes(sealed, place=place, row=row).decode()

    def index(self, address: str) -> bytes:
        """Keyed hash of an e-mail address as it is written today (16 bytes)."""
        return self.indexes(address)[0]

    def indexes(self, address: str) -> list[bytes]:
        """The same under every living key, newest first: rows written before a rotation are still found."""
        folded = unicodedata.normalize("NFKC", address).strip().lower().encode()
        return [hmac.digest(key, folded, "sha256")[:INDEX_BYTES] for key in self._index_keys]


def _bound(place: str, row: UUID) -> bytes:
    return f"{place}:{row}".encode()


def hash_secret(secret: str) -> bytes:
    """SHA-256 of a random secret of 256 bits, which needs no salt."""
    return hashlib.sha256(secret.encode()).digest()
