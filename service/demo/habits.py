"""What invented residents do with their letters: some say yes, some go, some tell how it was. Chance is seeded by person."""

from __future__ import annotations

import email
import email.policy
import re
import zlib
from collections import Counter
from collections.abc import Sequence
from email.message import EmailMessage
from pathlib import Path
from uuid import UUID

import httpcore
import numpy as np

from service.demo import client
from service.tokens import Purpose, Tokens

CHANCE_YES = 0.35  # of the first invitation of a letter; of each one below it, half as much
CHANCE_TO_COME = 0.75  # where they have a seat
CHANCE_TO_TAKE = 0.7  # a seat that was offered to who waited
CHANCE_TO_ANSWER = 0.6  # how it was
RATINGS = ("good", "good", "fine", "not_for_me")


class Mail:
    """The mailbox of the demo, read letter by letter: what came since the last look."""

    def __init__(self, mailbox: Path) -> None:
        self._mailbox = mailbox
        self._seen: set[Path] = set()

    def new(self) -> list[EmailMessage]:
        paths = [path for path in sorted(self._mailbox.rglob("new/*")) if path not in self._seen]
        self._seen.update(paths)
        return [email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in paths]


class InventedResidents:
    """went: pairs of resident and date, of everybody who was there. pressed: how often which button."""

    def __init__(self, http: httpcore.AsyncConnectionPool, tokens: Tokens, *, seed: int) -> None:
        self._http, self._tokens, self._seed = http, tokens, seed
        self.went: set[tuple[UUID, UUID]] = set()
        self.pressed = Counter[str]()

    def comes(self, resident_id: UUID, session_id: UUID) -> bool:
        """Whether somebody with a seat goes; the same each time it is asked."""
        if self._dice(resident_id.int, session_id.int).random() < CHANCE_TO_COME:
            self.went.add((resident_id, session_id))
        return (resident_id, session_id) in self.went

    def _dice(self, *about: int) -> np.random.Generator:
        return np.random.default_rng([self._seed, *about])

    async def read(self, letter: EmailMessage) -> None:
        dice = self._dice(zlib.crc32(str(letter["Message-ID"]).encode()))
        body = letter.get_body(("plain",))
        text = str(body.get_content()) if body else ""
        if feedback := _links(text, "feedback"):
            await self._tell_how_it_was(feedback, dice)
        elif invitations := _links(text, "r"):
            await self._choose(invitations, dice)
        elif "A seat is free" in str(letter["Subject"]):
            await self._press(_links(text, "o")[0], "yes" if dice.random() < CHANCE_TO_TAKE else "pass")

    async def _choose(self, invitations: Sequence[str], dice: np.random.Generator) -> None:
        """At most one yes a letter."""
        for number, link in enumerate(invitations):
            if dice.random() < CHANCE_YES / (number + 1):
                await self._press(link, "yes")
                return

    async def _tell_how_it_was(self, links: Sequence[str], dice: np.random.Generator) -> None:
        if dice.random() > CHANCE_TO_ANSWER:
            return
        for link in links:
            token = self._tokens.read_late(link.rpartition("/")[2], purposes=(Purpose.FEEDBACK,))
            went = (token.resident_id, token.subject_id) in self.went
            if await client.post(self._http, link, [("came", "yes" if went else "could_not")]) == 303:
                self.pressed["feedback"] += 1
                if went:
                    await client.post(self._http, link, [("rating", str(dice.choice(RATINGS)))])

    async def _press(self, link: str, answer: str) -> None:
        """409: the page says that there is no seat any more; 410: that it was read too late."""
        if await client.post(self._http, link, [("answer", answer)]) == 303:
            self.pressed[answer] += 1


def _links(text: str, page: str) -> list[str]:
    return list(dict.fromkeys(re.findall(rf"https?://[^\s/]+/{page}/[A-Za-z0-9_-]+", text)))
