"""A sample week in sentences, and where to click."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import msgspec

from service.crypto import Vault
from service.db import Database
from service.demo import neighborhood
from service.demo.model import DemoSummary
from service.organizations import sessions
from service.settings import ServiceSettings

WHY_EMPTY = {
    "nothing_on": "nothing was on in their region that week",
    "seats": "the seats of what suited them went to others",
    "answered": "they had answered everything that suited them",
    "sensitive": "what was left is only for people who asked for that kind of group",
    "time": "nothing was on at hours when they are free",
    "reach": "nothing was near enough",
    "age": "nothing was for their age",
    "needs": "nothing offered the access that they need",
    "cost": "nothing was within what they can pay",
    "language": "nothing was in a language that they speak",
    "full": "everything that suited them was full",
}


class DemoLinks(msgspec.Struct, frozen=True, kw_only=True):
    """Pages to look at; center and partner sign a member of the staff in."""

    mailbox: str
    form: str
    center: str
    partner: str


async def links(database: Database, settings: ServiceSettings, address: str, *, imported: bool, now: datetime) -> DemoLinks:
    """Invites an owner of one center and of one partner; their letters are in the mailbox, too."""
    sample = neighborhood.sample()
    partner = sample.partners[0]
    center = neighborhood.IMPORTED if imported else sample.centers[0].slug
    vault = Vault(settings.keys)

    async def invited(slug: str) -> str:
        async with database.transaction() as conn:
            return await sessions.invite(
                conn,
                vault=vault,
                email=f"owner@{slug}.example.org",
                organization=slug,
                role="owner",
                base_url=address,
                language="en",
                now=now,
            )

    return DemoLinks(
        mailbox=f"{address}/mailbox",
        form=f"{address}/f/{partner.slug}",
        center=await invited(center),
        partner=await invited(partner.slug),
    )


def lines(done: DemoSummary, pages: DemoLinks | None) -> Iterator[str]:
    """For a person at a terminal. pages: None where they close with the week; then the letters are told as a folder."""
    yield ""
    yield f"{done.residents} residents signed up and confirmed. {done.activities} activities offer {done.sessions} dates."
    yield f"{done.digests_sent} residents got a letter, with {done.matches} matches in all."
    yield f"A second look at every match found {done.violations or 'no'} broken limits."
    if done.residents_without_match:
        yield f"{done.residents_without_match} residents got no letter this week:"
        for limit, people in sorted(done.filters.items(), key=lambda item: -item[1]):
            yield f"  {people}: {WHY_EMPTY.get(limit, limit)}"
    yield from _imported(done)
    yield from _days(done)
    yield f"It took {done.seconds:.0f} seconds."
    yield ""
    if pages is None:
        yield f"The letters are in {done.mailbox}."
        return
    yield f"The letters:           {pages.mailbox}"
    yield f"A sign-up form:        {pages.form}"
    yield f"As a center's owner:   {pages.center}"
    yield f"As a partner's owner:  {pages.partner}"


def _days(done: DemoSummary) -> Iterator[str]:
    if not done.returns:
        return
    answered_yes, came = (sum(getattr(day, name) for day in done.days) for name in ("yes", "came"))
    yield f"In the {len(done.days)} days after it people said yes {answered_yes} times, and went {came} times."
    yield f"Of {done.returns.matched} people with a match in the first week, {done.returns.came_back} came twice to the same activity."


def _imported(done: DemoSummary) -> Iterator[str]:
    if not done.imported:
        return
    facts = ", ".join(f"{rows} {fate}" for fate, rows in done.imported.items() if rows and ":" not in fate)
    yield f"Events of your files: {facts}."
    refused = {fate.partition(": ")[2]: rows for fate, rows in done.imported.items() if ":" in fate and rows}
    if refused:
        yield "Refused: " + ", ".join(f"{rows} with {reason.replace('_', ' ')}" for reason, rows in refused.items()) + "."
    yield from (f"Not read: {line}" for line in done.not_read)
    yield from (f"Read, with a fault: {line}" for line in done.noticed)
