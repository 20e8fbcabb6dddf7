"""Small invented calendars and what an import made of them, for the tests of this folder."""

from pathlib import Path

import asyncpg

from service.feeds.absorb import ImportReport


def event(uid: str, title: str, start: str, *more: str) -> str:
    zone = "TZID=America/New_York"
    lines = [f"UID:{uid}", f"SUMMARY:{title}", f"DTSTART;{zone}:{start}", "DURATION:PT1H", "LOCATION:Elm House", *more]
    return "\r\n".join(["BEGIN:VEVENT", *lines, "END:VEVENT"])


def calendar(*events: str, head: str = "") -> bytes:
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", *([head] if head else []), *events, "END:VCALENDAR", ""]
    return "\r\n".join(lines).encode()


def write(folder: Path, *events: str, name: str = "town.ics", head: str = "") -> str:
    (folder / name).write_bytes(calendar(*events, head=head))
    return str(folder / name)


def counts(report: ImportReport) -> dict[str, int]:
    names = ("added", "changed", "unchanged", "merged", "cancelled", "past")
    by_fate = {name: getattr(report, name) for name in names} | {"refused": len(report.refused)}
    if not report.quarantined:
        assert sum(by_fate.values()) == report.read
    return {name: number for name, number in by_fate.items() if number}


async def scheduled(admin: asyncpg.Connection, title: str) -> list[str]:
    rows = await admin.fetch(
        "SELECT s.starts_at_local FROM session AS s JOIN activity AS a ON a.id = s.activity_id"
        " WHERE a.title = $1 AND s.state = 'scheduled' ORDER BY 1",
        title,
    )
    return [f"{row['starts_at_local']:%m-%d %H:%M}" for row in rows]
