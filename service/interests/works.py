"""Titles without the names of books, films, plays and artists in them: "Book talk: The Fishing Boats" is about no fishing. Pure."""

from __future__ import annotations

import re

QUOTED = re.compile(r"[\"“”«][^\"“”«»]{3,}[\"“”»]")
OF_A_YEAR = re.compile(r"^.*\((?:19\d\d|20[01]\d)\)")  # a film is told by its year; a garden day may be told by this one
BY_SOMEBODY = re.compile(r"\bby (?:visiting )?(?:(?:artist|author|poet|composer|filmmaker)s? )?[A-ZÁÉÍÓÚÑ][^:–—|]*?(?=:| [-–—|] |$)")
SHOWN = re.compile(
    r"\b(?:screenings?|films?|movies?|matinee|cinema|reading group|(?:play|staged) reading"
    r"|book (?:club|discussion|talk|launch|group|reading)|author (?:talk|visit)|improv|performance"
    r"|proyección|película|club de lectura|grupo de lectura)\b",
    re.IGNORECASE,
)
NAMED_AFTER = re.compile(r":\s|\s[-–—]\s")


def without_works(title: str) -> str:
    """The title without what is quoted, what stands before a film's year, who it is by, and what follows a kind of showing."""
    rest = BY_SOMEBODY.sub(" ", OF_A_YEAR.sub(" ", QUOTED.sub(" ", title)))
    cut = NAMED_AFTER.search(rest)
    return rest[: cut.start()] if cut and SHOWN.search(rest, 0, cut.start()) else rest
