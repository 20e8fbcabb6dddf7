"""Each table is written by one room: its rules stand in one place, and nobody changes a row behind its owner's back."""

import re
from collections import defaultdict
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
WRITES = re.compile(r"\b(?:INSERT INTO|DELETE FROM|(?<!DO )(?<!FOR )(?<!FOR NO KEY )UPDATE)\s+(?:ONLY\s+)?([a-z_]+)")


def writers() -> dict[str, set[str]]:
    """Table -> folders whose SQL files write it."""
    rooms: dict[str, set[str]] = defaultdict(set)
    for path in [*(REPOSITORY / "service").rglob("*.sql"), *(REPOSITORY / "workers").rglob("*.sql")]:
        text = re.sub(r"--.*", "", path.read_text(encoding="utf-8"))
        for table in WRITES.findall(text):
            rooms[table].add(path.parent.relative_to(REPOSITORY).as_posix())
    return rooms


def test_every_table_has_one_writer() -> None:
    assert {table: sorted(rooms) for table, rooms in writers().items() if len(rooms) > 1} == {}


def test_dates_and_seats_are_written_by_their_own_room() -> None:
    assert {table: writers()[table] for table in ("session", "seats")} == {table: {"service/sessions"} for table in ("session", "seats")}


def test_no_table_is_written_past_the_sql_files() -> None:
    """In the program itself; a measurement may copy rows of its own."""
    pattern = re.compile(r"\b(?:INSERT INTO [a-z_]+|DELETE FROM [a-z_]+|UPDATE [a-z_]+ SET)\b")
    sources = [*(REPOSITORY / "service").rglob("*.py"), *(REPOSITORY / "workers").rglob("*.py")]
    writing = [path.name for path in sources if not path.name.startswith("bench") and pattern.search(path.read_text(encoding="utf-8"))]
    assert writing == []
