"""The list of topics, read once from taxonomy.json and never changed while running."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import msgspec

from service.interests.model import Family, Topic

NAME_PARTS = re.compile(r", | and | y | و(?=\w)")  # "Bowls, bowling and golf" is three names
FILE = Path(__file__).with_name("taxonomy.json")


class Taxonomy(msgspec.Struct, frozen=True):
    families: list[Family]
    topics: list[Topic]


@cache
def taxonomy() -> Taxonomy:
    return msgspec.json.decode(FILE.read_bytes(), type=Taxonomy)


def topics() -> list[Topic]:
    """In the order of the file, which is the order of the matcher's topic columns and of the form."""
    return taxonomy().topics


def phrases_of(topic: Topic) -> list[str]:
    """All that a topic is called, in every language: its names, the parts of names that are several, and its words."""
    parts = (part for name in topic.names.values() for part in NAME_PARTS.split(name))
    return [*topic.names.values(), *parts, *(phrase for phrases in topic.words.values() for phrase in phrases)]


def families() -> list[Family]:
    return taxonomy().families


@cache
def by_code() -> dict[str, Topic]:
    return {topic.code: topic for topic in topics()}


@cache
def columns() -> dict[str, int]:
    """Topic code -> column in the matcher's `topics` arrays."""
    return {topic.code: at for at, topic in enumerate(topics())}


def grouped() -> list[tuple[Family, list[Topic]]]:
    """Families with their topics, as the sign-up form lists them."""
    return [(family, [topic for topic in topics() if topic.family == family.code]) for family in families()]


def tellable(codes: list[str]) -> list[str]:
    """The codes that may be shown to others, exported or logged; unknown ones are dropped, to be on the safe side."""
    return [code for code in codes if code in by_code() and not by_code()[code].sensitive]
