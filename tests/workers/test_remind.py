"""The worker's look at who waits for something: a sign-up that nobody confirmed is among it."""

from __future__ import annotations

from datetime import UTC

import asyncpg

from service.db import Database
from service.places.places import Places
from service.residents import actions
from service.residents.model import Consented, SignUp, SignUpSource
from tests.service.mail.neighbors import make_town
from tests.workers.conftest import Hand, at
from workers.context import Context
from workers.remind import remind


async def test_who_signed_up_yesterday_and_did_not_confirm_is_reminded(
    context: Context, hand: Hand, db: Database, admin: asyncpg.Connection
) -> None:
    town = await make_town(admin, now=at(0, 9).astimezone(UTC))
    sign_up_context = actions.SignUpContext(context.vault, context.tokens, Places(), context.settings.base_url)
    async with db.transaction() as conn:
        await actions.sign_up(
            conn,
            sign_up_context,
            submission=SignUp(email="odalys@residents.example.org", zip="10001", consent=["digest"]),
            source=SignUpSource(form_id=town.form_id, organization_id=town.partner_id, partner="Riverton Library", source="form"),
            consents=[Consented(purpose="digest", version=1, language="en", wording="Yes, write to me.")],
            now=at(0, 9).astimezone(UTC),
        )
    for day, letters in ((0, 0), (1, 1), (2, 0)):
        hand.now = at(day, 12)
        assert await remind(context) == letters
