"""Weeks as they pass: the worker's polls every hour, and neighbors who sign up, read their letters, stop, move and return."""

from __future__ import annotations

import heapq
import itertools
import random
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import partial

import httpx
import numpy as np

from service.demo.people import person
from service.web.form_token import QUICKEST
from tests.service.mail.peer import Peer
from tests.service.visitor import Hands
from tests.year import neighbor as habits
from tests.year.diary import Diary
from tests.year.letters import Delivered
from tests.year.neighbor import Neighbor
from tests.year.towns import YearTown
from workers.context import Context
from workers.main import LANES, LOOKS

HOUR = timedelta(hours=1)
QUIET_HOURS = range(5, 10)  # UTC: all three towns sleep, nothing is due
Act = Callable[[], Awaitable[None]]


class Life:
    """Everything that happens from the first instant of `hands` on; `diary` holds what was seen of it."""

    def __init__(
        self,
        *,
        hands: Hands,
        context: Context,
        client: httpx.AsyncClient,
        peer: Peer,
        towns: list[YearTown],
        seed: int,
    ) -> None:
        self.hands, self.context, self.client, self.peer, self.towns = hands, context, client, peer, towns
        self.diary = Diary()
        self.dice = random.Random(seed)
        self.seed = seed
        self.neighbors: dict[str, Neighbor] = {}
        self._due: list[tuple[datetime, int, Act]] = []
        self._order = itertools.count()
        self._read = 0

    async def live(self, until: datetime) -> None:
        """Hour by hour: what people do in it, in order, then whatever the worker finds to do at its end."""
        while self.hands.now < until:
            end = self.hands.now.replace(minute=0, second=0, microsecond=0) + HOUR
            while self._due and self._due[0][0] < end:
                at, _, act = heapq.heappop(self._due)
                self.hands.now = max(self.hands.now, at)
                await act()
            self.hands.now = end
            if end.hour not in QUIET_HOURS:
                await self.poll()

    async def poll(self) -> None:
        """The worker's own polls in the worker's own order; a fault that it would log ends the year."""
        for lane in LANES:
            for name in lane:
                await LOOKS[name](self.context)
        for address, content in self.peer.taken[self._read :]:
            self._arrive(Delivered(address, self.hands.now, content))
        self._read = len(self.peer.taken)

    def at(self, when: datetime, act: Act) -> None:
        heapq.heappush(self._due, (when, next(self._order), act))

    # Neighbors

    def _arrive(self, letter: Delivered) -> None:
        self.diary.letters.append(letter)
        neighbor = self.neighbors.get(letter.address)
        if neighbor is None:
            return

        async def read() -> None:
            self._note(neighbor, await habits.read(neighbor, letter, self.client))

        async def move() -> None:
            code = neighbor.dice.choice([town.zip for town in self.towns])
            await habits.move(self.client, letter.paths("me")[0], code)
            self._note(neighbor, "move")

        asked_to_move = bool(letter.paths("me")) and not letter.is_weekly and not letter.paths("o")
        self.at(
            neighbor.reading_time(letter.at) if not asked_to_move else letter.at + timedelta(minutes=2), move if asked_to_move else read
        )

    def _note(self, neighbor: Neighbor, press: str) -> None:
        if press:
            self.diary.presses[press] += 1
            neighbor.acted_at.append(self.hands.now)

    async def sign_up(self, number: int) -> None:
        """At a partner's form, as a browser posts it."""
        town = self.towns[number % len(self.towns)]
        neighbor = habits.invented(number, town, self.seed)
        self.neighbors[neighbor.address] = neighbor
        page = await self.client.get(f"/f/{town.form}")
        token = page.text.partition('name="form_token" value="')[2].partition('"')[0]
        self.hands.now += QUICKEST + timedelta(seconds=1)
        typed: dict[str, list[str]] = {"form_token": [token]}
        for name, value in person(np.random.default_rng([self.seed, number]), number, zips=[town.zip]):
            typed.setdefault(name, []).append(value)
        answer = await self.client.post(f"/f/{town.form}", data=typed)
        assert answer.status_code == 303, answer.text
        self._note(neighbor, "sign_up")

    def sign_up_within(self, people: int, time: timedelta) -> None:
        """Neighbors come one after the other, in the daytime."""
        for number in range(people):
            at = self.hands.now + time * self.dice.random()
            self.at(at.replace(hour=15 + number % 8), partial(self.sign_up, number))

    def habits_of_a_week(self) -> None:
        """Stopping, breaks, returning and moving, each at some hour of the week to come."""
        for neighbor in self.neighbors.values():
            self.at(
                neighbor.reading_time(self.hands.now + timedelta(days=6) * neighbor.dice.random()),
                partial(self._stop, neighbor),
            )
            if neighbor.own_path and neighbor.dice.random() < 0.01:
                self.at(self.hands.now + timedelta(hours=17), partial(self._ask_to_move, neighbor))

    async def _stop(self, neighbor: Neighbor) -> None:
        self._note(neighbor, await habits.stop_or_return(neighbor, self.client))

    async def _ask_to_move(self, neighbor: Neighbor) -> None:
        await self.client.post(f"{neighbor.own_path}/send")
        self._note(neighbor, "ask_to_move")
