"""One neighbor with habits: what they do with a letter, whether they go, and when they stop, move or return. Chance is seeded by person."""

from __future__ import annotations

import random
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from html.parser import HTMLParser
from uuid import UUID
from zoneinfo import ZoneInfo

import httpx

from service.tokens import Purpose, Tokens
from tests.service.mail.neighbors import SECRET
from tests.year.letters import Delivered
from tests.year.towns import YearTown

Act = Callable[[], Awaitable[None]]
ACTIVE_HOURS = (9, 20)  # in which people look at their letters, by their own clock
TOKENS = Tokens([SECRET])
BUTTON = re.compile(r'name="answer" value="(\w+)"')


@dataclass
class Neighbor:
    """chance_yes: of the first invitation of a letter; the second has half of it. chance_to_come: of going where they said yes.

    went: ids of dates at which they were. spoke_of: of these, the ones of which they said so.
    """

    number: int
    town: YearTown
    dice: random.Random
    chance_yes: float
    chance_to_come: float
    stop_path: str = ""
    own_path: str = ""
    is_stopped: bool = False
    acted_at: list[datetime] = field(default_factory=list)
    went: set[UUID] = field(default_factory=set)
    spoke_of: set[UUID] = field(default_factory=set)

    @property
    def address(self) -> str:
        return f"neighbor{self.number}@residents.example.org"

    def reading_time(self, arrived_at: datetime) -> datetime:
        """Some hours later, when they are up."""
        at = arrived_at + timedelta(hours=self.dice.expovariate(1 / 4), seconds=self.dice.randrange(1, 3600))
        local = at.astimezone(ZoneInfo(self.town.zone))
        if ACTIVE_HOURS[0] <= local.hour < ACTIVE_HOURS[1]:
            return at
        return at + timedelta(hours=(ACTIVE_HOURS[0] - local.hour) % 24)

    def comes(self) -> bool:
        return self.dice.random() < self.chance_to_come


def invented(number: int, town: YearTown, seed: int) -> Neighbor:
    """A third are eager, a third hesitate, a third hardly ever answer."""
    dice = random.Random(f"{seed} {number}")
    chance_yes, chance_to_come = ((0.6, 0.9), (0.3, 0.7), (0.08, 0.5))[number % 3]
    return Neighbor(number, town, dice, chance_yes, chance_to_come)


async def read(neighbor: Neighbor, letter: Delivered, client: httpx.AsyncClient) -> str:
    """Do with a letter what this neighbor does with it: nothing, or one press. The button that was pressed; "" for none."""
    if letter.paths("confirm"):
        return await _confirm(neighbor, letter, client)
    if letter.is_weekly:
        neighbor.stop_path, neighbor.own_path = letter.paths("u")[0], letter.paths("me")[0]
        return await _choose(neighbor, letter, client)
    if letter.paths("feedback"):
        return await _say_how_it_was(neighbor, letter, client)
    if letter.paths("o"):
        return await _answer_about_a_seat(neighbor, letter.paths("o")[0], client)
    return ""


async def _confirm(neighbor: Neighbor, letter: Delivered, client: httpx.AsyncClient) -> str:
    if neighbor.dice.random() < 0.03:
        return ""  # some never do
    answer = await client.post(letter.paths("confirm")[0])
    assert answer.status_code == 200, answer.text
    return "confirm"


async def _choose(neighbor: Neighbor, letter: Delivered, client: httpx.AsyncClient) -> str:
    """At most one yes a letter; now and then "not for me"."""
    for number, path in enumerate(letter.paths("r")[:3]):
        drawn = neighbor.dice.random()
        if drawn < neighbor.chance_yes / (number + 1):
            return await press(client, path, "yes")
        if drawn > 0.97:
            return await press(client, path, "no")
    return ""


async def _answer_about_a_seat(neighbor: Neighbor, path: str, client: httpx.AsyncClient) -> str:
    buttons = await _buttons(client, path)
    if "pass" in buttons:  # a seat was offered
        drawn = neighbor.dice.random()
        return await press(client, path, "yes" if drawn < 0.6 else "pass") if drawn < 0.8 else ""
    if "undo" in buttons and neighbor.dice.random() < 0.05:
        return await press(client, path, "undo")
    return ""


async def _say_how_it_was(neighbor: Neighbor, letter: Delivered, client: httpx.AsyncClient) -> str:
    """Two of three answer, and say what was so."""
    if neighbor.dice.random() < 0.33:
        return ""
    for path in letter.paths("feedback"):
        session_id = TOKENS.read_late(path.rpartition("/")[2], purposes=(Purpose.FEEDBACK,)).subject_id
        went = session_id in neighbor.went
        answer = await client.post(path, data={"came": "yes" if went else "could_not"})
        if answer.status_code == 410:
            return ""  # it was called off
        assert answer.status_code == 303, answer.text
        if went:
            neighbor.spoke_of.add(session_id)
            await client.post(path, data={"rating": neighbor.dice.choice(["good", "fine"])})
    return "feedback"


async def press(client: httpx.AsyncClient, path: str, button: str) -> str:
    """Open the page and press a button that it shows; "" where it does not show it any more, or says that there is no seat."""
    if button not in await _buttons(client, path):
        return ""
    answer = await client.post(path, data={"answer": button})
    assert answer.status_code in (303, 409), answer.text
    return button


async def _buttons(client: httpx.AsyncClient, path: str) -> list[str]:
    page = await client.get(path)
    assert page.status_code in (200, 410), page.text  # 410: it is read after the date
    return BUTTON.findall(page.text)


async def stop_or_return(neighbor: Neighbor, client: httpx.AsyncClient) -> str:
    """Once a week: few stop, some take a break, and of those who stopped a few come back."""
    if not neighbor.stop_path:
        return ""
    drawn = neighbor.dice.random()
    wish = ("undo" if drawn < 0.1 else "") if neighbor.is_stopped else ("stop" if drawn < 0.004 else "snooze" if drawn < 0.012 else "")
    if wish:
        answer = await client.post(neighbor.stop_path, data={"do": wish})
        assert answer.status_code == 200, answer.text
        neighbor.is_stopped = {"stop": True, "undo": False}.get(wish, neighbor.is_stopped)
    return wish


class _Fields(HTMLParser):
    """The fields of a page's form as a browser would send them back."""

    def __init__(self) -> None:
        super().__init__()
        self.values: list[tuple[str, str]] = []
        self._select, self._area = "", ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        name = given.get("name", "")
        if tag == "input" and name and (given.get("type") not in ("checkbox", "radio", "submit") or "checked" in given):
            self.values.append((name, given.get("value", "on")))
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select and "selected" in given:
            self.values.append((self._select, given.get("value", "")))
        elif tag == "textarea":
            self._area = name
            self.values.append((name, ""))

    def handle_endtag(self, tag: str) -> None:
        self._select = "" if tag == "select" else self._select
        self._area = "" if tag == "textarea" else self._area

    def handle_data(self, data: str) -> None:
        if self._area:
            self.values[-1] = (self._area, self.values[-1][1] + data)


async def move(client: httpx.AsyncClient, path: str, zip_code: str) -> None:
    """Change the postal code on one's own page and leave the rest as it is."""
    page = await client.get(path)
    assert page.status_code == 200, page.text
    form = _Fields()
    form.feed(page.text)
    fields: dict[str, list[str]] = {}
    for name, value in form.values:
        fields.setdefault(name, []).append(value)
    answer = await client.post(path, data=fields | {"zip": [zip_code]})
    assert answer.status_code == 200, answer.text
