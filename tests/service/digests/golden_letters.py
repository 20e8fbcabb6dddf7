"""Letters whose every byte has been looked at; `python -m tests.service.digests.golden_letters` writes them anew."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID

from service.digests.acts import act_for
from service.digests.compose import compose
from service.digests.model import LetterLinks, Match, Reader
from service.mail.model import Content
from service.matches.reason_types import CameBeforeReason, FreeReason, NearReason, NewGroupReason, SmallGroupReason, TopicReason

FOLDER = Path(__file__).with_name("golden")
TUESDAY = datetime(2026, 11, 24, 15, tzinfo=UTC)
PERSON = UUID(int=7)


def match(number: int, title: str, **changed: object) -> Match:
    starts_at = TUESDAY + timedelta(days=number)
    facts = {
        "id": UUID(int=100 + number), "matcher_id": PERSON, "session_id": UUID(int=200 + number), "rank": number, "km": 0.6 * number,
        "reasons": [FreeReason(), NearReason(km=0.6)], "title": title, "text_language": "en", "starts_at": starts_at,
        "ends_at": starts_at + timedelta(minutes=50), "zone": "America/New_York", "place_name": "Riverton Community Center",
        "address": "12 Mill Street", "near_place": "", "cost_cents": 0, "currency": "USD",
        "getting_there": "The number 5 bus stops at the door.", "meeting_point": "", "bring": "",
        "center_name": "Riverton Community Center", "description": "", "topics": [],
    }  # fmt: skip
    return Match(**(facts | changed))  # type: ignore[arg-type]  # a test's own facts


MATCHES = [
    match(1, "Chair yoga with Odalys", reasons=[TopicReason(topic="chair_yoga", weight=1.0), FreeReason()]),
    match(2, "Garden morning", reasons=[NearReason(km=1.2), NewGroupReason(weeks=1)], bring="Sturdy shoes",
          meeting_point="At the green gate"),
    match(3, "Letting go together", topics=["grief"], reasons=[TopicReason(topic="grief", weight=1.0), SmallGroupReason(people=8)],
          place_name="", cost_cents=None, getting_there=""),
    match(4, "Ukulele <for> everyone & friends", reasons=[CameBeforeReason(visits=2)], cost_cents=550),
]  # fmt: skip


def letter(language: str, count: int = 4, matches: list[Match] = MATCHES, *, every_weeks: int = 1, name: str = "Marisol") -> Content:
    reader = Reader(
        resident_id=PERSON,
        matcher_id=PERSON,
        name=None,
        language=language,
        zone="America/New_York",
        link_epoch=0,
        every_weeks=every_weeks,
        confirmed_at=datetime(2026, 11, 2, 12, tzinfo=UTC),
        any_time=False,
        partner_name="Riverton Library",
        partner_address="300 Juniper Avenue, Riverton, NY 10001",
    )
    answers = {one.id: f"https://doorstep.example.org/r/match-{one.rank}" for one in matches}
    whys = {one.id: f"https://doorstep.example.org/me/match-{one.rank}/why/{one.id}" for one in matches}
    foot = [f"https://doorstep.example.org/{path}" for path in ("u/stop", "me/ask", "change/small")]
    links = LetterLinks(answers, whys, *foot)
    return compose(reader, matches[:count], links=links, act=act_for(PERSON, date(2026, 11, 23), language), name=name)


def files() -> dict[str, str]:
    texts: dict[str, str] = {}
    for language in ("en", "es", "ar"):
        content = letter(language)
        texts |= {f"{language}.txt": f"Subject: {content.subject}\n\n{content.text}", f"{language}.html": content.html}
    return texts


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, text in files().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
