"""A center writes to everybody who comes to a date: who gets the letter, when, how often, and what nobody sees."""

from __future__ import annotations

import asyncio
import re
from datetime import datetime, timedelta
from html import unescape
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest

from service.crypto import hash_secret
from service.db import Database
from service.errors import Missing
from service.mail.actions import open_content
from service.mail.model import Content
from service.registrations import center_messages
from service.registrations.center_messages import MANY_PEOPLE, MOST_MESSAGES, MOST_PEOPLE, PLACE, SOME_MESSAGES, NewMessage
from service.web.form_token import QUICKEST, FormTokens
from tests.service.centers.arrivals import Neighborhood
from tests.service.centers.conftest import enter, token_on
from tests.service.centers.test_host_links import link_of
from tests.service.mail.neighbors import SECRET, VAULT, Date, Town, make_session, make_staff
from tests.service.visitor import Browser, Hands

BASE = "/center/riverton-center"
WORDS = "The boiler is broken. Please bring a warm coat."
KEY = re.compile(r'name="key" value="([0-9a-f-]{36})"')


def page_of(date: Date, base: str = BASE) -> str:
    return f"{base}/dates/{date.id}/message"


async def send(visitor: Browser, date: Date, words: str = WORDS, **fields: str) -> httpx.Response:
    token = await token_on(visitor, f"{BASE}/activities/new")
    sent = {"form_token": token, "key": str(uuid4()), "words": words} | fields
    return await visitor.post(page_of(date), data=sent, follow_redirects=False)


async def letters(admin: asyncpg.Connection, language: str = "en") -> dict[UUID, Content]:
    """By their reader, each of whom has one."""
    rows = await admin.fetch("SELECT id, resident_id, content FROM letter WHERE kind = 'notice'")
    assert len({row["resident_id"] for row in rows}) == len(rows)
    return {row["resident_id"]: open_content(VAULT, row["content"], letter_id=row["id"], language=language) for row in rows}


async def crowd(admin: asyncpg.Connection, town: Town, date: Date, people: int, now: datetime) -> None:
    """So many with a seat, without profiles: rows that only have to be counted."""
    await admin.execute("UPDATE seats SET capacity = NULL WHERE session_id = $1", date.id)
    await admin.execute(
        "WITH made AS (INSERT INTO resident (id, status, email, email_index, language, zone, form_id, created_at, confirmed_at)"
        "  SELECT uuidv7(), 'active', '', uuid_send(gen_random_uuid()), 'en', 'America/New_York', $1, $2, $2 FROM generate_series(1, $3)"
        "  RETURNING id)"
        " INSERT INTO registration (session_id, resident_id, organization_id, state, party, created_at, changed_at)"
        " SELECT $4, id, $5, 'confirmed', 1, $2, $2 FROM made",
        *(town.form_id, now, people, date.id, town.center_id),
    )


@pytest.fixture
async def date(admin: asyncpg.Connection, town: Town, now: datetime) -> Date:
    """In four days, with two seats."""
    return await make_session(admin, town, now=now, capacity=2)


async def test_everybody_with_a_seat_gets_the_words_once_and_who_waits_does_not(
    staff: Browser, neighborhood: Neighborhood, admin: asyncpg.Connection, date: Date
) -> None:
    seated = [await neighborhood.neighbor(f"n{n}@example.org") for n in range(2)]
    waiting = await neighborhood.neighbor("waits@example.org")
    for resident_id in (*seated, waiting):
        await neighborhood.says_yes(resident_id, date)
    page = unescape((await staff.get(page_of(date))).text)
    assert "2 people have a seat and are written to." in page
    assert "Also to 1 person who waits for a seat" in page
    answer = await send(staff, date)
    assert answer.headers["location"] == f"{BASE}/dates/{date.id}/roster?done=written&told=2"
    written = await letters(admin)
    assert written.keys() == set(seated)
    for content in written.values():
        assert content.subject == "Garden morning: a message from Riverton Community Center"
        assert f"\n> {WORDS}\n" in content.text


async def test_who_waits_is_written_to_where_the_center_wants_it(
    staff: Browser, neighborhood: Neighborhood, admin: asyncpg.Connection, date: Date
) -> None:
    residents = [await neighborhood.neighbor(f"n{n}@example.org") for n in range(3)]
    for resident_id in residents:
        await neighborhood.says_yes(resident_id, date)
    assert (await send(staff, date, with_waiting="yes")).headers["location"].endswith("told=3")
    written = await letters(admin)
    assert written.keys() == set(residents)
    assert "and to those who wait for one, Riverton Community Center wrote this:" in written[residents[0]].text


@pytest.mark.parametrize("gone", ["UPDATE registration SET state = 'cancelled'", "DELETE FROM resident"])
async def test_who_gave_the_seat_back_or_was_erased_is_not_written_to(
    staff: Browser, neighborhood: Neighborhood, admin: asyncpg.Connection, date: Date, gone: str
) -> None:
    await neighborhood.guest(date, "n1@example.org")
    await admin.execute(gone)
    answer = await send(staff, date)
    assert answer.status_code == 409
    assert "Nobody has a seat, so there is nobody to write to." in answer.text
    assert await letters(admin) == {}


async def test_who_blocked_the_center_gets_nothing_and_the_center_does_not_learn_of_it(
    staff: Browser, neighborhood: Neighborhood, admin: asyncpg.Connection, town: Town, date: Date, now: datetime
) -> None:
    stays, blocks = [await neighborhood.neighbor(f"n{n}@example.org") for n in range(2)]
    for resident_id in (stays, blocks):
        await neighborhood.says_yes(resident_id, date)
    await admin.execute(
        "INSERT INTO block (matcher_id, organization_id, at) SELECT matcher_id, $1, $2 FROM pseudonym WHERE resident_id = $3",
        *(town.center_id, now, blocks),
    )
    assert "2 people have a seat" in (await staff.get(page_of(date))).text
    assert (await send(staff, date)).headers["location"].endswith("told=2")
    assert (await letters(admin)).keys() == {stays}
    assert await admin.fetchval("SELECT people FROM center_message") == 2


async def test_a_double_press_is_one_message(staff: Browser, neighborhood: Neighborhood, admin: asyncpg.Connection, date: Date) -> None:
    await neighborhood.guest(date, "n1@example.org")
    form = (await staff.get(page_of(date))).text
    fields = {"form_token": await token_on(staff, page_of(date)), "key": KEY.findall(form)[0], "words": WORDS}
    answers = await asyncio.gather(*(staff.post(page_of(date), data=fields, follow_redirects=False) for _ in range(4)))
    assert {answer.status_code for answer in answers} == {303}
    assert await admin.fetchval("SELECT count(*) FROM center_message") == 1
    assert len(await letters(admin)) == 1
    other = await staff.post(page_of(date), data=fields | {"words": "Something else, and longer."})
    assert other.status_code == 409
    assert "This form was sent before, with other words." in other.text
    assert KEY.findall((await staff.get(page_of(date))).text) != KEY.findall(form)


async def test_a_look_at_the_page_changes_nothing(
    staff: Browser, neighborhood: Neighborhood, admin: asyncpg.Connection, date: Date
) -> None:
    await neighborhood.guest(date, "n1@example.org")
    for _ in range(2):
        assert (await staff.get(page_of(date))).status_code == 200
    assert await admin.fetchval("SELECT count(*) FROM center_message") == 0
    assert await letters(admin) == {}


async def test_many_people_are_looked_at_twice(staff: Browser, admin: asyncpg.Connection, town: Town, date: Date, now: datetime) -> None:
    await crowd(admin, town, date, MANY_PEOPLE, now)
    assert (await send(staff, date)).status_code == 303
    await admin.execute("DELETE FROM center_message")
    await crowd(admin, town, date, 1, now)
    key = str(uuid4())
    look = await send(staff, date, key=key)
    assert look.status_code == 200
    text = unescape(look.text)
    assert f"You write to {MANY_PEOPLE + 1} people." in text
    assert WORDS in text
    assert KEY.findall(text) == [key]
    assert await admin.fetchval("SELECT count(*) FROM center_message") == 0
    assert (await send(staff, date, key=key, sure="1")).status_code == 200, "another number was looked at"
    assert (await send(staff, date, key=key, sure=str(MANY_PEOPLE + 1))).status_code == 303
    assert await admin.fetchval("SELECT people FROM center_message") == MANY_PEOPLE + 1


async def test_more_people_than_the_limit_are_not_written_to_however_sure_somebody_is(
    staff: Browser, admin: asyncpg.Connection, town: Town, date: Date, now: datetime
) -> None:
    await crowd(admin, town, date, MOST_PEOPLE + 1, now)
    answer = await send(staff, date, sure=str(MOST_PEOPLE + 1))
    assert answer.status_code == 409
    assert f"A message goes to {MOST_PEOPLE} people at most. Nothing was sent." in answer.text
    assert WORDS in answer.text, "what was typed is not lost"
    assert await letters(admin) == {}


async def test_the_fourth_message_of_a_day_is_looked_at_twice_and_the_seventh_refused(
    staff: Browser, hands: Hands, neighborhood: Neighborhood, admin: asyncpg.Connection, date: Date
) -> None:
    await neighborhood.guest(date, "n1@example.org")
    for number in range(MOST_MESSAGES):
        answer = await send(staff, date)
        assert answer.status_code == (303 if number < SOME_MESSAGES else 200)
        if number >= SOME_MESSAGES:
            assert f"You wrote {number} messages about this date within the last day." in answer.text
            assert (await send(staff, date, sure="1")).status_code == 303
    answer = await send(staff, date, sure="1")
    assert answer.status_code == 409
    assert f"You wrote {MOST_MESSAGES} messages about this date within a day" in answer.text
    assert await admin.fetchval("SELECT count(*) FROM center_message") == MOST_MESSAGES
    await admin.execute("UPDATE staff_session SET expires_at = expires_at + interval '2 days'")
    hands.pass_by(timedelta(days=1))
    assert (await send(staff, date)).status_code == 303


async def test_two_messages_at_once_are_counted_one_after_the_other(
    db: Database, neighborhood: Neighborhood, admin: asyncpg.Connection, town: Town, date: Date, now: datetime
) -> None:
    await neighborhood.guest(date, "n1@example.org")
    staff_id = await make_staff(admin, town, now=now, email="desk@riverton.example.org")

    async def write() -> int:
        message = NewMessage(key=uuid4(), words=WORDS, with_waiting=False)
        async with db.transaction(organization_id=town.center_id) as conn:
            return await center_messages.write_to_everybody(
                conn, message, session_id=date.id, organization_id=town.center_id, staff_id=staff_id, vault=VAULT, by_night=True, now=now
            )

    answers = await asyncio.gather(*(write() for _ in range(8)), return_exceptions=True)
    assert [answer for answer in answers if isinstance(answer, int)] == [1] * SOME_MESSAGES
    assert await admin.fetchval("SELECT count(*) FROM center_message") == SOME_MESSAGES


@pytest.mark.parametrize(("starts_in", "waits"), [(timedelta(days=4), True), (timedelta(hours=25), True), (timedelta(hours=20), False)])
async def test_at_night_a_message_waits_for_the_morning_unless_the_date_is_near(
    db: Database, neighborhood: Neighborhood, admin: asyncpg.Connection, town: Town, now: datetime, starts_in: timedelta, waits: bool
) -> None:
    night = now.replace(hour=4, minute=0)  # eleven in the evening in New York
    date = await make_session(admin, town, now=night, starts_in=starts_in)
    await neighborhood.guest(date, "n1@example.org")
    staff_id = await make_staff(admin, town, now=now, email="desk@riverton.example.org")
    async with db.transaction(organization_id=town.center_id) as conn:
        await center_messages.write_to_everybody(
            conn, NewMessage(key=uuid4(), words=WORDS, with_waiting=False),
            session_id=date.id, organization_id=town.center_id, staff_id=staff_id, vault=VAULT, by_night=False, now=night,
        )  # fmt: skip
    row = await admin.fetchrow("SELECT not_before, give_up_at FROM letter")
    assert row
    assert row["not_before"] == (night.replace(hour=15) if waits else night)  # ten in the morning in New York
    assert row["give_up_at"] <= night + starts_in + timedelta(minutes=90)


async def test_what_was_sent_is_stored_sealed_with_who_and_when_and_how_many(
    staff: Browser, neighborhood: Neighborhood, admin: asyncpg.Connection, date: Date, now: datetime
) -> None:
    await neighborhood.guest(date, "n1@example.org", party=2)
    await send(staff, date)
    row = await admin.fetchrow("SELECT * FROM center_message")
    assert row
    assert VAULT.open(row["text"], place=PLACE, row=row["key"]) == WORDS
    assert WORDS.encode() not in row["text"]
    assert row["staff_id"] == await admin.fetchval("SELECT id FROM staff")
    assert (row["people"], row["with_waiting"], row["written_at"]) == (1, False, now)
    page = unescape((await staff.get(page_of(date))).text)
    assert "What you wrote before" in page
    assert WORDS in page


@pytest.mark.parametrize(("words", "code"), [("Too short", "10"), ("x" * 1_001, "1000"), ("", ""), ("Bell \x07 and more words", "")])
async def test_a_text_that_is_too_short_or_too_long_comes_back_with_what_was_typed(
    staff: Browser, neighborhood: Neighborhood, admin: asyncpg.Connection, date: Date, words: str, code: str
) -> None:
    await neighborhood.guest(date, "n1@example.org")
    answer = await send(staff, date, words)
    assert answer.status_code == 422
    assert 'id="words-wrong"' in answer.text
    assert code in answer.text
    assert words in answer.text
    assert await letters(admin) == {}


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ("UPDATE session SET state = 'cancelled'", "This was called off"),
        ("UPDATE session SET starts_at = starts_at - interval '5 days', ends_at = ends_at - interval '5 days'", "over"),
    ],
)
async def test_a_date_that_is_off_or_over_takes_no_message(
    staff: Browser, neighborhood: Neighborhood, admin: asyncpg.Connection, date: Date, change: str, sentence: str
) -> None:
    await neighborhood.guest(date, "n1@example.org")
    roster = f"{BASE}/dates/{date.id}/roster"
    assert f'href="{page_of(date)}"' in (await staff.get(roster)).text
    await admin.execute(change)
    assert f'href="{page_of(date)}"' not in (await staff.get(roster)).text
    assert "<textarea" not in (await staff.get(page_of(date))).text
    answer = await send(staff, date)
    assert answer.status_code == 409
    assert sentence in answer.text
    assert await letters(admin) == {}


async def test_only_members_with_the_right_to_edit_write(
    visitor: Browser, db: Database, neighborhood: Neighborhood, admin: asyncpg.Connection, date: Date, now: datetime
) -> None:
    await neighborhood.guest(date, "n1@example.org")
    await enter(visitor, db, role="owner", now=now)
    link = await link_of(visitor, date)
    await enter(visitor, db, role="host", now=now)
    token = FormTokens([SECRET]).mint("staff", nonce=hash_secret(visitor.cookies["doorstep"]).hex()[:24], now=now - QUICKEST)
    assert page_of(date) not in (await visitor.get(f"{BASE}/dates/{date.id}/roster")).text
    fields = {"form_token": token, "key": str(uuid4()), "words": WORDS}
    assert [(await visitor.get(page_of(date))).status_code, (await visitor.post(page_of(date), data=fields)).status_code] == [403, 403]
    visitor.cookies.clear()
    assert "/message" not in (await visitor.get(link)).text
    assert (await visitor.post(f"{link}/message", data=fields)).status_code == 404
    assert (await visitor.get(page_of(date), follow_redirects=False)).headers["location"] == "/sign-in"
    assert await letters(admin) == {}


async def test_another_centers_people_cannot_be_written_to(
    visitor: Browser, db: Database, neighborhood: Neighborhood, admin: asyncpg.Connection, date: Date, elsewhere: Town, now: datetime
) -> None:
    await neighborhood.guest(date, "n1@example.org")
    await enter(visitor, db, center="hillside-center", now=now)
    token = await token_on(visitor, "/center/hillside-center/activities/new")
    for base in (BASE, "/center/hillside-center"):
        assert (await visitor.get(page_of(date, base))).status_code == 404
        fields = {"form_token": token, "key": str(uuid4()), "words": WORDS}
        assert (await visitor.post(page_of(date, base), data=fields)).status_code == 404
    assert await letters(admin) == {}


async def test_a_message_in_the_name_of_another_center_finds_no_date(
    db: Database, neighborhood: Neighborhood, admin: asyncpg.Connection, date: Date, elsewhere: Town, now: datetime
) -> None:
    await neighborhood.guest(date, "n1@example.org")
    staff_id = await make_staff(admin, elsewhere, now=now, email="desk@hillside.example.org")
    message = NewMessage(key=uuid4(), words=WORDS, with_waiting=False)
    sender = {"organization_id": elsewhere.center_id, "staff_id": staff_id, "vault": VAULT, "by_night": True, "now": now}
    with pytest.raises(Missing):
        async with db.transaction(organization_id=elsewhere.center_id) as conn:
            await center_messages.write_to_everybody(conn, message, session_id=date.id, **sender)  # type: ignore[arg-type]


async def test_a_post_without_this_sessions_token_sends_nothing(
    staff: Browser, neighborhood: Neighborhood, admin: asyncpg.Connection, date: Date
) -> None:
    await neighborhood.guest(date, "n1@example.org")
    assert (await send(staff, date, form_token="abc.def")).status_code == 422
    assert await letters(admin) == {}


async def test_neither_the_pages_nor_the_log_show_a_name_or_an_address(
    staff: Browser, neighborhood: Neighborhood, admin: asyncpg.Connection, date: Date, capsys: pytest.CaptureFixture[str]
) -> None:
    await neighborhood.guest(date, "secret@residents.example.org", name="Maria Confidential")
    pages = [await staff.get(page_of(date)), await send(staff, date), await staff.get(page_of(date))]
    pages.append(await staff.get(pages[1].headers["location"]))
    shown = "".join(page.text + str(page.headers) for page in pages[:3]) + capsys.readouterr().out
    for secret in ("onfidential", "secret@", "residents.example", "Maria", WORDS.split(".")[0] + "@"):
        assert secret not in shown
    assert "Confidential" not in pages[3].text
    ids = await admin.fetch("SELECT resident_id, handle FROM registration")
    assert not [row for row in ids if str(row["resident_id"]) in shown or str(row["handle"]) in shown]
    [content] = (await letters(admin)).values()
    for secret in ("onfidential", "Maria", "example.org"):
        assert secret not in content.subject + content.text + content.html
