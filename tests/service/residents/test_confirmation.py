"""Whoever has not confirmed yet: the code of their letter, the letter once more, and one reminder."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg
import msgspec
import pytest

from service.db import Database
from service.errors import Invalid
from service.mail.actions import open_content
from service.mail.model import Content
from service.residents import confirmation
from service.residents.model import SignUpSource
from service.tokens import Tokens
from tests.service.residents.test_sign_up import CONTEXT, KEYS, NOW, confirm, links_of, sign_up, source

ADDRESS = "Ines@residents.example.org"
DAY = timedelta(days=1)
__all__ = ["source"]


async def letters(admin: asyncpg.Connection) -> list[Content]:
    """Those about the sign-up, in English, oldest first."""
    rows = await admin.fetch("SELECT id, content FROM letter ORDER BY queued_at, id")
    return [open_content(CONTEXT.vault, row["content"], letter_id=row["id"], language="en") for row in rows]


def code_in(letter: Content) -> str:
    [code] = re.findall(r"^(\d{3} \d{3})$", letter.text, re.MULTILINE)
    assert code in letter.html
    return str(code)


async def type_code(db: Database, code: str, *, address: str = ADDRESS, now: datetime = NOW) -> None:
    async with db.transaction() as conn:
        await confirmation.confirm_by_code(conn, CONTEXT, email=address, typed=code, now=now)


async def again(db: Database, now: datetime) -> None:
    async with db.transaction() as conn:
        await confirmation.send_again(conn, CONTEXT, email=ADDRESS, now=now)


async def remind(worker_db: Database, now: datetime) -> int:
    return await confirmation.remind(worker_db, CONTEXT.letter_context, now=now, batch=1)


async def status(admin: asyncpg.Connection) -> str:
    text: str = await admin.fetchval("SELECT status FROM resident")
    return text


@pytest.mark.parametrize("typed", ["{}", " {} ", "{0[0]}{0[1]}{0[2]}-{0[4]}{0[5]}{0[6]}"])
async def test_a_code_confirms_the_one_sign_up_that_its_letter_was_for(
    db: Database, admin: asyncpg.Connection, source: SignUpSource, typed: str
) -> None:
    await sign_up(db, source, cost_cents=500)
    await sign_up(db, source, now=NOW + timedelta(minutes=1), cost_cents=0)
    mine, others = [code_in(letter) for letter in await letters(admin)]
    wrong = next(code for code in ("111111", "222222", "333333") if code not in (mine.replace(" ", ""), others.replace(" ", "")))
    for code in (wrong, "", mine[:5], f"1{mine}"):
        with pytest.raises(Invalid):
            await type_code(db, code)
    assert await status(admin) == "unconfirmed"
    await type_code(db, typed.format(mine))
    assert await status(admin) == "active"
    assert await admin.fetchval("SELECT cost_cents FROM profile") == 500


async def test_digits_of_another_script_are_the_same_code(db: Database, admin: asyncpg.Connection, source: SignUpSource) -> None:
    await sign_up(db, source)
    [code] = [code_in(letter) for letter in await letters(admin)]
    await type_code(db, "".join(chr(0x0660 + int(sign)) if sign.isdigit() else sign for sign in code))
    assert await status(admin) == "active"


async def test_a_code_is_no_code_of_another_address_and_none_once_it_confirmed(
    db: Database, admin: asyncpg.Connection, source: SignUpSource
) -> None:
    """Who has confirmed, by whichever way, reads the same as who mistyped: nobody learns that an address is known."""
    await sign_up(db, source)
    [letter] = await letters(admin)
    with pytest.raises(Invalid) as unknown:
        await type_code(db, code_in(letter), address="nobody@residents.example.org")
    [link] = await links_of(admin)
    await confirm(db, link)
    with pytest.raises(Invalid) as late:
        await type_code(db, code_in(letter))
    assert unknown.value.fields == late.value.fields == {"code": "code"}


def test_a_code_of_before_a_change_of_keys_still_counts() -> None:
    old, new = Tokens([b"an older secret of the tests, long enough"]), Tokens([*KEYS, b"an older secret of the tests, long enough"])
    subject = UUID(int=5)
    assert new.is_code(old.code(subject), subject)
    assert not old.is_code(new.code(subject), subject)


@pytest.mark.parametrize(("origin", "has_code"), [("form", True), ("embedded", True), ("api", False), ("paper", False)])
async def test_only_who_sits_before_a_page_of_ours_is_given_a_code(
    db: Database, admin: asyncpg.Connection, source: SignUpSource, origin: str, has_code: bool
) -> None:
    await sign_up(db, msgspec.structs.replace(source, source=origin))
    [letter] = await letters(admin)
    assert bool(re.search(r"\d{3} \d{3}", letter.text)) == has_code


async def test_the_letter_comes_again_after_five_minutes_and_three_times_in_all(
    db: Database, admin: asyncpg.Connection, source: SignUpSource
) -> None:
    await sign_up(db, source)
    for minutes, count in ((1, 1), (4, 1), (5, 2), (6, 2), (11, 3), (30, 3), (24 * 60 + 30, 3)):
        await again(db, NOW + timedelta(minutes=minutes))
        assert len(await letters(admin)) == count, minutes
    assert len({code_in(letter) for letter in await letters(admin)}) == 1


async def test_nothing_comes_again_to_who_confirmed_or_never_signed_up(
    db: Database, admin: asyncpg.Connection, source: SignUpSource
) -> None:
    await again(db, NOW)
    await sign_up(db, source)
    [link] = await links_of(admin)
    await confirm(db, link)
    await again(db, NOW + DAY)
    assert len(await letters(admin)) == 1


async def test_an_address_is_reminded_once_after_a_day_however_often_it_was_typed(
    db: Database, worker_db: Database, admin: asyncpg.Connection, source: SignUpSource
) -> None:
    await sign_up(db, source, cost_cents=500)
    await sign_up(db, source, now=NOW + timedelta(minutes=1))
    await sign_up(db, source, email="edmund@residents.example.org")
    assert await remind(worker_db, NOW + DAY - timedelta(minutes=1)) == 0
    assert await remind(worker_db, NOW + DAY + timedelta(minutes=1)) == 2
    assert [await remind(worker_db, NOW + later * DAY) for later in (2, 4)] == [0, 0]
    reminder = (await letters(admin))[-1]
    assert "Invented Clinic" in reminder.subject
    assert "/confirm/" in reminder.text


async def test_nobody_is_reminded_who_confirmed_whose_links_end_or_whose_mail_bounced(
    db: Database, worker_db: Database, admin: asyncpg.Connection, source: SignUpSource
) -> None:
    await sign_up(db, source)
    assert await remind(worker_db, NOW + 6 * DAY) == 0
    await admin.execute("INSERT INTO suppression VALUES ($1, 'bounced', $2)", CONTEXT.vault.index(ADDRESS), NOW)
    assert await remind(worker_db, NOW + DAY) == 0
    await admin.execute("DELETE FROM suppression")
    [link] = await links_of(admin)
    await confirm(db, link)
    assert await remind(worker_db, NOW + DAY) == 0


async def test_a_reminder_waits_for_the_morning_and_ends_with_the_links(
    db: Database, worker_db: Database, admin: asyncpg.Connection, source: SignUpSource
) -> None:
    """Its link works as long as the first one, and it does not put off the day on which the address is forgotten."""
    night = datetime.fromisoformat("2026-11-24T03:00:00-05:00")
    await sign_up(db, source, now=night - DAY)
    assert await remind(worker_db, night) == 1
    due, ends = await admin.fetchrow("SELECT not_before, give_up_at FROM letter ORDER BY queued_at DESC LIMIT 1") or (None, None)
    assert (due, ends) == (datetime.fromisoformat("2026-11-24T10:00:00-05:00"), night + 6 * DAY)
    assert await admin.fetchval("SELECT letter_at FROM resident") == night - DAY
