"""A note of a center for whoever comes is written down once; pages, letters, forms and the API take it from there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from service.activities.model import NOTE_LABELS, VisitNotes

REPOSITORY = Path(__file__).resolve().parents[2]
SOURCES = [path for kind in ("*.py", "*.sql", "*.html", "*.txt") for path in (REPOSITORY / "service").rglob(kind)]


@pytest.mark.parametrize("name", VisitNotes.__struct_fields__)
def test_no_other_file_of_the_service_names_the_note(name: str) -> None:
    word = re.compile(rf'[."]{name}\b|\b{name}[=:"]')
    naming = [str(path.relative_to(REPOSITORY)) for path in SOURCES if word.search(path.read_text(encoding="utf-8"))]
    assert naming == ["service/activities/model.py"]


def test_every_note_has_its_label() -> None:
    assert tuple(NOTE_LABELS) == VisitNotes.__struct_fields__
