"""What a topic is."""

from __future__ import annotations

from typing import Literal

import msgspec

Kind = Literal[
    "movement", "nature", "garden", "creative", "social", "learning", "volunteer", "neighbors", "community", "family", "outing", "support"
]


class Family(msgspec.Struct, frozen=True):
    """Topics that feel alike: the unit of variety in a weekly mail."""

    code: str
    names: dict[str, str]  # by language


class Topic(msgspec.Struct, frozen=True):
    """One interest a person may have and an activity may serve. Codes are stored in rows: never rename one."""

    code: str
    family: str
    kind: Kind
    names: dict[str, str]  # by language
    words: dict[str, list[str]]  # by language: what else people call it
    # Says something about health, loss or private life: it may rank, but is never shown to others, exported to partners or logged.
    # And nobody is invited to it who did not ask for it.
    sensitive: bool = False
    signs: list[str] = []  # of a sensitive topic: what says plainly, wherever it stands in a title, that an activity is about it

    def name(self, language: str) -> str:
        return self.names.get(language) or self.names["en"]


class Guess(msgspec.Struct, frozen=True):
    """A topic that a text seems to name; confidence from 0 to 1, comparable between texts."""

    code: str
    confidence: float
